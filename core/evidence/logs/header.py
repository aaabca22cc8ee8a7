"""Learns where the header of a plain log line ends and its message begins.

Learnt from a sample, without settings per system: sampled lines lose their header piece by piece
(time, level, thread, host, component ...) as long as nearly all agree on the next piece.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.evidence.logs import header_pieces
from core.evidence.logs.header_pieces import LEVEL, WORDS_AFTER, HeaderPiece, column_words
from core.evidence.logs.timestamps import ZONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.evidence.logs.timestamps import TimeFormat

_FEW_VALUES = 0.1  # a host is one of few; at most this share of distinct values
_MAX_PIECES = 14
_MAX_WORDS = 6
_MAX_TIMES = 2  # besides the first
_LOOK_AT = 400
_NEXT = 120  # characters of the words that come next
_MAX_COLUMNS = 2
_NUMBER = re.compile("[0-9]+")
_TAKEN = ("time", "level", "priority", "host", "program", "service")
_OF_LEVEL = frozenset({"level", "time", "again"})
# After these the message begins, whatever it looks like.
_LAST = frozenset({"stream", "syslog"})


@dataclass(frozen=True)
class Header:
    """Anchored patterns with one group each (`head` with none); an empty one was not learnt."""

    head: str = ""
    time: str = ""
    through_time: str = ""  # has no group either
    level: str = ""
    priority: str = ""
    host: str = ""
    program: str = ""
    service: str = ""
    through_level: str = ""  # nor has this one: up to where level and times have ended
    wraps: bool = False  # lines that have a header of their own, it may be


@dataclass
class _Reading:
    """The position in each sampled line up to which it is read, and the pieces read so far."""

    lines: list[str]
    at: list[int]
    eaten: list[tuple[HeaderPiece, bool]] = field(default_factory=list)
    _zone: str | None = None

    def kinds(self) -> list[str]:
        return [piece.kind for piece, _ in self.eaten]

    def matches(self, pattern: str) -> Iterator[re.Match[str]]:
        compiled = re.compile(pattern)
        for line, at in zip(self.lines, self.at, strict=True):
            if match := compiled.match(line, at):
                yield match

    def nexts(self) -> list[list[str]]:
        """The words that come next in each line, those that tell whether one is of the header."""
        pairs = zip(self.lines, self.at, strict=True)
        return [line[at : at + _NEXT].split(" ", WORDS_AFTER + 1) for line, at in pairs]

    def ends_in(self, mark: str) -> bool:
        """Return whether what has been read of each line ends in this."""
        pairs = zip(self.lines, self.at, strict=True)
        return all(line[:at].endswith(mark) for line, at in pairs if at)

    def zone(self, time: str) -> str:
        """The pattern of what follows the times; a short one where it can be, as it is faster."""
        if self._zone is None:
            zoned = re.compile(f"{time}({ZONE})")
            zones = {match[1] for line in self.lines if (match := zoned.search(line))}
            self._zone = ZONE if zones - {"Z"} else "|".join(zones)
        return self._zone

    def eat(self, piece: HeaderPiece) -> bool:
        ends = self._ends(piece)
        if ends is None:
            return False
        self.eaten.append((piece, None in ends or piece.kind == "column"))
        self.at = [at if end is None else end for end, at in zip(ends, self.at, strict=True)]
        return True

    def _ends(self, piece: HeaderPiece) -> list[int | None] | None:
        """Return where it ends in each line that shows it; None as soon as too few do."""
        pattern = re.compile(f"{piece.plain}(?={piece.ahead})" if piece.ahead else piece.plain)
        ends: list[int | None] = []
        missing, lines = 0, len(self.lines)
        for line, at in zip(self.lines, self.at, strict=True):
            match = pattern.match(line, at)
            ends.append(match.end() if match else None)
            missing += match is None
            if lines - missing < piece.share * lines:
                return None
        return ends if missing < lines else None


def learn_header(sample: Sequence[str], time_format: TimeFormat | None) -> Header:
    """The header that nearly all lines of the sample share, as far as it can be told."""
    lines = [line[:_LOOK_AT] for line in sample]
    if time_format is not None:
        time_pattern = re.compile(time_format.pattern)
        lines = [line for line in lines if time_pattern.search(line)]
    reading = _Reading(lines, [0] * len(lines))
    for _ in range(_MAX_PIECES):
        if not any(reading.eat(piece) for piece in _candidates(reading, time_format)):
            break
        if reading.kinds()[-1] in _LAST:
            break
    return _written(reading, time_format)


def _candidates(reading: _Reading, time_format: TimeFormat | None) -> Iterator[HeaderPiece]:
    kinds = reading.kinds()
    started = "time" in kinds or "level" in kinds
    if time_format is not None:
        yield from _times(reading, kinds, time_format)
    yield from _of_syslog(kinds)
    yield from _levels(reading, kinds, started=started)
    yield header_pieces.SEPARATOR
    yield HeaderPiece("brackets", header_pieces.BRACKETS)
    yield header_pieces.NUMBER
    yield header_pieces.TABBED if started else header_pieces.COMPOSE
    yield from _names(reading, kinds, started=started, time_format=time_format)
    if "time" in kinds and "level" not in kinds:
        yield header_pieces.LATE_LEVEL
    if started and kinds.count("cell") < _MAX_WORDS and reading.ends_in(header_pieces.OF_CELLS):
        yield header_pieces.CELL
    if started and kinds.count("column") < _MAX_COLUMNS:
        yield from _column(reading)
    if time_format is not None and "time" not in kinds:
        yield from _before_time(reading, time_format)


def _column(reading: _Reading) -> Iterator[HeaderPiece]:
    """Only the words that were seen: what comes later and is another one may be a message."""
    words = column_words(reading.nexts())
    if words:
        pattern = "|".join(_NUMBER.sub("[0-9]+", re.escape(word)) for word in words)
        yield HeaderPiece("column", f"(?:{pattern}) +")


def _before_time(reading: _Reading, time_format: TimeFormat) -> Iterator[HeaderPiece]:
    """Words before the time, where it is the same number of them in nearly all lines.

    Such as who wrote the line; a sentence that tells of a time has its words elsewhere.
    """
    if not reading.kinds() or "level" in reading.kinds():
        return
    for words in range(1, _MAX_WORDS + 1):
        pattern = f"(?:{_unnamed(header_pieces.WORD)}){{{words}}}"
        yield HeaderPiece("token", pattern, ahead=time_format.pattern)


def _of_syslog(kinds: list[str]) -> Iterator[HeaderPiece]:
    """Yield the pieces that syslog and container runtimes write before and after the time."""
    if not kinds:
        yield header_pieces.PRIORITY
    elif kinds[-1] == "priority":
        yield header_pieces.VERSION
    elif kinds[-1] == "time":
        yield header_pieces.STREAM
        if "version" in kinds:
            yield header_pieces.SYSLOG


def _times(reading: _Reading, kinds: list[str], time_format: TimeFormat) -> Iterator[HeaderPiece]:
    time = time_format.pattern
    zone = reading.zone(time)
    if "time" not in kinds:
        yield header_pieces.time_piece("time", time, zone)
        yield HeaderPiece("level", "(?P<level>[DIWEFV])(?:,? )?", ahead=rf"[\[]?{time}")
    elif kinds.count("again") < _MAX_TIMES:
        yield header_pieces.time_piece("again", time, zone)


def _levels(reading: _Reading, kinds: list[str], *, started: bool) -> Iterator[HeaderPiece]:
    if "level" in kinds:
        if kinds.count("level") == 1 and "time" in kinds[kinds.index("level") :]:
            yield header_pieces.SPELLED_LEVEL
        return
    yield header_pieces.BARE_LEVEL
    yield header_pieces.ENCLOSED_LEVEL
    yield header_pieces.NAMED_LEVEL
    if started:
        yield header_pieces.LETTER_LEVEL
        marks = {match[0].strip() for match in reading.matches("[.*#-] +")}
        if marks & {"*", "#"}:
            yield header_pieces.REDIS_LEVEL
        yield header_pieces.GLUED_LEVEL


def _names(
    reading: _Reading, kinds: list[str], *, started: bool, time_format: TimeFormat | None
) -> Iterator[HeaderPiece]:
    if "component" in kinds:
        yield header_pieces.PIPED_WORD
        return
    if started and not _begins_with_files(reading):
        yield from _components(kinds)
    if kinds.count("token") >= _MAX_WORDS:
        return
    word = _unnamed(header_pieces.WORD)
    if time_format is not None:
        ahead = rf"(?:{word})?[\[<(]?(?:{time_format.pattern})"
        yield HeaderPiece("token", header_pieces.WORD, ahead=ahead)
    if _is_one_of_few(reading):
        for ahead in (
            _unnamed(header_pieces.COMPONENT),
            header_pieces.BRACKETS,
            rf"(?:{word}){{0,2}}{LEVEL}\b",
        ):
            yield HeaderPiece("token", header_pieces.WORD, header_pieces.MOST, ahead=ahead)


def _components(kinds: list[str]) -> Iterator[HeaderPiece]:
    yield HeaderPiece("component", header_pieces.COMPONENT, header_pieces.MOST)
    yield header_pieces.DASHED
    if kinds == ["level"]:
        yield header_pieces.COLONED
    if kinds == ["time"]:
        yield header_pieces.NAMESPACED
    if "time" in kinds:
        yield header_pieces.DOTTED
        yield header_pieces.PIPED


def _begins_with_files(reading: _Reading) -> bool:
    """Whether what stands before a colon is what lines tell of: `/srv/a.txt: OK`.

    A program may be named by its path, too; that is one, or has its process behind it.
    """
    names = [match[0].rstrip(": ") for match in reading.matches(_unnamed(header_pieces.COMPONENT))]
    files = [name for name in names if name.startswith("/") and not name.endswith("]")]
    return len(set(files)) > 1 and 2 * len(files) > len(names)


def _unnamed(pattern: str) -> str:
    return HeaderPiece("", pattern).plain


def _is_one_of_few(reading: _Reading) -> bool:
    """Hosts and threads repeat, or differ in their numbers; the words of messages do not."""
    count, different = 0, set()
    for match in reading.matches(_unnamed(header_pieces.WORD)):
        count += 1
        different.add(_NUMBER.sub("0", match[0]))
        if len(different) > max(1, _FEW_VALUES * len(reading.lines)):
            return False
    return count > 1 and len(different) <= max(1, _FEW_VALUES * count)


def _written(reading: _Reading, time_format: TimeFormat | None) -> Header:
    """The eaten pieces, in order, as patterns from the start of a line."""
    groups: dict[str, str] = {}
    head, through_time, through_level = "^", "", ""
    for piece, optional in _with_syslogs_names(reading.eaten):
        if piece.kind != "again":
            for name in piece.groups:
                groups.setdefault(
                    name, head + piece.capturing(name).removesuffix(header_pieces.AFTER_TIME)
                )
        head += f"(?:{piece.plain})?" if optional else piece.plain
        if piece.kind == "time" and not optional:
            through_time = head
        if piece.kind in _OF_LEVEL:
            through_level = head
    if "time" not in groups and time_format is not None:
        groups["time"] = f"({time_format.pattern})"
    if not groups.keys() & {"time", "level", "priority"}:
        return Header()
    taken = {name: pattern for name, pattern in groups.items() if name in _TAKEN}
    return Header(
        head=head if head != "^" else "",
        through_time=through_time,
        through_level=through_level if "level" in groups else "",
        wraps=bool(_LAST & set(reading.kinds())),
        **taken,
    )


def _with_syslogs_names(
    eaten: Sequence[tuple[HeaderPiece, bool]],
) -> list[tuple[HeaderPiece, bool]]:
    """RFC 3164: the word between time and program is the host, where no level is among them."""
    kinds = [piece.kind for piece, _ in eaten]
    if "component" not in kinds or "level" in kinds or "time" not in kinds:
        return list(eaten)
    at = kinds.index("component")
    if at == 0 or kinds[at - 1] != "token" or kinds.index("time") > at:
        return list(eaten)
    named = list(eaten)
    for place, old, new in ((at - 1, "word", "host"), (at, "name", "program")):
        piece, optional = eaten[place]
        pattern = piece.pattern.replace(f"(?P<{old}>", f"(?P<{new}>")
        named[place] = (HeaderPiece(piece.kind, pattern, piece.share, piece.ahead), optional)
    return named
