"""What a search is held to: tags, and how old a document is.

In the words of a query it reads `tag:tech:postgres newer:90d older:1y`; what is left is looked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from core.errors import WrongUsage

if TYPE_CHECKING:
    from core.knowledge.model import Document

_TAG = re.compile(r"(?<!\S)tag:([\w][\w.:/-]{0,49})")
_AGE = re.compile(r"(?<!\S)(newer|older):(\S{1,40})")
_LENGTH = re.compile(r"(\d{1,5})\s?([hdwmy])", re.IGNORECASE)
_DAYS = {"h": 1 / 24, "d": 1, "w": 7, "m": 30, "y": 365}
_LIKE_THIS = "For example newer:90d, older:1y or newer:2026-01-31; h, d, w, m and y are units."


@dataclass(frozen=True, kw_only=True)
class SearchFilter:
    """Empty fields hold nothing back. tags: one of them is enough. since, before: its date."""

    tags: frozenset[str] = frozenset()
    since: datetime | None = None
    before: datetime | None = None

    @classmethod
    def of(
        cls, *, tags: frozenset[str] = frozenset(), newer: str = "", older: str = "", now: datetime
    ) -> SearchFilter:
        """newer, older: ages or days, as people write them; "" for any. Raises WrongUsage."""
        since = moment_of(newer, now, name="newer") if newer else None
        before = moment_of(older, now, name="older") if older else None
        if since and before and since >= before:
            message = "nothing is newer than the one and older than the other"
            raise WrongUsage(message, next_step="Exchange them: newer:1y older:90d.")
        return cls(tags=tags, since=since, before=before)

    def takes(self, document: Document) -> bool:
        return (
            (not self.tags or bool(self.tags & set(document.tags)))
            and (self.since is None or document.date >= self.since)
            and (self.before is None or document.date < self.before)
        )


EVERY_DOCUMENT = SearchFilter()


def moment_of(text: str, now: datetime, *, name: str) -> datetime:
    """`90d` before now, or the begin of a day, in UTC. Raises WrongUsage. name: of the filter."""
    length = _LENGTH.fullmatch(text.strip())
    try:
        if length:
            return now - timedelta(days=int(length[1]) * _DAYS[length[2].lower()])
        return datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        message = f"{name} needs an age or a day"
        raise WrongUsage(message, next_step=_LIKE_THIS) from error


def filter_in(words: str, now: datetime) -> SearchFilter:
    """That of `replica lag tag:postgres newer:90d`; of a name twice the last counts.

    Raises WrongUsage.
    """
    tags = frozenset(tag.lower() for tag in _TAG.findall(words))
    ages = dict(_AGE.findall(words))
    return SearchFilter.of(
        tags=tags, newer=ages.get("newer", ""), older=ages.get("older", ""), now=now
    )


def without_filters(words: str) -> str:
    """The words that are looked for; all of them where filters are all there is."""
    return _AGE.sub("", _TAG.sub("", words)).strip() or words
