"""The graph over the API: what is mine to see, as JSON and as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.accounts.model import AccountRole
from core.workflows.accounts import Registration, make_account
from tests.api.conftest import PASSWORD
from tests.contracts.samples import a_memory, an_occurrence
from tests.contracts.test_case_rows import a_case

if TYPE_CHECKING:
    from tests.api.conftest import Api


async def two_cases(api: Api) -> tuple[str, str]:
    """Of one alert; the first taught what fixed it."""
    async with api.services.unit() as unit:
        views = [await a_case(unit, service="db", group=group) for group in ("g1", "g2")]
        ids = [view.case.id for view in views]
        for number, case_id in enumerate(ids, start=1):
            alert = an_occurrence(case_id, name="PoolFull", service="db", fingerprint=f"f{number}")
            await unit.occurrences.begin(alert)
        await unit.memories.put(a_memory(ids[0], number=1))
    return ids[0], ids[1]


async def test_related_cases_say_why_with_dated_and_sourced_edges(api: Api) -> None:
    first, second = await two_cases(api)
    answer = await api.client.get(f"/cases/{second}/related", headers=await api.as_somebody())
    (relative,) = answer.json()["cases"]
    assert relative["node"]["key"] == first
    assert relative["paths"] == ["same alert: PoolFull", "same service: db"]
    fired = relative["edges"][1]
    assert (fired["relation"], fired["source"]) == ("fired_in", "#1")
    assert fired["text"] == "PoolFull fired in the case #1"
    assert fired["at"].startswith("2026-")
    assert answer.json()["runbooks"] == []


async def test_the_graph_around_a_service_is_json_and_a_picture(api: Api) -> None:
    first, _ = await two_cases(api)
    headers = await api.as_somebody()
    graph = (await api.client.get("/knowledge/graph?service=DB", headers=headers)).json()
    assert graph["centre"] == "service:db"
    kinds = {node["kind"] for node in graph["nodes"]}
    assert kinds == {"service", "alert", "case", "cause", "fix"}
    resolved = [edge for edge in graph["edges"] if edge["relation"] == "resolved_by"]
    assert [(edge["start"], edge["end"]) for edge in resolved] == [
        (f"case:{first}", "fix:a larger pool")
    ]
    drawn = await api.client.get("/knowledge/graph/picture?service=db", headers=headers)
    assert (drawn.headers["content-type"], b"<svg" in drawn.content) == ("image/svg+xml", True)
    png = await api.client.get("/knowledge/graph/picture?form=png", headers=headers)
    assert png.content.startswith(b"\x89PNG")


async def test_a_private_case_is_in_nobody_elses_graph(api: Api) -> None:
    await two_cases(api)
    made = await api.post("/cases", {"title": "secret plan"}, headers=await api.as_somebody())
    wish = Registration(username="lee", password=PASSWORD)
    await make_account(wish, role=AccountRole.USER, services=api.services)
    for name, is_there in (("dana", True), ("root", True), ("lee", False)):
        graph = await api.client.get("/knowledge/graph", headers=await api.as_somebody(name))
        assert (made.json()["case_id"] in graph.text) is is_there
        assert ("secret plan" in graph.text) is is_there


async def test_a_deleted_case_is_in_no_graph(api: Api) -> None:
    first, second = await two_cases(api)
    headers = await api.as_somebody()
    assert (await api.client.delete(f"/cases/{first}", headers=headers)).status_code == 204
    graph = (await api.client.get("/knowledge/graph", headers=headers)).text
    assert (first in graph, second in graph) == (False, True)
    related = await api.client.get(f"/cases/{second}/related", headers=headers)
    assert related.json()["cases"] == []


async def test_a_service_that_nobody_knows_is_not_found(api: Api) -> None:
    headers = await api.as_somebody()
    answer = await api.client.get("/knowledge/graph?service=db", headers=headers)
    assert answer.status_code == 404
    assert (await api.client.get("/knowledge/graph")).status_code == 401
