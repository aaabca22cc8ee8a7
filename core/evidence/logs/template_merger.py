"""Masked lines that are the same message with other words in it.

Lines of the same shape (number of words, punctuation) are told apart where few words compete for
a place, and merged where many do while the rest of the line stays the same. Phrases of any number
of words are made one beforehand and afterwards; at last, templates that fit into others join them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from core.evidence.logs.insertions import drop_insertions
from core.evidence.logs.keyed_values import mask_fields
from core.evidence.logs.masks import join_values, mask_each_name
from core.evidence.logs.notations import WILD
from core.evidence.logs.phrases import mask_quoted, mask_tails
from core.evidence.logs.substitutes import mask_substitutes
from core.evidence.logs.table_rows import mask_rows
from core.evidence.logs.template_limits import mask_lists
from core.evidence.logs.template_variants import absorb_templates, drop_optional, join_spellings
from core.evidence.logs.word_grid import mask_grid_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_VARIED = 5  # this many different words in one place are values; fewer are different messages
_VARIED_CONSTANTS = 25  # the same for words in capitals, which programs use for states
_FAMILIAR = 0.5  # share of a line's words that must stay the same for it to be one message
_MOST_TEXT = 1_500_000  # characters of all lines together that are looked at, a share of each
_LEAST_TEXT = 200  # of a line
_MAX_PLACES = 60  # of a line; the rest of it is taken as one word

_SEPARATOR = re.compile(r"([\s=:,;()\[\]{}<>\"'|]+)")
_ALONE = re.compile(r"(?<=[a-z=] )<\*>(?= |$)")  # `host <*>` is `host *`, too
_FIXED = frozenset({"true", "false", "null", "none", "nil", "yes", "no", "on", "off", "ok"})
_NAME = re.compile(r"[./_-]|[a-z][A-Z]")
_CLASS = re.compile(r"^_*[A-Z]\w*[a-z0-9][A-Z]|^_*[A-Z][a-z]\w*$")
_INNER = re.compile("[a-z0-9][A-Z]")
_FAULT = re.compile("(?i)(?:error|exception|fault|failure|timeout|exceeded|warning)$")
_DOTTED = re.compile(r"\w\.\w")
_VARIED_NAMES = 3
_LEAST_SPOKEN = 2  # words of what a message gives as its cause
_MOST_CAUSES = 12
_MOSTLY = 0.8
_QUOTES = ("'", '"')
_STATE = re.compile("^[^._]*(?:ed|ing)[.!]*$")
_SPREAD = 0.8  # share of all pairs of two words, from which neither depends on the other
_MOST_STATES = 8  # places that are compared with each other
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT"})
_FIELD = re.compile(r"\w(?:: ?|=)[\"']$")  # the request is the value of one: `request: "GET /"`
_ANSWER = re.compile(r"\([\w -]{2,40}: $")  # `(using password: YES)`
_MEANS = re.compile(r"\b(?:by|with|via|using|method|mechanism|protocol|command) $")
_PLAIN = re.compile("[a-z]+")
_SPEAKS = re.compile("[A-Za-z]{2}")
_GIVEN = re.compile(r"(?i)(?:\b(?:from|to|of|for|by|with|via|into|on|at|in)|[-=]>) $")
_CALLED = re.compile(r"(?i)\b(?:message|task|job|function|method|actor|call) $")
_LEAST_LETTERED = 4  # words, and as many for each letter as follow
_PER_LETTER = 2
_NAMED = re.compile(
    r"(?i)\b(?:user|username|account|host|hostname|node|pod|container|database"
    r"|namespace|cluster|volume|image|zone|region|topic|queue|table|index|bucket)[ =:'\"]+$"
)


def merge_patterns(patterns: Sequence[str]) -> list[str]:
    """For each masked line its template: equal templates are the same message."""
    share = max(_LEAST_TEXT, _MOST_TEXT // max(1, len(patterns)))
    lines = mask_rows([mask_each_name(pattern[:share]) for pattern in patterns])
    lines = mask_lists([join_values(line) for line in lines])
    lines = mask_substitutes(mask_grid_names(mask_quoted(mask_fields(lines))))
    shapes: dict[tuple[str, ...], dict[str, list[str]]] = defaultdict(dict)
    for line in lines:
        parts = _SEPARATOR.split(_ALONE.sub(WILD, line), maxsplit=_MAX_PLACES)
        shapes[tuple(parts[1::2])][line] = parts[0::2]
    values: set[str] = set()
    _read(shapes, values)  # what is a value in one message is one in others
    templates = {line: join_values(merged) for line, merged in _read(shapes, values).items()}
    merged = sorted(set(templates.values()))
    spoken = dict(zip(merged, mask_quoted(merged), strict=True))
    ended = mask_tails(set(spoken.values()))
    ends = {template: ended.get(text, text) for template, text in spoken.items()}
    spelt = join_spellings(set(ends.values()))
    joined = absorb_templates(set(spelt.values()))
    whole = drop_optional(set(joined.values()))
    bare = drop_insertions(set(whole.values()))
    return [bare[whole[joined[spelt[ends[templates[line]]]]]] for line in lines]


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
            place = self._parting(values, part)
            if place is not None:
                parts += self._parted(part, place)
                continue
            wild = frozenset(place for place, words in enumerate(values) if len(words) > 1)
            self._learn(values[place] for place in wild if place)
            template = self._written(self.words[part[0]], wild)
            yield from ((line, template) for line in part)

    def _parting(self, values: Sequence[set[str]], part: Sequence[str]) -> int | None:
        """The place whose words tell different messages apart; None where all is one message."""
        differing = [place for place, words in enumerate(values) if len(words) > 1]
        cause = self._cause(values, part)
        few = [
            place
            for place in differing
            if place in cause or not self._varied(place, values[place], part[0])
        ]
        if 1 < len(few) <= _MOST_STATES:
            few = [place for place in few if not self._is_state(place, few, values, part)]
        if few or (differing and not self._familiar(values)):
            return min(few or differing, key=lambda place: (len(values[place]), place))
        return None

    def _familiar(self, values: Sequence[set[str]]) -> bool:
        """Return whether enough words stay the same for these lines to be one message.

        Names of fields say little of it, and a logger's name that lines begin with says nothing.
        """
        logger = self.separators[0] == ": " and all(map(_DOTTED.search, values[0]))
        same = sum(
            len(words) == 1 and any(map(str.isalpha, *words)) and not mark.startswith("=")
            for words, mark in zip(values[logger:], self.separators[logger:], strict=False)
        )
        others = sum(len(words) > 1 and not words <= _METHODS for words in values)
        return same >= _FAMILIAR * (same + others)

    def _cause(self, values: Sequence[set[str]], part: Sequence[str]) -> Sequence[int]:
        """The places of a phrase of plain words behind the last colon, if it is one of a few.

        `closed: Read Error`, `closed: Stale Connection`: each of its words comes with the same.
        """
        colons = [place for place, mark in enumerate(self.separators[:-1]) if mark == ": "]
        places = range(colons[-1] + 1, len(values)) if colons else range(0)
        if len(places) < _LEAST_SPOKEN:
            return ()
        phrases = {tuple(self.words[line][place] for place in places) for line in part}
        spoken = all(word.isalpha() for phrase in phrases for word in phrase)
        alike = all(len(values[place]) == len(phrases) for place in places)
        return places if spoken and alike and 1 < len(phrases) <= _MOST_CAUSES else ()

    def _parted(self, lines: Sequence[str], place: int) -> Iterable[list[str]]:
        """By the word in that place; requests among others stay together for now."""
        groups: dict[str, list[str]] = defaultdict(list)
        words = [self.words[line][place] for line in lines]
        mixed = not _METHODS.issuperset(words)
        for line, word in zip(lines, words, strict=True):
            groups["" if mixed and word in _METHODS else word].append(line)
        return groups.values()

    def _varied(self, place: int, words: set[str], example: str) -> bool:
        """Return whether these words are values, rather than what tells messages apart."""
        if WILD in words:
            return True
        before = self._before(place, example)
        if words <= _METHODS:
            return self._is_request(place, before, example)
        if _are_letters(words):
            return True
        if self.separators[place].startswith(")") and _ANSWER.search(before):
            return True
        least = self._least_anyhow(place, words, before)
        return len(words) >= least or (least == _VARIED and self._is_value(place, words, before))

    def _least_anyhow(self, place: int, words: set[str], before: str) -> int:
        """Return how many different words are values, whatever stands before them."""
        states = sum(word.isupper() or bool(_STATE.search(word)) for word in words)
        mark = self.separators[place]
        is_function = place == 0 and mark.startswith(":") and all("_" in word for word in words)
        if mark.startswith("=") or is_function:  # the names of fields, or `lamp_open: entering`
            return _VARIED_CONSTANTS
        if states >= _MOSTLY * len(words):
            means = all(map(str.isupper, words)) and _MEANS.search(before)
            return 2 if means else _VARIED_CONSTANTS
        # `role "*" is missing`: the first word says what is named
        is_kind = place == 0 and self.separators[0].startswith(' "')
        return _VARIED_CONSTANTS if is_kind and all(map(_PLAIN.fullmatch, words)) else _VARIED

    def _is_request(self, place: int, before: str, example: str) -> bool:
        """In a field, in the text, or quoted in a line that says nothing behind it."""
        if not before.endswith(_QUOTES):
            return place > 0 and self.separators[place].startswith(" ")
        after = self._written(self.words[example][place + 1 :], frozenset())
        return _FIELD.search(before) is not None or not _SPEAKS.search(after)

    def _is_value(self, place: int, words: set[str], before: str) -> bool:
        """The same of a few words, by what stands before them."""
        if before.endswith("="):
            return _are_names(words)
        return len(words) >= self._least(place, words, before)

    def _before(self, place: int, example: str) -> str:
        return self._written(self.words[example][:place], frozenset())

    def _is_state(
        self, place: int, few: Sequence[int], values: Sequence[set[str]], part: Sequence[str]
    ) -> bool:
        """Whether each of its words comes with each of the same words elsewhere: `( on off )`.

        Words of a sequence do not, as in `from NEW to STARTED`: each of these steps is its own.
        """
        for other in few:
            if other != place and len(values[place] & values[other]) > 1:
                pairs = {(self.words[line][place], self.words[line][other]) for line in part}
                if len(pairs) >= _SPREAD * len(values[place]) * len(values[other]):
                    return True
        return False

    def _least(self, place: int, words: set[str], before: str) -> int:
        """Return how many different words it takes here: fewer where names are to be expected."""
        after = self.separators[place]
        quoted = before.endswith(_QUOTES) and after.startswith(_QUOTES)
        states = [word.lower() in _FIXED or bool(_STATE.search(word)) for word in words]
        if all(states) if quoted else any(states):
            return 2 if _NAMED.search(before) else _VARIED
        may_be_known = place or all(map(_DOTTED.search, words))
        known = may_be_known and 2 * len(words & self.known) > len(words)
        if quoted or known or _NAMED.search(before):
            return 2
        key = before.endswith("(") and after.startswith(")=(")
        if key or (after.startswith("(") and _CALLED.search(before)):
            return 2
        is_called = after.startswith("(")
        spaced = after.startswith(" ") and after[1:2] != "="
        if place and (is_called or spaced) and _are_classes(words, humped=spaced):
            return 2
        if before.endswith(" to ") and after.startswith(" ") and all(map(_PLAIN.fullmatch, words)):
            return _VARIED  # to do something
        alone = before.endswith(("(", "[")) and after.startswith((")", "]"))
        named = alone or (place and all(map(_NAME.search, words)))
        return _VARIED_NAMES if named or _GIVEN.search(before) else _VARIED

    def _learn(self, places: Iterable[set[str]]) -> None:
        for place in places:
            named = len(place) >= _VARIED_NAMES and all(map(_DOTTED.search, place))
            if named or len(place) >= _VARIED:
                self.values.update(word for word in place if word.lower() not in _FIXED)

    def _written(self, words: Sequence[str], wild: frozenset[int]) -> str:
        shown = (WILD if place in wild else word for place, word in enumerate(words))
        return "".join(word + after for word, after in zip(shown, self.separators, strict=False))


def _are_letters(words: set[str]) -> bool:
    """One letter for each of several things: `BBI`, `BI`, `III`."""
    letters = set("".join(words))
    spelt = all(word.isupper() and word.isalpha() for word in words)
    return spelt and len(words) >= max(_LEAST_LETTERED, _PER_LETTER * len(letters))


def _are_classes(words: set[str], *, humped: bool) -> bool:
    """Of a program, and none of an error; the last word of a line may be a state.

    humped: one at least is told from a word that begins a sentence by capitals within it.
    """
    return (
        (not humped or any(map(_INNER.search, words)))
        and all(map(_CLASS.search, words))
        and not any(map(_FAULT.search, words))
    )


def _are_names(words: set[str]) -> bool:
    """Classes, packages, hosts: some look it, and none is a flag or nothing."""
    plain = {word.lower() for word in words}
    return not plain & _FIXED and any(_NAME.search(word) for word in words)
