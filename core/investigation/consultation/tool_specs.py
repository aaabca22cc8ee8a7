"""The tools of a model as it is told of them: names, purposes, arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.model import Level
from core.investigation.language_model import ToolSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXT = {"type": "string"}
_TIME = {"type": "string", "description": "a time of the day of the incident: 07:42:10"}
_NUMBER = {"type": "integer"}
_FIELD = {
    "type": "string",
    "description": "count the values of this field or column of the lines; or the word minute",
}
_TRACE = {"type": "string", "description": "an id, or the word slowest or failed"}
OF_TEXT = frozenset({"read_lines", "spans"})  # of no use where no text is at hand


def _spec(name: str, purpose: str, **arguments: Mapping[str, object]) -> ToolSpec:
    needed = [each for each in arguments if each in _NEEDED.get(name, ())]
    return ToolSpec(
        name=name,
        purpose=purpose,
        parameters={"type": "object", "properties": dict(arguments), "required": needed},
    )


_NEEDED = {
    "read_lines": ("file", "line"),
    "compare_files": ("file", "other"),
    "spans": ("trace",),
    "hypothesis": ("number",),
    "known_failure": ("fault",),
}
SPECS = (
    _spec("list_files", "The files, whose they are, and which time they cover."),
    _spec(
        "find_lines",
        "Kinds of lines and single lines that contain all the words, nearest to the onset first;"
        " with how many there are, their HTTP statuses and how long they took. `status=500` is a"
        " field with that value, `500|503` either, `!healthz` without it; level: that or worse.",
        words=_TEXT,
        service=_TEXT,
        file=_TEXT,
        count_by=_FIELD,
        since=_TIME,
        until=_TIME,
        level={"type": "string", "enum": [level.value for level in Level]},
    ),
    _spec(
        "read_lines",
        "The lines of a file around one line, at most 30 on each side.",
        file=_TEXT,
        line=_NUMBER,
        around=_NUMBER,
    ),
    _spec(
        "compare_files",
        "Settings, levels and kinds of lines that differ between two files: before and after a"
        " change, a healthy host and a failing one.",
        file=_TEXT,
        other=_TEXT,
    ),
    _spec(
        "spans",
        "The spans of one trace in order: service, operation, start, duration, status, parent.",
        trace=_TRACE,
        service=_TEXT,
    ),
    _spec(
        "series",
        "What is measured and moved, nearest to the onset first; of a service if one is named.",
        service=_TEXT,
    ),
    _spec("changes", "What was deployed, configured, started or pushed, nearest first."),
    _spec(
        "timeline",
        "What began when in all files, in order; near the onset unless it is asked for a span.",
        since=_TIME,
        until=_TIME,
    ),
    _spec("hypothesis", "All lines for and against one of the engine's causes.", number=_NUMBER),
    _spec("known_failure", "What is known of a failure: its check and its remedy.", fault=_TEXT),
)
