"""A bundle says what the case said; whatever is changed in it is found, and so is who signed it."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from core.cases.bundle.container import event_row, unpack
from core.cases.bundle.manifest import (
    CASE,
    CITATIONS,
    EVENTS,
    FILES,
    FINDINGS,
    MANIFEST,
    README,
    RECORDS,
    SIGNATURE,
    TEXTS,
    canonical,
    listed,
    read_rows,
    rows,
    signature_of,
    spell_key,
)
from core.cases.bundle.verification import Verified, verify
from core.cases.events import CaseEvent, EventKind, seal
from core.cases.evidence_files import delete, let_go
from core.cases.lifecycle import Change, record
from core.clock import from_micros
from core.errors import FaultMavenError, Tampered, Unreadable
from core.text.redacted import RedactedText
from storage.sealing.signatures import Signer, is_signed
from tests.core.cases.bundle.samples import (
    KEY,
    LOG,
    MAIL,
    SIGNER,
    a_case,
    bundle_of,
    cited,
    locus,
    members_of,
    packed,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


Members = dict[str, bytes]


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Members:
    async def made() -> Members:
        return await members_of(await a_case(tmp_path_factory.mktemp("files")))

    return asyncio.run(made())


def check(bundle: bytes, key: str | None = KEY) -> Verified:
    return verify(io.BytesIO(bundle), is_signed=is_signed, key=key)


def test_what_was_exported_verifies(members: Members) -> None:
    proven = check(bundle_of(members))
    assert (proven.number, proven.files, proven.originals, proven.key) == (1, 1, 0, KEY)
    assert proven.citations == {"quoted": 2, "found": 1, "unplaced": 1}
    assert (proven.erased, proven.unresolved) == (0, ())
    assert proven.events == len(members[EVENTS].splitlines())


def test_nothing_in_it_was_not_redacted(members: Members) -> None:
    bundle = bundle_of(members)
    assert MAIL.encode() not in bundle
    assert b"pool exhausted, order of" in members["evidence/e1.jsonl"]


def test_a_citation_names_content_and_span(members: Members) -> None:
    first, second, *_ = read_rows(CITATIONS, members[CITATIONS])
    (file,) = read_rows(FILES, members[FILES])
    assert first["file"] == {"number": 1, "sha256": file["blob"]}
    assert first["locus"]["byte_start"] == LOG.index(b"\n") + 1
    assert (second["locus"]["line_start"], second["locus"]["line_end"]) == (3, 4)


async def test_the_same_case_makes_the_same_bundle(tmp_path: Path, members: Members) -> None:
    services = await a_case(tmp_path)
    again = [bundle_of(await members_of(services)) for _ in range(2)]
    assert again[0] == again[1] == bundle_of(members)


def test_originals_are_checked_against_what_the_log_received(members: Members) -> None:
    assert check(bundle_of(members, originals={"e1": LOG})).originals == 1
    with pytest.raises(Tampered, match="originals/e1: not the file that was received"):
        check(bundle_of(members, originals={"e1": LOG + b"more"}))
    with pytest.raises(Tampered, match="originals/e2"):
        check(bundle_of(members, originals={"e2": LOG}))


def test_any_byte_that_is_flipped_is_found(members: Members) -> None:
    """Each of what holds the members together, and some of what they hold."""
    bundle = bundle_of(members, originals={"e1": LOG})
    dice = random.Random(0)  # noqa: S311 - which bits, each run the same
    inside = set[int]()
    for content in members.values():
        start = bundle.index(content)
        inside.update(range(start, start + len(content)))
    some = dice.sample(sorted(inside), 500)
    for at in sorted(set(range(len(bundle))) - inside | set(some)):
        changed = bytearray(bundle)
        changed[at] ^= 1 << dice.randrange(8)
        with pytest.raises(FaultMavenError):
            check(bytes(changed), key=None)


def parts(bundle: bytes) -> Members:
    """The members as they are in a bundle."""
    return {member.name: b"".join(member.pieces()) for member in unpack(io.BytesIO(bundle))}


def test_any_cut_and_anything_behind_is_found(members: Members) -> None:
    bundle = bundle_of(members)
    for length in range(0, len(bundle), 7):
        with pytest.raises(FaultMavenError):
            check(bundle[:length])
    with pytest.raises(Tampered, match="added to"):
        check(bundle + b"\0")


@pytest.mark.parametrize("name", [MANIFEST, SIGNATURE, README, *RECORDS, "evidence/e1.jsonl"])
def test_a_member_that_was_dropped_or_moved_is_found(name: str, members: Members) -> None:
    members_left = parts(bundle_of(members))
    dropped = {key: content for key, content in members_left.items() if key != name}
    with pytest.raises(Tampered, match=r"missing|lists it"):
        check(packed(dropped))
    first = {name: members_left[name], **dropped}
    with pytest.raises(Tampered, match=r"missing|lists it"):
        check(packed(first if name != MANIFEST else dropped | {name: members_left[name]}))


def test_a_member_that_nobody_listed_is_found(members: Members) -> None:
    members_left = parts(bundle_of(members))
    with pytest.raises(Tampered, match=r"evidence/e2\.jsonl: manifest\.json lists it otherwise"):
        check(packed(members_left | {"evidence/e2.jsonl": b""}))


def changed_events(members: Members, change: Callable[[list[bytes]], list[bytes]]) -> Members:
    return members | {EVENTS: b"".join(change(members[EVENTS].splitlines(keepends=True)))}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda lines: lines[:2] + lines[3:], "event 3 of"),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], "event 2 of"),
        (lambda lines: [*lines[:2], lines[1], *lines[2:]], "event 3 of"),
        (lambda lines: lines[1:], "event 1 of"),
        (lambda lines: [lines[0], lines[1].replace(b"dana", b"lee"), *lines[2:]], "event 2 of"),
    ],
    ids=["dropped", "reordered", "doubled", "beheaded", "changed"],
)
def test_a_broken_chain_is_found_whoever_signed_it(
    change: Callable[[list[bytes]], list[bytes]], where: str, members: Members
) -> None:
    broken = changed_events(members, change)
    with pytest.raises(Tampered, match=rf"events\.jsonl: {where}"):
        check(bundle_of(broken))


def test_events_cut_off_at_the_end_are_found_whoever_signed_them(members: Members) -> None:
    cut = changed_events(members, lambda lines: lines[:-1])
    with pytest.raises(Tampered, match="do not end where"):
        check(bundle_of(cut))


def with_head(members: Members) -> Members:
    """The case says the head and version that its events have."""
    case = json.loads(members[CASE])
    last = read_rows(EVENTS, members[EVENTS])[-1]
    case["case"] |= {"head": last["hash"], "version": last["seq"]}
    return members | {CASE: canonical(case)}


def forged(members: Members, change: Callable[[dict[str, Any]], None]) -> Members:
    """Somebody changes the events and makes the whole chain anew."""
    events, previous = list[CaseEvent](), ""
    for row in read_rows(EVENTS, members[EVENTS]):
        change(row)
        event = seal(
            row["case_id"],
            row["seq"],
            EventKind(row["kind"]),
            at=from_micros(row["at"]),
            actor=row["actor"],
            data=row["data"],
            previous=previous,
        )
        events.append(event)
        previous = event.hash
    return with_head(members | {EVENTS: rows(event_row(event) for event in events)})


def test_a_forger_with_a_key_of_their_own_is_told_by_the_key(members: Members) -> None:
    other = Signer(b"another installation")
    bundle = bundle_of(members, signer=other)
    assert check(bundle, key=None).key == spell_key(other.public) != KEY
    with pytest.raises(Tampered, match="not by the key that you gave"):
        check(bundle)


def test_a_case_that_is_not_what_its_events_amount_to_is_found(members: Members) -> None:
    case = json.loads(members[CASE])
    case["hypotheses"][0]["confidence"] = 0.99
    with pytest.raises(Tampered, match=r"case\.json: it is not what the events amount to"):
        check(bundle_of(members | {CASE: canonical(case)}))


def test_a_quote_that_its_lines_do_not_hold_is_found(members: Members) -> None:
    name = "evidence/e1.jsonl"
    other = members[name].replace(b"pool exhausted", b"all is well")
    assert other != members[name]
    with pytest.raises(Tampered, match=r"the citation at /hypotheses/0/supporting/0 does not"):
        check(bundle_of(members | {name: other}))


@pytest.mark.parametrize("what", ["changed", "left out"])
def test_another_finding_than_was_found_is_found(members: Members, what: str) -> None:
    findings = read_rows(FINDINGS, members[FINDINGS])
    findings[0]["finding"]["count"] += 1
    other = findings if what == "changed" else findings[1:]
    with pytest.raises(Tampered, match="those of e1 are not what was found"):
        check(bundle_of(members | {FINDINGS: rows(other)}))


def test_another_file_than_was_received_is_found(members: Members) -> None:
    other = members[FILES].replace(b'"blob":"', b'"blob":"0')
    with pytest.raises(Tampered, match="e1 is not the file that the log received"):
        check(bundle_of(members | {FILES: other}))


def test_another_count_of_a_file_than_was_read_is_found(members: Members) -> None:
    files = read_rows(FILES, members[FILES])
    files[0]["lines"] += 1
    with pytest.raises(Tampered, match="e1 is not as it was read"):
        check(bundle_of(members | {FILES: rows(files)}))


def test_a_text_that_was_exchanged_or_left_out_is_found(members: Members) -> None:
    texts = read_rows(TEXTS, members[TEXTS])
    with pytest.raises(Tampered, match="is another one"):
        check(bundle_of(members | {TEXTS: members[TEXTS].replace(b"are lost", b"are late")}))
    with pytest.raises(Tampered, match=r"the text [0-9a-f]{12}… is missing"):
        check(bundle_of(members | {TEXTS: rows(texts[1:])}))


async def test_an_erased_text_verifies_as_erased(tmp_path: Path) -> None:
    services = await a_case(tmp_path)
    async with services.unit() as unit:
        case = await unit.cases.by_number(1)
        noted = RedactedText.format("what nobody should have said")
        view = await unit.cases.view(case.id, lock=True)
        change = Change(kind=EventKind.NOTED, data={"text": noted.digest}, texts=[noted])
        await record(unit, view, case.id, [change], at=services.clock.now(), actor="dana")
        await unit.cases.erase_texts(case.id, [noted.digest])
    bundle = bundle_of(await members_of(services))
    assert b"nobody should" not in bundle
    assert check(bundle).erased == 1


async def test_a_citation_that_does_not_resolve_is_shown_and_no_tampering(tmp_path: Path) -> None:
    wrong, elsewhere = cited(RedactedText.format("never said"), locus(2)), locus(1, 5)
    struck = cited(RedactedText.format("never said"), elsewhere, resolves=False)
    proven = check(bundle_of(await members_of(await a_case(tmp_path, wrong, struck))))
    assert proven.citations == {"unresolved": 1, "struck": 1}
    assert proven.unresolved == ("/hypotheses/0/supporting/0",)


async def test_a_file_that_was_deleted_leaves_a_bundle_that_verifies(tmp_path: Path) -> None:
    services = await a_case(tmp_path)
    async with services.unit() as unit:
        case = await unit.cases.by_number(1)
        view = await unit.cases.view(case.id, lock=True)
        (file,) = await unit.files.of_case(case.id)
        await delete(unit, view, file, by="dana")
    members = await members_of(services)
    assert check(bundle_of(members)).files == 0
    assert check(bundle_of(members)).erased > 0
    assert b"exhausted, order of" not in bundle_of(members)


async def test_a_file_whose_time_was_over_says_so(tmp_path: Path) -> None:
    services = await a_case(tmp_path)
    async with services.unit() as unit:
        case = await unit.cases.by_number(1)
        view = await unit.cases.view(case.id, lock=True)
        (file,) = await unit.files.of_case(case.id)
        await let_go(unit, view, file)
    assert check(bundle_of(await members_of(services))).citations == {
        "gone": 2,
        "found": 1,
        "unplaced": 1,
    }


def test_an_event_of_a_later_version_says_so(members: Members) -> None:
    later = members[EVENTS].replace(b"hypotheses.ranked", b"hypotheses.dreamt")
    with pytest.raises(Unreadable, match=r"knows no events of the kind 'hypotheses\.dreamt'"):
        check(bundle_of(members | {EVENTS: later}))


HOSTILE_DATA: tuple[object, ...] = (
    None,
    1,
    [],
    {},
    {"tenant_id": []},
    {"hypotheses": {"a": 1}},
    {"severity": "no"},
)


@pytest.mark.parametrize("data", HOSTILE_DATA, ids=str)
def test_events_that_nobody_would_write_end_in_an_error_of_ours(
    data: object, members: Members
) -> None:
    for at in range(len(members[EVENTS].splitlines())):

        def change(row: dict[str, Any], at: int = at) -> None:
            if row["seq"] == at + 1:
                row["data"] = data

        with contextlib.suppress(FaultMavenError):  # what changes nothing is no harm
            check(bundle_of(forged(members, change)))


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"[]", b"{}", b"\xff", b'{"a":' * 999, b"[" * 10**6, b'{"case":{"id":1}}'],
    ids=["nothing", "line", "list", "object", "no text", "deep", "deeper", "half"],
)
def test_members_that_nobody_would_write_end_in_an_error_of_ours(
    name: str, content: bytes, members: Members
) -> None:
    all_members = {**members, name: content}
    manifest = json.loads(parts(bundle_of(members))[MANIFEST])
    manifest["members"] = [vars(listed(each, all_members[each])) for each in all_members]
    signed = canonical(manifest)
    word = {MANIFEST: signed, SIGNATURE: signature_of(signed, SIGNER.public, SIGNER.sign)}
    with pytest.raises(FaultMavenError):
        check(packed(word | all_members))
