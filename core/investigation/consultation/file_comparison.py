"""Two files of a case side by side: which kinds of lines, levels and settings differ.

What is compared is what is found in them, and lines of settings as they are shown: redacted. A
setting that redaction hides differs without its values.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from core.evidence.model import EvidenceFile, Finding, FindingKind, Level
from core.investigation.consultation.evidence_reader import NumberedLine
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


say = sentences("investigation.tools")

LEVELS = list(Level)
_LEVEL_NAMES = {
    Level.DEBUG: say.later("level_debug"),
    Level.INFO: say.later("level_info"),
    Level.WARNING: say.later("level_warning"),
    Level.ERROR: say.later("level_error"),
    Level.FATAL: say.later("level_fatal"),
}
MOST_SETTINGS = 2_000  # lines of a file that are read for them
_TIMES_MORE = 2.0  # from here on a kind of line is another number
_LEAST = 5  # lines, so that two and one are no difference
_MOST_KINDS = 10  # of lines, of each sort of difference
_VARIES = re.compile(r"(?<!\S)\S*\d\S*|«[^»]*»")
# `POOL_SIZE=40`, `pool.size: 40`, `"pool_size": 40,`; a line that begins with a time is none.
_SETTING = re.compile(
    r"\s{0,60}(?:export\s|-\s|\")?(?P<name>[A-Za-z_][\w.\-/]{0,100})\"?\s{0,5}[:=]\s{0,5}(?P<value>\S.{0,200}?)?,?\s*"
)
_SECTION = re.compile(r"\[[^\[\]]{1,200}\]")
_LONGEST_HEADING = 120  # characters
_SHARE = 0.6  # of lines that must be settings, for a file to be one of settings


@dataclass(frozen=True)
class ComparedFile:
    """A file with its findings and its first lines; none where its text is not at hand."""

    file: EvidenceFile
    findings: Sequence[Finding]
    lines: Sequence[NumberedLine] = ()


@dataclass(frozen=True)
class Difference:
    """What differs, in words; with the findings or lines that show it."""

    text: RedactedText
    findings: tuple[Finding, ...] = ()
    lines: tuple[tuple[EvidenceFile, NumberedLine], ...] = ()


def compare_files(left: ComparedFile, right: ComparedFile) -> Iterator[Difference]:
    """Settings or lines first, then kinds in one of both, then those that are more or fewer."""
    yield from _settings(left, right) or _lines(left, right)
    yield from _levels(left, right)
    ours, theirs = _kinds(left), _kinds(right)
    yield from _only_in(left, ours, theirs)
    yield from _only_in(right, theirs, ours)
    yield from _in_number(ours, theirs, left, right)


def _settings(left: ComparedFile, right: ComparedFile) -> list[Difference]:
    ours, theirs = _settings_of(left), _settings_of(right)
    if not ours or not theirs:
        return []
    differing = [name for name in ours | theirs if _text(ours, name) != _text(theirs, name)]
    return [_difference((left, ours.get(name)), (right, theirs.get(name))) for name in differing]


def _text(settings: Mapping[str, NumberedLine], name: str) -> RedactedText | None:
    return settings[name].text if name in settings else None


def _difference(*sides: tuple[ComparedFile, NumberedLine | None]) -> Difference:
    """A setting on both sides, or on one."""
    shown = [(each.file, line) for each, line in sides if line]
    words = [_setting_words(file, line) for file, line in shown]
    lacking = [each.file.name.line() for each, line in sides if line is None]
    words += [say("not_set", name=name) for name in lacking]
    return Difference(say("setting", before=words[0], after=words[1]), lines=tuple(shown))


def _lines(left: ComparedFile, right: ComparedFile) -> Iterator[Difference]:
    """Lines that only one of two versions of a text has: no log, whose lines all have a time."""
    ours, theirs = _placed(left.lines), _placed(right.lines)
    if len(ours.keys() & theirs.keys()) < _SHARE * max(len(ours), len(theirs), 1):
        return
    for each, here, there in ((left, ours, theirs), (right, theirs, ours)):
        alone = [(place, line) for place, line in here.items() if place not in there]
        for place, line in alone[:_MOST_KINDS]:
            words = say("only_there", name=each.file.name.line(), text=line.text.line())
            if place.headings:
                below = RedactedText.join(" ", [heading.line() for heading in place.headings])
                words = say("below", what=words, headings=below.cut(_LONGEST_HEADING))
            yield Difference(words, lines=((each.file, line),))


class _Place(NamedTuple):
    """A line below the headings that it is indented under, and how often it stood there before."""

    headings: tuple[RedactedText, ...]
    text: RedactedText
    before: int


def _placed(lines: Sequence[NumberedLine]) -> dict[_Place, NumberedLine]:
    placed: dict[_Place, NumberedLine] = {}
    times = Counter[tuple[tuple[RedactedText, ...], RedactedText]]()
    above: list[tuple[int, RedactedText]] = []
    for line in lines:
        bare = line.text.text.strip()
        indent = -1 if _SECTION.fullmatch(bare) else line.text.text.find(bare)
        while bare and above and above[-1][0] >= indent:
            above.pop()
        headings = tuple(heading for _, heading in above)
        placed[_Place(headings, line.text, times[headings, line.text])] = line
        times[headings, line.text] += 1
        if bare:
            above.append((indent, line.text))
    return placed


def _setting_words(file: EvidenceFile, line: NumberedLine) -> RedactedText:
    return say("setting_of", name=file.name.line(), text=line.text.line())


def _settings_of(compared: ComparedFile) -> dict[str, NumberedLine]:
    """By name; none where the file is not one of settings, or has several of one name.

    Those of a name stand below different headings: then the lines are compared as they stand.
    """
    shown = [line for line in compared.lines if line.text.text.strip() and not _is_note(line)]
    matches = [(match, line) for line in shown if (match := _SETTING.fullmatch(line.text.text))]
    settings = {match["name"]: line for match, line in matches}
    is_flat = len(settings) == len(matches)
    return settings if is_flat and len(settings) >= _SHARE * len(shown) else {}


def _is_note(line: NumberedLine) -> bool:
    return line.text.text.lstrip().startswith(("#", ";", "//", "{", "}", "["))


def _levels(left: ComparedFile, right: ComparedFile) -> Iterator[Difference]:
    ours, theirs = _levels_of(left), _levels_of(right)
    for level in LEVELS:
        if _differs(ours[level], theirs[level]):
            yield Difference(
                say(
                    "level",
                    level=_LEVEL_NAMES[level](),
                    n=ours[level],
                    name=left.file.name.line(),
                    m=theirs[level],
                    other=right.file.name.line(),
                )
            )


def _levels_of(compared: ComparedFile) -> Counter[Level]:
    counts = Counter[Level]()
    for finding in compared.findings:
        if finding.kind is FindingKind.TEMPLATE:
            counts[finding.level] += finding.count
    return counts


def _kinds(compared: ComparedFile) -> dict[str, Finding]:
    """The kinds of lines, by their words without figures and ids."""
    kinds = (finding for finding in compared.findings if finding.kind is FindingKind.TEMPLATE)
    return {_VARIES.sub("", finding.text.line().text): finding for finding in kinds}


def _only_in(
    compared: ComparedFile, ours: Mapping[str, Finding], theirs: Mapping[str, Finding]
) -> Iterator[Difference]:
    alone = [finding for words, finding in ours.items() if words not in theirs]
    for finding in sorted(
        alone, key=lambda each: (LEVELS.index(each.level), each.count), reverse=True
    )[:_MOST_KINDS]:
        text = say("only_in", name=compared.file.name.line(), n=finding.count)
        yield Difference(text, findings=(finding,))


def _in_number(
    ours: Mapping[str, Finding],
    theirs: Mapping[str, Finding],
    left: ComparedFile,
    right: ComparedFile,
) -> Iterator[Difference]:
    both = [(ours[words], theirs[words]) for words in ours if words in theirs]
    changed = [pair for pair in both if _differs(pair[0].count, pair[1].count)]
    changed.sort(key=lambda pair: -abs(pair[0].count - pair[1].count))
    for mine, other in changed[:_MOST_KINDS]:
        text = say(
            "more_or_fewer",
            n=mine.count,
            name=left.file.name.line(),
            m=other.count,
            other=right.file.name.line(),
        )
        yield Difference(text, findings=(mine, other))


def _differs(ours: int, theirs: int) -> bool:
    few, many = sorted((ours, theirs))
    return many >= _LEAST and many >= _TIMES_MORE * few
