"""Files that explain each other: what the answer to `evidence` says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.chat import House, in_memory, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def log(service: str, requests: Iterable[int], *, field: str = "trace_id") -> str:
    """In logfmt, a line a second."""
    return "\n".join(
        f"time=2026-01-01T13:{n // 60:02}:{n % 60:02}Z level=info service={service} "
        f'msg="served" {field}={n:032x}'
        for n in requests
    )


async def with_logs(tmp_path: Path, *logs: str) -> House:
    house = in_memory(tmp_path)
    await house.say("open checkout is slow")
    for each in logs:
        await house.say(f"evidence {each}")
    await house.work()
    return house


async def test_evidence_says_which_files_tell_of_the_same_requests(tmp_path: Path) -> None:
    house = await with_logs(
        tmp_path,
        log("web", range(600)),
        log("orders", range(540, 800)),
        log("db", range(500, 620), field="request_id"),
    )
    reply = words_of(*await house.say("evidence"))
    assert (
        "e1 pasted.txt, e2 pasted.txt and e3 pasted.txt tell of the same 60 requests"
        " (of 800 in all, by trace ids), 13:09 UTC"
    ) in reply


async def test_files_that_share_nothing_are_only_listed(tmp_path: Path) -> None:
    house = await with_logs(tmp_path, log("web", range(60)), log("orders", range(100, 160)))
    assert "tell of the same" not in words_of(*await house.say("evidence"))
