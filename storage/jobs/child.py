"""The process that reads files of one case: `python -m storage.jobs.child`, started by a `Reader`.

Every line of its standard input is one JSON document: first the Assignment, which holds for its
whole life, then one Request a file, each answered with one line. It ends when the input does: that
is its lifeline, and closes when the parent dies.
"""

from __future__ import annotations

import os
import resource
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Protocol

from pydantic import Field, TypeAdapter
from pydantic_core import to_json

from core.errors import FaultMavenError, OutOfLimits
from core.evidence.model import Extraction, PlainArtifactStore, PlainFile
from core.jobs.model import problem_of
from core.redaction.engine import Redactor
from core.redaction.rule_choice import CustomRule
from storage.sealing.originals import SealedFile, SealedShelf

if TYPE_CHECKING:
    from core.evidence.model import ArtifactStore, Original

PIPELINE = "core.evidence.pipeline:extract"
# Thread stacks and reserved arenas of polars: address space that is counted but never touched.
RESERVED = 512 * 2**20
NICE = 10  # whoever answers people goes first
ORPHANED = 4
_FIRST_THAT_FITS = Field(union_mode="left_to_right")


class Extract(Protocol):
    """What an assignment's `entry` names. May raise anything."""

    def __call__(
        self,
        original: Original,
        *,
        name: str,
        service: str | None,
        redactor: Redactor,
        shelf: ArtifactStore,
    ) -> Extraction: ...


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """For which case to read, with which function (`module:name`), within which limits.

    The key comes once, so that no request can be of another case. seconds: for one file, on the
    wall; memory: bytes of the whole process; files: how many. Read in process, none holds.
    """

    entry: str
    case_key: str  # hexadecimal
    rules: tuple[CustomRule, ...] = ()
    seconds: float = 0
    memory: int = 0
    files: int = 1


@dataclass(frozen=True, kw_only=True)
class Request:
    """One file to read. A sealed one carries its key: this pipe is the only way that takes."""

    original: Annotated[SealedFile | PlainFile, _FIRST_THAT_FITS]
    name: str
    service: str | None
    shelf: Annotated[SealedShelf | PlainArtifactStore, _FIRST_THAT_FITS]


@dataclass(frozen=True, kw_only=True)
class ExtractionAnswer:
    """What was found; or the problem, and whether it was a limit."""

    extraction: Extraction | None = None
    problem: str = ""
    out_of_limits: bool = False


def answer_to(request: Request, assignment: Assignment) -> ExtractionAnswer:
    """Read the file. Files come from anyone, so that an extractor may break in any way."""
    try:
        return ExtractionAnswer(
            extraction=_find(assignment.entry)(
                request.original,
                name=request.name,
                service=request.service,
                redactor=Redactor(bytes.fromhex(assignment.case_key), rules=assignment.rules),
                shelf=request.shelf,
            )
        )
    except MemoryError:
        return ExtractionAnswer(
            problem="reading needs more memory than it may have", out_of_limits=True
        )
    except OutOfLimits as error:
        return ExtractionAnswer(problem=str(error), out_of_limits=True)
    except FaultMavenError as error:
        return ExtractionAnswer(problem=str(error))
    except OSError as error:  # of the disk: the table is written as it is read
        return ExtractionAnswer(
            problem=f"what was found could not be stored: {error.strerror or error}"
        )
    except Exception as error:  # noqa: BLE001 - becomes UnreadableEvidence, named by type and place
        return ExtractionAnswer(problem=f"the extractor broke: {problem_of(error)}")


def _find(entry: str) -> Extract:
    module, _, name = entry.partition(":")
    extract: Extract = getattr(import_module(module), name)
    return extract


def load_entry(entry: str) -> None:
    """Call `preload` of the entry's module, so that the first file does not wait for imports."""
    with suppress(Exception):  # what is broken there is told with the first answer
        import_module(entry.partition(":")[0]).preload()


def main() -> None:
    """Answer each request on standard input, until it ends."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not get into an answer
    os.nice(NICE)
    lines: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_hear, args=(lines,), daemon=True).start()
    assignment = _ASSIGNMENT.validate_json(lines.get())
    _limit_memory(assignment.memory)
    load_entry(assignment.entry)
    with os.fdopen(answers, "wb") as out:
        while True:
            request = _REQUEST.validate_json(lines.get())
            _limit_seconds(assignment.seconds)
            out.write(_ANSWER.dump_json(answer_to(request, assignment)) + b"\n")
            out.flush()


def _hear(lines: SimpleQueue[bytes]) -> None:
    """Pass on input lines; end the process, whatever it is doing, at the end of the input."""
    with open(0, "rb", closefd=False) as requests:
        for line in requests:
            lines.put(line)
    os._exit(ORPHANED)  # nothing here is worth a tidy end


# The parent watches both limits. These are for when it is gone, or too late for a huge allocation.
def _limit_memory(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    data = memory + RESERVED
    resource.setrlimit(resource.RLIMIT_DATA, (data, data))


def _limit_seconds(seconds: float) -> None:
    """Limit CPU seconds from now on; the kernel counts all threads of the process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = used.ru_utime + used.ru_stime + seconds * (os.cpu_count() or 1)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_s) + 1, hard))


def write(document: Assignment | Request) -> bytes:
    """One line of JSON."""
    return to_json(document) + b"\n"


def read_answer(line: bytes) -> ExtractionAnswer:
    """Raises pydantic's ValidationError where it is not an Answer."""
    return _ANSWER.validate_json(line)


_ASSIGNMENT = TypeAdapter(Assignment)
_REQUEST = TypeAdapter(Request)
_ANSWER = TypeAdapter(ExtractionAnswer)

if __name__ == "__main__":
    main()
