"""Whether anybody finds what they may not see: random questions of random people.

    python -m benchmarks.knowledge_access [--queries 10000] [--seed 7]

Several tenants on one store in memory, each with accounts, private and shared cases, and documents
of everybody, of accounts and of cases (`benchmarks/parts/knowledge_world.py`). Each question is
asked in one of the ways that people have: a search over the API with random filters, a search in
the thread of a case, the list, a document by its id, the graph, what is related to a case. Half of
them look for the very words of a document of anybody, a third of those by meaning alone. Each
document has a word of its own: `ours` counts answers with the word of a document that the asker may
not see. Every so often a document is deleted, and looked for in all those ways. `missed` shows that
the questions can find something: own documents that were looked for, and not shown.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.parts.knowledge_world import (
    SHARED,
    TAGS,
    MarkedDocument,
    TenantWorld,
    build,
    mirrored,
)
from core.accounts.model import Account
from core.errors import NotFound
from core.knowledge.chunk_vectors import model_name
from core.knowledge.model import Collection, DocumentFilter, Reach
from core.text.redacted import redacted
from core.workflows import knowledge_documents, knowledge_search
from core.workflows.knowledge_graph import graph_excerpt, related_to
from core.workflows.knowledge_search import SearchWish
from tests.fakes.chat import LOFT, in_memory, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.parts.knowledge_world import World
    from core.knowledge.search import Passage

TENANTS, ACCOUNTS, CASES, DOCUMENTS = 3, 6, 8, 60
DELETED_EVERY = 50  # questions
LIMIT, LISTED = 10, 200
WHOLE, OF_A_DOCUMENT, BY_MEANING = 0.5, 0.5, 0.33  # shares of searches, questions, and of those
_MARK = re.compile(r"zx[a-z]{4}q")


@dataclass(frozen=True, kw_only=True)
class Question:
    """Who asks what. document: whose words they are; None for words of many documents."""

    tenant: TenantWorld
    account: Account
    words: str
    document: MarkedDocument | None = None


@dataclass(frozen=True)
class Answer:
    """The marks in what was shown, and those that may be. whole: nothing was held back."""

    shown: frozenset[str]
    allowed: set[str]
    whole: bool = True

    @property
    def leaked(self) -> frozenset[str]:
        return self.shown - self.allowed


Way = Callable[["World", Question], Awaitable[Answer]]


def marks_in(text: str) -> frozenset[str]:
    """Of documents, in what somebody is shown."""
    return frozenset(_MARK.findall(text))


async def by_search(world: World, question: Question) -> Answer:
    """Over the API, held to nothing, or to random collections, tags and cases."""
    wish, chance = SearchWish(query=question.words, limit=LIMIT), world.chance
    whole = chance.random() < WHOLE
    if not whole:
        wish = SearchWish(
            query=question.words,
            limit=chance.randint(1, 50),
            collections=frozenset(chance.sample(list(Collection), chance.randint(1, 3))),
            tags=frozenset(chance.sample(TAGS, chance.randint(0, 2))),
            case_id=chance.choice(chance.choice(world.tenants).cases).id,
        )
    services = question.tenant.services
    passages = await knowledge_search.search(wish, question.account, services=services)
    allowed = question.tenant.marks_for(question.account)
    return Answer(marks_in(_text_of(passages)), allowed, whole)


async def in_chat(world: World, question: Question) -> Answer:
    """In the thread of a case, or where none is."""
    case = world.chance.choice([*question.tenant.cases, None])
    place = case.place if case else LOFT
    card = await knowledge_search.found_in_documents(
        redacted(question.words), place, services=question.tenant.services
    )
    text = words_of(card).replace(f"“{question.words}”", "")  # that is what was asked
    return Answer(marks_in(text), question.tenant.marks_in(case), whole=False)


async def at_the_terminal(_: World, question: Question) -> Answer:
    """`faultmaven search`: documents of everybody."""
    passages = await knowledge_search.search_everybodys(
        question.words, limit=LIMIT, services=question.tenant.services
    )
    return Answer(marks_in(_text_of(passages)), question.tenant.marks_in(None), whole=False)


async def by_list(world: World, question: Question) -> Answer:
    """All that there is of a tag."""
    tag = question.document.tag if question.document else world.chance.choice(TAGS)
    page = await knowledge_documents.list_documents(
        DocumentFilter(tag=tag),
        question.account,
        limit=LISTED,
        services=question.tenant.services,
    )
    text = " ".join(document.source.text for document in page.documents)
    return Answer(marks_in(text), question.tenant.marks_for(question.account))


async def by_id(world: World, question: Question) -> Answer:
    """A document of anybody."""
    document = question.document or world.chance.choice(world.documents)
    services, allowed = question.tenant.services, question.tenant.marks_for(question.account)
    try:
        known, content = await knowledge_documents.read_document(
            document.id, question.account, services=services
        )
        await knowledge_documents.versions_of(document.id, question.account, services=services)
    except NotFound:
        return Answer(frozenset(), allowed)
    return Answer(marks_in(f"{known.title.text} {content.text}"), allowed)


async def by_graph(_: World, question: Question) -> Answer:
    """The busiest of it."""
    excerpt = await graph_excerpt(question.account, services=question.tenant.services)
    text = " ".join(node.label.text for node in excerpt.graph.nodes)
    return Answer(marks_in(text), question.tenant.marks_for(question.account), whole=False)


async def by_relation(world: World, question: Question) -> Answer:
    """What is related to a case that the asker sees."""
    cases = question.tenant.cases_of(question.account)
    if not cases:
        return Answer(frozenset(), set(), whole=False)
    related = await related_to(
        world.chance.choice(cases).id, question.account, services=question.tenant.services
    )
    text = " ".join(node.label.text for node in related.graph.nodes)
    return Answer(marks_in(text), question.tenant.marks_for(question.account), whole=False)


WAYS: dict[Way, int] = {  # and how often it is asked that way, of a hundred
    by_search: 60,
    in_chat: 16,
    at_the_terminal: 6,
    by_list: 6,
    by_id: 8,
    by_graph: 2,
    by_relation: 2,
}


def _text_of(passages: Sequence[Passage]) -> str:
    return " ".join(
        f"{passage.document.title.text} {chunk.headings.text} {chunk.text.text}"
        for passage in passages
        for chunk in passage.chunks
    )


@dataclass
class Findings:
    """What became of the questions. leaks: the first of them, in words."""

    asked: Counter[str] = field(default_factory=Counter)
    shown: int = 0
    leaked: int = 0
    looked_for: int = 0
    missed: int = 0
    deleted: int = 0
    found_after_deletion: int = 0
    leaks: list[str] = field(default_factory=list)

    def take(self, way: Way, question: Question, answer: Answer) -> None:
        self.asked[way.__name__] += 1
        self.shown += len(answer.shown)
        if answer.leaked:
            self.leaked += 1
            who = f"{question.tenant.services.tenant_id}/{question.account.username}"
            self.leaks.append(f"{way.__name__} by {who}: {sorted(answer.leaked)}")
        own = question.document
        if own and answer.whole and own.mark in answer.allowed:
            self.looked_for += 1
            self.missed += own.mark not in answer.shown


def question_of(world: World) -> Question:
    """By anybody, for the words of a document of any tenant, or for words of many."""
    chance = world.chance
    tenant = chance.choice(world.tenants)
    account = chance.choice(tenant.accounts)
    if chance.random() >= OF_A_DOCUMENT:
        words = " ".join(chance.sample(SHARED, chance.randint(1, 6)))
        return Question(tenant=tenant, account=account, words=words)
    document = chance.choice(world.documents)
    words = mirrored(document.words) if chance.random() < BY_MEANING else document.words
    return Question(tenant=tenant, account=account, words=words, document=document)


async def ask(world: World, findings: Findings) -> None:
    """One question."""
    (way,) = world.chance.choices(list(WAYS), weights=list(WAYS.values()))
    question = question_of(world)
    findings.take(way, question, await way(world, question))


async def delete_one(world: World, findings: Findings) -> None:
    """A document of somebody, which is looked for in every way; another takes its place."""
    tenant = world.chance.choice(world.tenants)
    document = world.chance.choice(list(tenant.documents.values()))
    services = tenant.services
    await knowledge_documents.delete_document(document.id, document.writer, services=services)
    del tenant.documents[document.id]
    findings.deleted += 1
    for words in (document.words, mirrored(document.words)):
        question = Question(tenant=tenant, account=document.writer, words=words, document=document)
        answers = [await way(world, question) for way in WAYS]
        findings.found_after_deletion += any(document.mark in answer.shown for answer in answers)
    findings.found_after_deletion += await _rests(tenant, document)
    await world.add_document(tenant)


async def _rests(tenant: TenantWorld, document: MarkedDocument) -> bool:
    """Whether a table or an index has something of it."""
    services, embedder = tenant.services, tenant.services.embedder
    everything = Reach.of(
        account_id=document.writer.id, case_ids=[case.id for case in tenant.cases]
    )
    async with services.reading() as unit:
        chunks = await unit.documents.chunks(document.id, everything)
        indexed = await unit.documents.to_index([document.id])
        model = model_name(embedder) if embedder else ""
        vectors = await unit.documents.vectors([document.id], model=model)
    meanings = services.search_index.meanings
    is_near = meanings is not None and document.id in meanings.vectors
    return bool(chunks or indexed or vectors or is_near)


async def measured(
    *,
    seed: int,
    queries: int,
    tenants: int = TENANTS,
    cases: int = CASES,
    documents: int = DOCUMENTS,
) -> dict[str, Any]:
    """The document of one run."""
    began = time.perf_counter()
    findings = Findings()
    with tempfile.TemporaryDirectory() as folder:
        world = await build(
            in_memory(Path(folder)).services,
            seed=seed,
            tenants=tenants,
            accounts=ACCOUNTS,
            cases=cases,
            documents=documents,
        )
        for number in range(queries):
            if number % DELETED_EVERY == DELETED_EVERY - 1:
                await delete_one(world, findings)
            await ask(world, findings)
    return {
        "benchmark": "knowledge_access",
        "ours": findings.leaked,
        "unit": "answers with something that the asker may not see",
        "n": queries,
        "seed": seed,
        "tenants": tenants,
        "accounts": tenants * ACCOUNTS,
        "cases": tenants * cases,
        "documents": tenants * documents,
        "asked": dict(findings.asked),
        "documents_shown": findings.shown,
        "own_looked_for": findings.looked_for,
        "own_missed": findings.missed,
        "deleted": findings.deleted,
        "found_after_deletion": findings.found_after_deletion,
        "leaks": findings.leaks[:20],
        "seconds": round(time.perf_counter() - began, 1),
    }


def main() -> int:
    """Print one JSON document; 1 where anything leaks, or the questions find too little."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.knowledge_access")
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    result = asyncio.run(measured(seed=chosen.seed, queries=chosen.queries))
    print(json.dumps(result, indent=2))
    return 1 if result["ours"] or result["found_after_deletion"] or result["own_missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
