"""What the browser extension reads of our answers besides what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.api.conftest import Desk


async def test_a_case_has_all_that_a_row_must_have(desk: Desk) -> None:
    client, headers = desk.api.client, desk.headers
    case = (await client.get(f"/cases/{desk.case_id}", headers=headers)).json()
    (row,) = (await client.get("/cases", headers=headers)).json()["cases"]
    for known in (case, row):
        assert known["enterprise_id"] == known["organization_id"] != ""


async def test_a_key_with_another_body_is_told_from_what_is_wrong(desk: Desk) -> None:
    await desk.turn(query="why?", key="key-0007")
    other = await desk.turn(query="when?", key="key-0007")
    assert other.status_code == 422
    assert other.headers["x-error-code"] == "IDEMPOTENCY_KEY_REUSE"
    wrong = await desk.turn(key="key-0008")
    assert (wrong.status_code, "x-error-code" in wrong.headers) == (422, False)


async def test_a_case_that_is_over_is_told_from_one_that_changed(desk: Desk) -> None:
    intent = '{"type": "status_transition", "to_state": "closed"}'
    parts = {"query": "Close it", "intent_type": "status_transition", "intent_data": intent}
    first = await desk.turn(key="key-0009", **parts)
    assert first.status_code == 200, first.text
    again = await desk.turn(key="key-0010", **parts)
    assert (again.status_code, again.headers.get("x-error-code")) == (409, "CASE_TERMINAL")


async def test_what_could_not_be_read_has_failed(desk: Desk) -> None:
    answer = await desk.answered(files=[("a.exe", b"MZ" + bytes(range(256)) * 40)])
    (attachment,) = answer["attachments_processed"]
    assert attachment["processing_status"] == "failed"
    path = f"/cases/{desk.case_id}/uploaded-files"
    (row,) = (await desk.api.client.get(path, headers=desk.headers)).json()["files"]
    assert row["analysis_status"] == "failed"


async def test_cases_are_asked_for_by_time_in_the_extensions_words_too(desk: Desk) -> None:
    for query, count in (("created_after", 0), ("created_before", 1)):
        path = f"/cases?{query}=2040-01-01T00:00:00Z"
        listed = (await desk.api.client.get(path, headers=desk.headers)).json()
        assert listed["total_count"] == count, query
