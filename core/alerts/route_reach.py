"""Which routes can never take a case? Those at odds with themselves, and those behind a wider one.

What can be compared value by value is; which of two regular expressions is the wider one is not
asked, so a route that is told of is unreachable, and one that is not told of may be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.alerts.model import Severity, Source
from core.alerts.routing import EQUAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.alerts.routing import Matcher, Route

# Labels of ours that every case has, with the few values that they may have.
SCALES: Mapping[str, tuple[str, ...]] = {"severity": tuple(Severity), "source": tuple(Source)}


def contradiction(matchers: Sequence[Matcher]) -> tuple[Matcher, Matcher] | None:
    """Two of them that no value satisfies together."""
    for one in matchers if len(matchers) > 1 else ():
        for other in matchers:
            values = _values(one)
            if other.label == one.label and values and not _any_fits(values, one, other):
                return one, other
    return None


def cover(route: Route, earlier: Sequence[Route]) -> Route | None:
    """The first of the earlier routes that takes every case that fits this one."""
    return next((one for one in earlier if _covers(one, route)), None)


def takes_all(route: Route) -> bool:
    """Does it take every case there is?"""
    return all(_follows(wanted, ()) for wanted in route.matchers)


def _covers(wider: Route, route: Route) -> bool:
    return all(_follows(wanted, route.matchers) for wanted in wider.matchers)


def _follows(wanted: Matcher, given: Sequence[Matcher]) -> bool:
    """Does every case that fits the given matchers fit the wanted one, too?"""
    about = [one for one in given if one.label == wanted.label]
    if wanted.label in SCALES:
        left = [value for value in SCALES[wanted.label] if _all_fit(value, about)]
        return all(wanted.fits({wanted.label: value}) for value in left)
    told = [one.value for one in about if one.operator == EQUAL]
    return wanted in about or any(wanted.fits({wanted.label: value}) for value in told)


def _values(matcher: Matcher) -> Sequence[str]:
    """All that it can be satisfied with, where that is known."""
    if matcher.label in SCALES:
        return [value for value in SCALES[matcher.label] if _all_fit(value, [matcher])]
    return [matcher.value] if matcher.operator == EQUAL else []


def _any_fits(values: Sequence[str], *matchers: Matcher) -> bool:
    return any(_all_fit(value, matchers) for value in values)


def _all_fit(value: str, matchers: Sequence[Matcher]) -> bool:
    return all(one.fits({one.label: value}) for one in matchers)
