"""Verification of an exported bundle, from nothing but the bundle itself.

The first check that fails ends it. In order: the container, the manifest and its signature, every
member against the manifest, the chain of events, the texts, the view that the events fold into,
the files by their content, what was found in them, and every citation: whether its line stands
where it is said to.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import IO, TYPE_CHECKING

from pydantic import ValidationError

from core.cases.bundle.container import VIEW, read_event, texts_of, unpack
from core.cases.bundle.manifest import (
    AGAIN,
    CASE,
    CITATIONS,
    EVENTS,
    FILES,
    FINDINGS,
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
    read_value,
    require,
    rows,
)
from core.cases.events import CaseEvent, EventKind, verify_chain
from core.cases.finding_digests import changed_facts, changed_files
from core.cases.projection import fold
from core.errors import Tampered, TooLarge
from core.text.redacted import RedactedText, restore_redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from core.cases.bundle.container import Found
    from core.cases.bundle.manifest import Listed

# Errors that reading and folding rows may raise where somebody else made them.
_MALFORMED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_MARKS = frozenset({"text", "locus", "weight", "why"})  # the keys that distinguish a citation


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
    _check_findings(members, events)
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
        text = None if row["text"] is None else restore_redacted(row["text"])
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
    changed = changed_facts(events, files)
    for file in files:
        if received.get(file["id"]) != file["blob"]:
            message = f"{FILES}: e{file['number']} is not the file that the log received"
            raise Tampered(message, next_step=AGAIN)
        if file["id"] in changed:
            message = f"{FILES}: e{file['number']} is not as it was read"
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


def _check_findings(members: Mapping[str, bytes], events: Sequence[CaseEvent]) -> None:
    documents: dict[str, list[Json]] = {}
    for row in read_rows(FINDINGS, members[FINDINGS]):
        documents.setdefault(row["file_id"], []).append(row["finding"])
    numbers = {file["id"]: file["number"] for file in read_rows(FILES, members[FILES])}
    for file_id in changed_files(events, documents):
        message = f"{FINDINGS}: those of e{numbers.get(file_id, '?')} are not what was found"
        raise Tampered(message, next_step=AGAIN)


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


class Resolved(StrEnum):
    """How a citation resolves."""

    QUOTED = "quoted"  # the lines of its place hold its text, word for word
    FOUND = "found"  # it summarises a place (a series, a span), as a stored finding does
    UNPLACED = "unplaced"  # it names no place: an alert, or an absence
    STRUCK = "struck"  # the claim was struck through when it was made
    GONE = "gone"  # its file was released since
    UNRESOLVED = "unresolved"  # its place does not hold its text


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The evidence in which citations are looked up; several files may share a name."""

    files: Mapping[str, list[Json]] = field(default_factory=dict)
    findings: frozenset[tuple[str, str, str]] = frozenset()  # file id, text, place
    lines: Mapping[str, Mapping[int, str]] = field(default_factory=dict)  # by tag and line number


def evidence_of(members: Mapping[str, bytes]) -> Evidence:
    """The evidence in a bundle's members.

    Raises Unreadable, and KeyError or TypeError where rows are not as we write them.
    """
    files: dict[str, list[Json]] = {}
    for file in read_rows(FILES, members[FILES]):
        files.setdefault(file["name"], []).append(file)
    findings = frozenset(
        (row["file_id"], row["finding"]["text"], _place(row["finding"]["locus"]))
        for row in read_rows(FINDINGS, members[FINDINGS])
    )
    lines = {
        name.removeprefix(RENDITIONS).removesuffix(".jsonl"): {
            row["line"]: row["text"] for row in read_rows(name, content)
        }
        for name, content in members.items()
        if name.startswith(RENDITIONS)
    }
    return Evidence(files=files, findings=findings, lines=lines)


def citations_of(case: object, path: str = "") -> Iterator[tuple[str, Json]]:
    """Yields every citation in a folded case, with its path in the JSON."""
    if isinstance(case, dict):
        if case.keys() >= _MARKS:
            yield path, case
            return
        inner: Iterable[tuple[str, object]] = case.items()
    elif isinstance(case, list):
        inner = ((str(number), value) for number, value in enumerate(case))
    else:
        return
    for name, value in inner:
        yield from citations_of(value, f"{path}/{name}")


def resolve_all(members: Mapping[str, bytes]) -> list[Json]:
    """Each citation of the case with its file by content, its place and how it resolves."""
    evidence = evidence_of(members)
    case = read_value(CASE, members[CASE])
    return [_resolve(path, citation, evidence) for path, citation in citations_of(case)]


def _resolve(path: str, citation: Json, evidence: Evidence) -> Json:
    how, file = _find_file(citation, evidence)
    return {
        "claim": path,
        "text": citation["text"],
        "resolves": how,
        "file": {"number": file["number"], "sha256": file["blob"]} if file else None,
        "locus": citation["locus"],
    }


def _find_file(citation: Json, evidence: Evidence) -> tuple[Resolved, Json | None]:
    locus = citation["locus"]
    if locus is None:
        return Resolved.UNPLACED, None
    same_name = evidence.files.get(locus["file"], [])
    if not citation.get("resolves", True):
        return Resolved.STRUCK, next(iter(same_name), None)
    for file in same_name:
        if _is_quoted(evidence.lines.get(f"e{file['number']}", {}), citation):
            return Resolved.QUOTED, file
        if (file["id"], citation["text"], _place(locus)) in evidence.findings:
            return Resolved.FOUND, file
    present = next((file for file in same_name if file["let_go_at"] is None), None)
    return (
        (Resolved.UNRESOLVED, present) if present else (Resolved.GONE, next(iter(same_name), None))
    )


def _is_quoted(lines: Mapping[int, str], citation: Json) -> bool:
    """Whether the cited lines hold the text; white space is not compared."""
    locus = citation["locus"]
    numbers = range(locus["line_start"], min(locus["line_end"], locus["line_start"] + 1000) + 1)
    cited = _collapse_spaces(" ".join(lines[number] for number in numbers if number in lines))
    text = _collapse_spaces(citation["text"]).removesuffix("…")
    return bool(text.strip()) and text in cited


def _collapse_spaces(text: str) -> str:
    return " ".join(text.split())


def _place(locus: Json) -> str:
    return "|".join(
        str(locus[name]) for name in ("line_start", "line_end", "byte_start", "series", "span")
    )
