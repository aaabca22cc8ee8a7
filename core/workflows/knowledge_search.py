"""Searching documents: for an account over the API, and in chat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.knowledge.model import Collection, Reach, scope_of
from core.knowledge.query import query_of
from core.workflows.knowledge_documents import reach_of

if TYPE_CHECKING:
    from core.accounts.model import Account
    from core.knowledge.search import Passage
    from core.workflows.services import Services

LONGEST_QUERY = 10_000  # characters


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
    index = services.indexes.of_tenant(services.tenant_id)
    async with services.reading() as unit:
        reach = _narrowed(await reach_of(unit, account), wish, account)
        query = query_of(wish.query[:LONGEST_QUERY], expression=wish.expression)
        return await index.search(unit, query, reach, tags=wish.tags, limit=wish.limit)


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
