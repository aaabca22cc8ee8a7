"""Whether suggestions helped, over the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.core.workflows.test_knowledge_search import RUNBOOK

if TYPE_CHECKING:
    from tests.api.conftest import Api


async def test_the_last_word_counts_and_is_listed(api: Api) -> None:
    dana = await api.as_somebody("dana")
    opened = await api.post("/cases", {"title": "replica lag"}, headers=dana)
    case_id = opened.json()["case_id"]
    body = {"content": RUNBOOK, "collection": "case", "case_id": case_id}
    brought = await api.post("/knowledge/documents", body, headers=dana)
    reference = brought.json()["document_id"]
    path, wish = f"/cases/{case_id}/feedback", {"suggestion": "runbook", "reference": reference}
    words = ((True, (1, 0), False), (False, (0, 1), False), (False, (0, 1), True))
    for helped, counts, is_known in words:
        answer = await api.post(path, {**wish, "helped": helped}, headers=dana)
        given = answer.json()
        assert (given["helped_count"], given["unhelpful_count"]) == counts
        assert (given["suggestion"], given["is_known"]) == (f"runbook:{reference}", is_known)
    listed = (await api.client.get(path, headers=dana)).json()["feedback"]
    assert [(word["suggestion"], word["helped"], word["by"]) for word in listed] == [
        (f"runbook:{reference}", False, "@dana")
    ]
    missing = await api.post(
        path, {"suggestion": "fix", "number": 77, "helped": True}, headers=dana
    )
    assert missing.status_code == 404
