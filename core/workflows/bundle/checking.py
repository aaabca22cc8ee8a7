"""Is a bundle what was exported, all of it, and does it add up? Reads the bundle, and nothing else.

In this order, and the first that does not hold ends it: the container, the manifest and its
signature, every member against the manifest, the chain of events, the texts, what the events fold
into, the files by their content, and every citation.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from pydantic import ValidationError

from core.cases.events import Event, EventKind, fold, verify_chain
from core.errors import Tampered, TooLarge
from core.text.redacted import Clean, restored
from core.workflows.bundle.citations import resolve_all
from core.workflows.bundle.container import unpack
from core.workflows.bundle.log import VIEW, read_event, texts_of
from core.workflows.bundle.manifest import IsSigned, Manifest, check_signature, read_manifest
from core.workflows.bundle.model import (
    AGAIN,
    CASE,
    CITATIONS,
    EVENTS,
    FILES,
    LARGEST_RECORDS,
    MANIFEST,
    ORIGINALS,
    RECORDS,
    RENDITIONS,
    SIGNATURE,
    TEXTS,
    Json,
    read_rows,
    require,
    rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.workflows.bundle.container import Found
    from core.workflows.bundle.model import Listed

# What folding, and reading rows, of somebody else's making may end in.
_NOT_OURS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What a bundle proves. citations: how many resolve in which way. key: whose word it is."""

    case_id: str
    number: int
    made_by: str
    head: str
    key: str
    events: int
    members: int
    files: int
    originals: int
    erased: int
    citations: Mapping[str, int]
    unresolved: tuple[str, ...]


def verify(source: IO[bytes], *, is_signed: IsSigned, key: str | None = None) -> Verified:
    """Check all of it. key: the public key that must have signed, spelt.

    Raises Tampered with what was changed and where, Unreadable for what is no bundle, TooLarge.
    """
    container = unpack(source)
    manifest, signed_by = _word(container, is_signed, key)
    members = _members(container, manifest)
    try:
        return _verified(manifest, members, signed_by)
    except ValidationError as error:
        where = f"{error.title}: {error.errors(include_input=False)[0]['msg']}"
        raise Tampered(f"{CASE}: not as we write it ({where})", next_step=AGAIN) from error
    except _NOT_OURS as error:
        message = f"{EVENTS} or {CASE}: not as we write it ({type(error).__name__}: {error})"
        raise Tampered(message[:300], next_step=AGAIN) from error


def _word(container: Iterator[Found], is_signed: IsSigned, key: str | None) -> tuple[Manifest, str]:
    """What was signed, and by whom: the first two members."""
    first = [_whole(container, name) for name in (MANIFEST, SIGNATURE)]
    signed_by = check_signature(first[0], first[1], is_signed)
    if key is not None and signed_by != key:
        message = f"{SIGNATURE}: it is signed by {signed_by}, not by the key that you gave"
        raise Tampered(message, next_step=AGAIN)
    return read_manifest(first[0]), signed_by


def _whole(container: Iterator[Found], name: str) -> bytes:
    found = next(container, None)
    if found is None or found.name != name:
        message = f"{name}: it is missing, or not where it belongs"
        raise Tampered(message, next_step=AGAIN)
    return _content(found, LARGEST_RECORDS)


def _content(found: Found, room: int) -> bytes:
    if found.size > room:
        message = f"{found.name}: more than the {LARGEST_RECORDS:,} bytes that are read"
        raise TooLarge(message, next_step=AGAIN)
    return b"".join(found.pieces())


def _members(container: Iterator[Found], manifest: Manifest) -> dict[str, bytes]:
    """By name, each as long as it is listed, and in that order. Of originals only the name."""
    expected = iter(manifest.members)
    members, room = dict[str, bytes](), LARGEST_RECORDS
    for found in container:
        listed = next(expected, None)
        if listed is None or (found.name, found.size) != (listed.name, listed.size):
            message = f"{found.name}: {MANIFEST} lists it otherwise, elsewhere or not at all"
            raise Tampered(message, next_step=AGAIN)
        if found.name in members:
            raise Tampered(f"{found.name}: it is there twice", next_step=AGAIN)
        members[found.name] = _compared(found, listed, room)
        room -= len(members[found.name])
    left = next(expected, None)
    if left is not None:
        raise Tampered(f"{left.name}: {MANIFEST} lists it, and it is not there", next_step=AGAIN)
    for name in RECORDS:
        require(members, name)
    return members


def _compared(found: Found, listed: Listed, room: int) -> bytes:
    digest = hashlib.sha256()
    if found.name.startswith(ORIGINALS):
        content = b""
        for piece in found.pieces():
            digest.update(piece)
    else:
        content = _content(found, room)
        digest.update(content)
    if digest.hexdigest() != listed.sha256:
        raise Tampered(f"{found.name}: its content was changed", next_step=AGAIN)
    return content


