"""Masked lines that are the same message with other words in it.

Lines of the same shape (number of words, punctuation) are told apart where few words compete for
a place, and merged where many do while the rest of the line stays the same. At last, what fits
into the wild places of another template joins it.

Search terms, names of things, reasons given: of any number of words, so that lines with them have
no shape in common. What stands in quotes is one where several differ; what follows a colon to the
end of the line only where it differs nearly every time, as messages end in causes, too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from core.evidence.logs.masks import WILD, join_values, mask_names
from core.evidence.logs.template_limits import mask_lists

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

_VARIED = 5  # this many different words in one place are values; fewer are different messages
_VARIED_CONSTANTS = 25  # the same for words in capitals, which programs use for states
_FAMILIAR = 0.5  # share of a line's words that must stay the same for it to be one message
_MOST_TEXT = 1_500_000  # characters of all lines together that are looked at, a share of each
_LEAST_TEXT = 200  # of a line
_MAX_PLACES = 60  # of a line; the rest of it is taken as one word

_SEPARATOR = re.compile(r"([\s=:,;()\[\]{}<>\"'|]+)")
_FIXED = frozenset({"true", "false", "null", "none", "nil", "yes", "no", "on", "off", "ok"})
_NAME = re.compile(r"[./_-]|[a-z][A-Z]")
_VARIED_NAMES = 3
_MOSTLY = 0.8
_QUOTES = ("'", '"')
_STATE = re.compile("(?:ed|ing)$")
_GIVEN = re.compile(r"(?i)\b(?:from|to|of|for|by|with|via|into|on|at|in) $")
_NAMED = re.compile(
    r"(?i)\b(?:user|username|account|host|hostname|node|pod|container|database"
    r"|namespace|cluster|volume|image|zone|region|topic|queue|table|index|bucket)[ =:'\"]+$"
)


def merge_patterns(patterns: Sequence[str]) -> list[str]:
    """For each masked line its template: equal templates are the same message."""
    share = max(_LEAST_TEXT, _MOST_TEXT // max(1, len(patterns)))
    lines = mask_lists([mask_names(pattern[:share]) for pattern in patterns])
    lines = mask_quoted(lines)
    shapes: dict[tuple[str, ...], dict[str, list[str]]] = defaultdict(dict)
    for line in lines:
        parts = _SEPARATOR.split(line, maxsplit=_MAX_PLACES)
        shapes[tuple(parts[1::2])][line] = parts[0::2]
    values: set[str] = set()
    _read(shapes, values)  # what is a value in one message is one in others
    templates = {line: join_values(merged) for line, merged in _read(shapes, values).items()}
    merged = sorted(set(templates.values()))
    spoken = dict(zip(merged, mask_quoted(merged), strict=True))
    ended = mask_tails(set(spoken.values()))
    ends = {template: ended.get(text, text) for template, text in spoken.items()}
    joined = absorb_templates(set(ends.values()))
    return [joined[ends[templates[line]]] for line in lines]


def _read(
    shapes: Mapping[tuple[str, ...], dict[str, list[str]]], values: set[str]
) -> dict[str, str]:
    """The template of each line; `values` grows by the words that were found to be some."""
    templates: dict[str, str] = {}
    known = frozenset(values)
    for separators, words in shapes.items():
        shape = _Shape(separators, words, known)
        templates.update(shape.templates(list(words)))
        values |= shape.values
    return templates


class _Shape:
    """Lines with the same number of words and the same punctuation between them."""

    def __init__(
        self, separators: tuple[str, ...], words: dict[str, list[str]], known: frozenset[str]
    ) -> None:
        self.separators = (*separators, "")
        self.words = words
        self.known = known  # values of other lines
        self.values: set[str] = set()

    def templates(self, lines: list[str]) -> Iterable[tuple[str, str]]:
        """Each line with its template: lines are parted until each part is one message."""
        parts = [lines]
        while parts:
            part = parts.pop()
            columns = zip(*(self.words[line] for line in part), strict=True)
            values = [set(column) for column in columns]
            place = self._parting(values, part[0])
            if place is not None:
                parts += self._parted(part, place)
                continue
            wild = frozenset(place for place, words in enumerate(values) if len(words) > 1)
            self._learn(values[place] for place in wild if place)
            template = self._written(self.words[part[0]], wild)
            yield from ((line, template) for line in part)

    def _parting(self, values: Sequence[set[str]], example: str) -> int | None:
        """The place whose words tell different messages apart; None where all is one message."""
        differing = [place for place, words in enumerate(values) if len(words) > 1]
        few = [place for place in differing if not self._varied(place, values[place], example)]
        if few or (differing and not _familiar(values)):
            return min(few or differing, key=lambda place: (len(values[place]), place))
        return None

    def _parted(self, lines: Sequence[str], place: int) -> Iterable[list[str]]:
        groups: dict[str, list[str]] = defaultdict(list)
        for line in lines:
            groups[self.words[line][place]].append(line)
        return groups.values()

    def _varied(self, place: int, words: set[str], example: str) -> bool:
        """Return whether these words are values, rather than what tells messages apart."""
        if WILD in words:
            return True
        if self.separators[place].startswith("="):  # the names of fields
            return len(words) >= _VARIED_CONSTANTS
        states = sum(word.isupper() or bool(_STATE.search(word)) for word in words)
        if states >= _MOSTLY * len(words):
            return len(words) >= _VARIED_CONSTANTS
        if len(words) >= _VARIED:
            return True
        before = self._written(self.words[example][:place], frozenset())
        if before.endswith("="):
            return _are_names(words)
        return len(words) >= self._least(place, words, before)

    def _least(self, place: int, words: set[str], before: str) -> int:
        """Return how many different words it takes here: fewer where names are to be expected."""
        if any(word.lower() in _FIXED or _STATE.search(word) for word in words):
            return 2 if _NAMED.search(before) else _VARIED
        quoted = before.endswith(_QUOTES) and self.separators[place].startswith(_QUOTES)
        if quoted or _NAMED.search(before) or (place and 2 * len(words & self.known) > len(words)):
            return 2
        named = place and all(map(_NAME.search, words))
        return _VARIED_NAMES if named or _GIVEN.search(before) else _VARIED

    def _learn(self, places: Iterable[set[str]]) -> None:
        for place in places:
            if len(place) >= _VARIED:
                self.values.update(word for word in place if word.lower() not in _FIXED)

    def _written(self, words: Sequence[str], wild: frozenset[int]) -> str:
        shown = (WILD if place in wild else word for place, word in enumerate(words))
        return "".join(word + after for word, after in zip(shown, self.separators, strict=False))


def _familiar(values: Sequence[set[str]]) -> bool:
    """Return whether enough words stay the same for these lines to be one message."""
    same = sum(len(value) == 1 and any(map(str.isalpha, *value)) for value in values)
    others = sum(len(value) > 1 for value in values)
    return same >= _FAMILIAR * (same + others)


def _are_names(words: set[str]) -> bool:
    """Classes, packages, hosts: some look it, and none is a flag or nothing."""
    plain = {word.lower() for word in words}
    return not plain & _FIXED and any(_NAME.search(word) for word in words)


_FILLING = "(?:[^\\s:]|:(?!:?[A-Za-z_]{3}))+"  # a wild place, but not the words that name it
_WORD = re.compile("[A-Za-z]{2,}")
_MAX_PEERS = 300  # templates of one length that are compared with each other
_ITEM = r"[^\s,;:|()\[\]{}<>=\"']{1,80}"
_SEVERAL = re.compile(
    rf"\[{_ITEM}(?:, ?{_ITEM}){{0,60}}+\]|(?<!\S){_ITEM}(?:, ?{_ITEM}){{1,60}}+(?!\S)"
    r"|(?<=[\s(=])(?:\"[^\"]{1,300}\"|'[^']{1,300}')"
)


def absorb_templates(templates: Collection[str]) -> dict[str, str]:
    """Each template, or the one whose wild places it fits into.

    A list or what is quoted fits into one place, of however many words it is.
    """
    shorter = {template: _SEVERAL.sub(_shortened, template) for template in templates}
    known = set(templates)
    fitted = _fitted(known, known | set(shorter.values()))
    roots = {template: _root(fitted, template) for template in fitted}
    return {
        template: roots[short] if roots[short] in known else roots[template]
        for template, short in shorter.items()
    }


def _shortened(several: re.Match[str]) -> str:
    text = several[0]
    return f"{text[0]}{WILD}{text[-1]}" if text[0] in "\"'" else WILD


def _fitted(hosts: set[str], templates: set[str]) -> dict[str, str]:
    """Map each template to the host that it fits into, or to itself."""
    lengths: dict[int, list[str]] = defaultdict(list)
    for template in sorted(templates):
        lengths[template.count(" ")].append(template)
    roots = {template: template for template in templates}
    for peers in lengths.values():
        wild = [peer for peer in peers if WILD in peer and peer in hosts]
        telling = [template for template in wild if len(_WORD.findall(template)) > 1]
        for host in telling[:_MAX_PEERS]:
            for peer in _fitting(host, peers[:_MAX_PEERS]):
                if roots[peer] == peer:
                    roots[peer] = host
    return roots


def _fitting(host: str, peers: Sequence[str]) -> list[str]:
    """The others that have words where `host` is wild, and else the same."""
    parts = host.split(WILD)
    likely = [
        peer
        for peer in peers
        if peer.startswith(parts[0]) and peer.endswith(parts[-1]) and peer != host
    ]
    if not likely:
        return []
    fits = re.compile(_FILLING.join(map(re.escape, parts)))
    return [peer for peer in likely if fits.fullmatch(peer)]


def _root(roots: dict[str, str], template: str) -> str:
    seen = {template}
    while (above := roots[template]) not in seen:
        seen.add(above)
        template = above
    return template


_LEAST_QUOTED = 3  # different phrases of two lengths or more in one place
_LEAST_TAILS = 8  # different ends of a line, of three lengths or more
_LEAST_LENGTHS = 3
_WORDS_BEFORE = 3  # of the message, without which a colon follows a name: `usb *: new device`
_MARK = "\0"
# Not at the start, where loggers quote the message itself, nor the line of a request.
_QUOTED = re.compile(
    r"(?<=[\s(\[{=:,])(?:\"(?![A-Z]{3,8} )[^\"\0]{1,300}\"|'(?![A-Z]{3,8} )[^'\0]{1,300}'(?!\w))"
)
_MESSAGE = re.compile(r"(?i)(?:msg|message|event|error|err|reason)\"?[=:] ?$")
_FILLED = r"[^\s:]+"  # a wild place
_TAIL = re.compile(r"^([^\0]{1,200}?[\w*)\]\"'>]: )(\S.*)$")


def mask_quoted(lines: Sequence[str]) -> list[str]:
    """The lines with one `WILD` for what stands in quotes, where that is a value."""
    frames = [_QUOTED.sub(_marked, line) for line in lines]
    written = list(lines)
    for frame, numbers in _alike(frames).items():
        if _MARK not in frame or len(numbers) < _LEAST_QUOTED:
            continue
        quoted = [_phrases(lines[number]) for number in numbers]
        wild = [_are_values(column) for column in zip(*quoted, strict=True)]
        if any(wild):
            for number, phrases in zip(numbers, quoted, strict=True):
                written[number] = _filled(frame, phrases, wild)
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
    return len(different) >= _LEAST_QUOTED and len({phrase.count(" ") for phrase in different}) > 1


def _filled(frame: str, phrases: Sequence[str], wild: Sequence[bool]) -> str:
    shown = [
        f"{own[0]}{WILD}{own[-1]}" if is_wild else own
        for own, is_wild in zip(phrases, wild, strict=True)
    ]
    parts = frame.split(_MARK)
    return "".join(part + own for part, own in zip(parts, [*shown, ""], strict=True))


def mask_tails(templates: Iterable[str]) -> dict[str, str]:
    """For templates that end in what was typed after a colon, what they are without it."""
    matches = {template: match for template in templates if (match := _TAIL.match(template))}
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
    if (
        len(ends) < _LEAST_TAILS
        or sum(map(str.isalpha, before.rstrip(": ").split())) < _WORDS_BEFORE
    ):
        return False
    return len({end.count(" ") for end in ends}) >= _LEAST_LENGTHS
