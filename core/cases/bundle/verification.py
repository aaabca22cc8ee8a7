"""Verification of an exported bundle, from nothing but the bundle itself.

The first check that fails ends it. In order: the container, the manifest and its signature, every
member against the manifest, the chain of events, the texts, the view that the events fold into,
the files by their content, and every citation.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from pydantic import ValidationError

from core.cases.bundle.citations import resolve_all
from core.cases.bundle.container import VIEW, read_event, texts_of, unpack
from core.cases.bundle.manifest import (
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
    IsSigned,
    Json,
    Manifest,
    check_signature,
    read_manifest,
    read_rows,
    require,
    rows,
)
from core.cases.events import CaseEvent, EventKind, fold, verify_chain
from core.errors import Tampered, TooLarge
from core.text.redacted import RedactedText, restored

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.cases.bundle.container import Found
    from core.cases.bundle.manifest import Listed

# Errors that reading and folding rows may raise where somebody else made them.
_MALFORMED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What verification found. citations: the number per resolution. key: who signed it."""

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
    """Verifies a bundle. key: the public key that must have signed, as `spell_key` writes it.

    Raises Tampered, which names what was changed and where, Unreadable for what is no bundle, and
    TooLarge.
    """
    container = unpack(source)
    manifest, signed_by = _read_signed_manifest(container, is_signed, key)
    members = _read_members(container, manifest)
    try:
        return _verify_contents(manifest, members, signed_by)
    except ValidationError as error:
        where = f"{error.title}: {error.errors(include_input=False)[0]['msg']}"
        raise Tampered(f"{CASE}: not as we write it ({where})", next_step=AGAIN) from error
    except _MALFORMED as error:
        message = f"{EVENTS} or {CASE}: not as we write it ({type(error).__name__}: {error})"
        raise Tampered(message[:300], next_step=AGAIN) from error


def _verify_contents(manifest: Manifest, members: Mapping[str, bytes], key: str) -> Verified:
    events = _verify_events(members, manifest)
    texts = _verify_texts(members, events)
    _check_folding(members, events, texts)
    originals = _check_files(members, manifest, events)
    citations = _verify_citations(members)
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
        citations=dict(Counter(str(citation["resolves"]) for citation in citations)),
        unresolved=tuple(
            citation["claim"] for citation in citations if citation["resolves"] == "unresolved"
        ),
    )


def _read_signed_manifest(
    container: Iterator[Found], is_signed: IsSigned, key: str | None
) -> tuple[Manifest, str]:
    """The manifest and the key that signed it, from the first two members."""
    contents = [_read_member(container, name) for name in (MANIFEST, SIGNATURE)]
    signed_by = check_signature(contents[0], contents[1], is_signed)
    if key is not None and signed_by != key:
        message = f"{SIGNATURE}: it is signed by {signed_by}, not by the key that you gave"
        raise Tampered(message, next_step=AGAIN)
    return read_manifest(contents[0]), signed_by


def _read_member(container: Iterator[Found], name: str) -> bytes:
    member = next(container, None)
    if member is None or member.name != name:
        message = f"{name}: it is missing, or not where it belongs"
        raise Tampered(message, next_step=AGAIN)
    return _read_content(member, LARGEST_RECORDS)


def _read_content(member: Found, room: int) -> bytes:
    if member.size > room:
        message = f"{member.name}: more than the {LARGEST_RECORDS:,} bytes that are read"
        raise TooLarge(message, next_step=AGAIN)
    return b"".join(member.pieces())


def _read_members(container: Iterator[Found], manifest: Manifest) -> dict[str, bytes]:
    """The members' contents by name, each as the manifest lists it and in its order.

    Originals are verified, but their contents are left empty.
    """
    expected = iter(manifest.members)
    members, room = dict[str, bytes](), LARGEST_RECORDS
    for member in container:
        listed = next(expected, None)
        if listed is None or (member.name, member.size) != (listed.name, listed.size):
            message = f"{member.name}: {MANIFEST} lists it otherwise, elsewhere or not at all"
            raise Tampered(message, next_step=AGAIN)
        if member.name in members:
            raise Tampered(f"{member.name}: it is there twice", next_step=AGAIN)
        members[member.name] = _verify_member(member, listed, room)
        room -= len(members[member.name])
    unread = next(expected, None)
    if unread is not None:
        raise Tampered(f"{unread.name}: {MANIFEST} lists it, and it is not there", next_step=AGAIN)
    for name in RECORDS:
        require(members, name)
    return members


def _verify_member(member: Found, listed: Listed, room: int) -> bytes:
    digest = hashlib.sha256()
    if member.name.startswith(ORIGINALS):
        content = b""
        for piece in member.pieces():
            digest.update(piece)
    else:
        content = _read_content(member, room)
        digest.update(content)
    if digest.hexdigest() != listed.sha256:
        raise Tampered(f"{member.name}: its content was changed", next_step=AGAIN)
    return content


def _verify_events(members: Mapping[str, bytes], manifest: Manifest) -> list[CaseEvent]:
    """The events: an unbroken chain, of this case, up to the head that was signed."""
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


def _verify_texts(
    members: Mapping[str, bytes], events: Sequence[CaseEvent]
) -> dict[str, RedactedText | None]:
    """The texts by digest, None where erased, including every one that the events refer to."""
    texts: dict[str, RedactedText | None] = {}
    for row in read_rows(TEXTS, members[TEXTS]):
        text = None if row["text"] is None else restored(row["text"])
        if text is not None and text.digest != row["digest"]:
            message = f"{TEXTS}: the text {row['digest'][:12]}… is another one"
            raise Tampered(message, next_step=AGAIN)
        texts[row["digest"]] = text
    present = {digest: text for digest, text in texts.items() if text is not None}
    for digest in texts_of(events, present):
        if digest not in texts:
            message = f"{TEXTS}: the text {digest[:12]}… is missing"
            raise Tampered(message, next_step=AGAIN)
    return texts


def _check_folding(
    members: Mapping[str, bytes],
    events: Sequence[CaseEvent],
    texts: Mapping[str, RedactedText | None],
) -> None:
    stored = VIEW.validate_json(members[CASE])
    folded = fold(events, {name: text for name, text in texts.items() if text is not None})
    if folded != stored:
        message = f"{CASE}: it is not what the events amount to"
        raise Tampered(message, next_step=AGAIN)


def _check_files(
    members: Mapping[str, bytes], manifest: Manifest, events: Sequence[CaseEvent]
) -> int:
    """Compares files and originals with those in the log; the number of originals."""
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
    originals = [original for original in manifest.members if original.name.startswith(ORIGINALS)]
    for original in originals:
        if blobs.get(original.name) != original.sha256:
            raise Tampered(f"{original.name}: not the file that was received", next_step=AGAIN)
    for name in members:
        if name.startswith(RENDITIONS) and name not in tags:
            raise Tampered(f"{name}: the case has no such file", next_step=AGAIN)
    return len(originals)


def _verify_citations(members: Mapping[str, bytes]) -> list[Json]:
    resolved = resolve_all(members)
    if rows(resolved) != members[CITATIONS]:
        stored = {
            citation["claim"]: citation for citation in read_rows(CITATIONS, members[CITATIONS])
        }
        wrong = next(
            (
                citation["claim"]
                for citation in resolved
                if stored.get(citation["claim"]) != citation
            ),
            "",
        )
        message = f"{CITATIONS}: the citation at {wrong or 'its end'} does not resolve as it says"
        raise Tampered(message, next_step=AGAIN)
    return resolved
