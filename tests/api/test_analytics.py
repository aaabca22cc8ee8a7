"""Figures over the API: of the cases that one sees, and null where there is nothing to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.samples import NOON
from tests.contracts.test_case_rows import RESOLVED, SPOKEN, a_case, judged, ranked

if TYPE_CHECKING:
    from tests.api.conftest import Api

NONE: dict[str, object] = dict.fromkeys(("mean_s", "median_s", "p90_s"))
EMPTY = {"count": 0, **NONE, "weeks": []}


async def test_without_cases_nothing_is_zero(api: Api) -> None:
    answer = (await api.client.get("/analytics", headers=await api.as_somebody())).json()
    assert answer == {
        "opened_from": None,
        "opened_before": None,
        "cases": 0,
        "time_to_acknowledge": EMPTY,
        "time_to_resolve": EMPTY,
        "states": [],
        "severities": [],
        "services": [],
        "causes": [],
        "ranking": {"confirmed": 0, "first": 0, "accuracy": None},
    }


async def test_figures_of_cases(api: Api) -> None:
    async with api.services.unit() as unit:
        await a_case(unit, SPOKEN, ranked("disk", "b"), judged(1), RESOLVED, group="g1")
        await a_case(unit, service=None, at=NOON.replace(year=2025))
    headers = await api.as_somebody()
    answer = (await api.client.get("/analytics", headers=headers)).json()
    assert answer["cases"] == 2
    week = {"week": "2026-11-16", "count": 1, "mean_s": 3600, "median_s": 3600, "p90_s": 3600}
    assert answer["time_to_acknowledge"]["weeks"] == [week]
    assert answer["time_to_resolve"]["median_s"] == 4 * 3600
    assert {"name": None, "cases": 1} in answer["services"]
    assert {"name": "disk", "cases": 1} in answer["causes"]
    assert answer["ranking"] == {"confirmed": 1, "first": 1, "accuracy": 1.0}
    year = {"from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z"}
    answer = (await api.client.get("/analytics", params=year, headers=headers)).json()
    assert (answer["cases"], answer["opened_from"]) == (1, "2026-01-01T00:00:00Z")


async def test_what_one_does_not_see_is_not_counted(api: Api) -> None:
    root, dana = await api.as_somebody("root"), await api.as_somebody()
    assert (await api.post("/cases", {"title": "Mine"}, headers=root)).status_code == 201
    counts = [
        (await api.client.get("/analytics", headers=headers)).json()["cases"]
        for headers in (root, dana)
    ]
    assert counts == [1, 0]


@pytest.mark.parametrize("query", ["from=2026-02-01&to=2026-01-01", "from=yesterday"])
async def test_a_time_that_is_none_is_refused(api: Api, query: str) -> None:
    answer = await api.client.get(f"/analytics?{query}", headers=await api.as_somebody())
    assert answer.status_code == 422
