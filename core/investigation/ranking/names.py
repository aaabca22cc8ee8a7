"""Names of series, spans and services in our sentences. They were redacted when they were kept."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from core.text.redacted import Clean

_REDACTOR = Redactor(b"names that were kept")


@lru_cache(maxsize=8_192)  # the same names come in every turn of a case
def kept_name(text: str) -> Clean:
    """What was kept as text, as Clean text again."""
    return _REDACTOR.clean(text).line()
