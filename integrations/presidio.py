"""Presidio's recognizers, where `[privacy]` is installed: identity numbers of many countries.

Its engine loads models and asks the network for a list of domains; neither is done here. Each of
its pattern recognizers is asked itself, about one line. Names need a model that people install;
with none, no name is found.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from core.redaction.rules import TextSpan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LEAST = 0.5  # of 1: what Presidio calls a match with a check digit, or with a strong form
MOST = 10_000  # characters of one text; more is for our own engine
# What we find ourselves, what needs the network, and what request ids and hosts look like.
LEFT_OUT = {
    *("CreditCardRecognizer", "EmailRecognizer", "UrlRecognizer", "DateRecognizer", "IpRecognizer"),
    *("PhoneRecognizer", "IbanRecognizer", "UsSsnRecognizer", "UsLicenseRecognizer", "MacAddress"),
    *("MacAddressRecognizer", "UsBankRecognizer", "UsPassportRecognizer", "SpacyRecognizer"),
}
_WORD = re.compile(r"[^a-z]")


class PresidioRecogniser:
    """Implements `core.redaction.engine.Recogniser`."""

    def __init__(self) -> None:
        self._recognizers = list(_recognizers())

    @property
    def names(self) -> list[str]:
        """Names of the recognizers in use."""
        return sorted(type(recognizer).__name__ for recognizer in self._recognizers)

    def spans(self, text: str) -> Iterable[TextSpan]:
        """In no order, with overlaps. Longer texts are not asked about."""
        if len(text) > MOST:
            return []
        return [
            TextSpan(result.start, result.end, _kind(result.entity_type))
            for recognizer in self._recognizers
            for result in recognizer.analyze(text, recognizer.supported_entities, None) or ()
            if result.score >= LEAST
        ]


def installed() -> PresidioRecogniser | None:
    """None where the extra is not installed."""
    try:
        return PresidioRecogniser()
    except ImportError:
        return None


def _recognizers() -> Iterator[Any]:
    # The seam of the `privacy` extra: its library costs 0.6 s and 110 MB.
    from presidio_analyzer import PatternRecognizer, predefined_recognizers  # noqa: PLC0415

    for name in sorted(vars(predefined_recognizers)):
        made = getattr(predefined_recognizers, name)
        if (
            isinstance(made, type)
            and issubclass(made, PatternRecognizer)
            and made is not PatternRecognizer
            and name not in LEFT_OUT
        ):
            yield made()  # type: ignore[call-arg] # those of countries need nothing


def _kind(entity: str) -> str:
    """`IN_AADHAAR` becomes `inaadhaar`: placeholders have small letters only."""
    return _WORD.sub("", entity.lower()) or "personal"
