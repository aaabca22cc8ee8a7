"""How lines of evidence are quoted and files counted where people read."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, LiteralString

from core.evidence.line_quotes import QUOTED, quote
from core.evidence.model import (
    Coverage,
    DataType,
    EvidenceFile,
    FileState,
    Finding,
    FindingKind,
)
from core.evidence.signatures import signals, signatures
from core.text.quantities import counted
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from core.cases.model import Citation
    from core.conversation.cards.card import Card, Row

# The most telling kind first.
KINDS = {
    FindingKind.FIRST_ERROR: RedactedText.format("First error"),
    FindingKind.SIGNAL: RedactedText.format("Known failure"),
    FindingKind.ERROR_RATE: RedactedText.format("Error rate"),
    FindingKind.BURST: RedactedText.format("Burst"),
    FindingKind.FIRST_SEEN: RedactedText.format("New"),
    FindingKind.VANISHED: RedactedText.format("Gone"),
    FindingKind.STACK_TRACE: RedactedText.format("Stack trace"),
    FindingKind.FUNCTION: RedactedText.format("In the code"),
    FindingKind.CHANGE: RedactedText.format("Change"),
    FindingKind.SPAN: RedactedText.format("Spans"),
    FindingKind.PATH: RedactedText.format("Critical path"),
    FindingKind.METRIC: RedactedText.format("Metric"),
    FindingKind.ANOMALY: RedactedText.format("Stands out"),
    FindingKind.CORRELATION: RedactedText.format("Move together"),
    FindingKind.SKEW: RedactedText.format("Clocks"),
    FindingKind.TEMPLATE: RedactedText.format("Line"),
    FindingKind.RARE: RedactedText.format("Rare"),
    FindingKind.CALL: RedactedText.format("Call"),
    FindingKind.MOVES: RedactedText.format("Series"),
    FindingKind.PACE: RedactedText.format("Pace"),
    FindingKind.ORIGIN: RedactedText.format("Origin"),
    FindingKind.SETTINGS: RedactedText.format("Settings"),
    FindingKind.PROFILE: RedactedText.format("Profile"),
    FindingKind.THREADS: RedactedText.format("Threads"),
    FindingKind.PROFILE_SHARES: RedactedText.format("Profile"),
    FindingKind.HAZARD: RedactedText.format("Hazard"),
    FindingKind.CODE: RedactedText.format("Code"),
    FindingKind.IDENTIFIERS: RedactedText.format("Ids"),
    FindingKind.NOTE: RedactedText.format("Note"),
    FindingKind.STEP: RedactedText.format("Step"),
}
_COUNTED_KINDS = (
    FindingKind.SIGNAL,
    FindingKind.FIRST_ERROR,
    FindingKind.STACK_TRACE,
    FindingKind.TEMPLATE,
    FindingKind.CHANGE,
)
_COVERAGE = {
    Coverage.WHOLE: RedactedText.format("read"),
    Coverage.PART: RedactedText.format("in part"),
    Coverage.NONE: RedactedText.format("not read"),
    Coverage.WAITING: RedactedText.format("being read"),
}
_Noun = tuple[LiteralString, LiteralString]
_FILE: _Noun = ("file", "files")
_READING: _Noun = ("being read", "being read")
_UNREAD: _Noun = ("not read", "not read")
_OTHER_NOUNS = (_FILE, _READING, _UNREAD)
_NOUNS: dict[DataType | None, _Noun] = {
    DataType.LOG: ("log", "logs"),
    DataType.METRIC: ("metric", "metrics"),
    DataType.TRACE: ("trace", "traces"),
    DataType.CONFIG: ("config", "configs"),
    DataType.TEXT: ("note", "notes"),
    DataType.PROFILE: ("profile", "profiles"),
    DataType.ARCHIVE: ("archive", "archives"),
}


def told(
    finding: Finding, *, quoted: bool = True, timed: bool = True, room: int = QUOTED
) -> RedactedText:
    """A finding in words, without its place: what, when, how often, and the line itself."""
    parts = [kind_text(finding)]
    if timed and finding.first is not None and finding.kind is not FindingKind.TEMPLATE:
        parts.append(RedactedText.format("{at}", at=finding.first))
    if finding.kind is FindingKind.BURST:
        parts.append(_burst_rate(finding))
    elif finding.count > 1 and finding.kind in _COUNTED_KINDS:
        parts.append(RedactedText.format("{n} times", n=finding.count))
    description = RedactedText.join(", ", parts)
    return (
        RedactedText.format("{said}: {text}", said=description, text=quote(finding.text, room=room))
        if quoted
        else description
    )


def kind_text(finding: Finding) -> RedactedText:
    """`First error`; of a line that matches a signature, `Matches Connections refused`."""
    known, titles = signals(), signatures()
    for name in finding.signals if finding.kind is FindingKind.SIGNAL else ():
        signature = titles.get(known[name].fault or "") if name in known else None
        if signature is not None:
            return RedactedText.format("Matches {title}", title=signature.title)
    return KINDS[finding.kind]


def argued(
    lines: Iterable[Citation], *, quoted: set[RedactedText] | None = None, room: int = QUOTED
) -> Iterator[tuple[Citation, RedactedText]]:
    """Each line of evidence once, with all reasons that rest on it and the sum of their weights.

    What weighs most comes first.
    quoted: quotes that the reader has before them already; what is quoted here is added.
    """
    quoted = set() if quoted is None else quoted
    by_line: dict[tuple[RedactedText, bool], list[Citation]] = {}
    for line in lines:
        by_line.setdefault((line.text, line.resolves), []).append(line)
    for same in sorted(by_line.values(), key=_strength_of_all, reverse=True):
        weight = math.fsum(line.weight for line in same)
        yield replace(same[0], weight=weight), _argument(same, quoted, room)
        quoted.add(quote(same[0].text, room=room))


def _strength_of_all(lines: Sequence[Citation]) -> float:
    return abs(math.fsum(line.weight for line in lines))


def _argument(
    lines: Sequence[Citation], quoted: Collection[RedactedText], room: int
) -> RedactedText:
    """`a reason: the line; also: another reason; a third`."""
    text = quote(lines[0].text, room=room)
    reasons = [why for line in lines if (why := line.why.line()) and why != line.text.line()]
    first, *others = list(dict.fromkeys(reasons)) or [RedactedText.EMPTY]
    if not first:
        return text
    if text in quoted:
        return RedactedText.join("; ", [first, *others])
    argument = RedactedText.format("{why}: {text}", why=first, text=text)
    if not others:
        return argument
    rest = RedactedText.join("; ", others)
    return RedactedText.format("{argument}; also: {rest}", argument=argument, rest=rest)


def shown_name(file: EvidenceFile, files: Iterable[EvidenceFile]) -> str:
    """The name under which a file is cited: `booking/app.log` where several are called `app.log`.

    files: of its case. It is the file's own where that, or no service, tells it apart.
    """
    own, service = file.name.text, file.service or ""
    common = _plain_name(own)
    namesakes = [other for other in files if _plain_name(other.name.text) == common]
    if len(namesakes) < 2 or not service or service.lower() in own.lower():  # noqa: PLR2004
        return own
    is_only = sum(other.service == service for other in namesakes) == 1
    return f"{service}/{common if is_only else own}"


def with_shown_names(card: Card, files: Sequence[EvidenceFile]) -> Card:
    """The card, its citations by the names that tell files apart."""
    namesakes: defaultdict[str, list[EvidenceFile]] = defaultdict(list)
    for file in files:  # else thousands of files are each compared with all others
        namesakes[_plain_name(file.name.text)].append(file)
    names = {
        file.name.text: shown_name(file, alike) for alike in namesakes.values() for file in alike
    }
    changed = {name: shown for name, shown in names.items() if name != shown}
    if not changed:
        return card
    rows, fold = (
        tuple(_with_shown_name(row, changed) for row in some) for some in (card.rows, card.fold)
    )
    return replace(card, rows=rows, fold=fold)


def _with_shown_name(row: Row, names: Mapping[str, str]) -> Row:
    name, colon, place = (row.citation or "").rpartition(":")
    return replace(row, citation=f"{names[name]}{colon}{place}") if name in names else row


def _plain_name(name: str) -> str:
    """`app.log`, in whichever folder."""
    return name.rpartition("/")[2]


def evidence(files: Iterable[EvidenceFile], *, alerts: int) -> RedactedText:
    """`2 logs, 1 metric, 1 not read, 1 alert · 1 in part`; empty where there is nothing at all."""
    files = list(files)
    kinds = Counter(_noun(file) for file in files)
    parts = [counted(kinds[noun], *noun) for noun in _NOUNS.values() if noun in kinds]
    parts += [counted(kinds[noun], *noun) for noun in _OTHER_NOUNS if noun in kinds]
    if alerts:
        parts.append(counted(alerts, "alert", "alerts"))
    counts = RedactedText.join(", ", parts)
    in_part = sum(file.coverage is Coverage.PART and not file.is_unpacked for file in files)
    if not in_part:
        return counts
    return RedactedText.format("{counts} · {n} read in part", counts=counts, n=in_part)


def coverage_text(files: Collection[EvidenceFile]) -> RedactedText:
    """`11 files: 8 read, 1 in part, 2 not read`; of an archive its members count."""
    files = [file for file in files if not file.is_unpacked]
    counts = Counter(file.coverage for file in files)
    parts = [
        RedactedText.format("{n} {state}", n=counts[coverage], state=state)
        for coverage, state in _COVERAGE.items()
        if coverage is Coverage.WHOLE or counts[coverage]
    ]
    total = counted(len(files), *_FILE)
    return RedactedText.format(
        "{total}: {parts}", total=total, parts=RedactedText.join(", ", parts)
    )


def gap_text(file: EvidenceFile) -> RedactedText:
    """What of a file was not read, and why; empty where all of it was."""
    problem = file.problem.line() if file.problem else RedactedText.format("nobody knows how")
    match file.coverage:
        case Coverage.PART if file.is_unpacked:
            return problem
        case Coverage.PART:
            lines = counted(file.lines, "line", "lines")
            return RedactedText.format("in part, {lines}: {why}", lines=lines, why=problem)
        case Coverage.NONE:
            if file.state is FileState.CANCELLED:
                problem = RedactedText.format("a person stopped it")
            return RedactedText.format("not read: {why}", why=problem)
        case _:
            return RedactedText.EMPTY


def gap_step(file: EvidenceFile) -> str:
    """What to do about what was not read of a file."""
    if not file.was_stored:
        return "Bring a part of it, such as the window around the incident, as a plain file."
    if file.is_unpacked:
        return "Bring what matters of the rest by itself."
    if file.coverage is Coverage.PART:
        return "Bring the rest: copy the file again from where it was written."
    return "Bring it as text, or the lines that matter."


def kind(data_type: DataType | None) -> RedactedText:
    """`log`, `metric`."""
    singular, _ = _NOUNS.get(data_type, _FILE)
    return RedactedText.format(singular)


def _burst_rate(finding: Finding) -> RedactedText:
    """`at most 96/min, 0.2/min before`."""
    minutes = _as_number(finding.data.get("minutes_per_bucket", 1))
    period = (
        RedactedText.format("min") if minutes == 1 else RedactedText.format("{n} min", n=minutes)
    )
    peak, usual = _as_number(finding.data.get("peak")), _as_number(finding.data.get("usual"))
    return RedactedText.format(
        "at most {peak}/{per}, {usual}/{per} before", peak=peak, usual=usual, per=period
    )


def _as_number(value: object) -> float:
    if not isinstance(value, int | float):
        return 0
    return int(value) if value == int(value) else value


def _noun(file: EvidenceFile) -> _Noun:
    if file.coverage is Coverage.NONE:
        return _UNREAD
    if file.coverage is Coverage.WAITING:
        return _READING
    return _NOUNS.get(file.data_type, _FILE)
