"""Where does the header of a plain log line end and its message begin?

Learnt from a sample, without settings per system: sampled lines lose their header piece by piece
(time, level, thread, host, component ...) as long as nearly all agree on the next piece.
Patterns stay within what Rust's regex and Python's re share, since both run them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.evidence.levels import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.evidence.timestamps import TimeFormat

_NEARLY_ALL = 0.9  # share of sampled lines that must show a piece
_MOST = 0.7  # enough for a component, which loggers leave out at times
_FEW_VALUES = 0.1  # a host is one of few; at most this share of distinct values
_MAX_PIECES = 14
_MAX_WORDS = 6
_MAX_TIMES = 2  # besides the first
_LOOK_AT = 250

LEVEL = rf"(?i:{WORDS})"
_ZONE = "(?:Z| (?:UTC|GMT|[A-Z]{1,3}[SD]T|CET))?"
_BARE_LEVEL = rf"(?P<x>{LEVEL})(?:[:,|] ?| |$) *"
_ENCLOSED_LEVEL = rf"[\[(<](?P<x>{LEVEL}) *[\])>][:,|]? *"
_LETTER = "[DIWEFV]"
_REDIS = "[.*#-]"
_NUMBER = r"[#(\[]?[0-9]+(?:[#:.][0-9]+)*[)\]:]*[:|]? +"
_SEPARATOR = r"(?:-{1,3}|\||\*[0-9]+|:|,|>)(?: +|$)"
_BRACKETS = r"(?:\[(?:[^\[\]]|\[[^\[\]]*\])*\]|<[0-9.]+>)(?:[:,|] ?)? *"
_COMPONENT = (
    r"(?:[0-9A-Za-z_.$/@*+-]+(?:\([^()]*\))?(?:\[[^\[\]]*\])?(?: *:)"
    r"|[0-9A-Za-z_.-]+\.[a-z]+:[0-9]+\])(?: +|$)"
)
_DOTTED = r"[A-Za-z_][0-9A-Za-z_$]*(?:(?:\.|::)[0-9A-Za-z_$\[\]]+)+:? +"
_PIPED = r"[^|\"]{1,60}\| *"
_WORD = "[^ ]+ +"


@dataclass(frozen=True)
class Header:
    """Anchored patterns; an empty one was not learnt. `time`, `level`, `service` have one group."""

    head: str = ""
    time: str = ""
    level: str = ""
    service: str = ""


@dataclass(frozen=True)
class _Piece:
    kind: str
    pattern: str  # with a group x where the kind is time, level or service
    share: float = _NEARLY_ALL
    ahead: str = ""  # must follow; for learning only, as Rust's regex cannot look ahead


@dataclass
class _Reading:
    """How far each sampled line has been read, and what was read so far."""

    lines: list[str]
    at: list[int]
    eaten: list[tuple[_Piece, bool]] = field(default_factory=list)

    def kinds(self) -> list[str]:
        return [piece.kind for piece, _ in self.eaten]

    def matches(self, pattern: str, ahead: str = "") -> list[re.Match[str] | None]:
        compiled = re.compile(f"{pattern}(?={ahead})" if ahead else pattern)
        return [compiled.match(line, at) for line, at in zip(self.lines, self.at, strict=True)]

    def eat(self, piece: _Piece) -> bool:
        found = self.matches(piece.pattern, piece.ahead)
        count = sum(match is not None for match in found)
        if not count or count < piece.share * len(found):
            return False
        self.at = [m.end() if m else at for m, at in zip(found, self.at, strict=True)]
        self.eaten.append((piece, count < len(found)))
        return True


def learn_header(sample: Sequence[str], time_format: TimeFormat | None) -> Header:
    """The header that nearly all lines of the sample share, as far as it can be told."""
    lines = [line[:_LOOK_AT] for line in sample]
    if time_format is not None:
        told = re.compile(time_format.pattern)
        lines = [line for line in lines if told.search(line)]
    reading = _Reading(lines, [0] * len(lines))
    for _ in range(_MAX_PIECES):
        if not any(reading.eat(piece) for piece in _candidates(reading, time_format)):
            break
    return _written(reading, time_format)


def _candidates(reading: _Reading, time_format: TimeFormat | None) -> Iterator[_Piece]:
    kinds = reading.kinds()
    started = "time" in kinds or "level" in kinds
    if time_format is not None and "time" not in kinds:
        time = time_format.pattern
        yield _Piece("time", rf"[\[<(]?(?P<x>{time}){_ZONE}[\]>)]?[,:|]? *")
        yield _Piece("level", f"(?P<x>{_LETTER})(?:, )?", ahead=rf"[\[]?{time}")
    elif time_format is not None and kinds.count("again") < _MAX_TIMES:
        yield _Piece("again", rf"[\[<(]?(?:{time_format.pattern}){_ZONE}[\]>)]?[,:|]? *")
    if "level" not in kinds:
        yield _Piece("level", _BARE_LEVEL, _MOST)
        yield _Piece("level", _ENCLOSED_LEVEL, _MOST)
        if started:
            yield _Piece("level", f"(?P<x>{_LETTER})(?:[ ,/]) *")
            yield from _redis_levels(reading)
    yield _Piece("separator", _SEPARATOR)
    yield _Piece("brackets", _BRACKETS)
    yield _Piece("number", _NUMBER)
    if not kinds:
        yield _Piece("service", r"(?P<x>[0-9A-Za-z_./-]+?)(?:[-_][0-9]+)? +\| *")
    yield from _names(reading, kinds, started=started, time_format=time_format)


def _names(
    reading: _Reading, kinds: list[str], *, started: bool, time_format: TimeFormat | None
) -> Iterator[_Piece]:
    if started and "component" not in kinds:
        yield _Piece("component", _COMPONENT, _MOST)
        if "time" in kinds:
            yield _Piece("component", _DOTTED)
            yield _Piece("component", _PIPED)
    if "component" in kinds or kinds.count("token") >= _MAX_WORDS:
        return
    if time_format is not None:
        yield _Piece("token", _WORD, ahead=rf"(?:{_WORD})?[\[<(]?(?:{time_format.pattern})")
    if _is_one_of_few(reading):
        for ahead in (_COMPONENT, _BRACKETS, rf"(?:{_WORD}){{0,2}}{LEVEL}\b"):
            yield _Piece("token", _WORD, _MOST, ahead=ahead)


def _is_one_of_few(reading: _Reading) -> bool:
    """Hosts and threads repeat, or differ in their numbers; the words of messages do not."""
    found = [re.sub("[0-9]+", "0", match[0]) for match in reading.matches(_WORD) if match]
    return len(found) > 1 and len(set(found)) <= max(1, _FEW_VALUES * len(found))


def _redis_levels(reading: _Reading) -> Iterator[_Piece]:
    found = {match[0].strip() for match in reading.matches(f"{_REDIS} +") if match}
    if found & {"*", "#"}:
        yield _Piece("level", f"(?P<x>{_REDIS}) +")


def _written(reading: _Reading, time_format: TimeFormat | None) -> Header:
    """The eaten pieces, in order, as patterns from the start of a line."""
    found = {"time": "", "level": "", "service": ""}
    head = "^"
    for piece, optional in reading.eaten:
        if piece.kind in found and not found[piece.kind]:
            found[piece.kind] = head + piece.pattern
        plain = piece.pattern.replace("(?P<x>", "(?:")
        head += f"(?:{plain})?" if optional else plain
    if not found["time"] and time_format is not None:
        found["time"] = f"({time_format.pattern})"
    if not found["time"] and not found["level"]:
        return Header()
    return Header(head=head if head != "^" else "", **found)
