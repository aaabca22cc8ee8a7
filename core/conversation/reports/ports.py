"""The port of documents: a report set in type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from core.text.redacted import RedactedText


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A report before it is set in type.

    case: its number, as people say it (`#128`). at: the time of the report, in UTC. markdown: the
    text, in which all that comes from outside stands in code spans or indented code. pictures: SVGs
    by name; `timeline` is drawn where the text has the image `timeline.svg`.
    """

    title: RedactedText
    case: RedactedText
    at: datetime
    markdown: RedactedText
    pictures: Mapping[str, bytes] = field(default_factory=dict)


class Typesetter(Protocol):
    """Sets reports in type, away from the event loop that answers people."""

    async def typeset(self, paper: Paper) -> bytes:
        """The report as a PDF; the same paper makes the same bytes.

        Raises OutOfLimits where it takes too long or too many pages, Overloaded where no process
        can be started, and OurFault where it cannot be set.
        """
