"""The health of runbooks as a card: what may be done about them, the worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.conversation.cards.card import Card, Mark, Row
from core.text.quantities import counted
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from core.cases.runbook_health import (
        KnowledgeHealth,
        RunbookUse,
        StaleRunbook,
        UncoveredAlert,
    )

say = sentences("knowledge.health")

SHOWN = 5  # lines of a section


def health_card(health: KnowledgeHealth, clean: Callable[[str], RedactedText]) -> Card:
    """clean: redacts names of alerts and services."""
    rows = [Row(text=_headline(health), strong=True), *_uncovered(health, clean)]
    if health.unhelpful:
        n = counted(len(health.unhelpful), "runbook", "runbooks")
        rows += _section(say("unhelpful", n=n), [_unhelpful(use) for use in health.unhelpful])
    if health.stale:
        n = counted(len(health.stale), "runbook", "runbooks")
        rows += _section(say("stale", n=n), [_stale(each, clean) for each in health.stale])
    if health.unused:
        n = counted(len(health.unused), "runbook", "runbooks")
        rows.append(Row(text=say("unused", n=n)))
    rows.append(Row(text=say("next")))
    return Card(key="note:runbooks", version=0, mark=Mark.ANSWER, rows=tuple(rows))


def _headline(health: KnowledgeHealth) -> RedactedText:
    runbooks = counted(health.runbooks, "runbook", "runbooks")
    cases = counted(health.cases, "case", "cases")
    if health.since is None:
        return say("runbooks", runbooks=runbooks, cases=cases)
    since = RedactedText.at(health.since, "%d %b %Y")
    return say("runbooks_since", runbooks=runbooks, cases=cases, since=since)


def _uncovered(health: KnowledgeHealth, clean: Callable[[str], RedactedText]) -> list[Row]:
    if not health.uncovered:
        return [Row(text=say("all_covered"))] if health.cases else []
    n = counted(len(health.uncovered), "alert", "alerts")
    lines = [_uncovered_alert(alert, clean) for alert in health.uncovered]
    return list(_section(say("uncovered", n=n), lines))


def _uncovered_alert(alert: UncoveredAlert, clean: Callable[[str], RedactedText]) -> RedactedText:
    name, cases = clean(alert.name).line(), counted(alert.cases, "case", "cases")
    if alert.service is None:
        return say("uncovered_alone", name=name, cases=cases, last=alert.last)
    service = clean(alert.service).line()
    return say("uncovered_alert", name=name, service=service, cases=cases, last=alert.last)


def _unhelpful(use: RunbookUse) -> RedactedText:
    return say(
        "unhelpful_runbook",
        source=use.document.source,
        helped=use.tally.helped,
        unhelpful=use.tally.unhelpful,
    )


def _stale(runbook: StaleRunbook, clean: Callable[[str], RedactedText]) -> RedactedText:
    source = runbook.document.source
    if not runbook.cases:
        unseen = runbook.unseen[0]
        return say("stale_names", source=source, name=clean(unseen.name), last=unseen.last)
    updated = RedactedText.at(runbook.document.updated_at, "%d %b %Y")
    cases = counted(len(runbook.cases), "case", "cases")
    return say("stale_updated", source=source, updated=updated, cases=cases)


def _section(title: RedactedText, lines: Sequence[RedactedText]) -> Iterator[Row]:
    yield Row(text=title, strong=True)
    yield from (Row(text=line) for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        yield Row(text=say("more", n=len(lines) - SHOWN))
