"""Traces what three flows enter, for `docs/explanation/flows.md`: files of core, in order.

`python -m tests.docs.flows` writes the lists into the page again.
"""

from __future__ import annotations

import ast
import asyncio
import json
import re
import sys
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import LeaseLost
from core.jobs import kinds
from core.jobs.model import LEASE, Audience, Job
from core.workflows.delivery_intake import DeliveryBody, Journal, accept
from faultmaven.job_table import handlers
from storage.memory import MemoryJobs, MemoryStore
from tests.core.alerts.desk import a_body, an_alert
from tests.fakes.chat import House, in_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/explanation/flows.md"
LINES = (
    "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00\n"
    "2026-01-01T00:00:00Z ERROR orders could not get a connection\n"
)
# What every flow stands on is told once, at the end of the page.
GROUND = re.compile(
    r"core/(?:text/|redaction/|(?:access|clock|context|errors|facts|places|workspaces)\.py)"
)


@contextmanager
def entering() -> Iterator[list[str]]:
    """The files of core whose functions are called in the block, in the order of the first call."""
    entered: dict[str, None] = {}
    folder = f"{ROOT}/core/"

    def note(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(folder) and code.co_name != "<module>":
            entered.setdefault(code.co_filename.removeprefix(f"{ROOT}/"))

    files: list[str] = []
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield files
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        files.extend(entered)


async def flows(folder: Path) -> dict[str, list[str]]:
    """The files of each flow, by its name on the page."""
    house = in_memory(folder)
    with entering() as delivery:
        body = DeliveryBody.of(a_body(an_alert()))
        journal = Journal(house.services.store)
        await accept(body, journal=journal, services=house.services)
        await _run(house, kinds.DELIVERY_PROCESS.name, kinds.CHAT_SEND.name)
    await house.work()
    with entering() as file:
        await house.say(f"#1 evidence {LINES}")
        await house.work()
    with entering() as why:
        await house.say("#1 why 1")
    return {"delivery": delivery, "file": file, "why": why}


async def _run(house: House, *wanted: str) -> None:
    """The jobs of these kinds, until none is left."""
    store = house.services.store
    assert isinstance(store, MemoryStore)
    jobs, now = MemoryJobs(store), house.clock.now
    doers, others = handlers(house.services), list[Job]()
    while job := await jobs.claim(tuple(Audience), owner="flows", at=now(), lease=LEASE):
        if job.kind in wanted:
            await doers[job.kind](job)
            with suppress(LeaseLost):
                await jobs.finish(job, at=now())
        else:
            others.append(job)
    for other in others:
        await jobs.fail(other, at=now(), retry_at=now(), problem="", counts=False)


def listing(files: Sequence[str]) -> str:
    """A numbered list of the flow's own files, each with what its docstring says first."""
    lines = (f"`{path}`: {_first_line(ROOT / path)}" for path in own(files))
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, start=1))


def own(files: Sequence[str]) -> list[str]:
    """Those of the flow itself, without the ground that all stand on."""
    return [path for path in files if not GROUND.match(path)]


def filled(page: str, traced: dict[str, list[str]]) -> str:
    """The page with its lists as they were traced."""
    for name, files in traced.items():
        marks = f"<!-- {name} -->", f"<!-- end of {name} -->"
        block = f"{marks[0]}\n{listing(files)}\n{marks[1]}"
        page = re.sub(f"{marks[0]}.*?{marks[1]}", _literal(block), page, flags=re.DOTALL)
    return page


def _literal(text: str) -> Callable[[re.Match[str]], str]:
    return lambda _: text


def _first_line(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(docstring.split("\n\n")[0].split()).rstrip(".")


def traced() -> dict[str, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(flows(Path(folder)))


def main() -> int:
    """Write the lists, or with `--check` say whether they are fresh. 1 where they are stale."""
    page = PAGE.read_text(encoding="utf-8")
    files_of = traced()
    counts = {name: len(own(files)) for name, files in files_of.items()}
    sys.stdout.write(json.dumps(counts) + "\n")
    if "--check" in sys.argv:
        return int(filled(page, files_of) != page)
    PAGE.write_text(filled(page, files_of), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
