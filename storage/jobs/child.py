"""The process that reads one file: `python -m storage.jobs.child`, started by SpawnedRunner.

It gets a Request as one line of JSON, answers with one JSON document and ends. Its standard input
stays open as a lifeline: when the parent dies, it closes, and the child ends as well.
"""

from __future__ import annotations

import os
import resource
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Protocol

from pydantic import TypeAdapter

from core.errors import FaultMavenError, OutOfLimits
from core.evidence.model import Extraction
from core.jobs.failure import problem_of

PIPELINE = "core.evidence.pipeline:extract"
# Thread stacks and reserved arenas of polars: address space that is counted but never touched.
RESERVED = 512 * 2**20
NICE = 10  # whoever answers people goes first
ORPHANED = 4


class Extract(Protocol):
    """What a request's `entry` names. May raise anything."""

    def __call__(
        self, path: Path, *, name: str, service: str | None, case_key: bytes
    ) -> Extraction: ...


@dataclass(frozen=True, kw_only=True)
class Request:
    """One file to read, by which function (`module:name`), within which limits."""

    entry: str
    path: str
    name: str
    service: str | None
    case_key: str  # hexadecimal
    seconds: float = 0
    memory: int = 0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was found; or the problem, and whether it was a limit."""

    extraction: Extraction | None = None
    problem: str = ""
    out_of_limits: bool = False


def answer_to(request: Request) -> Answer:
    """Read the file. Files come from anyone, so that an extractor may break in any way."""
    try:
        return Answer(
            extraction=_find(request.entry)(
                Path(request.path),
                name=request.name,
                service=request.service,
                case_key=bytes.fromhex(request.case_key),
            )
        )
    except MemoryError:
        return Answer(problem="reading needs more memory than it may have", out_of_limits=True)
    except OutOfLimits as error:
        return Answer(problem=str(error), out_of_limits=True)
    except FaultMavenError as error:
        return Answer(problem=str(error))
    except Exception as error:  # noqa: BLE001 - becomes UnreadableEvidence, named by type and place
        return Answer(problem=f"the extractor broke: {problem_of(error)}")


def _find(entry: str) -> Extract:
    module, _, name = entry.partition(":")
    found: Extract = getattr(import_module(module), name)
    return found


def main() -> None:
    """Answer the request on standard input; exit code 0 whatever the answer is."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not get into the answer
    request = _REQUEST.validate_json(_read_line(0))
    _restrict(request)
    Thread(target=_hold_on_to, args=(0,), daemon=True).start()
    with os.fdopen(answers, "wb") as out:
        out.write(_ANSWER.dump_json(answer_to(request)))
    os._exit(0)  # nothing here is worth a tidy end, and the lifeline's thread would delay it


def _restrict(request: Request) -> None:
    """Backstops, in case the parent is gone and the interpreter too busy to notice."""
    os.nice(NICE)
    cpu_s = int(request.seconds * (os.cpu_count() or 1)) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    data = request.memory + RESERVED
    resource.setrlimit(resource.RLIMIT_DATA, (data, data))


def _read_line(descriptor: int) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(descriptor, 65536)
        if not more:
            sys.exit(ORPHANED)
        line += more
    return line


def _hold_on_to(descriptor: int) -> None:
    """Ends the process when the other end lets go."""
    while os.read(descriptor, 1):
        pass
    os._exit(ORPHANED)


def write_request(request: Request) -> bytes:
    """One line of JSON."""
    return _REQUEST.dump_json(request) + b"\n"


def read_answer(document: bytes) -> Answer:
    """Raises pydantic's ValidationError where it is not an Answer."""
    return _ANSWER.validate_json(document)


_REQUEST = TypeAdapter(Request)
_ANSWER = TypeAdapter(Answer)

if __name__ == "__main__":
    main()
