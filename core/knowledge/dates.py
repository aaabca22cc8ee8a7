"""The date that a document gives itself, in front of its text between `---`."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from core.knowledge.formats.blocks import front_matter

_DATE = re.compile(
    r"^(date|updated|lastmod|last_(?:updated|reviewed|modified)):[ \t]*[\"']?(\d{4}-\d\d-\d\d)",
    re.MULTILINE | re.IGNORECASE,
)


def date_in_front(text: str) -> datetime | None:
    """The latest of `date:`, `updated:`, `last_reviewed:` and the like; None where it has none."""
    days = [_day(match[2]) for match in _DATE.finditer(front_matter(text))]
    return max((day for day in days if day), default=None)


def _day(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:  # 2026-13-45
        return None
