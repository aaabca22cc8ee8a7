"""Reads the form of a turn: multipart, spooled to the disk, and counted as it comes in."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from api.bounded_routes import pieces_of
from api.guard import Guard
from core.errors import TooLarge, WrongUsage
from core.workflows.exchange_intake import SentData

PIECE = 2**20
SPOOLED = 2**16  # bytes of a file that are held in memory as it comes in; more go to the disk
LONGEST_QUERY = 200_000  # characters, as the extension has it
LONGEST_PASTE = 16 * 2**20  # bytes: a part without a file name is held in memory
LONGEST_INTENT = 4_000
MOST_FILES = 10
FILE_PARTS = frozenset({"files", "file"})
MOST_FIELDS = 20
AROUND = 2**20  # bytes of a body beside its files
_UNKEPT = str.maketrans({"\0": "\N{SYMBOL FOR NULL}"})


@dataclass(frozen=True)
class TurnForm:
    """The parts of a turn. files: named, and those that are pasted."""

    query: str = ""
    data: tuple[SentData, ...] = ()
    is_pasted: bool = False
    input_type: str = ""
    source_url: str = ""
    intent_type: str = ""
    intent: dict[str, Any] = field(default_factory=dict)
    digest: str = ""


@asynccontextmanager
async def turn_form(request: Request, *, limit: int) -> AsyncIterator[TurnForm]:
    """The form, whose files are there while the block runs. limit: bytes of all files.

    Raises WrongUsage for what is no such form, and TooLarge.
    """
    async with parsed_form(request, limit=limit) as form, _storing(request):
        yield await _read(form)


def _storing(request: Request) -> asyncio.Semaphore:
    guard: Guard = request.app.state.guard
    return guard.storing


@asynccontextmanager
async def parsed_form(request: Request, *, limit: int) -> AsyncIterator[FormData]:
    """Its files last as long as the block. limit: bytes of all. Raises WrongUsage, TooLarge."""
    form = await _parse(request, limit=limit)
    try:
        yield form
    finally:
        await form.close()


async def _parse(request: Request, *, limit: int) -> FormData:
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        message = "it is sent as multipart/form-data"
        raise WrongUsage(message, next_step="Its parts are in /api/v1/docs.")
    parser = MultiPartParser(
        request.headers,
        pieces_of(request, limit=limit + AROUND),
        max_files=MOST_FILES,
        max_fields=MOST_FIELDS,
        max_part_size=LONGEST_PASTE,
    )
    parser.spool_max_size = SPOOLED
    try:
        return await parser.parse()
    except MultiPartException as error:
        if "maximum size" in error.message:
            raise TooLarge(f"a part is over {LONGEST_PASTE // 2**20} MB") from error
        raise WrongUsage(error.message, next_step="Send well-formed parts.") from error


async def _read(form: FormData) -> TurnForm:
    query = _text(form, "query", LONGEST_QUERY).strip()
    uploads = _uploads(form)
    data = [await _sent(upload) for upload in uploads]
    lines = _text(form, "pasted_content", LONGEST_PASTE)
    if lines.strip():
        data.append(pasted(lines))
    read = TurnForm(
        query=query,
        data=tuple(data),
        is_pasted=bool(lines.strip()),
        input_type=_text(form, "input_type", LONGEST_INTENT),
        source_url=_text(form, "source_url", LONGEST_INTENT),
        intent_type=_text(form, "intent_type", LONGEST_INTENT),
        intent=_intent(_text(form, "intent_data", LONGEST_INTENT)),
    )
    return _complete(read)


def _complete(form: TurnForm) -> TurnForm:
    """With its digest. Raises WrongUsage for one that says nothing."""
    if not (form.query or form.data):
        message = "a turn has a question, a file or pasted text"
        raise WrongUsage(message, next_step="Send a question, or data.")
    return replace(form, digest=_digest(form))


def _uploads(form: FormData) -> list[UploadFile]:
    """Raises WrongUsage for a file in another part: it would be lost in silence."""
    uploads = list[UploadFile]()
    for name, part in form.multi_items():
        if not isinstance(part, UploadFile):
            continue
        if name not in FILE_PARTS:
            message = "a file came in a part that is not read"
            raise WrongUsage(message, next_step="Send files as the part `files`.")
        uploads.append(part)
    return uploads


def _text(form: FormData, name: str, longest: int) -> str:
    value = form.get(name)
    if not isinstance(value, str):
        return ""
    if len(value) > longest:
        message = f"{name} has {len(value):,} characters; {longest:,} are read"
        raise TooLarge(message, next_step="Send it as a file.")
    return value.translate(_UNKEPT)


def _intent(text: str) -> dict[str, Any]:
    """Raises WrongUsage."""
    if not text:
        return {}
    try:
        intent = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = "intent_data is no JSON"
        raise WrongUsage(message, next_step="Send a JSON object, or none.") from error
    if not isinstance(intent, dict):
        message = "intent_data is no object"
        raise WrongUsage(message, next_step="Send a JSON object, or none.")
    return intent


async def _sent(upload: UploadFile) -> SentData:
    """A file, whose hash is taken without holding it in memory."""
    digest, size = hashlib.sha256(), 0
    async for piece in _pieces(upload):
        await asyncio.to_thread(digest.update, piece)
        size += len(piece)
    return SentData(
        name=name_of(upload).translate(_UNKEPT) or "unnamed",
        size=size,
        digest=digest.hexdigest(),
        open=partial(_pieces, upload),
    )


def name_of(upload: UploadFile) -> str:
    """Without the folders that some browsers send; "" where it has none."""
    return (upload.filename or "").replace("\\", "/").rpartition("/")[2]


async def _pieces(upload: UploadFile) -> AsyncIterator[bytes]:
    await upload.seek(0)
    while piece := await upload.read(PIECE):
        yield piece


def pasted(text: str) -> SentData:
    """Text without a name, as data."""
    content = text.encode("utf-8", "replace")

    async def pieces() -> AsyncIterator[bytes]:
        yield content

    return SentData(
        name="", size=len(content), digest=hashlib.sha256(content).hexdigest(), open=pieces
    )


def _digest(form: TurnForm) -> str:
    """Of all that is sent: the same key with anything else is another turn."""
    parts = [
        form.query,
        form.input_type,
        form.source_url,
        form.intent_type,
        form.intent,
        [(data.name, data.digest) for data in form.data],
    ]
    spelt = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(spelt.encode("utf-8", "surrogatepass")).hexdigest()


def said(query: str, *, data: tuple[SentData, ...] = ()) -> TurnForm:
    """A turn that came as no form: a question, and lines that it is about. Raises WrongUsage."""
    return _complete(TurnForm(query=query.strip(), data=data, is_pasted=bool(data)))


@dataclass(frozen=True)
class LogForm:
    """A file, or pasted lines, by themselves."""

    data: SentData
    service: str


@asynccontextmanager
async def log_form(request: Request, *, limit: int) -> AsyncIterator[LogForm]:
    """The part `file`, or `logs`; maybe `service`. As `turn_form`."""
    async with parsed_form(request, limit=limit) as form:
        upload, lines = form.get("file"), _text(form, "logs", LONGEST_PASTE)
        if not isinstance(upload, UploadFile) and not lines.strip():
            message = "the part `file` is needed, or `logs`"
            raise WrongUsage(message, next_step="Send a file, or lines.")
        data = await _sent(upload) if isinstance(upload, UploadFile) else pasted(lines)
        yield LogForm(data=data, service=_text(form, "service", LONGEST_INTENT))


@dataclass(frozen=True)
class EvidenceForm:
    """A file for a case."""

    case_id: str
    data: SentData
    service: str


@asynccontextmanager
async def evidence_form(request: Request, *, limit: int) -> AsyncIterator[EvidenceForm]:
    """The parts `case_id` and `file`, maybe `service`. As `turn_form`."""
    async with parsed_form(request, limit=limit) as form:
        case_id, upload = _text(form, "case_id", LONGEST_INTENT), form.get("file")
        if not case_id or not isinstance(upload, UploadFile):
            message = "the parts `case_id` and `file` are needed"
            raise WrongUsage(message, next_step="Send both.")
        service = _text(form, "service", LONGEST_INTENT)
        async with _storing(request):
            yield EvidenceForm(case_id=case_id, data=await _sent(upload), service=service)
