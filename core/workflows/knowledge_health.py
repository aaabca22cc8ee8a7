"""The health of runbooks: which alerts have none, and which of them nobody needs, likes or renews.

Read from the newest cases that are kept, and from the documents of everybody. Only what is sure is
said: a name is called unseen where cases knew it once and none has since.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from core.alerts.model import Occurrence
from core.cases.events import EventKind
from core.cases.feedback import (
    NO_FEEDBACK,
    Feedback,
    SuggestionKey,
    SuggestionKind,
    tallies,
)
from core.cases.model import Case
from core.cases.rows import CaseFilter
from core.cases.runbook_health import (
    KnowledgeHealth,
    RunbookUse,
    StaleRunbook,
    UncoveredAlert,
    UnhelpfulStep,
    UnseenName,
)
from core.conversation.commands.feedback_commands import step_suggestion
from core.knowledge.model import Document, Reach
from core.knowledge.names import known_in, metrics_in, names_in
from core.knowledge.steps import steps_of
from core.places import API
from core.workflows.case_access import hidden_from
from core.workflows.knowledge_search import fitting_runbook
from core.workflows.knowledge_sync import documents_of_everybody

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

    from core.accounts.model import Account
    from core.cases.events import CaseEvent
    from core.places import Place
    from core.workflows.services import Services, Unit

MOST_CASES = 300  # the newest
MOST_FEEDBACK = 10_000
STALE_AFTER = timedelta(days=90)


@dataclass
class _Records:
    """What the newest cases tell. last_seen: by name, in which case last."""

    cases: list[Case]
    occurrences: dict[str, list[Occurrence]] = field(default_factory=dict)
    last_seen: dict[str, Case] = field(default_factory=dict)
    suggested: Mapping[str, set[str]] = field(default_factory=dict)
    opened: Mapping[str, set[str]] = field(default_factory=dict)

    def names_of(self, case: Case) -> set[str]:
        """Services, alerts and metrics."""
        names = {case.service or ""}
        for occurrence in self.occurrences[case.id]:
            graph = (occurrence.notes or {}).get("graph", "")
            names |= {occurrence.service or "", occurrence.name}
            for expression in parse_qs(urlsplit(graph).query).get("g0.expr", []):
                names |= metrics_in(expression)
        return names - {""}

    def services_of(self, case: Case) -> set[str]:
        services = {occurrence.service for occurrence in self.occurrences[case.id]}
        return {name for name in {case.service, *services} if name}


async def knowledge_health(
    account: Account | None = None,
    *,
    is_team: bool = False,
    stale_after: timedelta = STALE_AFTER,
    services: Services,
) -> KnowledgeHealth:
    """Of the cases that the account sees; of all of them without one. is_team: of the team's."""
    async with services.reading() as unit:
        documents = [each for each in await documents_of_everybody(unit) if each.version]
        records = await _records(unit, await _hidden(unit, account, is_team=is_team))
        words = await unit.feedback.newest(set(SuggestionKind), most=MOST_FEEDBACK)
        uncovered = await _uncovered(unit, records, services)
        uses = _uses(documents, records, words, at=unit.now)
        steps = [step async for step in _unhelpful_steps(unit, documents, words)]
        stale = [each async for each in _stale(unit, documents, records, stale_after)]
        now = unit.now
    return KnowledgeHealth(
        at=now,
        runbooks=len(documents),
        cases=len(records.cases),
        since=min((case.opened_at for case in records.cases), default=None),
        uncovered=tuple(uncovered),
        unused=tuple(use for use in uses if not use.suggested or not use.opened),
        unhelpful=tuple(use for use in uses if use.tally.unhelpful > use.tally.helped),
        steps=tuple(steps),
        stale=tuple(stale),
    )


async def health_at(place: Place, *, services: Services) -> KnowledgeHealth:
    """What may be said at a place, by who reads along there.

    At the terminal of the installation that is every case, over the API what the account sees, and
    in a chat the team's.
    """
    if place.platform == services.rules.home.platform:
        return await knowledge_health(services=services)
    if place.platform != API:
        return await knowledge_health(is_team=True, services=services)
    async with services.reading() as unit:
        account = await unit.accounts.get(place.channel)
    return await knowledge_health(account, services=services)


async def _hidden(unit: Unit, account: Account | None, *, is_team: bool) -> set[str]:
    if is_team:
        return await unit.members.cases()
    return await hidden_from(unit, account) if account else set()


