"""How does text from outside become Clean? Found values give way to their placeholders.

polars is imported where many lines come at once: most commands never have them, and start in half
the time without it.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, LiteralString, Protocol

from core.redaction.bulk import find_spans_of
from core.redaction.custom import OwnRules
from core.redaction.finding import find_spans, found_by
from core.redaction.patterns import chosen_rules
from core.redaction.placeholders import placeholder
from core.redaction.span import Span, merged
from core.text.redacted import Clean, redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import polars as pl

    from core.redaction.custom import CustomRule

__all__ = ["Recogniser", "Redactor", "Span", "find_spans"]


class Recogniser(Protocol):
    """Finds personal data that no pattern can, such as names, in one short text."""

    def spans(self, text: str) -> Iterable[Span]:
        """In no order, with overlaps."""


class Redactor:
    """Redaction for one case: the same value gets the same placeholder, whoever meets it.

    rules: the installation's own. recogniser: asked about single texts, never about many lines,
    for which it is too slow.
    """

    def __init__(
        self,
        key: bytes,
        *,
        rules: Sequence[CustomRule] = (),
        recogniser: Recogniser | None = None,
    ) -> None:
        self._key = key
        self._rules = chosen_rules(rules)
        self._own = OwnRules([rule for rule in rules if rule.pattern])
        self._recogniser = recogniser

    def derive(self, purpose: LiteralString) -> bytes:
        """A key of the same case for another purpose: 32 bytes."""
        return hmac.digest(self._key, purpose.encode(), hashlib.sha256)

    def clean(self, text: str) -> Clean:
        """The text with every secret, card, telephone and account number and address replaced."""
        return redacted(self._replaced(text, self.spans(text), {}))

    def spans(self, text: str) -> list[Span]:
        """Where something must not be shown, sorted and without overlaps."""
        found = [*found_by(self._rules, text), *self._own.spans(text)]
        if self._recogniser:
            found += self._recogniser.spans(text)
        return merged(text, found)

    def hide(self, lines: pl.Series) -> pl.Series:
        """Many lines at once, each as `clean` gives it; those with nothing to hide are untouched.

        What runs over several lines is for `core.redaction.multiline`.
        """
        found = self.spans_of(lines)
        if not found:
            return lines
        telling = lines.gather(list(found)).to_list()
        named: dict[tuple[str, str], str] = {}
        hidden = [
            self._replaced(line, spans, named)
            for line, spans in zip(telling, found.values(), strict=True)
        ]
        return lines.clone().scatter(list(found), hidden)  # it changes what it is called on

    def clean_all(self, lines: Iterable[str]) -> list[Clean]:
        """As `hide`, for texts that are to be shown."""
        import polars as pl  # noqa: PLC0415 - see above

        return [redacted(line) for line in self.hide(pl.Series(list(lines), dtype=pl.String))]

    def spans_of(self, lines: pl.Series) -> dict[int, list[Span]]:
        """By the number of the line, from 0: its spans, where it has any."""
        found = find_spans_of(lines, self._rules)
        for at, spans in self._own.spans_of(lines).items():
            found[at] = merged(lines[at], [*found.get(at, ()), *spans])
        return found

    def _replaced(self, text: str, spans: list[Span], named: dict[tuple[str, str], str]) -> str:
        """`named` keeps the placeholders of one call: many lines have the same values."""
        parts, at = [], 0
        for span in spans:
            value = (span.kind, text[span.start : span.end])
            if value not in named:
                named[value] = placeholder(*value, key=self._key)
            parts += [text[at : span.start], named[value]]
            at = span.end
        return "".join([*parts, text[at:]])
