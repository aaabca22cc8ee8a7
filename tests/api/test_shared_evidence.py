"""Which files of a case tell of the same requests, over the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.core.workflows.test_shared_evidence import log

if TYPE_CHECKING:
    from tests.api.conftest import Desk


async def test_files_that_tell_of_the_same_requests(desk: Desk) -> None:
    web, orders = (
        log(name, numbers) for name, numbers in (("web", range(90)), ("orders", range(60, 120)))
    )
    await desk.answered(
        files=[("web.log", web.encode()), ("orders.log", orders.encode())], query="status"
    )
    path = f"/cases/{desk.case_id}/evidence/shared"
    answer = await desk.api.client.get(path, headers=desk.headers)
    (row,) = answer.json()["shared"]
    assert (row["of"], row["tags"], row["count"], row["total"]) == (
        "requests",
        ["e1", "e2"],
        30,
        120,
    )
    assert (row["first"], row["is_estimated"]) == ("2026-01-01T13:01:00Z", False)
    assert "e1 web.log and e2 orders.log tell of the same 30 requests" in row["text"]
