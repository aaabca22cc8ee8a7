"""Searching documents: for an account over the API, and in chat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from core.alerts.notes import DESCRIPTION
from core.cases.events import EventKind
from core.cases.feedback import NO_FEEDBACK, SuggestionKey, SuggestionKind, tallies
from core.cases.investigation_state import FittingRunbook
from core.cases.lifecycle import Change, record
from core.conversation.cards.knowledge_cards import found_card, no_runbook_card, runbook_card
from core.conversation.cards.verdict_rows import open_hypotheses
from core.conversation.commands.feedback_commands import runbook_reference
from core.conversation.messages.channels import case_here
from core.knowledge.model import Collection, Reach, scope_of
from core.knowledge.query import SearchQuery
from core.knowledge.search_filter import (
    EVERY_DOCUMENT,
    SearchFilter,
    filter_in,
    without_filters,
)
from core.knowledge.steps import steps_of
from core.workflows.knowledge_documents import reach_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.accounts.model import Account
    from core.alerts.model import Occurrence
    from core.cases.feedback import FeedbackTally
    from core.cases.projection import CaseView
    from core.conversation.cards.card import Card
    from core.knowledge.model import Document
    from core.knowledge.search import Passage
    from core.places import Place
    from core.text.redacted import RedactedText
    from core.workflows.services import Services, Unit

LONGEST_QUERY = 10_000  # characters
LONGEST_TITLE = 80  # characters, on the card of a case
SHOWN = 5  # documents that a search in chat shows
MOST_ALERTS = 20  # of a case, that its runbook is looked up by
MOST_OPENED = 100  # documents that were looked at in one case, the newest
EQUALS = 4  # documents looked at besides those asked for: they may fit as well as the last of them
AS_GOOD = 0.95  # share of a score that is about the same
LEAST_SHARE = 0.1  # of what is asked for; what has less of it is no answer
FITS = 0.35  # the same for a runbook, which is followed: half of those that fit nothing have less
# The same by what is meant, as cosines: 19 of 20 right runbooks have more than the first. With the
# second, 70 of 71 right ones are shown instead of 65, and 4 of 81 more where none is right.
LEAST_SIMILARITY, FITS_IN_MEANING = 0.5, 0.7


@dataclass(frozen=True, kw_only=True)
class SearchWish:
    """What is looked for, and where: "" and nothing mean everywhere.

    expression: the PromQL of the alert that is looked up. newer, older: an age such as `90d`, or a
    day.
    """

    query: str
    expression: str = ""
    limit: int = 5
    collections: frozenset[Collection] = frozenset(Collection)
    case_id: str = ""
    tags: frozenset[str] = frozenset()
    newer: str = ""
    older: str = ""


async def search(wish: SearchWish, account: Account, *, services: Services) -> list[Passage]:
    """What fits best, best first. Raises WrongUsage for an age that is none."""
    only = SearchFilter.of(
        tags=wish.tags, newer=wish.newer, older=wish.older, now=services.clock.now()
    )
    async with services.reading() as unit:
        reach = _narrowed(await reach_of(unit, account), wish, account)
        query = SearchQuery.of(wish.query[:LONGEST_QUERY], expression=wish.expression)
        return await _search(unit, query, reach, only=only, limit=wish.limit, services=services)


async def search_everybodys(
    words: str, *, only: SearchFilter = EVERY_DOCUMENT, limit: int, services: Services
) -> list[Passage]:
    """What fits of everybody's documents, best first."""
    async with services.reading() as unit:
        query = SearchQuery.of(words[:LONGEST_QUERY])
        return await _search(unit, query, Reach.of(), only=only, limit=limit, services=services)


async def found_in_documents(words: RedactedText, place: Place, *, services: Services) -> Card:
    """What fits of everybody's documents, and of those of the case at the place.

    Never those of an account: what is said in a case is read by all who see it. Raises WrongUsage
    for an age that is none.
    """
    only = filter_in(words.text, services.clock.now())
    async with services.reading() as unit:
        here = await case_here(unit, place)
        reach = Reach.of(case_ids=[here] if here else [])
        query = SearchQuery.of(without_filters(words.text)[:LONGEST_QUERY])
        passages = await _search(unit, query, reach, only=only, limit=SHOWN, services=services)
    return found_card(words, [passage for passage in passages if is_answer(passage)])


def is_answer(passage: Passage) -> bool:
    """Whether it has anything to do with what was looked for."""
    return passage.share >= LEAST_SHARE or passage.similarity >= LEAST_SIMILARITY


def _fits(passage: Passage) -> bool:
    """Whether people may follow it."""
    return passage.share >= FITS or passage.similarity >= FITS_IN_MEANING


async def runbook_of_case(case_id: str, *, by: str, services: Services) -> Card:
    """The document that fits the alerts of the case best, where one fits well enough.

    by: who wants to see it; the log of the case notes the first of them.
    """
    async with services.reading() as unit:
        view = await unit.cases.view(case_id)
        occurrences = await unit.occurrences.of_case(case_id)
        best = await _best_of_case(unit, view, occurrences, services)
        if best is None or not _fits(best):
            return no_runbook_card(view.case, best.document if best else None)
        document = best.document
        chunks = await unit.documents.chunks(document.id, Reach.of(case_ids=[case_id]))
        tally = (await _tallies_of(unit, [document])).get(document.id, NO_FEEDBACK)
    await _note_opened(case_id, document, by=by, services=services)
    reference = runbook_reference(document)
    return runbook_card(view.case, document, chunks, tally=tally, reference=reference)


