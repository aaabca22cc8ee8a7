"""Finding the runbook of an alert, by words and by what it means: how often it is first, how fast.

    python -m benchmarks.retrieval --data DIR [--predictions FILE] [--chunks N] [--queries N]
        [--model off|minilm|FOLDER]

DIR holds `corpus.jsonl` (id, path, text), `queries.jsonl` (qid, text, expr) and `truth.jsonl` (qid,
relevant). Documents are read, cut and indexed by the product with the settings it ships with.
`ours` and `peer` are recall@1 of the same run, both asked the words of the alert alone; with its
PromQL stands beside it. The peer is Okapi BM25 over whole documents. `scale`: the same with copies
until there are N chunks, each under a name of its own; beside it BM25 over as many copies of the
documents and, with a model, `qdrant-client` in its local mode over the same vectors in one scope.
`isolation`: N random queries of random readers, each of which may get nothing that is outside
their reach. With a model (`minilm`, where it is installed) the same is done with vectors beside
words: `with_meaning`, in the same run.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.parts.okapi import Okapi
from benchmarks.parts.resampling import interval
from benchmarks.parts.search_peers import okapi_p95_ms, p95_ms, qdrant_local, rows_of
from core.clock import EPOCH
from core.knowledge.chunk_vectors import embed_document
from core.knowledge.contents import read_document
from core.knowledge.fusion import CANDIDATES, NOWHERE
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
from core.knowledge.query import SearchQuery
from core.knowledge.search import MeaningIndex
from core.knowledge.search_filter import EVERY_DOCUMENT
from core.knowledge.vectors import MatrixIndex, unpack
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText
from integrations.embeddings.installed import embedder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.knowledge.index import DocumentHit
    from core.knowledge.ports import Embedder

GATES, GOALS = (0.82, 0.97), (0.92, 0.99)  # recall@1, recall@5
GATE_MS, GATE_MB = 50.0, 600  # of one question of twenty, of the process
REDACTOR = Redactor(bytes(32))
LIMIT, READERS = 10, 20
EVERYTHING = Reach.of()
Read = tuple[Document, tuple[Chunk, ...]]
Packed = Mapping[str, bytes]


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


@dataclass
class Engine:
    """What the product searches with. meanings: None for words alone."""

    index: SearchIndex = field(default_factory=SearchIndex)
    meanings: MeaningIndex | None = None

    def put(self, document: Document, chunks: Sequence[Chunk], packed: bytes = b"") -> None:
        self.index.replace(document, chunks)
        if self.meanings and packed:
            self.meanings.vectors.replace(document, packed)

    def hits(self, text: str, expression: str = "", reach: Reach = EVERYTHING) -> list[DocumentHit]:
        query = SearchQuery.of(text, expression=expression)
        near = self.meanings.near(query.text, reach, EVERY_DOCUMENT) if self.meanings else NOWHERE
        return self.index.search(query.terms, reach, near=near, limit=LIMIT)

    def ranking(self, text: str, expression: str = "") -> list[str]:
        """Ids, best first."""
        return [hit.document_id for hit in self.hits(text, expression)]


def engine_of(embedder: Embedder | None) -> Engine:
    """Empty."""
    if embedder is None:
        return Engine()
    return Engine(meanings=MeaningIndex(embedder=embedder, vectors=MatrixIndex(embedder.size)))


def indexed(documents: Sequence[Read], embedder: Embedder | None, packed: Packed) -> Engine:
    """All of them."""
    engine = engine_of(embedder)
    for document, chunks in documents:
        engine.put(document, chunks, packed.get(document.id, b""))
    return engine


def embedded(documents: Sequence[Read], embedder: Embedder) -> tuple[Packed, Any]:
    """The vectors of each document by id, and how fast they came."""
    embedder.embed(["loads the model"])
    began, count = time.perf_counter(), sum(len(chunks) for _, chunks in documents)
    packed = {
        document.id: embed_document(document, chunks, embedder).packed
        for document, chunks in documents
    }
    seconds = time.perf_counter() - began
    return packed, {
        "model": embedder.name,
        "chunks": count,
        "chunks_per_s": round(count / seconds, 1),
        "mb_at_peak": _memory() // 2**20,
    }


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


def scaled(
    engine: Engine,
    documents: Sequence[Read],
    packed: Packed,
    chunks: int,
    queries: Sequence[dict[str, Any]],
) -> Any:
    """Time and memory of an empty engine with copies until there are so many chunks."""
    count = copy = 0
    before, began = _resident(), time.perf_counter()
    while count < chunks:
        for document, own in documents:
            engine.put(_copied(document, copy), own, packed.get(document.id, b""))
            count += len(own)
        copy += 1
    built = time.perf_counter() - began
    memory = {
        "mb": (_resident() - before) // 2**20,
        "mb_of_process": _resident() // 2**20,
    }
    return {
        "chunks": count,
        "build_s": round(built, 1),
        "p95_ms": p95_ms(
            lambda query: engine.ranking(query["text"], query.get("expr", "")), queries
        ),
        **memory,
        "vectors": compared(engine, documents, packed, copy, queries),
    }


def compared(
    engine: Engine,
    documents: Sequence[Read],
    packed: Packed,
    copies: int,
    queries: Sequence[dict[str, Any]],
) -> Any:
    """The nearest vectors of one scope, ours and Qdrant's own; None for words alone."""
    meanings = engine.meanings
    if meanings is None:
        return None
    size = meanings.embedder.size
    rows = rows_of(unpack(packed[document.id], size) for document, _ in documents)
    rows = np.tile(rows, (copies, 1))
    asked = meanings.embedder.embed([query["text"] for query in queries])
    peer = qdrant_local(rows, [EVERYBODY] * len(rows), list(asked))
    ours = p95_ms(
        lambda vector: meanings.vectors.nearest(vector, EVERYTHING, limit=CANDIDATES), asked
    )
    return {"p95_ms": ours, "qdrant_local": peer}


