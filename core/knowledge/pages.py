"""Pages that are learned from a list of addresses, and what tells whether one has changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from urllib.parse import urlsplit

from core.errors import WrongUsage
from core.knowledge.contents import content_type_of
from core.knowledge.model import ContentType

MOST_ADDRESSES = 2_000
LONGEST_ADDRESS = 1_000  # characters
_SCHEMES = ("https", "http")
_LIKE_THIS = (
    "One address a line, such as https://wiki.example.com/runbooks/lag; # begins a comment."
)


class PageState(StrEnum):
    """What an address has for us."""

    READ = "read"
    UNCHANGED = "unchanged"
    GONE = "gone"


@dataclass(frozen=True, kw_only=True)
class PageMark:
    """What tells versions of a page apart (RFC 9110, section 8.8), as its server spells it."""

    etag: str = ""
    modified: str = ""

    @classmethod
    def read(cls, text: str) -> PageMark:
        """Of its text."""
        etag, modified = json.loads(text)
        return cls(etag=etag, modified=modified)

    @property
    def text(self) -> str:
        return json.dumps([self.etag, self.modified])

    @property
    def modified_at(self) -> datetime | None:
        """None where its server says nothing, or no time."""
        try:
            moment = parsedate_to_datetime(self.modified)
        except ValueError:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class FetchedPage:
    """What came of asking for a page. media_type: as its server names it."""

    state: PageState
    raw: bytes = b""
    media_type: str = ""
    mark: PageMark = PageMark()


def addresses_in(text: str) -> list[str]:
    """Each once, in their order. Raises WrongUsage for a line that is none."""
    lines = [line.partition(" #")[0].strip() for line in text.splitlines()]
    addresses = list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))
    if len(addresses) > MOST_ADDRESSES:
        message = f"{len(addresses):,} addresses are more than {MOST_ADDRESSES:,}"
        raise WrongUsage(message, next_step="Split the list.")
    for address in addresses:
        _must_be_address(address)
    return addresses


def _must_be_address(address: str) -> None:
    """Raises WrongUsage, without a password that the address may hold."""
    try:
        parts = urlsplit(address)
        is_plain = bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        is_plain = False
    if not is_plain or parts.scheme not in _SCHEMES or len(address) > LONGEST_ADDRESS:
        message = "a line of the list is no address, or has a password in it"
        raise WrongUsage(message, next_step=_LIKE_THIS)


def content_type_of_page(address: str, media_type: str) -> ContentType:
    """As its server says; of plain text, as its name says."""
    by_server = content_type_of("", media_type)
    if media_type and by_server in (ContentType.HTML, ContentType.PDF):
        return by_server
    return content_type_of(urlsplit(address).path.rpartition("/")[2], media_type)
