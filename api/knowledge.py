"""Documents to look things up in: `/api/v1/knowledge`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Query, Request, Response, status
from pydantic import Field, ValidationError
from starlette.datastructures import FormData, UploadFile

from api.bodies import ApiAnswer, ApiBody, WireTime
from api.bounded_routes import api_router, read_body
from api.cases import Limit
from api.form_bodies import FILE, WORDS, form_of
from api.guard import Reader, TheServices, Writer
from api.parameters import Text
from api.turn_forms import name_of, parsed_form
from core.errors import WrongUsage
from core.knowledge.contents import MAX_BYTES, content_type_of
from core.knowledge.model import (
    ChunkKind,
    Collection,
    ContentType,
    Document,
    DocumentFilter,
    ReadingState,
)
from core.knowledge.search import Passage
from core.workflows import knowledge_documents, knowledge_search
from core.workflows.knowledge_documents import DocumentWish, VersionChange
from core.workflows.knowledge_search import SearchWish

router = api_router("/api/v1/knowledge", "knowledge")

DocumentId = Annotated[Text, Field(max_length=100)]
Short = Annotated[Text, Field(max_length=200)]
Tags = Annotated[list[Short], Field(max_length=20)]
Age = Annotated[Text, Field(max_length=40)]
Tag = Annotated[Text, Field(min_length=1, max_length=50)]
FORM = "multipart/form-data"


class DocumentBody(ApiBody):
    """A document as JSON. case_id: of the collection `case`. source: a path or an address."""

    title: Short = ""
    content: Text = Field(min_length=1)
    content_type: ContentType = ContentType.MARKDOWN
    collection: Collection = Collection.USER
    case_id: Short = ""
    tags: Tags = Field(default_factory=list)
    source: Annotated[Text, Field(max_length=1_000)] = ""


class DocumentAnswer(ApiAnswer):
    """A document. version: the one that is found, 0 until one is read. dated_at: of its content."""

    document_id: str
    title: str
    collection: Collection
    case_id: str | None
    source: str
    content_type: ContentType
    tags: list[str]
    version: int
    status: ReadingState
    problem: str | None
    created_at: WireTime
    updated_at: WireTime
    dated_at: WireTime


class DocumentDetail(DocumentAnswer):
    """With its text, redacted. The second block is what the browser extension reads, besides."""

    content: str

    document_type: str = "reference"
    category: str | None = None
    description: str = ""
    source_url: str | None = None
    scope: str
    owner_id: str | None
    metadata: dict[str, str] = Field(default_factory=dict)
    verification_level: int = 0
    verification_status: str = "experimental"
    verification_reason: str | None = None
    source_suggestion_id: str | None = None


class DocumentsAnswer(ApiAnswer):
    """Some documents, newest first. next_cursor: null where none follow."""

    documents: list[DocumentAnswer]
    next_cursor: str | None


class VersionAnswer(ApiAnswer):
    """A version, and how its text differs from the one before it, as a unified diff.

    commit: of the git repository that it came from; "" for none.
    """

    version: int
    title: str
    status: ReadingState
    problem: str | None
    size_bytes: int
    brought_by: str
    brought_at: WireTime
    commit: str
    diff: str


class VersionsAnswer(ApiAnswer):
    """The versions of a document, newest first."""

    versions: list[VersionAnswer]


class SearchBody(ApiBody):
    """What is looked for: words, or an alert as it reads. expression: its PromQL.

    newer, older: how old a document is, as `90d`, `6m`, `1y` or a day such as `2026-01-31`.
    """

    query: Annotated[Text, Field(min_length=1, max_length=10_000)]
    expression: Annotated[Text, Field(max_length=10_000)] = ""
    limit: Annotated[int, Field(ge=1, le=50)] = 5
    collections: frozenset[Collection] = frozenset(Collection)
    case_id: Short = ""
    tags: Tags = Field(default_factory=list)
    newer: Age = ""
    older: Age = ""


class ChunkAnswer(ApiAnswer):
    """A piece of a document. headings: those it is under, outermost first."""

    text: str
    headings: str
    kind: ChunkKind
    position: int


class PassageAnswer(ApiAnswer):
    """A document that was found, and its pieces that fit best, best first."""

    document: DocumentAnswer
    score: float
    chunks: list[ChunkAnswer]


class SearchAnswer(ApiAnswer):
    """What fits best, best first."""

    results: list[PassageAnswer]


class TagBody(ApiBody):
    """Tags to add."""

    tags: Annotated[list[Short], Field(min_length=1, max_length=20)]


@router.post(
    "/documents",
    summary="Bring a document, as JSON or as a file in a form",
    status_code=status.HTTP_202_ACCEPTED,
    openapi_extra=form_of(
        "file", file=FILE, title=WORDS, collection=WORDS, case_id=WORDS, tags=WORDS, source=WORDS
    ),
)
async def bring_document(request: Request, caller: Writer, services: TheServices) -> DocumentAnswer:
    wish = await _wish(request)
    document = await knowledge_documents.bring(wish, caller.account, services=services)
    return document_answer(document)


@router.post("/search", summary="Find documents, and the pieces of them that fit")
async def search(wish: SearchBody, caller: Reader, services: TheServices) -> SearchAnswer:
    passages = await knowledge_search.search(
        SearchWish(
            query=wish.query,
            expression=wish.expression,
            limit=wish.limit,
            collections=wish.collections,
            case_id=wish.case_id,
            tags=frozenset(tag.strip().lower() for tag in wish.tags),
            newer=wish.newer,
            older=wish.older,
        ),
        caller.account,
        services=services,
    )
    return SearchAnswer(results=[passage_answer(passage) for passage in passages])


@router.get("/documents", summary="The documents that I may read, newest first")
async def list_documents(  # noqa: PLR0913 - one parameter for each filter
    caller: Reader,
    services: TheServices,
    *,
    limit: Limit = 50,
    cursor: Short = "",
    collection: Collection | None = None,
    case_id: Short = "",
    tag: Short = "",
    source: Annotated[Text, Query(max_length=1_000)] = "",
    text: Short = "",
) -> DocumentsAnswer:
    wanted = DocumentFilter(
        collection=collection, case_id=case_id, tag=tag.lower(), source=source, text=text
    )
    page = await knowledge_documents.list_documents(
        wanted, caller.account, before=cursor, limit=limit, services=services
    )
    return DocumentsAnswer(
        documents=[document_answer(document) for document in page.documents],
        next_cursor=page.next or None,
    )


@router.get("/documents/{document_id}", summary="One document, with its text")
async def get_document(
    document_id: DocumentId, caller: Reader, services: TheServices
) -> DocumentDetail:
    document, content = await knowledge_documents.read_document(
        document_id, caller.account, services=services
    )
    return DocumentDetail(
        **_values(document),
        content=content.text,
        scope=document.collection,
        owner_id=document.account_id,
    )


@router.delete(
    "/documents/{document_id}",
    summary="Delete a document for good, with all its versions",
    status_code=status.HTTP_204_NO_CONTENT,
)
async def delete_document(
    document_id: DocumentId, caller: Writer, services: TheServices
) -> Response:
    await knowledge_documents.delete_document(document_id, caller.account, services=services)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get("/documents/{document_id}/versions", summary="What a document said before")
async def list_versions(
    document_id: DocumentId, caller: Reader, services: TheServices
) -> VersionsAnswer:
    changes = await knowledge_documents.versions_of(document_id, caller.account, services=services)
    return VersionsAnswer(versions=[version_answer(change) for change in changes])


@router.post("/documents/{document_id}/tag", summary="Add tags to a document")
async def tag_document(
    document_id: DocumentId, wish: TagBody, caller: Writer, services: TheServices
) -> DocumentAnswer:
    tagged = await knowledge_documents.tag_document(
        document_id, tuple(wish.tags), caller.account, services=services
    )
    return document_answer(tagged)


@router.put("/documents/{document_id}/tags/{tag:path}", summary="Add one tag to a document")
async def add_tag(
    document_id: DocumentId, tag: Tag, caller: Writer, services: TheServices
) -> DocumentAnswer:
    tagged = await knowledge_documents.tag_document(
        document_id, (tag,), caller.account, services=services
    )
    return document_answer(tagged)


@router.delete(
    "/documents/{document_id}/tags/{tag:path}",
    summary="Take a tag off a document; no rule adds it again",
)
async def remove_tag(
    document_id: DocumentId, tag: Tag, caller: Writer, services: TheServices
) -> DocumentAnswer:
    untagged = await knowledge_documents.untag_document(
        document_id, tag, caller.account, services=services
    )
    return document_answer(untagged)


async def _wish(request: Request) -> DocumentWish:
    """What is brought, either way. Raises WrongUsage, TooLarge."""
    if request.headers.get("content-type", "").lower().startswith(FORM):
        async with parsed_form(request, limit=MAX_BYTES) as form:
            return await _wish_of_form(form)
    raw = await read_body(request, limit=2 * MAX_BYTES)  # JSON spells a quote with two characters
    body = _valid(lambda: DocumentBody.model_validate_json(raw), whole="the body")
    return _wish_of(body, body.content.encode("utf-8", "replace"), source=body.source)


async def _wish_of_form(form: FormData) -> DocumentWish:
    """Raises WrongUsage."""
    file = form.get("file")
    if not isinstance(file, UploadFile):
        message = "the part `file` is needed"
        raise WrongUsage(message, next_step="Send the document as a file, or JSON.")
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    name = name_of(file)
    parts = {
        "content_type": content_type_of(name, file.content_type or ""),
        **{key: value for key, value in fields.items() if value},
        "content": "-",
        "tags": [tag for tag in fields.get("tags", "").split(",") if tag.strip()],
    }
    body = _valid(lambda: DocumentBody.model_validate(parts), whole="the form")
    return _wish_of(body, await file.read(), source=body.source or name)


def _valid(read: Callable[[], DocumentBody], *, whole: str) -> DocumentBody:
    """Raises WrongUsage. whole: what is wrong where no field of it is."""
    try:
        return read()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or whole
        raise WrongUsage(f"{where}: {first['msg']}", next_step="See /api/v1/docs.") from error


def _wish_of(body: DocumentBody, raw: bytes, *, source: str) -> DocumentWish:
    return DocumentWish(
        raw=raw,
        content_type=body.content_type,
        collection=body.collection,
        case_id=body.case_id,
        title=body.title,
        source=source,
        tags=tuple(body.tags),
    )


def document_answer(document: Document) -> DocumentAnswer:
    """As it is sent."""
    return DocumentAnswer(**_values(document))


def _values(document: Document) -> dict[str, object]:
    return {
        "document_id": document.id,
        "title": document.title.text,
        "collection": document.collection,
        "case_id": document.case_id,
        "source": document.source.text,
        "content_type": document.content_type,
        "tags": list(document.tags),
        "version": document.version,
        "status": document.state,
        "problem": document.problem.text if document.problem else None,
        "created_at": document.created_at,
        "updated_at": document.updated_at,
        "dated_at": document.date,
    }


def version_answer(change: VersionChange) -> VersionAnswer:
    """As it is sent."""
    version = change.version
    return VersionAnswer(
        version=version.number,
        title=version.title.text,
        status=version.state,
        problem=version.problem.text if version.problem else None,
        size_bytes=version.size,
        brought_by=version.by,
        brought_at=version.brought_at,
        commit=version.commit,
        diff=change.diff.text,
    )


def passage_answer(passage: Passage) -> PassageAnswer:
    """As it is sent."""
    return PassageAnswer(
        document=document_answer(passage.document),
        score=round(passage.score, 4),
        chunks=[
            ChunkAnswer(
                text=chunk.text.text,
                headings=chunk.headings.text,
                kind=chunk.kind,
                position=chunk.position,
            )
            for chunk in passage.chunks
        ],
    )