async def _note_opened(case_id: str, document: Document, *, by: str, services: Services) -> None:
    """Once a document and case: which runbooks are looked at, and which never are."""
    async with services.reading() as unit:
        if await _is_noted(unit, case_id, document):
            return
    async with services.unit() as unit:
        view = await unit.cases.view(case_id, lock=True)
        if not await _is_noted(unit, case_id, document):
            data = {"document_id": document.id}
            opened = Change(kind=EventKind.RUNBOOK_OPENED, data=data)
            await record(unit, view, case_id, [opened], at=unit.now, actor=by)


async def _is_noted(unit: Unit, case_id: str, document: Document) -> bool:
    opened = await unit.cases.newest(case_id, {EventKind.RUNBOOK_OPENED}, most=MOST_OPENED)
    return any(event.data["document_id"] == document.id for event in opened)


async def fitting_runbook(
    unit: Unit, view: CaseView, occurrences: Sequence[Occurrence], *, services: Services
) -> FittingRunbook | None:
    """What the case's own card names; None where nothing fits, or no alert says what is wrong."""
    best = await _best_of_case(unit, view, occurrences, services) if occurrences else None
    if best is None or not _fits(best):
        return None
    document = best.document
    chunks = await unit.documents.chunks(document.id, Reach.of(case_ids=[view.case.id]))
    title = document.title.line().cut(LONGEST_TITLE)
    return FittingRunbook(document_id=document.id, title=title, steps=len(steps_of(chunks)))


async def _best_of_case(
    unit: Unit, view: CaseView, occurrences: Sequence[Occurrence], services: Services
) -> Passage | None:
    query = _query_of_case(view, occurrences)
    reach = Reach.of(case_ids=[view.case.id])
    return next(iter(await _search(unit, query, reach, limit=1, services=services)), None)


async def _search(
    unit: Unit,
    query: SearchQuery,
    reach: Reach,
    *,
    only: SearchFilter = EVERY_DOCUMENT,
    limit: int,
    services: Services,
) -> list[Passage]:
    """What fits best, best first; of those that fit equally well, what helped before."""
    passages = await services.search_index.search(
        unit, query, reach, only=only, limit=limit + EQUALS
    )
    spoken = await _tallies_of(unit, [passage.document for passage in passages])
    return by_feedback(passages, spoken)[:limit]


async def _tallies_of(unit: Unit, documents: Sequence[Document]) -> Mapping[str, FeedbackTally]:
    """What people say of these as runbooks, by id."""
    wanted = [SuggestionKey(SuggestionKind.RUNBOOK, document.id) for document in documents]
    spoken = tallies(await unit.feedback.about(wanted) if wanted else [], at=unit.now)
    return {suggestion.name: tally for suggestion, tally in spoken.items()}


def by_feedback(passages: Sequence[Passage], spoken: Mapping[str, FeedbackTally]) -> list[Passage]:
    """In their order, but among those that fit about as well as one before by what people say.

    spoken: by the id of the document. Nobody's word brings up what fits less.
    """
    groups: list[list[Passage]] = []
    for passage in passages:
        if groups and passage.score >= AS_GOOD * groups[-1][0].score:
            groups[-1].append(passage)
        else:
            groups.append([passage])

    def estimate(passage: Passage) -> float:
        return spoken.get(passage.document.id, NO_FEEDBACK).estimate

    return [passage for group in groups for passage in sorted(group, key=estimate, reverse=True)]


def _query_of_case(view: CaseView, occurrences: Sequence[Occurrence]) -> SearchQuery:
    """What its alerts say; where none opened it, its title and what is believed most."""
    texts, expressions = list[str](), list[str]()
    for occurrence in occurrences[-MOST_ALERTS:]:
        notes = occurrence.notes or {}
        texts += [occurrence.name, occurrence.summary, notes.get(DESCRIPTION, "")]
        texts.append(notes.get("runbook", "").rpartition("/")[2])
        expressions += parse_qs(urlsplit(notes.get("graph", "")).query).get("g0.expr", [])
    if not occurrences:
        texts.append(view.case.title.text)
        texts += [hypothesis.statement.text for hypothesis in open_hypotheses(view)[:1]]
    words = "\n".join(dict.fromkeys(filter(None, texts)))
    return SearchQuery.of(words[:LONGEST_QUERY], expression="\n".join(dict.fromkeys(expressions)))


def _narrowed(reach: Reach, wish: SearchWish, account: Account) -> Reach:
    wanted = set[str]()
    if Collection.USER in wish.collections:
        wanted.add(scope_of(Collection.USER, account_id=account.id))
    if Collection.GLOBAL in wish.collections:
        wanted.add(scope_of(Collection.GLOBAL))
    if Collection.CASE in wish.collections:
        of_case = scope_of(Collection.CASE, case_id=wish.case_id)
        wanted |= {
            scope
            for scope in reach.scopes
            if scope.startswith("case:") and (not wish.case_id or scope == of_case)
        }
    return Reach(reach.scopes & wanted)
