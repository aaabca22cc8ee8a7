"""Spans leave where the settings say so, and `doctor` says whether they do."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from core.investigation.language_model import ModelMessage, ModelRequest, ModelRole, Speaker
from core.text.redacted import redacted
from faultmaven.language_models import open_span_export, try_span_export
from faultmaven.model_checks import span_finding
from faultmaven.settings import load_settings
from faultmaven.wiring import wire
from integrations import otlp
from tests.fakes.collector import attributes, fake_collector
from tests.fakes.models.script import says
from tests.fakes.models.server import fake_models

if TYPE_CHECKING:
    from pathlib import Path

    from bot.platform import Checked

SECRET = "hunter2-s3cr3t-value"  # noqa: S105  # pragma: allowlist secret
needs_otlp = pytest.mark.skipif(not otlp.is_installed(), reason="the extra `otlp` is not installed")
LOADS = [
    pytest.mark.integration,
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


async def examine(**given: object) -> Checked:
    return await span_finding(load_settings(**given), try_export=try_span_export)


async def test_without_an_address_nothing_leaves_and_doctor_says_so() -> None:
    async with open_span_export(load_settings(models="ollama/x")) as tracer:
        assert tracer is None
    finding = await examine()
    assert (finding.says, finding.advice) == ("none leave: FAULTMAVEN_OTLP_URL is not set", "")


async def test_the_address_of_the_platform_turns_nothing_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.of-the-platform:4318")
    async with open_span_export(load_settings(models="ollama/x")) as tracer:
        assert tracer is None


async def test_where_opentelemetry_is_turned_off_doctor_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    finding = await examine(otlp_url="http://collector:4318")
    assert finding.says == "none leave: OTEL_SDK_DISABLED is set"


async def test_without_the_library_it_is_said_what_to_install() -> None:
    async def nothing_can_send(_: object) -> None: ...

    settings = load_settings(otlp_url="http://collector:4318")
    finding = await span_finding(settings, try_export=nothing_can_send)
    assert finding.is_warning
    assert "pip install 'faultmaven[otlp]'" in finding.advice


@pytest.mark.integration
@needs_otlp
class TestTrialExport:
    async def test_doctor_says_where_to_and_with_what(self) -> None:
        async with fake_collector() as collector:
            url = collector.url.replace("://", f"://fm:{SECRET}@")
            plain = await examine(otlp_url=url)
            full = await examine(otlp_url=url, trace_content=True)
        assert plain.says == f"of model calls go to {collector.url}, without content"
        assert full.says.endswith("with redacted content")
        assert not plain.advice
        assert not collector.spans

    @pytest.mark.parametrize("status", [401, 503])
    async def test_a_collector_that_takes_none_is_a_warning(self, status: int) -> None:
        async with fake_collector(status=status) as collector:
            finding = await examine(otlp_url=collector.url)
        assert finding.is_warning
        assert finding.says.startswith(f"{collector.url} takes none")
        assert "OTEL_EXPORTER_OTLP_HEADERS" in finding.advice


class TestWired:
    pytestmark = LOADS

    @needs_otlp
    async def test_spans_of_a_call_arrive_when_the_process_ends(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20of-the-collector")
        async with fake_collector() as collector, fake_models(says(f"password={SECRET}")) as models:
            settings = load_settings(
                data_dir=tmp_path,
                models=f"openai/x@{models.url}/v1",
                otlp_url=f"{collector.url}/v1/traces",
                trace_content=True,
            )
            async with wire(settings, audiences=()) as installation:
                assert installation.services.model is not None
                await installation.services.model.complete(a_request())
        assert collector.resource["service.name"] == "faultmaven"
        assert collector.headers[0]["authorization"] == "Bearer of-the-collector"
        parent, call = collector.spans
        assert call.parent_span_id == parent.span_id
        assert "password=«secret-" in repr(attributes(call)["gen_ai.output.messages"])
        assert SECRET.encode() not in b"".join(collector.bodies)


def a_request() -> ModelRequest:
    message = ModelMessage(speaker=Speaker.USER, text=redacted("why?"))
    return ModelRequest(role=ModelRole.FAST, messages=[message])


@pytest.mark.integration
def test_without_an_address_opentelemetry_is_not_loaded() -> None:
    program = (
        "import asyncio, sys\n"
        "from faultmaven.settings import load_settings\n"
        "from faultmaven.language_models import open_span_export\n"
        "from faultmaven.language_models import open_model\n"
        "from tests.fakes.services import memory_services\n"
        "async def main():\n"
        "    settings = load_settings(models='anthropic/x,ollama/y:8b')\n"
        "    async with open_span_export(settings) as tracer:\n"
        "        assert open_model(settings, memory_services(), tracer=tracer) is not None\n"
        "asyncio.run(main())\n"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
