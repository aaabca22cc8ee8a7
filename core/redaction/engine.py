"""Redactor: turns text from outside into redacted text by replacing values with placeholders.

polars is imported only where many lines come at once: most commands never handle them, and start
in half the time without it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from copy import copy
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, LiteralString, Protocol

from core.redaction.long_texts import LONG, LongTexts
from core.redaction.multiline import named_values
from core.redaction.readings import lines_read_otherwise, other_readings
from core.redaction.rule_choice import CustomRule, OwnRules, chosen_rules, find_spans, found_by
from core.redaction.rules import (
    SECRET,
    TextSpan,
    merged,
    placeholder,
    spread,
    visible_text,
)
from core.redaction.screens import find_spans_of
from core.text.redacted import RedactedText, redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import polars as pl

_SHORTEST_KNOWN, _MOST_KNOWN = 6, 2_000  # characters; values of one file

__all__ = ["Recogniser", "Redactor", "TextSpan", "find_spans"]


_LEAST_REPEATED = 8  # characters


class Recogniser(Protocol):
    """Finds personal data that no pattern can match, such as names, in one short text."""

    def spans(self, text: str) -> Iterable[TextSpan]:
        """The spans of personal data, in any order, possibly overlapping."""


class Redactor:
    """Redacts the texts of one case: a value gets the same placeholder in every text of the case.

    key: the case's own (`case_key`). rules: the installation's own. recogniser: applied to single
    texts only, because it is too slow for many lines. long_texts: of this process.
    """

    def __init__(
        self,
        key: bytes,
        *,
        rules: Sequence[CustomRule] = (),
        recogniser: Recogniser | None = None,
        long_texts: LongTexts | None = None,
    ) -> None:
        self._key = key
        self._chosen = tuple(rules), recogniser is not None
        self._long_texts = long_texts
        self._rules = chosen_rules(rules)
        self._custom_rules = OwnRules([rule for rule in rules if rule.pattern])
        self._recogniser = recogniser
        self._known: re.Pattern[str] | None = None

    def knowing(self, lines: Sequence[str]) -> Redactor:
        """One that hides, wherever they stand, the values that are secrets where the lines tell so.

        Of a line that is taken apart a part alone may not tell: `allow admin:…`, of which the
        name of the setting is one part and its value another.
        """
        import polars as pl  # noqa: PLC0415 - see the module

        values = {
            lines[number][span.start : span.end]
            for number, spans in self.spans_of(pl.Series(lines, dtype=pl.String)).items()
            for span in spans
            if span.kind == SECRET and span.end - span.start >= _SHORTEST_KNOWN
        }
        if not values:
            return self
        longest_first = sorted(values, key=lambda value: (-len(value), value))[:_MOST_KNOWN]
        knowing = copy(self)
        knowing._long_texts = None  # which know nothing of these values
        knowing._known = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
        return knowing

    def derive(self, purpose: LiteralString) -> bytes:
        """Derives a 32-byte key of the same case for another purpose."""
        return hmac.digest(self._key, purpose.encode(), hashlib.sha256)

    def clean(self, text: str) -> RedactedText:
        """The text with secrets and personal data replaced by placeholders."""
        return redacted(self._replace(text, self.spans(text), {}))

    def without(self, text: str, spans: Iterable[TextSpan]) -> RedactedText:
        """The text without these spans: for whoever knows more of it than it tells by itself."""
        return redacted(self._replace(text, merged(text, spans), {}))

    async def read_ahead(self, *texts: str) -> None:
        """Look at long texts off the event loop, so that `clean` takes no time for them soon after.

        Each is exactly what is cleaned then.
        """
        for text in texts:
            if self._long_texts is not None and len(text) >= LONG:
                await self._long_texts.aside(partial(self.spans, text))

    def spans(self, text: str) -> list[TextSpan]:
        """The spans of the text that must be redacted, sorted and without overlaps."""
        if self._long_texts is None:
            return self._read(text)
        return self._long_texts.spans(text, self._chosen, self._read)

    def _read(self, text: str) -> list[TextSpan]:
        spans = self._spans_of_visible(text)
        spans += self._custom_rules.spans(text)
        if self._known:
            spans += [TextSpan(*match.span(), SECRET) for match in self._known.finditer(text)]
        if self._recogniser:
            spans += self._recogniser.spans(text)
        return merged(text, [*spans, *_repeated(text, spans)])

    def _spans_of_visible(self, text: str) -> list[TextSpan]:
        """What the rules find in the text as a reader sees it, without styles and zero widths."""
        visible = visible_text(text)
        spans = self._spans_as_written(visible)
        for start, reading in lines_read_otherwise(visible):
            spans += [
                TextSpan(start + span.start, start + span.end, span.kind)
                for span in reading.spread(self._spans_as_written(reading.text))
            ]
        return spans if visible == text else spread(text, merged(visible, spans))

    def _spans_as_written(self, text: str) -> list[TextSpan]:
        named = (TextSpan(start, end, SECRET) for start, end in named_values(text))
        return [*found_by(self._rules, text), *named]

    def hide(self, lines: pl.Series) -> pl.Series:
        """The lines, each redacted as `clean` does it; lines with nothing to redact are unchanged.

        Secrets that run over several lines are left to `core.redaction.multiline`.
        """
        spans_by_line = self.spans_of(lines)
        if not spans_by_line:
            return lines
        affected = lines.gather(list(spans_by_line)).to_list()
        placeholders: dict[tuple[str, str], str] = {}
        hidden = [
            self._replace(line, spans, placeholders)
            for line, spans in zip(affected, spans_by_line.values(), strict=True)
        ]
        return lines.clone().scatter(
            list(spans_by_line), hidden
        )  # scatter changes the series it is called on

    def spans_of(self, lines: pl.Series) -> dict[int, list[TextSpan]]:
        """The spans to redact, by line number from 0; lines without any are left out."""
        spans_by_line = find_spans_of(lines, self._rules)
        more = chain(self._custom_rules.spans_of(lines).items(), _named_in_strings(lines))
        for number, spans in more:
            spans_by_line[number] = merged(lines[number], [*spans_by_line.get(number, ()), *spans])
        for number, spans in spans_by_line.items():
            if any(span.kind == SECRET for span in spans):
                line = lines[number]
                if repeated := list(_repeated(line, spans)):
                    spans_by_line[number] = merged(line, [*spans, *repeated])
        return spans_by_line

    def _replace(
        self, text: str, spans: list[TextSpan], placeholders: dict[tuple[str, str], str]
    ) -> str:
        """The text with its spans replaced.

        placeholders: those given so far in one call, by kind and value, as many lines share values.
        """
        parts, at = [], 0
        for span in spans:
            value = (span.kind, text[span.start : span.end])
            if value not in placeholders:
                placeholders[value] = placeholder(*value, key=self._key)
            parts += [text[at : span.start], placeholders[value]]
            at = span.end
        return "".join([*parts, text[at:]])


def _repeated(text: str, spans: Sequence[TextSpan]) -> Iterator[TextSpan]:
    """Where what is known for a secret stands in quotes once more: behind a statement in its list.

    A value without a digit may be a word that means something else there.
    """
    secrets = {text[span.start : span.end] for span in spans if span.kind == SECRET}
    for value in secrets:
        if len(value) >= _LEAST_REPEATED and any(map(str.isdigit, value)):
            for quoted in (f"'{value}'", f'"{value}"'):
                at = text.find(quoted)
                while at >= 0:
                    yield TextSpan(at + 1, at + 1 + len(value), SECRET)
                    at = text.find(quoted, at + len(value))


def _named_in_strings(lines: pl.Series) -> Iterator[tuple[int, list[TextSpan]]]:
    """What runs over the lines of a text that is quoted in one line of a log."""
    numbers = lines.str.contains(r"\n", literal=True).arg_true().to_list()
    for number, line in zip(numbers, lines.gather(numbers).to_list(), strict=True):
        for reading in other_readings(line):
            if "\n" in reading.text:
                named = (TextSpan(*place, SECRET) for place in named_values(reading.text))
                if spans := list(reading.spread(named)):
                    yield number, spans


def case_key(secret: bytes, case_id: str) -> bytes:
    """The 32-byte redaction key of a case, the same in every worker and after every restart."""
    return hmac.digest(secret, b"placeholders:" + case_id.encode(), hashlib.sha256)


def in_blocks(lines: Iterator[str], size: int) -> Iterator[list[str]]:
    """Yields the lines in lists of about `size` characters, each of at least one line."""
    block: list[str] = []
    length = 0
    for line in lines:
        block.append(line)
        length += len(line)
        if length >= size:
            yield block
            block, length = [], 0
    if block:
        yield block
