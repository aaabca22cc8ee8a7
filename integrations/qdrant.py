"""Vectors on a Qdrant server that all processes of a team share.

A point is a chunk: its vector, and of its document the id, tenant, scope, tags and date, by which
the server filters; no text. What the tables changed waits here until the server took it, so that
one that is away costs nothing but meaning: documents are found by their words, one line says so,
and what waited goes out when it answers. Points that are there already are not sent again.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from qdrant_client import QdrantClient, models

from core.errors import SourceUnavailable
from core.knowledge.model import Document
from core.knowledge.search_filter import EVERY_DOCUMENT
from core.knowledge.vectors import Neighbour, unpack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.knowledge.model import Reach
    from core.knowledge.search_filter import SearchFilter
    from core.knowledge.vectors import Vectors

ANSWERS_S = 5
TRIES_AGAIN_S = 30.0
AT_ONCE = 256  # points
_NAMESPACE = UUID("7d0f4b3e-5a0c-4f43-9a1e-1f1a7b0d58c2")
_KEYWORDS = ("document_id", "scope", "tags")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    """What the server has to know of a document. digest: tells it from what is there."""

    document: Document
    packed: bytes
    digest: str


@dataclass
class QdrantServer:
    """A server, and whether it answers. Everybody who uses it shares what is known of that."""

    client: QdrantClient
    clock: Callable[[], float] = time.monotonic
    away_until: float = 0.0
    is_away: bool = False
    collections: set[str] = field(default_factory=set)

    @classmethod
    def at(cls, url: str, key: str | None) -> QdrantServer:
        client = QdrantClient(url=url, api_key=key, timeout=ANSWERS_S, check_compatibility=False)
        return cls(client)

    def attempt(self, call: Callable[[], Any]) -> Any:
        """What it returns. Raises SourceUnavailable, at once where it was away just now."""
        if self.clock() < self.away_until:
            raise _away()
        try:
            result = call()
        except Exception as error:  # of the client, of httpx or of a socket
            self._note_absence(error)
            raise _away() from error
        if self.is_away:
            _log.warning("the Qdrant server answers again: runbooks are found by meaning, too")
            self.is_away = False
        return result

    def _note_absence(self, error: Exception) -> None:
        if not self.is_away:
            kind = type(error).__name__
            _log.warning("no Qdrant server (%s): runbooks are found by their words alone", kind)
        self.is_away, self.away_until = True, self.clock() + TRIES_AGAIN_S

    def count_collections(self) -> int:
        """Raises SourceUnavailable."""
        return len(self.attempt(lambda: self.client.get_collections().collections))

    def prepare(self, collection: str, size: int) -> None:
        """Make it where it is not there; of two processes that do, one is too late."""
        if collection in self.collections:
            return
        if not self.client.collection_exists(collection):
            vectors = models.VectorParams(size=size, distance=models.Distance.COSINE)
            try:
                self.client.create_collection(collection, vectors_config=vectors)
            except Exception:
                if not self.client.collection_exists(collection):
                    raise
            self._index(collection)
        self.collections.add(collection)

    def _index(self, collection: str) -> None:
        tenant = models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=True)
        self.client.create_payload_index(collection, "tenant_id", tenant)
        for name in _KEYWORDS:
            self.client.create_payload_index(collection, name, models.PayloadSchemaType.KEYWORD)
        self.client.create_payload_index(collection, "date", models.PayloadSchemaType.FLOAT)


class QdrantIndex:
    """A `VectorIndex` of one tenant's points in the collection of a model."""

    def __init__(self, server: QdrantServer, *, tenant_id: str, model: str, size: int) -> None:
        self._server, self._size, self._tenant_id = server, size, tenant_id
        self._collection = collection_of(model)
        self._known: dict[str, str] | None = None  # digest by document, as the server has them
        self._waiting: dict[str, _Waiting | None] = {}  # None: is to go

    def __len__(self) -> int:
        return len({*(self._known or ()), *self._waiting})

    def __contains__(self, document_id: object) -> bool:
        return document_id in (self._known or ()) and document_id not in self._waiting

    def replace(self, document: Document, packed: bytes) -> None:
        """Put its vectors in the place of those it had, as soon as the server takes them."""
        digest = _digest(document, packed)
        if not packed:
            self.remove(document.id)
        elif self._known is not None and self._known.get(document.id) == digest:
            self._waiting.pop(document.id, None)
        else:
            self._waiting[document.id] = _Waiting(document=document, packed=packed, digest=digest)

    def remove(self, document_id: str) -> None:
        """No change where it is not there."""
        if self._known is None or document_id in self._known:
            self._waiting[document_id] = None
        else:
            self._waiting.pop(document_id, None)

    def nearest(
        self,
        vector: Vectors,
        reach: Reach,
        *,
        only: SearchFilter = EVERY_DOCUMENT,
        limit: int,
    ) -> list[Neighbour]:
        """The documents whose nearest chunk is nearest; none where the server is away."""
        if not reach.scopes:
            return []
        try:
            near = self._server.attempt(lambda: self._nearest(vector, reach, only, limit))
        except SourceUnavailable:
            return []
        return list(near)

    def _nearest(
        self, vector: Vectors, reach: Reach, only: SearchFilter, limit: int
    ) -> list[Neighbour]:
        self._server.prepare(self._collection, self._size)
        self._flush()
        groups = self._server.client.query_points_groups(
            self._collection,
            group_by="document_id",
            query=vector.tolist(),
            query_filter=self._filter(reach, only),
            search_params=models.SearchParams(exact=True),
            group_size=1,
            limit=limit,
            with_payload=["position"],
        ).groups
        return [_neighbour(group) for group in groups]

    def _filter(self, reach: Reach, only: SearchFilter) -> models.Filter:
        """Tenant, scopes, tags and dates: what is outside is never compared."""
        must = [self._of_tenant(), _is("scope", models.MatchAny(any=sorted(reach.scopes)))]
        if only.tags:
            must.append(_is("tags", models.MatchAny(any=sorted(only.tags))))
        if only.since or only.before:
            since = only.since.timestamp() if only.since else None
            before = only.before.timestamp() if only.before else None
            dates = models.Range(gte=since, lt=before)
            must.append(models.FieldCondition(key="date", range=dates))
        return models.Filter(must=must)

    def _flush(self) -> None:
        """Send what waits; what was sent is known, so that a failure repeats little."""
        known = self._load()
        for document_id, waiting in list(self._waiting.items()):
            if waiting is None:
                if document_id in known:
                    self._delete(document_id)
                known.pop(document_id, None)
            elif known.get(document_id) != waiting.digest:
                self._send(waiting, is_new=document_id not in known)
                known[document_id] = waiting.digest
            del self._waiting[document_id]

    def _load(self) -> dict[str, str]:
        """What the server has of the tenant, by the first chunk of each document."""
        if self._known is None:
            first = _is("position", models.MatchValue(value=0))
            self._known = {
                payload["document_id"]: payload["digest"]
                for payload in self._payloads(models.Filter(must=[self._of_tenant(), first]))
            }
        return self._known

    def _payloads(self, wanted: models.Filter) -> Iterator[dict[str, Any]]:
        offset: Any = None
        while True:
            points, offset = self._server.client.scroll(
                self._collection, wanted, limit=AT_ONCE, offset=offset, with_payload=True
            )
            yield from (point.payload or {} for point in points)
            if offset is None:
                return

    def _send(self, waiting: _Waiting, *, is_new: bool) -> None:
        """Its points first, then away with those that it had besides."""
        points = list(self._points(waiting))
        for start in range(0, len(points), AT_ONCE):
            some = points[start : start + AT_ONCE]
            self._server.client.upsert(self._collection, some, wait=True)
        if not is_new:
            other = _is("digest", models.MatchValue(value=waiting.digest))
            self._delete(waiting.document.id, must_not=[other])

    def _points(self, waiting: _Waiting) -> Iterator[models.PointStruct]:
        document = waiting.document
        payload = {
            "tenant_id": self._tenant_id,
            "document_id": document.id,
            "scope": document.scope,
            "tags": list(document.tags),
            "date": document.date.timestamp(),
            "digest": waiting.digest,
        }
        rows, scales = unpack(waiting.packed, self._size)
        for position, vector in enumerate(rows * scales[:, None]):
            yield models.PointStruct(
                id=str(uuid5(_NAMESPACE, f"{self._tenant_id}/{document.id}/{position}")),
                vector=vector.tolist(),
                payload={**payload, "position": position},
            )

    def _delete(self, document_id: str, *, must_not: Sequence[models.FieldCondition] = ()) -> None:
        own = _is("document_id", models.MatchValue(value=document_id))
        gone = models.Filter(must=[self._of_tenant(), own], must_not=list(must_not) or None)
        self._server.client.delete(self._collection, models.FilterSelector(filter=gone), wait=True)

    def _of_tenant(self) -> models.FieldCondition:
        return _is("tenant_id", models.MatchValue(value=self._tenant_id))


def collection_of(model: str) -> str:
    """Where vectors of a model are: those of another cannot be compared with them."""
    name = "".join(letter if letter.isalnum() else "-" for letter in model)
    return f"faultmaven-{name}"


def _is(key: str, match: models.MatchAny | models.MatchValue) -> models.FieldCondition:
    return models.FieldCondition(key=key, match=match)


def _digest(document: Document, packed: bytes) -> str:
    about = repr((document.scope, document.tags, document.date.timestamp()))
    return hashlib.sha256(about.encode() + packed).hexdigest()[:32]


def _neighbour(group: models.PointGroup) -> Neighbour:
    hit = group.hits[0]
    position = (hit.payload or {})["position"]
    return Neighbour(document_id=str(group.id), similarity=hit.score, position=position)


def _away() -> SourceUnavailable:
    message = "the Qdrant server does not answer"
    advice = "Look at FAULTMAVEN_QDRANT_URL and its key, and whether the server runs."
    return SourceUnavailable(message, next_step=advice)
