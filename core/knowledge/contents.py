"""Reads what was brought: bytes become redacted text, and that becomes chunks. CPU work.

The text is redacted before it is cut, so that a secret over several lines is one secret; whatever
it says is data and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import UnreadableEvidence
from core.evidence.encoding import decode, is_binary
from core.knowledge.chunks import PATH, Piece, cut
from core.knowledge.formats.blocks import front_title, markdown_blocks, plain_blocks
from core.knowledge.formats.portable import pdf_as_text
from core.knowledge.formats.web_page import page_as_markdown
from core.knowledge.model import Chunk, ChunkKind, ContentType
from core.text.redacted import RedactedText, storable

if TYPE_CHECKING:
    from core.knowledge.formats.blocks import TextBlock
    from core.knowledge.model import Document, DocumentVersion
    from core.redaction.engine import Redactor

MAX_BYTES = 4 * 2**20  # of a document
LONGEST_TITLE = 200  # characters
_HEAD = 4096  # bytes that say whether it is text
_SUFFIXES = {
    ContentType.MARKDOWN: ("md", "markdown", "mdx", "mkd"),
    ContentType.HTML: ("html", "htm", "xhtml"),
    ContentType.PDF: ("pdf",),
    ContentType.TEXT: ("txt", "text", "rst", "adoc", "org"),
}
_TYPES = {
    "text/markdown": ContentType.MARKDOWN,
    "text/x-markdown": ContentType.MARKDOWN,
    "text/html": ContentType.HTML,
    "application/xhtml+xml": ContentType.HTML,
    "application/pdf": ContentType.PDF,
    "text/plain": ContentType.TEXT,
}


@dataclass(frozen=True, kw_only=True)
class ReadDocument:
    """What was read. title: empty where the document names none."""

    title: RedactedText
    content: RedactedText
    chunks: tuple[Chunk, ...]


def content_type_of(name: str, media_type: str = "") -> ContentType:
    """By its name, else by what its sender says; what is neither is code."""
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    for content_type, suffixes in _SUFFIXES.items():
        if suffix in suffixes:
            return content_type
    plain = media_type.partition(";")[0].strip().lower()
    return _TYPES.get(plain, ContentType.CODE if suffix else ContentType.MARKDOWN)


def read_document(
    document: Document, version: DocumentVersion, *, redactor: Redactor
) -> ReadDocument:
    """Raises UnreadableEvidence for what holds no text."""
    title, text = _text_of(version)
    content = redactor.clean(text)
    pieces = cut(_blocks(content.text, version.content_type))
    if not pieces:
        message = "it holds no text"
        raise UnreadableEvidence(message, next_step="Bring a document that says something.")
    title_read = version.title or redactor.clean(title) or _first_heading(pieces, redactor)
    parts = _Parts(content, redactor)
    return ReadDocument(
        title=title_read.line().cut(LONGEST_TITLE),
        content=content,
        chunks=tuple(
            _chunk(piece, document, parts, position) for position, piece in enumerate(pieces)
        ),
    )


def _text_of(version: DocumentVersion) -> tuple[str, str]:
    """Its own title, and its text, as Markdown where it is a page. Raises UnreadableEvidence."""
    raw = version.raw or b""
    if version.content_type is ContentType.PDF:
        title, text = pdf_as_text(raw)
        return title, storable(text)
    if is_binary(raw[:_HEAD]) and raw[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        message = "it is no text"
        raise UnreadableEvidence(message, next_step="Bring Markdown, HTML, text, code or PDF.")
    text = storable(b"".join(decode(iter([raw]))).decode("utf-8", "replace"))
    if version.content_type is ContentType.HTML:
        return page_as_markdown(text)
    if version.content_type is ContentType.MARKDOWN:
        return front_title(text), text
    return "", text


def _blocks(text: str, content_type: ContentType) -> list[TextBlock]:
    match content_type:
        case ContentType.MARKDOWN | ContentType.HTML:
            return markdown_blocks(text)
        case ContentType.CODE:
            return plain_blocks(text, ChunkKind.COMMANDS)
        case ContentType.TEXT | ContentType.PDF:
            return plain_blocks(text, ChunkKind.PROSE)


def _first_heading(pieces: list[Piece], redactor: Redactor) -> RedactedText:
    first = pieces[0]
    words = first.headings[0] if first.headings else first.text.strip().partition("\n")[0]
    return redactor.clean(re.sub(r"^[#>*\-\s|`]+", "", words))


class _Parts:
    """Parts of a redacted text, which need not be looked through again; that takes longest."""

    def __init__(self, whole: RedactedText, redactor: Redactor) -> None:
        self._whole, self._redactor = whole, redactor
        self._at = 0  # where the last one began
        self._headings: dict[str, RedactedText] = {}

    def text(self, part: str) -> RedactedText:
        """Of the next chunk. What was joined or framed anew need not read as it did."""
        at = self._whole.text.find(part, self._at)
        if at < 0:
            return self._redactor.clean(part)
        self._at = at
        return self._whole.part(at, at + len(part))

    def headings(self, titles: tuple[str, ...]) -> RedactedText:
        path = PATH.join(titles)
        if path not in self._headings:
            self._headings[path] = self._redactor.clean(path).line()
        return self._headings[path]


def _chunk(piece: Piece, document: Document, parts: _Parts, position: int) -> Chunk:
    return Chunk(
        document_id=document.id,
        tenant_id=document.tenant_id,
        position=position,
        scope=document.scope,
        kind=piece.kind,
        headings=parts.headings(piece.headings),
        text=parts.text(piece.text),
    )
