"""PagerDuty's own client against an API that refuses what theirs does."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pagerduty
import pytest
from pagerduty import errors as vendor

from core.errors import SourceUnavailable, Unauthorised, WrongUsage
from integrations.pagerduty import PagerDuty, errors_of
from tests.fakes.pagerduty.rest import KEY, FakePagerDuty, a_pagerduty

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakePagerDuty, Path]]:
    folder = tmp_path_factory.mktemp("pagerduty")
    with a_pagerduty(folder) as fake:
        yield fake, folder / "ca.pem"


@pytest.fixture
def fake(served: tuple[FakePagerDuty, Path], monkeypatch: pytest.MonkeyPatch) -> FakePagerDuty:
    fake, authority = served
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    fake.incidents, fake.alerts, fake.troubles, fake.asked = [], {}, [], []
    fake.budget, fake.slow_s = 960, 0
    return fake


@pytest.fixture
def pager(fake: FakePagerDuty) -> Iterator[PagerDuty]:
    pager = PagerDuty(KEY, api_url=fake.url, pause_s=0.001)
    yield pager
    pager.close()


async def test_open_incidents_are_those_triggered_or_acknowledged_however_old(
    fake: FakePagerDuty, pager: PagerDuty
) -> None:
    fake.opens("Q1")
    fake.opens("Q2", status="acknowledged", age=timedelta(days=90))
    fake.opens("Q3", status="resolved")
    assert await pager.open_incidents() == {"Q1", "Q2"}


async def test_all_pages_are_read(fake: FakePagerDuty, pager: PagerDuty) -> None:
    for number in range(250):
        fake.opens(f"Q{number}")
    assert len(await pager.open_incidents()) == 250
    assert len(fake.asked) == 3


async def test_a_list_that_cannot_be_read_to_its_end_is_no_answer(
    fake: FakePagerDuty, pager: PagerDuty
) -> None:
    fake.incidents = [
        {"id": f"Q{n}", "status": "triggered", "created_at": "9"} for n in range(10_500)
    ]
    with pytest.raises(SourceUnavailable, match="more of /incidents than it lists"):
        await pager.open_incidents()


async def test_a_list_that_says_more_for_ever_ends(
    fake: FakePagerDuty, pager: PagerDuty, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.opens("Q1")
    monkeypatch.setattr(
        "tests.fakes.pagerduty.rest._page",
        lambda name, incidents, query: {
            name: incidents[int(query["offset"][0]) :],
            "more": True,
        },
    )
    with pytest.raises(SourceUnavailable, match="more of /incidents, and gives none"):
        await pager.open_incidents()
    assert len(fake.asked) == 2


async def test_bodies_come_oldest_first(fake: FakePagerDuty, pager: PagerDuty) -> None:
    fake.opens("Q1", {"details": {"n": 1}}, None, {"details": {"n": 2}})
    bodies = await pager.bodies("Q1")
    assert [json.loads(body)["details"]["n"] for body in bodies] == [1, 2]


async def test_an_incident_that_is_not_there_is_said_so(pager: PagerDuty) -> None:
    with pytest.raises(SourceUnavailable, match="404"):
        await pager.bodies("QNONE")


async def test_a_wrong_key_says_what_to_compare(fake: FakePagerDuty) -> None:
    pager = PagerDuty("another", api_url=fake.url)
    with pytest.raises(Unauthorised) as caught:
        await pager.check()
    pager.close()
    assert "FAULTMAVEN_PAGERDUTY_API_KEY" in caught.value.next_step
    assert "another" not in str(caught.value)


async def test_a_good_key_passes(pager: PagerDuty) -> None:
    await pager.check()


@pytest.mark.parametrize("troubles", [[429], [429, 429, 429], [502, 502], [503, 429], [0, 0]])
async def test_passing_trouble_is_sat_out(
    fake: FakePagerDuty, pager: PagerDuty, troubles: list[int]
) -> None:
    fake.opens("Q1")
    fake.troubles = list(troubles)
    assert await pager.open_incidents() == {"Q1"}


@pytest.mark.parametrize(
    ("trouble", "message"), [(429, "429"), (503, "503"), (500, "500"), (0, "does not answer")]
)
async def test_trouble_that_lasts_has_an_end(
    fake: FakePagerDuty, pager: PagerDuty, trouble: int, message: str
) -> None:
    fake.troubles = [trouble] * 50
    with pytest.raises(SourceUnavailable, match=message) as caught:
        await pager.open_incidents()
    assert len(fake.asked) <= 4
    assert caught.value.retry_after_s == (None if trouble == 0 else 42)


@pytest.mark.usefixtures("fake")
async def test_nobody_at_home_is_unavailable() -> None:
    pager = PagerDuty(KEY, api_url="https://127.0.0.1:1", pause_s=0.001)
    with pytest.raises(SourceUnavailable, match="does not answer: ConnectionRefusedError"):
        await pager.open_incidents()
    pager.close()


@pytest.mark.parametrize("url", ["http://api.pagerduty.com", "api.pagerduty.com", ""])
def test_a_url_without_tls_is_refused(url: str) -> None:
    with pytest.raises(WrongUsage, match="https://"):
        PagerDuty(KEY, api_url=url)


def kinds_of(module: Any) -> set[type[Exception]]:
    return {
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Exception)
    }


# What a wrong use of httpx2 raises, which the client would have to be wrong for.
MISUSES = {httpx2.InvalidURL, httpx2.CookieConflict} | {
    kind for kind in kinds_of(httpx2) if issubclass(kind, httpx2.StreamError)
}


@pytest.mark.parametrize("kind", sorted((kinds_of(vendor) | kinds_of(httpx2)) - MISUSES, key=repr))
def test_every_error_of_the_client_is_one_of_ours(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    if isinstance(error, pagerduty.HttpError | httpx2.HTTPStatusError):
        error.response = httpx2.Response(500)
    with pytest.raises(SourceUnavailable) as caught, errors_of("https://api.pagerduty.com"):
        raise error
    assert caught.value.__cause__ is error


async def test_an_answer_that_makes_no_sense_is_no_answer(
    fake: FakePagerDuty, pager: PagerDuty
) -> None:
    fake.incidents = [{"status": "triggered", "created_at": "9"}]
    with pytest.raises(SourceUnavailable, match="something else"):
        await pager.open_incidents()