async def _records(unit: Unit, hidden: set[str]) -> _Records:
    rows = await unit.case_rows.page(CaseFilter(is_archived=True), limit=MOST_CASES)
    records = _Records([row.case for row in rows if row.case.id not in hidden])
    for case in records.cases:
        records.occurrences[case.id] = await unit.occurrences.of_case(case.id)
        for name in records.names_of(case):
            records.last_seen.setdefault(name, case)
    since = min((case.opened_at for case in records.cases), default=unit.now)
    fitted = await unit.cases.since(EventKind.RUNBOOK_FITTED, since)
    opened = await unit.cases.since(EventKind.RUNBOOK_OPENED, since)
    records.suggested = _cases_by_document(fitted, records)
    records.opened = _cases_by_document(opened, records)
    return records


def _cases_by_document(events: Iterable[CaseEvent], records: _Records) -> Mapping[str, set[str]]:
    cases: defaultdict[str, set[str]] = defaultdict(set)
    for event in events:
        if event.case_id in records.occurrences:
            document_id = event.data.get("runbook", event.data)["document_id"]
            cases[document_id].add(event.case_id)
    return cases


async def _uncovered(unit: Unit, records: _Records, services: Services) -> list[UncoveredAlert]:
    """By how many cases had them, most first. What fits is looked up as a turn would do it."""
    alerts: defaultdict[tuple[str, str | None], list[Case]] = defaultdict(list)
    for case in records.cases:
        for alert in {(known.name, known.service) for known in records.occurrences[case.id]}:
            alerts[alert].append(case)
    uncovered: list[UncoveredAlert] = []
    for (name, service), cases in alerts.items():
        newest = cases[0]
        mine = [known for known in records.occurrences[newest.id] if known.name == name]
        view = await unit.cases.view(newest.id)
        if await fitting_runbook(unit, view, mine, services=services) is None:
            uncovered.append(
                UncoveredAlert(name=name, service=service, cases=len(cases), last=newest.number)
            )
    return sorted(uncovered, key=lambda alert: (-alert.cases, -alert.last, alert.name))


def _uses(
    documents: Sequence[Document],
    records: _Records,
    words: Sequence[Feedback],
    *,
    at: datetime,
) -> list[RunbookUse]:
    spoken = tallies(words, at=at)
    return [
        RunbookUse(
            document=document,
            suggested=len(records.suggested.get(document.id, ())),
            opened=len(records.opened.get(document.id, ())),
            tally=spoken.get(SuggestionKey(SuggestionKind.RUNBOOK, document.id), NO_FEEDBACK),
        )
        for document in documents
    ]


async def _unhelpful_steps(
    unit: Unit, documents: Sequence[Document], words: Sequence[Feedback]
) -> AsyncIterator[UnhelpfulStep]:
    """In the order of the documents; of a step that was reworded since, nothing is said."""
    spoken = tallies(words, at=unit.now)
    named = {key.name.partition("/")[0] for key in spoken if key.kind is SuggestionKind.STEP}
    for document in documents:
        if document.id not in named:
            continue
        steps = steps_of(await unit.documents.chunks(document.id, Reach.of()))
        for number, step in enumerate(steps, start=1):
            tally = spoken.get(step_suggestion(document, step), NO_FEEDBACK)
            if tally.unhelpful and tally.unhelpful >= tally.helped:
                yield UnhelpfulStep(document=document, number=number, text=step.text, tally=tally)


async def _stale(
    unit: Unit, documents: Sequence[Document], records: _Records, stale_after: timedelta
) -> AsyncIterator[StaleRunbook]:
    known = set(records.last_seen)
    services = {name for case in records.cases for name in records.services_of(case)}
    before = unit.now - stale_after
    for document in documents:
        version = await unit.documents.version(document.id, document.version, Reach.of())
        text = version.content.text if version.content else ""
        words = f"{document.title.text} {document.source.text} {text}"
        names = await asyncio.to_thread(names_in, words)
        own = known_in(names, services)
        is_old = document.updated_at < before
        cases = list(_since(document, set(own), records)) if is_old else []
        unseen = list(_unseen(known_in(names, known), records, before))
        if cases or unseen:
            yield StaleRunbook(
                document=document, services=tuple(own), cases=tuple(cases), unseen=tuple(unseen)
            )


def _since(document: Document, services: set[str], records: _Records) -> Iterator[int]:
    for case in records.cases:
        if case.opened_at > document.updated_at and services & records.services_of(case):
            yield case.number


def _unseen(names: Sequence[str], records: _Records, before: datetime) -> Iterator[UnseenName]:
    """Nothing is said where there were no cases since: then nobody could have seen them."""
    if not any(case.opened_at >= before for case in records.cases):
        return
    for name in names:
        last = records.last_seen[name]
        if last.opened_at < before:
            yield UnseenName(name=name, last=last.number, last_at=last.opened_at)
