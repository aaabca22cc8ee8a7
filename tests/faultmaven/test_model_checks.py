"""`doctor` says which models answer, and what to do about those that do not."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from faultmaven.language_models import open_model
from faultmaven.model_checks import model_findings
from faultmaven.settings import load_settings
from tests.fakes.models.openai import QUOTED_KEY
from tests.fakes.models.script import calls, fails, says
from tests.fakes.models.server import fake_models
from tests.fakes.services import memory_services

if TYPE_CHECKING:
    from bot.platform import Checked
    from tests.fakes.models.server import FakeModels

KEY = "sk-planted-3Lw8pXz60QvT"  # pragma: allowlist secret
LOADS = [
    pytest.mark.integration,
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


async def examine(models: str) -> list[Checked]:
    settings = load_settings(models=models, model_server_key=KEY)
    return await model_findings(
        settings, open_model=partial(open_model, services=memory_services())
    )


def openai(models: FakeModels, name: str = "x") -> str:
    return f"openai/{name}@{models.url}/v1"


async def test_without_a_model_there_is_one_line() -> None:
    (line,) = await model_findings(load_settings(), open_model=lambda _: None)
    assert (line.says, line.advice) == ("none is set: FaultMaven works without", "")


async def test_without_the_library_it_is_said_what_to_install() -> None:
    settings = load_settings(models="anthropic/x")
    (line,) = await model_findings(settings, open_model=lambda _: None)
    assert line.is_warning
    assert "pip install 'faultmaven[llm]'" in line.advice


class TestTrialCalls:
    pytestmark = LOADS

    async def test_each_model_is_tried_by_itself(self) -> None:
        async with (
            fake_models(calls("add", '{"a": 2, "b": 3}')) as good,
            fake_models(says("2 + 3 = 5")) as poor,
        ):
            lines = await examine(f"{openai(good, 'a')},{openai(poor, 'b')}")
        by_name = {line.check: line for line in lines}
        assert by_name["model openai/a"].says.endswith("s, calls tools")
        assert not by_name["model openai/a"].advice
        assert by_name["model openai/b"].is_warning
        assert "calls no tools" in by_name["model openai/b"].says

    async def test_a_model_that_fails_is_named_with_its_reason_and_no_key(self) -> None:
        async with fake_models(fails(401)) as models:
            (line,) = await examine(openai(models))
        assert "key refused" in line.says
        assert line.advice
        assert not {KEY, QUOTED_KEY} & set(repr(line).split())
        assert KEY not in repr(line)
        assert QUOTED_KEY not in repr(line)


@pytest.mark.integration
def test_a_gateway_is_put_together_without_the_library() -> None:
    program = (
        "import sys\n"
        "from faultmaven.settings import load_settings\n"
        "from faultmaven.language_models import open_model\n"
        "from tests.fakes.services import memory_services\n"
        "settings = load_settings(models='anthropic/x,ollama/y:8b')\n"
        "assert open_model(settings, memory_services()) is not None\n"
        "sys.exit('litellm' in sys.modules or 'jsonschema' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.integration
def test_without_a_model_nothing_of_the_gateway_is_imported() -> None:
    program = (
        "import sys\n"
        "from faultmaven.settings import load_settings\n"
        "from faultmaven.language_models import open_model\n"
        "from tests.fakes.services import memory_services\n"
        "assert open_model(load_settings(), memory_services()) is None\n"
        "sys.exit(any(name.startswith('integrations.llm') for name in sys.modules))\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