def _verified(manifest: Manifest, members: Mapping[str, bytes], key: str) -> Verified:
    events = _events(members, manifest)
    texts = _texts(members, events)
    _check_folding(members, events, texts)
    originals = _check_files(members, manifest, events)
    citations = _citations(members)
    return Verified(
        case_id=manifest.case_id,
        number=manifest.number,
        made_by=manifest.made_by,
        head=manifest.head,
        key=key,
        events=len(events),
        members=len(manifest.members),
        files=len(read_rows(FILES, members[FILES])),
        originals=originals,
        erased=sum(text is None for text in texts.values()),
        citations=dict(Counter(str(one["resolves"]) for one in citations)),
        unresolved=tuple(one["claim"] for one in citations if one["resolves"] == "unresolved"),
    )


def _events(members: Mapping[str, bytes], manifest: Manifest) -> list[Event]:
    """The chain, unbroken, of this case, up to the head that was signed."""
    events = [read_event(row) for row in read_rows(EVENTS, members[EVENTS])]
    try:
        head = verify_chain(events)
    except Tampered as error:
        raise Tampered(f"{EVENTS}: {error}", next_step=AGAIN) from error
    if (head, len(events)) != (manifest.head, manifest.events):
        message = f"{EVENTS}: its {len(events)} events do not end where {MANIFEST} says"
        raise Tampered(message, next_step=AGAIN)
    for event in events:
        if event.case_id != manifest.case_id:
            message = f"{EVENTS}: event {event.seq} is of another case"
            raise Tampered(message, next_step=AGAIN)
    return events


def _texts(members: Mapping[str, bytes], events: Sequence[Event]) -> dict[str, Clean | None]:
    """By digest; None where one was erased. Nothing that events refer to is left out."""
    texts: dict[str, Clean | None] = {}
    for row in read_rows(TEXTS, members[TEXTS]):
        text = None if row["text"] is None else restored(row["text"])
        if text is not None and text.digest != row["digest"]:
            message = f"{TEXTS}: the text {row['digest'][:12]}… is another one"
            raise Tampered(message, next_step=AGAIN)
        texts[row["digest"]] = text
    known = {digest: text for digest, text in texts.items() if text is not None}
    for digest in texts_of(events, known):
        if digest not in texts:
            message = f"{TEXTS}: the text {digest[:12]}… is missing"
            raise Tampered(message, next_step=AGAIN)
    return texts


def _check_folding(
    members: Mapping[str, bytes], events: Sequence[Event], texts: Mapping[str, Clean | None]
) -> None:
    said = VIEW.validate_json(members[CASE])
    folded = fold(events, {name: text for name, text in texts.items() if text is not None})
    if folded != said:
        message = f"{CASE}: it is not what the events amount to"
        raise Tampered(message, next_step=AGAIN)


def _check_files(members: Mapping[str, bytes], manifest: Manifest, events: Sequence[Event]) -> int:
    """Each file is the one that the log received, and so is its original. How many of these."""
    received = {
        str(event.data["file_id"]): event.data.get("blob")
        for event in events
        if event.kind is EventKind.FILE_RECEIVED
    }
    files = read_rows(FILES, members[FILES])
    for file in files:
        if received.get(file["id"]) != file["blob"]:
            message = f"{FILES}: e{file['number']} is not the file that the log received"
            raise Tampered(message, next_step=AGAIN)
    blobs = {f"{ORIGINALS}e{file['number']}": file["blob"] for file in files}
    tags = {f"{RENDITIONS}e{file['number']}.jsonl" for file in files}
    originals = [one for one in manifest.members if one.name.startswith(ORIGINALS)]
    for one in originals:
        if blobs.get(one.name) != one.sha256:
            raise Tampered(f"{one.name}: not the file that was received", next_step=AGAIN)
    for name in members:
        if name.startswith(RENDITIONS) and name not in tags:
            raise Tampered(f"{name}: the case has no such file", next_step=AGAIN)
    return len(originals)


def _citations(members: Mapping[str, bytes]) -> list[Json]:
    resolved = resolve_all(members)
    if rows(resolved) != members[CITATIONS]:
        said = {one["claim"]: one for one in read_rows(CITATIONS, members[CITATIONS])}
        wrong = next((one["claim"] for one in resolved if said.get(one["claim"]) != one), "")
        message = f"{CITATIONS}: the citation at {wrong or 'its end'} does not resolve as it says"
        raise Tampered(message, next_step=AGAIN)
    return resolved
