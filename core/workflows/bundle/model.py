"""What is in an exported case, under which names, and how much of it may there be?"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from core.errors import Tampered, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FORMAT = "faultmaven-case/1"

README = "README.md"
MANIFEST = "manifest.json"
SIGNATURE = "signature.json"
CASE = "case.json"  # what the events fold into
EVENTS = "events.jsonl"
TEXTS = "texts.jsonl"  # that events refer to by their digest
FILES = "files.jsonl"
FINDINGS = "findings.jsonl"
CITATIONS = "citations.jsonl"  # every line that a claim rests on, and how it resolves
RENDITIONS = "evidence/"  # e1.jsonl: the cited lines of that file, redacted
ORIGINALS = "originals/"  # e1: as it came, nothing redacted

RECORDS = (CASE, EVENTS, TEXTS, FILES, FINDINGS, CITATIONS)
NAMES = re.compile(
    r"(?:README\.md|(?:manifest|signature|case)\.json|(?:events|texts|files|findings|citations)"
    r"\.jsonl|evidence/e[1-9][0-9]{0,5}\.jsonl|originals/e[1-9][0-9]{0,5})"
)

MOST_MEMBERS = 10_000
LARGEST_RECORDS = 256 * 2**20  # bytes of all members but originals: they are read into memory
DEEPEST = 60  # levels of one value: deeper than anything we write, and far from Python's own limit

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A member as the manifest lists it. size: in bytes; sha256: of its content."""

    name: str
    size: int
    sha256: str


def canonical(value: object) -> bytes:
    """One line of JSON that is always the same for the same value, with its line feed."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode() + b"\n"


def rows(values: Iterable[object]) -> bytes:
    """JSON, one value a line."""
    return b"".join(map(canonical, values))


def read_value(name: str, content: bytes) -> Json:
    """The one object that a member holds. Raises Unreadable."""
    try:
        value = orjson.loads(content)
    except ValueError as error:
        message = f"{name}: no JSON ({error})"
        raise Unreadable(message, next_step=AGAIN) from error
    if not isinstance(value, dict) or _is_deep(value):
        message = f"{name}: not an object that a bundle may hold"
        raise Unreadable(message, next_step=AGAIN)
    return value


def read_rows(name: str, content: bytes) -> list[Json]:
    """The objects that a member holds, one a line. Raises Unreadable."""
    return [
        read_value(f"{name}: line {number}", line)
        for number, line in enumerate(content.splitlines(), start=1)
    ]


def missing(name: str) -> Tampered:
    """A member that has to be there is not."""
    return Tampered(f"{name}: it is missing", next_step=AGAIN)


def require(members: Mapping[str, bytes], name: str) -> bytes:
    """Raises Tampered where the member is not there."""
    if name not in members:
        raise missing(name)
    return members[name]


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True


AGAIN = "Do not rely on it: get the bundle again from where it was exported."
