"""Which service an alert is about that has no label for it: by name, labels, rule and words.

Rules written by hand are called after what they watch (`LettersFailing`, `WebBffHighErrorRate`),
and carry the team's name more often than the service's.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from core.alerts.expression import counted_in, expression_of
from core.alerts.model import service_in
from core.investigation.name_forms import letters_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from core.alerts.model import Occurrence

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")  # of `WebBffHigh5xx`, `web_bff_high`
_APART = re.compile(r"[^a-z0-9]+")
_LEAST = 4  # letters of a name that is looked for among words
_OF_ALL = frozenset({"severity", "cluster", "env", "environment", "region", "zone", "prometheus"})
_OF_PEOPLE = frozenset({"team", "squad", "owner", "tribe", "group", "equipo", "equipe"})


def alerted_service(alert: Occurrence, services: Collection[str]) -> str | None:
    """The one of `services` that the alert is about; None where it names none, or several."""
    by_form = {letters_of(name): name for name in sorted(services)}
    for named in (_in_name, _in_labels, _in_expression, _in_summary):
        forms = list(dict.fromkeys(form for form in named(alert, by_form) if form in by_form))
        if forms:
            return by_form[forms[0]] if len(forms) == 1 else None
    return None


def _in_name(alert: Occurrence, forms: Collection[str]) -> list[str]:
    """The longest; what stands first, of two."""
    words = [word.lower() for word in _WORDS.findall(alert.name)]
    runs = [
        "".join(words[start:end])
        for start in range(len(words))
        for end in range(start + 1, len(words) + 1)
    ]
    known = [run for run in runs if len(run) >= _LEAST and run in forms]
    return sorted(known, key=len, reverse=True)[:1]


def _in_labels(alert: Occurrence, _: Collection[str]) -> Iterator[str]:
    return (
        letters_of(value)
        for label, value in sorted(alert.labels.items())
        if label != "alertname" and label not in _OF_ALL | _OF_PEOPLE
    )


def _in_expression(alert: Occurrence, forms: Collection[str]) -> Iterator[str]:
    """What its rule counts: by labels for a service, else by what the metric's name begins with."""
    expression = expression_of((alert.notes or {}).get("graph", ""))
    for metric, matchers in counted_in(expression):
        service = service_in({each.label: each.value for each in matchers if each.operator == "="})
        words = metric.lower().split("_")
        begins = ("".join(words[:end]) for end in range(len(words), 0, -1))
        known = (form for begin in begins for form in _numbered(begin, forms))
        yield letters_of(service) if service else next(known, "")


def _numbered(begin: str, forms: Collection[str]) -> list[str]:
    """The form that is called so, else the only one with a number behind it (`sorter-1`)."""
    if len(begin) < _LEAST or begin in forms:
        return [begin] if len(begin) >= _LEAST else []
    numbered = [form for form in forms if re.fullmatch(re.escape(begin) + r"\d{1,3}", form)]
    return numbered if len(numbered) == 1 else []


def _in_summary(alert: Occurrence, forms: Collection[str]) -> list[str]:
    words = _APART.sub(" ", alert.summary.lower()).split()
    pairs = [first + second for first, second in pairwise(words)]
    return [form for form in (*words, *pairs) if len(form) >= _LEAST and form in forms]
