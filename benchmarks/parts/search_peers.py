"""What others need for what a search does over many chunks: BM25, and Qdrant without a server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.parts.okapi import Okapi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy.typing as npt

    from core.knowledge.vectors import Vectors

LIMIT = 100  # nearest ones, as the product asks for
_MOST_ASKED = 40  # questions: both take long
_AT_ONCE = 1_000  # points


def okapi_p95_ms(texts: Sequence[str], copies: int, questions: Sequence[str]) -> float:
    """Milliseconds of one question of twenty to whole documents, so many times."""
    okapi = Okapi(list(texts), copies=copies)
    return p95_ms(okapi.ranked, questions[:_MOST_ASKED])


def qdrant_local(vectors: Vectors, scopes: Sequence[str], asked: Sequence[Vectors]) -> Any:
    """Time to put these and to find the nearest of one scope; None where it is not installed.

    vectors: a row a chunk. scopes: of each row.
    """
    try:
        from qdrant_client import QdrantClient, models  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    client, began = QdrantClient(":memory:"), time.perf_counter()
    form = models.VectorParams(size=vectors.shape[1], distance=models.Distance.COSINE)
    client.create_collection("chunks", vectors_config=form)
    for first in range(0, len(vectors), _AT_ONCE):
        rows = slice(first, first + _AT_ONCE)
        points = models.Batch(
            ids=list(range(first, first + len(vectors[rows]))),
            vectors=vectors[rows].tolist(),
            payloads=[{"scope": scope} for scope in scopes[rows]],
        )
        client.upsert("chunks", points)
    built = time.perf_counter() - began
    is_of = models.FieldCondition(key="scope", match=models.MatchValue(value=scopes[0]))

    def nearest(vector: Vectors) -> object:
        within = models.Filter(must=[is_of])
        return client.query_points("chunks", query=vector, query_filter=within, limit=LIMIT)

    return {"build_s": round(built, 1), "p95_ms": p95_ms(nearest, asked[:_MOST_ASKED])}


def p95_ms(ask: Callable[[Any], object], questions: Iterable[Any]) -> float:
    """Milliseconds of one call of twenty."""
    spent: list[float] = []
    for question in questions:
        began = time.perf_counter()
        ask(question)
        spent.append(time.perf_counter() - began)
    return round(float(np.quantile(np.asarray(spent), 0.95)) * 1000, 1)


def rows_of(packed: Iterable[tuple[npt.NDArray[np.int8], Vectors]]) -> Vectors:
    """Vectors as they were before they were packed, a row a chunk."""
    return np.vstack([rows * scales[:, None] for rows, scales in packed]).astype(np.float32)
