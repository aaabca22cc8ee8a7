"""Searching documents: for an account over the API, and in chat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from core.alerts.notes import DESCRIPTION
from core.cases.investigation_state import FittingRunbook
from core.conversation.cards.knowledge_cards import found_card, no_runbook_card, runbook_card
from core.conversation.cards.verdict_rows import open_hypotheses
from core.conversation.messages.channels import case_here
from core.knowledge.model import Collection, Reach, scope_of
from core.knowledge.query import query_of
from core.knowledge.steps import steps_of
from core.workflows.knowledge_documents import reach_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.accounts.model import Account
    from core.alerts.model import Occurrence
    from core.cases.projection import CaseView
    from core.conversation.cards.card import Card
    from core.knowledge.search import Passage
    from core.places import Place
    from core.text.redacted import RedactedText
    from core.workflows.services import Services, Unit

LONGEST_QUERY = 10_000  # characters
LONGEST_TITLE = 80  # characters, on the card of a case
SHOWN = 5  # documents that a search in chat shows
MOST_ALERTS = 20  # of a case, that its runbook is looked up by
LEAST_SHARE = 0.1  # of what is asked for; what has less of it is no answer
FITS = 0.35  # the same for a runbook, which is followed: half of those that fit nothing have less


@dataclass(frozen=True, kw_only=True)
class SearchWish:
    """What is looked for, and where: "" and nothing mean everywhere.

    expression: the PromQL of the alert that is looked up.
    """

    query: str
    expression: str = ""
    limit: int = 5
    collections: frozenset[Collection] = frozenset(Collection)
    case_id: str = ""
    tags: frozenset[str] = frozenset()


async def search(wish: SearchWish, account: Account, *, services: Services) -> list[Passage]:
    """What fits best, best first. Raises NotFound for a case that the account does not see."""
    async with services.reading() as unit:
        reach = _narrowed(await reach_of(unit, account), wish, account)
        query = query_of(wish.query[:LONGEST_QUERY], expression=wish.expression)
        return await services.search_index.search(
            unit, query, reach, tags=wish.tags, limit=wish.limit
        )


async def search_everybodys(words: str, *, limit: int, services: Services) -> list[Passage]:
    """What fits of everybody's documents, best first."""
    async with services.reading() as unit:
        query = query_of(words[:LONGEST_QUERY])
        return await services.search_index.search(unit, query, Reach.of(), limit=limit)


async def found_in_documents(words: RedactedText, place: Place, *, services: Services) -> Card:
    """What fits of everybody's documents, and of those of the case at the place.

    Never those of an account: what is said in a case is read by all who see it.
    """
    async with services.reading() as unit:
        here = await case_here(unit, place)
        reach = Reach.of(case_ids=[here] if here else [])
        passages = await services.search_index.search(
            unit, query_of(words.text[:LONGEST_QUERY]), reach, limit=SHOWN
        )
    return found_card(words, [passage for passage in passages if passage.share >= LEAST_SHARE])


async def runbook_of_case(case_id: str, *, services: Services) -> Card:
    """The document that fits the alerts of the case best, where one fits well enough."""
    async with services.reading() as unit:
        view = await unit.cases.view(case_id)
        occurrences = await unit.occurrences.of_case(case_id)
        best = await _best_of_case(unit, view, occurrences, services)
        if best is None or best.share < FITS:
            return no_runbook_card(view.case, best.document if best else None)
        chunks = await unit.documents.chunks(best.document.id, Reach.of(case_ids=[case_id]))
    return runbook_card(view.case, best.document, chunks)


async def fitting_runbook(
    unit: Unit, view: CaseView, occurrences: Sequence[Occurrence], *, services: Services
) -> FittingRunbook | None:
    """What the case's own card names; None where nothing fits, or no alert says what is wrong."""
    best = await _best_of_case(unit, view, occurrences, services) if occurrences else None
    if best is None or best.share < FITS:
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
    return next(iter(await services.search_index.search(unit, query, reach, limit=1)), None)


def _query_of_case(view: CaseView, occurrences: Sequence[Occurrence]) -> Mapping[str, float]:
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
    return query_of(words[:LONGEST_QUERY], expression="\n".join(dict.fromkeys(expressions)))


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
