"""Finding the runbook of an alert, with no model: how often it is first, and how fast.

    python -m benchmarks.retrieval --data DIR [--predictions FILE] [--chunks N] [--queries N]

DIR holds `corpus.jsonl` (id, path, text), `queries.jsonl` (qid, text, expr) and `truth.jsonl` (qid,
relevant). Documents are read, cut and indexed by the product with the settings it ships with.
`ours` and `peer` are recall@1 of the same run, both asked the words of the alert alone; with its
PromQL stands beside it. The peer is Okapi BM25 over whole documents. `scale`: the same with copies
until there are N chunks, each under a name of its own. `isolation`: N random queries of random
readers, each of which may get nothing that is outside their reach.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.parts.okapi import Okapi
from benchmarks.parts.resampling import interval
from core.clock import EPOCH
from core.knowledge.contents import read_document
from core.knowledge.index import SearchIndex
from core.knowledge.model import (
    EVERYBODY,
    Chunk,
    Collection,
    ContentType,
    Document,
    DocumentVersion,
    Reach,
)
from core.knowledge.query import query_of
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

GATES, GOALS = (0.82, 0.97), (0.92, 0.99)  # recall@1, recall@5
REDACTOR = Redactor(bytes(32))
LIMIT, READERS = 10, 20
Read = tuple[Document, tuple[Chunk, ...]]


def read(entry: dict[str, Any]) -> Read:
    """A document of the corpus, as the product reads it."""
    document = Document(
        id=entry["id"],
        tenant_id="t",
        scope=EVERYBODY,
        collection=Collection.GLOBAL,
        source=REDACTOR.clean(entry["path"]),
        title=RedactedText.EMPTY,
        content_type=ContentType.MARKDOWN,
        digest="",
        created_at=EPOCH,
        updated_at=EPOCH,
        version=1,
    )
    version = DocumentVersion(
        document_id=document.id,
        tenant_id="t",
        number=1,
        digest="",
        title=RedactedText.EMPTY,
        content_type=ContentType.MARKDOWN,
        size=0,
        by="",
        brought_at=EPOCH,
        raw=entry["text"].encode(),
    )
    contents = read_document(document, version, redactor=REDACTOR)
    return replace(document, title=contents.title), contents.chunks


def indexed(documents: Sequence[Read]) -> SearchIndex:
    """All of them."""
    index = SearchIndex()
    for document, chunks in documents:
        index.replace(document, chunks)
    return index


def ranking(index: SearchIndex, text: str, expression: str = "") -> list[str]:
    """Ids, best first."""
    hits = index.search(query_of(text, expression=expression), Reach.of(), limit=LIMIT)
    return [hit.document_id for hit in hits]


def recalls(queries: Sequence[dict[str, Any]], rank: Callable[[dict[str, Any]], list[str]]) -> Any:
    """recall@1 and recall@5, with 95 % of each."""
    at = {depth: list[float]() for depth in (1, 5)}
    for query in queries:
        first = rank(query)
        for depth, hits in at.items():
            hits.append(float(bool({*first[:depth]} & {*query["relevant"]})))
    return {
        f"recall@{depth}": {
            "value": round(sum(hits) / len(hits), 4),
            "interval": interval(hits),
        }
        for depth, hits in at.items()
    }


def scaled(documents: Sequence[Read], chunks: int, queries: Sequence[dict[str, Any]]) -> Any:
    """Time and memory with copies until there are so many chunks."""
    index, count, copy = SearchIndex(), 0, 0
    before, began = _memory(), time.perf_counter()
    while count < chunks:
        for document, own in documents:
            index.replace(_copied(document, copy), own)
            count += len(own)
        copy += 1
    built = time.perf_counter() - began
    spent = []
    for query in queries:
        began = time.perf_counter()
        ranking(index, query["text"], query.get("expr", ""))
        spent.append(time.perf_counter() - began)
    return {
        "chunks": count,
        "build_s": round(built, 1),
        "p50_ms": round(sorted(spent)[len(spent) // 2] * 1000, 1),
        "p95_ms": round(sorted(spent)[int(len(spent) * 0.95)] * 1000, 1),
        "mb": round((_memory() - before) / 2**20),
    }


def _copied(document: Document, copy: int) -> Document:
    source = RedactedText.join("/", [document.source, RedactedText.tag("c", copy)])
    return replace(document, id=f"{document.id}-{copy}", source=source if copy else document.source)


def isolated(documents: Sequence[Read], queries: int) -> Any:
    """How many of so many queries gave somebody what they may not read: none."""
    chance = random.Random(0)  # noqa: S311 - repeatability is the point
    scopes = [EVERYBODY, *(f"user:{n}" for n in range(READERS)), *(f"case:{n}" for n in range(9))]
    index, scope_of = SearchIndex(), dict[str, str]()
    for document, own in documents:
        scope_of[document.id] = chance.choice(scopes)
        index.replace(replace(document, scope=scope_of[document.id]), own)
    words = [word for _, own in documents for chunk in own[:1] for word in chunk.text.text.split()]
    leaks = results = 0
    for _ in range(queries):
        reach = Reach(frozenset(chance.sample(scopes, chance.randint(0, 4))))
        query = query_of(" ".join(chance.sample(words, 8)))
        for hit in index.search(query, reach, limit=LIMIT):
            results += 1
            leaks += scope_of[hit.document_id] not in reach.scopes
    return {"queries": queries, "results": results, "leaks": leaks}


def _memory() -> int:
    """Bytes at the peak."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """1 where a gate is missed or something leaks."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.retrieval", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--predictions", type=Path)
    parser.add_argument("--chunks", type=int, default=0)
    parser.add_argument("--queries", type=int, default=1000)
    chosen = parser.parse_args(arguments)
    corpus, queries, truth = (
        [json.loads(line) for line in (chosen.data / f"{name}.jsonl").read_text().splitlines()]
        for name in ("corpus", "queries", "truth")
    )
    relevant = {entry["qid"]: entry["relevant"] for entry in truth}
    queries = [{**query, "relevant": relevant[query["qid"]]} for query in queries]
    documents = [read(entry) for entry in corpus]
    index, okapi = indexed(documents), Okapi([entry["text"] for entry in corpus])
    ours = recalls(queries, lambda query: ranking(index, query["text"]))
    with_expr = recalls(queries, lambda query: ranking(index, query["text"], query.get("expr", "")))
    peer = recalls(
        queries,
        lambda query: [corpus[at]["id"] for at in okapi.ranked(query["text"])[:LIMIT]],
    )
    if chosen.predictions:
        rankings = {
            query["qid"]: ranking(index, query["text"], query.get("expr", "")) for query in queries
        }
        chosen.predictions.write_text(json.dumps(rankings), encoding="utf-8")
    isolation = isolated(documents, chosen.queries)
    document = {
        "ours": ours["recall@1"]["value"],
        "peer": peer["recall@1"]["value"],
        "ratio": round(ours["recall@1"]["value"] / max(0.0001, peer["recall@1"]["value"]), 3),
        "n": len(queries),
        "words": ours,
        "words_and_promql": with_expr,
        "okapi": peer,
        "gates": GATES,
        "goals": GOALS,
        "isolation": isolation,
        "scale": scaled(documents, chosen.chunks, queries) if chosen.chunks else None,
    }
    print(json.dumps(document, indent=1))
    best = [with_expr[f"recall@{depth}"]["value"] for depth in (1, 5)]
    reached = all(value >= gate for value, gate in zip(best, GATES, strict=True))
    return 0 if queries and reached and not isolation["leaks"] else 1


if __name__ == "__main__":
    sys.exit(main())
