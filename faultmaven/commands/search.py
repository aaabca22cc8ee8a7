"""`faultmaven search`: what the runbooks say. Works on the database, beside a server or alone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.knowledge.search_filter import SearchFilter
from core.workflows.knowledge_search import is_answer, search_everybodys
from faultmaven.output import print_json, print_line
from faultmaven.settings import load_settings
from faultmaven.wiring import wire

if TYPE_CHECKING:
    from core.knowledge.search import Passage

NOTHING = "Nothing found. Bring your runbooks: faultmaven learn FOLDER"
WIDTH = 160  # characters of a snippet


def run(
    *, words: str, tags: list[str], newer: str, older: str, limit: int, as_json: bool = False
) -> int:
    """Best first. Raises StoreUnavailable, WrongUsage."""
    wanted = frozenset(tag.strip().lower() for tag in tags)
    only = SearchFilter.of(tags=wanted, newer=newer, older=older, now=datetime.now(UTC))
    every = asyncio.run(_found(words, only, limit))
    passages = [passage for passage in every if is_answer(passage)]
    if as_json:
        print_json([_document(passage) for passage in passages])
    elif not passages:
        print_line(NOTHING)
    else:
        for number, passage in enumerate(passages, start=1):
            _print(number, passage)
    return 0


async def _found(words: str, only: SearchFilter, limit: int) -> list[Passage]:
    async with wire(load_settings(), audiences=()) as installation:
        services = installation.services
        return await search_everybodys(words, only=only, limit=limit, services=services)


def _print(number: int, passage: Passage) -> None:
    print_line(f"{number}. {passage.document.title.text}  {passage.document.source.text}")
    for chunk in passage.chunks[:1]:
        if chunk.headings:
            print_line(f"   {chunk.headings.text}")
        print_line(f"   {chunk.text.line().cut(WIDTH).text}")


def _document(passage: Passage) -> dict[str, object]:
    document = passage.document
    return {
        "document_id": document.id,
        "title": document.title.text,
        "source": document.source.text,
        "tags": list(document.tags),
        "score": round(passage.score, 4),
        "chunks": [
            {"headings": chunk.headings.text, "text": chunk.text.text} for chunk in passage.chunks
        ],
    }
