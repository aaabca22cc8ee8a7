"""What really happened in a recording, written apart from it and never shown."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from pathlib import Path


class Span(TypedDict):
    """Lines of a file of the recording, counted from 1, both ends included."""

    file: str
    line_start: int
    line_end: int


_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{3})?")
_SPAN_BEGAN = re.compile(r'"startTimeUnixNano":"(\d{10})\d{9}"')
_AT_MOST = 5


@dataclass(frozen=True)
class Truth:
    """The verdict. decisive: (file below files/, regular expression) of the lines that show it.

    The file may also be one beside files/; of spans, only those after the change count. The first
    of the lines tells the onset. Where nothing is wrong, service and fault are None, there are no
    decisive lines and the onset is null.
    """

    service: str | None
    fault: str | None
    what: str
    decisive: tuple[tuple[str, str], ...]
    red_herrings: tuple[str, ...]
    not_to_blame: tuple[str, ...]

    def write(self, recording: Path, marks: dict[str, str], place: Path) -> None:
        """Find the decisive lines in `recording` and write the verdict to `place`.

        marks: what the script did, by name, with its time.
        """
        spans = [
            hit
            for file, pattern in self.decisive
            for hit in _find(recording, file, pattern, since=marks["change"])
        ]
        document = {
            "service": self.service,
            "fault": self.fault,
            "what": self.what,
            "onset": _moment(recording, spans[0]) if spans else None,
            "marks": marks,
            "decisive": spans,
            "red_herrings": self.red_herrings,
            "not_to_blame": self.not_to_blame,
        }
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(document, indent=1) + "\n")


def _moment(recording: Path, span: Span) -> str:
    first = (recording / span["file"]).read_text().splitlines()[span["line_start"] - 1]
    moment = _MOMENT.search(first)
    if moment is None:
        raise ValueError(f"no time in the first decisive line: {first}")
    return moment[0].replace(" ", "T").replace(",", ".") + "Z"


def _began_before(line: str, change: float) -> bool:
    began = _SPAN_BEGAN.search(line)
    return began is not None and int(began[1]) < change


def _find(recording: Path, file: str, pattern: str, *, since: str) -> list[Span]:
    """since: when the change was made, as an ISO time."""
    change = datetime.fromisoformat(since).timestamp()
    place = f"files/{file}" if (recording / "files" / file).exists() else file
    lines = (recording / place).read_text(errors="replace").splitlines()
    numbers = [
        number
        for number, line in enumerate(lines, 1)
        if re.search(pattern, line) and not _began_before(line, change)
    ]
    if not numbers:
        raise ValueError(f"nothing matches {pattern} in {file}")
    return [
        {"file": place, "line_start": number, "line_end": number} for number in numbers[:_AT_MOST]
    ]
