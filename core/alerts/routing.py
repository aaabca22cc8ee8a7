"""Where does a case open? The first route whose matchers fit, else where the settings say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.conversation.model import Destination

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Matcher:
    """`severity=~"critical|high"`: an Alertmanager matcher; a missing label is an empty one."""

    label: str
    operator: str  # = != =~ !~
    value: str

    def fits(self, labels: Mapping[str, str]) -> bool:
        """Does a set of labels satisfy it? Regular expressions match whole values."""
        said = labels.get(self.label, "")
        if self.operator in ("=", "!="):
            return (said == self.value) is (self.operator == "=")
        return (re.fullmatch(self.value, said) is not None) is (self.operator == "=~")


@dataclass(frozen=True, kw_only=True)
class Route:
    """Cases whose labels fit every matcher open at the destinations. `line` is in the file."""

    name: str
    line: int
    matchers: tuple[Matcher, ...]
    destinations: tuple[Destination, ...]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Routes in the order they are tried, and where a case opens that none of them takes."""

    routes: tuple[Route, ...] = ()
    otherwise: tuple[Destination, ...] = ()

    def destinations(self, labels: Mapping[str, str]) -> tuple[Destination, ...]:
        """Where a case with these labels opens."""
        for route in self.routes:
            if all(matcher.fits(labels) for matcher in route.matchers):
                return route.destinations
        return self.otherwise
