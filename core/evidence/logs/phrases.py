"""Values of several words: search terms, names of things, reasons given.

Lines with them have no shape in common. What stands in quotes is one where several differ; what
follows a colon to the end of the line only where it differs nearly every time, as messages end in
causes, too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from core.evidence.logs.levels import guess_level
from core.evidence.logs.notations import WILD
from core.evidence.model import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_LEAST_QUOTED = 3  # different phrases of two lengths or more in one place
# Nothing and a value: where these are, whatever else is there is one, too.
_NOTHING = frozenset({"None", "null", "nil"})
_VALUES = _NOTHING | {'""', "''", f'"{WILD}"', f"'{WILD}'", f"[{WILD}]"}
_LEAST_TAILS = 8  # different ends of a line, of three lengths or more
_LEAST_LENGTHS = 3
_WORDS_BEFORE = 2  # of the message, without which a colon follows a name: `usb *: new device`
_SAFE_BEFORE = 3  # words that no name has; with fewer it takes more ends
_MANY_TAILS = 12
_MARK = "\0"
# Not the line of a request; at the start, where loggers quote the message itself, only before
# words that go on: `"^" matches "/"`.
_QUOTED = re.compile(
    r"(?:(?<=[\s(\[{=:,])|^(?=\"[^\"\0]{1,300}\" [a-z]+ ))"
    r"(?:\"(?![A-Z]{3,8} )[^\"\0]{0,300}\"|'(?![A-Z]{3,8} )[^'\0]{0,300}'(?!\w))"
    r"|(?<=[a-z] in )\"[^\"\0]{0,300}\""  # where something is wrong with a request, it is quoted
    r"|(?<=: )\[[^\0]{0,300}?\](?= )"
    rf"|(?<=[\s(,])(?:{'|'.join(sorted(_NOTHING))})(?=[\s,.)]|$)"
)
_MESSAGE = re.compile(r"(?i)(?:msg|message|event|error|err|reason)\"?[=:] ?$")
_FILLED = r"[^\s:]+"  # a wild place
_WORDS = re.compile(r"[^\s=:,;()\[\]{}<>|]+")
_TAIL = re.compile(r"^([^\0]{1,200}?[\w*)\]\"'>]: )(\S.*)$")


def mask_quoted(lines: Sequence[str]) -> list[str]:
    """The lines with one `WILD` for what stands in quotes, where that is a value."""
    frames = [_QUOTED.sub(_marked, line) for line in lines]
    written = list(lines)
    for frame, alike in _alike(frames).items():
        # A line may hold the mark itself.
        numbers = [number for number in alike if _MARK not in lines[number]]
        if _MARK not in frame or len(numbers) <= 1:
            continue
        quoted = [_phrases(lines[number]) for number in numbers]
        columns = [_masked(column) for column in zip(*quoted, strict=True)]
        for number, phrases in zip(numbers, zip(*columns, strict=True), strict=True):
            written[number] = _filled(frame, phrases)
    return written


def _marked(phrase: re.Match[str]) -> str:
    return phrase[0] if _names_message(phrase) else _MARK


def _names_message(phrase: re.Match[str]) -> bool:
    return bool(_MESSAGE.search(phrase.string, max(0, phrase.start() - 12), phrase.start()))


def _phrases(line: str) -> list[str]:
    return [phrase[0] for phrase in _QUOTED.finditer(line) if not _names_message(phrase)]


def _alike(frames: Sequence[str]) -> Mapping[str, list[int]]:
    alike: dict[str, list[int]] = defaultdict(list)
    for number, frame in enumerate(frames):
        alike[frame].append(number)
    return alike


def _are_values(phrases: Sequence[str]) -> bool:
    different = set(phrases)
    if different & _VALUES and len(different) > 1:
        return all(guess_level(phrase) is Level.INFO for phrase in different)
    return len(different) >= _LEAST_QUOTED and len({_shape(phrase) for phrase in different}) > 1


def _masked(phrases: Sequence[str]) -> Sequence[str]:
    """`WILD` for each, where they are values: in its quotes, unless there is nothing in one."""
    if not _are_values(phrases):
        return phrases
    if _NOTHING.isdisjoint(phrases):
        return [f"{phrase[0]}{WILD}{phrase[-1]}" for phrase in phrases]
    return [WILD] * len(phrases)


def _shape(phrase: str) -> str:
    """What lines are told apart by before their words are."""
    return _WORDS.sub("", phrase)


def _filled(frame: str, phrases: Sequence[str]) -> str:
    parts = frame.split(_MARK)
    return "".join(part + own for part, own in zip(parts, [*phrases, ""], strict=True))


def mask_tails(templates: Iterable[str]) -> dict[str, str]:
    """For templates that end in what was typed after a colon, what they are without it."""
    matches = {
        template: match
        for template in templates
        if (match := _TAIL.match(template)) and match[1].count("(") <= match[1].count(")")
    }
    tails: dict[str, set[str]] = defaultdict(set)
    for match in matches.values():
        tails[match[1]].add(match[2])
    free = [before for before, ends in tails.items() if _are_free(before, ends)]
    shown = {}
    for before in free:
        fits = re.compile(_FILLED.join(map(re.escape, before.split(WILD))))
        for template, match in matches.items():
            if template not in shown and fits.fullmatch(match[1]):
                shown[template] = f"{before}{WILD}"
    return shown


def _are_free(before: str, ends: set[str]) -> bool:
    words = sum(map(str.isalpha, before.rstrip(": ").split()))
    if words < _WORDS_BEFORE or len(ends) < (
        _LEAST_TAILS if words >= _SAFE_BEFORE else _MANY_TAILS
    ):
        return False
    return len({end.count(" ") for end in ends}) >= _LEAST_LENGTHS
