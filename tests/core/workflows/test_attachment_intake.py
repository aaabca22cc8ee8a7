"""A file dropped in a case's thread is evidence of that case, and of no other."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.conversation.cards.card import Mark
from core.conversation.messages.message import Attachment, MessageKind
from core.evidence.model import Coverage
from tests.fakes.chat import LOFT, House, in_memory, words_of

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.model import EvidenceFile
    from core.places import Place

THREAD = replace(LOFT, thread="t1")
LOG = b"2026-03-04T02:41:07Z ERROR timeout waiting for connection\n" * 3


@pytest.fixture
async def house(tmp_path: Path) -> House:
    house = in_memory(tmp_path)
    await house.hear("open checkout is slow", THREAD)
    await house.work()
    house.pigeon.files["api"] = LOG
    return house


def api_log(**changes: object) -> Attachment:
    return replace(Attachment(id="F1", name="api.log", size=len(LOG), source="api"), **changes)  # type: ignore[arg-type]


async def drop(
    house: House, file: Attachment, *, by: str = "P1", place: Place = THREAD, text: str = ""
) -> None:
    await house.hear(text, place, by=by, manner=MessageKind.MESSAGE, attachments=(file,))
    await house.work()


async def evidence(house: House) -> list[EvidenceFile]:
    async with house.services.reading() as unit:
        (case,) = await unit.cases.listing()
        return await unit.files.of_case(case.id)


async def test_a_dropped_file_is_read_and_answered_in_the_thread(house: House) -> None:
    await drop(house, api_log())
    (file,) = await evidence(house)
    assert (file.name.text, file.size, file.received_from) == ("api.log", len(LOG), "@dana")
    (card,) = house.pigeon.shown("file")
    assert "e1 api.log · log, 3 lines" in words_of(card)


async def drop_all(house: House, *contents: bytes) -> None:
    names = [f"pod-{nth}.log" for nth in range(len(contents))]
    house.pigeon.files |= dict(zip(names, contents, strict=True))
    files = tuple(
        Attachment(id=name, name=name, size=len(content), source=name)
        for name, content in zip(names, contents, strict=True)
    )
    await house.hear("", THREAD, manner=MessageKind.MESSAGE, attachments=files)
    await house.work()


async def test_what_is_dropped_at_once_has_one_card_in_chat_and_each_its_own_at_the_terminal(
    house: House,
) -> None:
    quiet = [b"2026-03-04T02:41:07Z INFO no %d of them\n" % n for n in range(4)]
    await drop_all(house, LOG, *quiet)
    (card,) = house.pigeon.shown("file")
    assert "5 files: 5 logs" in card.rows[0].text.text
    assert card.rows[1].citation == "pod-0.log:1"
    assert "Nothing unusual: e2 pod-1.log, e3 pod-2.log, e4 pod-3.log and 1 more" in words_of(card)
    assert [file.tag.text in words_of(card) for file in await evidence(house)] == [True] * 5
    assert len(house.chat.shown("file")) == 5


async def test_the_card_of_files_grows_while_they_come_and_begins_anew_after_a_while(
    house: House,
) -> None:
    await drop(house, api_log())
    await drop_all(house, b"2026-03-04T02:41:07Z INFO well\n")
    (card,) = house.pigeon.shown("file")
    assert "2 files" in words_of(card)
    house.clock.advance(60)
    house.pigeon.files["late"] = b"2026-03-04T02:41:07Z INFO late\n"
    await drop(house, api_log(id="F7", name="late.log", source="late"))
    assert len(house.pigeon.shown("file")) == 2


async def test_a_file_that_is_deleted_leaves_the_card_of_those_that_came_with_it(
    house: House,
) -> None:
    await drop_all(house, LOG, b"2026-03-04T02:41:07Z INFO well\n")
    for tag in ("e1", "e2"):
        await house.hear(f"evidence delete {tag}", THREAD)
        await house.work()
    (card,) = house.pigeon.shown("file")
    assert "e1 pod-0.log · deleted" in words_of(card)
    assert "timeout waiting" not in words_of(card)


async def test_three_files_of_one_name_are_cited_by_their_services(house: House) -> None:
    """Each says in its lines whose it is; chat knows no folders."""
    for minute, service in enumerate(("booking", "payments", "search")):
        line = (
            f'{{"ts":"2026-03-04T02:4{minute}:07Z","level":"error","service":"{service}",'
            f'"msg":"could not do {service}"}}\n'
        )
        house.pigeon.files[service] = line.encode() * 20
        await drop(house, api_log(id=service, name="app.log", source=service))
    names = [file.name.text for file in await evidence(house)]
    assert names == ["app.log", "2/app.log", "3/app.log"]
    (card,) = house.pigeon.shown("file")
    cited = {row.citation for row in card.rows if row.citation}
    assert cited == {"booking/app.log:1", "payments/app.log:1", "search/app.log:1"}
    await house.hear("evidence delete e2", THREAD)
    await house.work()
    assert "could not do payments" not in words_of(*house.pigeon.messages.values())


async def test_words_beside_a_file_are_heard_too(house: House) -> None:
    await drop(house, api_log(), text="what does it say?")
    assert len(await evidence(house)) == 1
    assert len(house.pigeon.shown("answer")) == 1


async def test_a_file_follows_the_case_that_was_picked(house: House) -> None:
    await house.hear("open search is down", replace(LOFT, thread="t2"))
    await house.work()
    await house.hear("status", LOFT, attachments=(api_log(),))
    await house.work()
    picker = next(card for card in house.pigeon.shown("reply") if card.actions)
    picked = picker.actions[-1]
    await house.hear(f"{picked.verb} {picked.argument}", LOFT, manner=MessageKind.BUTTON)
    await house.work()
    async with house.services.reading() as unit:
        case = (await unit.cases.listing())[-1]
        assert [file.name.text for file in await unit.files.of_case(case.id)] == ["api.log"]


async def test_the_same_file_again_is_said_to_be_known(house: House) -> None:
    await drop(house, api_log())
    await drop(house, api_log())
    assert len(await evidence(house)) == 1
    assert "has this very file already" in words_of(*house.pigeon.shown("reply"))


async def test_guests_bring_no_evidence(house: House) -> None:
    await drop(house, api_log(), by="G1")
    assert not await evidence(house)
    assert "may read along" in words_of(*house.pigeon.shown("reply"))


async def test_what_is_too_large_is_not_even_fetched(house: House) -> None:
    await drop(house, api_log(size=2**40))
    assert "fetch" not in house.pigeon.calls
    assert "larger than 512 MiB" in words_of(*house.pigeon.shown("reply"))


async def test_what_was_not_read_stands_in_the_case_with_its_reason(house: House) -> None:
    """The others that were dropped with it are read."""
    huge = api_log(id="F2", name="huge.log", size=2**40)
    await house.hear("", THREAD, manner=MessageKind.MESSAGE, attachments=(huge, api_log()))
    await house.work()
    unread, read = sorted(await evidence(house), key=lambda file: file.number)
    assert (unread.name.text, unread.coverage, unread.size) == ("huge.log", Coverage.NONE, 2**40)
    assert (read.name.text, read.coverage) == ("api.log", Coverage.WHOLE)
    card = house.pigeon.shown("case")[-1]
    assert "Not read: e1 huge.log, it is larger than 512 MiB" in words_of(card)
    assert "1 log, 1 not read" in words_of(card)
    await house.hear("evidence e1", THREAD)
    await house.work()
    assert "nothing of the file was kept" in words_of(*house.pigeon.shown("reply"))
    await house.hear("evidence delete e1", THREAD)
    await house.work()
    assert [file.name.text for file in await evidence(house)] == ["api.log"]


async def test_a_file_that_is_read_in_part_says_so_on_every_card(house: House) -> None:
    packed = gzip.compress(b"".join(b"2026-03-04T02:41:07Z ERROR no %d\n" % n for n in range(999)))
    house.pigeon.files["api"] = packed[:-30]
    await drop(house, api_log(name="api.log.gz", size=len(packed) - 30))
    assert "Read in part, " in words_of(*house.pigeon.shown("file"))
    words = words_of(house.pigeon.shown("case")[-1])
    assert "Read in part: e1 api.log.gz, its compressed data ends too early" in words
    assert "1 log · 1 read in part" in words


async def test_a_file_that_is_gone_is_said_and_the_case_goes_on(house: House) -> None:
    await drop(house, api_log(source="nowhere"))
    (card,) = house.pigeon.shown("reply")
    assert card.mark is Mark.REFUSED
    assert "api.log is gone" in words_of(card)


async def test_a_platform_that_is_away_is_asked_again(house: House) -> None:
    await house.hear("", THREAD, manner=MessageKind.MESSAGE, attachments=(api_log(),))
    house.pigeon.failing = 1
    await house.work()
    house.clock.advance(60)
    await house.work()
    assert len(await evidence(house)) == 1


async def test_a_file_with_a_mention_finds_the_only_case_of_the_channel(house: House) -> None:
    await house.hear("", LOFT, attachments=(api_log(),))
    await house.work()
    assert len(await evidence(house)) == 1


async def test_files_are_evidence_also_where_we_listen_to_our_name_only(house: House) -> None:
    await house.hear("listen mentions", THREAD)
    await house.work()
    await drop(house, api_log())
    assert len(await evidence(house)) == 1


async def test_a_file_in_the_channel_of_the_only_case_is_its_evidence(house: House) -> None:
    await drop(house, api_log(), place=LOFT)
    assert len(await evidence(house)) == 1


async def test_a_file_in_the_channel_of_several_cases_asks_whose_it_is(house: House) -> None:
    await house.hear("open search is down", replace(LOFT, thread="t2"))
    await house.work()
    await house.hear(
        "", LOFT, manner=MessageKind.MESSAGE, attachments=(api_log(),), handle="for P1"
    )
    await house.work()
    ((handle, card),) = house.pigeon.whispers
    assert (handle, len(card.actions)) == ("for P1", 2)
    picked = card.actions[-1]
    await house.hear(f"{picked.verb} {picked.argument}", LOFT, manner=MessageKind.BUTTON)
    await house.work()
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(2)
        assert [file.name.text for file in await unit.files.of_case(case.id)] == ["api.log"]


async def test_log_lines_in_the_thread_are_evidence_without_a_verb(house: House) -> None:
    await house.hear(LOG.decode(), THREAD, manner=MessageKind.MESSAGE)
    await house.work()
    (file,) = await evidence(house)
    assert (file.lines, file.errors) == (3, 3)
