"""What an alert's own expression counts as failed, as Prometheus links to it.

Who writes `sum(rate(orders_total{outcome="failed"}[5m])) / sum(rate(orders_total[5m])) > 0.05`
says of some outcomes that they are failures, and how many are too many. The part has matchers that
the whole has not; a part with a name of its own has to be called after failures. Where the alert
fires when the part falls, `< 0.9`, the part is what goes well, and all else has failed.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from core.alerts.routing import Matcher
from core.errors import WrongUsage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_LONGEST = 2_000  # characters of an expression that is read
_QUERY = ("g0.expr", "expr", "query")
_COUNTED = re.compile(r"([a-zA-Z_:][\w:]{0,200})\s*(?:\{([^{}]{0,600})\})?\s*\[[\w:]{1,20}\]")
_MATCHER = re.compile(r"([a-zA-Z_]\w{0,80})\s*(=~|!~|!=|=)\s*\"((?:[^\"\\]|\\.){0,200})\"")
_DIVIDED = re.compile(r"\)\s*/\s*(?:on\b|ignoring\b|scalar\b|sum\b|avg\b|\(|[a-z_]{2,20}\()")
_COMPARED = re.compile(r"([<>])=?\s*(?:bool\s+)?(\d{1,6}(?:\.\d{1,9})?)")
_REST_OF_ALL = re.compile(r"\b1(?:00)?\s*-\s*[(a-z1]")  # `1 - sum(…)`, `100 - 100 * sum(…)`
_OF_HUNDRED = re.compile(r"\b100\s*\*|\*\s*100\b")
_SUCCEEDS = re.compile(
    r"(?i)(?:^|_)(?:success\w*|succeeded|ok|good|2xx|served|delivered|completed|processed)(?:_|$)"
)
_OF_A_CACHE = re.compile(r"(?i)cache|(?:^|_)hits?(?:_|$)")  # a miss is no failure
_INVERSE = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}
_FAILS = re.compile(r"(?i)(?:^|_)(?:fail\w*|err(?:or)?s?|reject\w*|refused|dropped|5xx)(?:_|$)")
_NOT_OF_WORK = frozenset({"le", "quantile"})


@dataclass(frozen=True)
class FailureShare:
    """The share of a counter that an alert calls too much. least: from which on, 0 to 1.

    metric: of the part. outcomes: what sets the part off from the whole; none where its name does.
    labels: what both have, such as the job.
    """

    metric: str
    outcomes: tuple[Matcher, ...]
    labels: tuple[Matcher, ...]
    least: float

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of its name that say what is counted."""
        return frozenset(self.metric.lower().split("_")) - {"total", "count", "sum", ""}

    def counts(self, labels: Mapping[str, str]) -> bool:
        """Whether a series with these labels is of its failures."""
        return bool(self.outcomes) and all(
            outcome.label in labels and outcome.fits(labels) for outcome in self.outcomes
        )


def expression_of(url: str) -> str:
    """The expression that a link to Prometheus holds; empty where it holds none."""
    try:
        query = parse_qs(urlsplit(url).query)
    except ValueError:
        return ""
    return next((query[name][0][:_LONGEST] for name in _QUERY if name in query), "")


def counted_in(expression: str) -> Iterator[tuple[str, tuple[Matcher, ...]]]:
    """The counters that an expression takes the rate of, each with its matchers."""
    for name, matchers in _COUNTED.findall(expression):
        parts = _MATCHER.findall(matchers)
        with suppress(WrongUsage):  # an expression that Prometheus would not have taken, either
            yield (
                name,
                tuple(
                    Matcher(label=label, operator=operator, value=value)
                    for label, operator, value in parts
                ),
            )


def failure_share(expression: str) -> FailureShare | None:
    """What share of a counter the alert calls too much; None where it asks another thing."""
    division = _DIVIDED.search(expression)
    compared = _COMPARED.search(expression, division.end()) if division else None
    if division is None or compared is None:
        return None
    part = next(counted_in(expression[: division.start()]), None)
    whole = next(counted_in(expression[division.start() : compared.start()]), None)
    if part is None or whole is None:
        return None
    (name, matchers), (name_of_all, of_all) = part, whole
    is_rest = _REST_OF_ALL.search(expression, 0, division.start()) is not None
    falls = compared[1] == "<"
    is_good = falls != is_rest
    outcomes = tuple(_besides(matchers, of_all))
    if name != name_of_all:
        outcomes = ()
        tells = (_SUCCEEDS if is_good else _FAILS).search(name) is not None
    else:
        tells = bool(outcomes)
    if not tells or (is_good and _OF_A_CACHE.search(name)):
        return None
    limit = _limit(expression, float(compared[2]))
    return FailureShare(
        metric=name,
        outcomes=_inverted(outcomes) if is_good else outcomes,
        labels=tuple(matcher for matcher in matchers if matcher in of_all),
        least=round(1 - limit, 9) if falls else limit,
    )


def _limit(expression: str, value: float) -> float:
    """What the alert compares with, 0 to 1."""
    is_percent = value > 1 or _OF_HUNDRED.search(expression) is not None
    return value / 100 if is_percent else value


def _inverted(outcomes: Sequence[Matcher]) -> tuple[Matcher, ...]:
    """What fits all else; none where several matchers together tell what goes well."""
    if len(outcomes) != 1:
        return ()
    return tuple(replace(each, operator=_INVERSE[each.operator]) for each in outcomes)


def _besides(matchers: Iterable[Matcher], of_all: Iterable[Matcher]) -> Iterator[Matcher]:
    known = set(of_all)
    return (each for each in matchers if each not in known and each.label not in _NOT_OF_WORK)
