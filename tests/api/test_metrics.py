import httpx
from prometheus_client.parser import text_string_to_metric_families

from api.metrics import metrics_router
from core.alerts.model import Severity
from core.cases.lifecycle import open_case
from core.text.redacted import RedactedText
from core.workflows.services import Services
from faultmaven.application import build_app
from tests.fakes.services import memory_services


async def scrape(services: Services, *, token: str | None = None, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=build_app(metrics_router(services, token=token)))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        return await client.get("/metrics", headers=headers)


def value(text: str, sample: str, **labels: str) -> float:
    return next(
        series.value
        for family in text_string_to_metric_families(text)
        for series in family.samples
        if series.name == sample and series.labels == labels
    )


async def test_gauges_tell_what_the_tables_hold() -> None:
    services = memory_services()
    async with services.unit() as unit:
        await open_case(
            unit,
            title=RedactedText.format("checkout: 5xx"),
            severity=Severity.HIGH,
            service="checkout",
            group_key="",
            since=services.clock.now(),
            actor="dana",
        )
    text = (await scrape(services)).text
    assert value(text, "faultmaven_cases_open") == 1
    assert value(text, "faultmaven_jobs", state="pending") == 2  # its turn, its card
    assert value(text, "faultmaven_jobs", state="dead") == 0
    assert value(text, "faultmaven_journal", state="unparsable") == 0


async def test_a_token_is_asked_for_where_there_is_one() -> None:
    services = memory_services()
    assert (await scrape(services, token="t")).status_code == 401  # noqa: S106
    known = await scrape(services, token="t", authorization="Bearer t")  # noqa: S106
    assert known.status_code == 200
