"""What alerts say besides their summary, and where they say to look: the notes of an occurrence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.alerts.model import (
    LONGEST_TEXT,
    SEVERITIES,
    AlertSource,
    Severity,
    author_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from core.alerts.model import Alert, Occurrence, Redact

DESCRIPTION = "description"
LINKS = ("runbook", "dashboard", "graph", "pagerduty")  # names of notes that are addresses
ADDRESS = re.compile(r"https?://[^\s@/?#\\]{1,253}(?:[/?#][!-~]{0,1500})?")  # and no account


def notes_of(alert: Alert, source: AlertSource, *, redact: Redact) -> dict[str, str]:
    """Return what people are told besides the summary: a `description`, and links by `LINKS`.

    A link that holds a secret is none: without it, it leads nowhere.
    """
    written, summary = alert.annotations, author_text(alert.annotations)
    texts = (written.get(name, "") for name in ("description", "message"))
    description = next((text for text in texts if text and text != summary), "")
    notes = {DESCRIPTION: redact(description[:LONGEST_TEXT]).text} if description else {}
    graph = "pagerduty" if source is AlertSource.PAGERDUTY else "graph"
    addresses = {
        "runbook": _first(written, ("runbook_url", "runbook", "playbook_url", "playbook")),
        "dashboard": _first(written, ("dashboard_url", "dashboard", "grafana_url", "panel_url")),
        graph: alert.generator_url,
    }
    links = {name: url for name, url in addresses.items() if ADDRESS.fullmatch(url)}
    return notes | {name: url for name, url in links.items() if redact(url).text == url}


def _first(annotations: Mapping[str, str], names: Sequence[str]) -> str:
    return next(filter(None, (annotations.get(name) for name in names)), "")


def links_of(occurrences: Iterable[Occurrence]) -> dict[str, str]:
    """Addresses that the alerts name, in the order of `LINKS`; each from the gravest that has it.

    An alert that fired before and ended counts, too: its runbook is the same.
    """
    links: dict[str, str] = {}
    for occurrence in gravest_first(occurrences):
        for name, url in (occurrence.notes or {}).items():
            if name in LINKS and ADDRESS.fullmatch(url):
                links.setdefault(name, url)
    return {name: links[name] for name in LINKS if name in links}


def gravest_first(occurrences: Iterable[Occurrence]) -> list[Occurrence]:
    """Those that fire before those that ended, the gravest first."""
    order = list(Severity)

    def rank(occurrence: Occurrence) -> tuple[bool, int, datetime]:
        severity = SEVERITIES.get((occurrence.severity or "").lower(), Severity.UNKNOWN)
        return not occurrence.firing, order.index(severity), occurrence.starts_at

    return sorted(occurrences, key=rank)