def _copied(document: Document, copy: int) -> Document:
    source = RedactedText.join("/", [document.source, RedactedText.tag("c", copy)])
    return replace(document, id=f"{document.id}-{copy}", source=source if copy else document.source)


def isolated(engine: Engine, documents: Sequence[Read], packed: Packed, queries: int) -> Any:
    """How many of so many queries gave somebody what they may not read: none."""
    chance = random.Random(0)  # noqa: S311 - repeatability is the point
    scopes = [EVERYBODY, *(f"user:{n}" for n in range(READERS)), *(f"case:{n}" for n in range(9))]
    scope_of = dict[str, str]()
    for document, own in documents:
        scope_of[document.id] = chance.choice(scopes)
        scoped = replace(document, scope=scope_of[document.id])
        engine.put(scoped, own, packed.get(document.id, b""))
    words = [word for _, own in documents for chunk in own[:1] for word in chunk.text.text.split()]
    leaks = results = 0
    for _ in range(queries):
        reach = Reach(frozenset(chance.sample(scopes, chance.randint(0, 4))))
        for hit in engine.hits(" ".join(chance.sample(words, 8)), reach=reach):
            results += 1
            leaks += scope_of[hit.document_id] not in reach.scopes
    return {"queries": queries, "results": results, "leaks": leaks}


def measured(
    documents: Sequence[Read],
    queries: Sequence[dict[str, Any]],
    chosen: argparse.Namespace,
    embedder: Embedder | None = None,
) -> Any:
    """All figures of words alone, or of words and the model."""
    packed, speed = embedded(documents, embedder) if embedder else ({}, None)
    engine = indexed(documents, embedder, packed)
    if chosen.predictions:
        rankings = {q["qid"]: engine.ranking(q["text"], q.get("expr", "")) for q in queries}
        chosen.predictions.write_text(json.dumps(rankings), encoding="utf-8")
    isolation = isolated(engine_of(embedder), documents, packed, chosen.queries)
    scale = (
        scaled(engine_of(embedder), documents, packed, chosen.chunks, queries)
        if chosen.chunks
        else None
    )
    return {
        "words": recalls(queries, lambda query: engine.ranking(query["text"])),
        "words_and_promql": recalls(
            queries, lambda query: engine.ranking(query["text"], query.get("expr", ""))
        ),
        "embedding": speed,
        "isolation": isolation,
        "scale": scale,
    }


def _resident() -> int:
    """Bytes of now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


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
    parser.add_argument("--model", default="off")
    chosen = parser.parse_args(arguments)
    corpus, queries, truth = (
        [json.loads(line) for line in (chosen.data / f"{name}.jsonl").read_text().splitlines()]
        for name in ("corpus", "queries", "truth")
    )
    relevant = {entry["qid"]: entry["relevant"] for entry in truth}
    queries = [{**query, "relevant": relevant[query["qid"]]} for query in queries]
    documents = [read(entry) for entry in corpus]
    okapi = Okapi([entry["text"] for entry in corpus])
    peer = recalls(
        queries,
        lambda query: [corpus[at]["id"] for at in okapi.ranked(query["text"])[:LIMIT]],
    )
    ours = measured(documents, queries, chosen)
    embedder = embedder_of(chosen.model) if chosen.model != "off" else None
    with_meaning = measured(documents, queries, chosen, embedder) if embedder else None
    first = ours["words"]["recall@1"]["value"]
    document = {
        "ours": first,
        "peer": peer["recall@1"]["value"],
        "ratio": round(first / max(0.0001, peer["recall@1"]["value"]), 3),
        "n": len(queries),
        **ours,
        "with_meaning": with_meaning,
        "okapi": peer | {"p95_ms": _okapi_at_scale(corpus, documents, queries, chosen.chunks)},
        "gates": GATES,
        "goals": GOALS,
    }
    print(json.dumps(document, indent=1))
    return 0 if queries and _is_reached(with_meaning or ours) else 1


def _okapi_at_scale(
    corpus: Sequence[dict[str, Any]],
    documents: Sequence[Read],
    queries: Sequence[dict[str, Any]],
    chunks: int,
) -> float | None:
    """Milliseconds over as many copies of the documents as have so many chunks."""
    if not chunks:
        return None
    copies = -(-chunks // sum(len(own) for _, own in documents))
    texts, questions = ([entry["text"] for entry in each] for each in (corpus, queries))
    return okapi_p95_ms(texts, copies, questions)


def _is_reached(figures: Any) -> bool:
    best = [figures["words_and_promql"][f"recall@{depth}"]["value"] for depth in (1, 5)]
    scale = figures["scale"]
    is_light = scale is None or (scale["p95_ms"] < GATE_MS and scale["mb_of_process"] < GATE_MB)
    return (
        is_light
        and not figures["isolation"]["leaks"]
        and all(value >= gate for value, gate in zip(best, GATES, strict=True))
    )


if __name__ == "__main__":
    sys.exit(main())
