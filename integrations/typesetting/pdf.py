"""Sets a report in type with typst, in a process of its own that is ended when it takes too long.

typst was chosen of what the registries have: one wheel without a browser, LaTeX or system library,
with fonts in it, the same bytes for the same text, and no access to files unless it is given.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic_core import to_json

from core.errors import OurFault, OutOfLimits, Overloaded
from integrations.typesetting.child import PAGES, Exit

if TYPE_CHECKING:
    from asyncio.subprocess import Process

    from core.conversation.reports.ports import Paper

ROOT = Path(__file__).parents[2]
WALL_S = 30.0
AT_ONCE = 2  # reports; each takes a processor while it is set
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "PYTHONPYCACHEPREFIX")
# Threads and their arenas take address space, more of it the more processors there are.
_ONE_THREAD = {"RAYON_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
_LIMIT_SIGNALS = {-signal.SIGKILL, -signal.SIGXCPU, -signal.SIGABRT}
_SHORTER = "Take the Markdown; `faultmaven export` has everything."


def is_installed() -> bool:
    """Whether the extra is there."""
    return find_spec("typst") is not None


class TypstTypesetter:
    """Implements `Typesetter`. wall_s: seconds after which a report is given up."""

    def __init__(self, *, wall_s: float = WALL_S) -> None:
        self._wall_s = wall_s
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def typeset(self, paper: Paper) -> bytes:
        """The PDF. Raises OutOfLimits, Overloaded, OurFault."""
        request = await asyncio.to_thread(request_of, paper)
        async with self._turn:
            process = await _start()
            try:
                pdf, _ = await asyncio.wait_for(process.communicate(request), self._wall_s)
            except TimeoutError as error:
                message = f"the PDF takes longer than {self._wall_s:g} s"
                raise OutOfLimits(message, next_step=_SHORTER) from error
            finally:
                await _end(process)
        _check(process.returncode or 0)
        return pdf


def request_of(paper: Paper) -> bytes:
    """What the process is sent: plain JSON, all text as strings."""
    from integrations.typesetting.markup import blocks_of  # noqa: PLC0415 - its parser costs 0.1 s

    report = {
        "title": paper.title.text,
        "case": paper.case.text,
        "at": f"{paper.at:%Y-%m-%d %H:%M} UTC",
        "blocks": blocks_of(paper.markdown.text),
        "pictures": {name: svg.decode() for name, svg in paper.pictures.items()},
    }
    return to_json({"report": report, "at": int(paper.at.timestamp())})


async def _start() -> Process:
    # -P: what lies in the working directory must not be imported; ROOT is where we come from.
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "integrations.typesetting.child"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,  # a library's last words may quote the text
            env={**_ONE_THREAD, **kept, "PYTHONPATH": str(ROOT)},
            start_new_session=True,  # Ctrl-C in a terminal is ours to handle
        )
    except OSError as error:
        message = f"cannot start a process to set the report: {error.strerror}"
        raise Overloaded(message) from error


async def _end(process: Process) -> None:
    """Leave no process and no open pipe."""
    if process.returncode is None:
        process.kill()
        await process.communicate()


def _check(code: int) -> None:
    if code == Exit.TOO_LONG:
        message = f"the report has more than {PAGES} pages"
        raise OutOfLimits(message, next_step=_SHORTER)
    if code in _LIMIT_SIGNALS:
        message = "the system stopped the PDF, as too costly"
        raise OutOfLimits(message, next_step=_SHORTER)
    if code != Exit.OK:
        message = f"the PDF could not be set (exit code {code})"
        raise OurFault(message, next_step=_SHORTER)
