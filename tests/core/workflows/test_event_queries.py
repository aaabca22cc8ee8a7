"""Lines that people look up in chat: at once, from the tables, on the whole product in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.conversation.cards.card import Card, Mark
from tests.fakes.chat import House, in_memory, words_of

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "hunter2-value-of-mine"  # noqa: S105 - planted


def line(clock: str, level: str, service: str, says: str, **fields: str) -> str:
    """In logfmt."""
    more = "".join(f" {name}={value}" for name, value in fields.items())
    return f'time=2026-01-01T{clock}Z level={level} service={service} msg="{says}"{more}'


API = "\n".join(
    [
        *(line(f"13:{minute:02}:00", "info", "web", "cart served") for minute in range(60)),
        line("13:40:30", "warn", "web", "slow answer from db", request_id="req-4711"),
        line("13:50:00", "error", "web", "order lost", request_id="req-4711", password=PASSWORD),
        line("13:52:00", "error", "web", "order lost", request_id="req-4712"),
        line("14:00:00", "info", "web", "cart served"),
    ]
)
DB = "\n".join(
    [
        *(line(f"12:{minute:02}:00", "info", "db", "checkpoint done") for minute in range(60)),
        line("12:30:00", "info", "db", "deployed version 2.4.1"),
        line("12:45:00", "error", "db", "deadlock detected", request_id="req-4700"),
        line("13:49:59", "error", "db", "deadlock detected", request_id="req-4711"),
    ]
)


@pytest.fixture
async def house(tmp_path: Path) -> House:
    house = in_memory(tmp_path)
    await house.say("open checkout is slow")
    return house


async def with_logs(house: House, *logs: str) -> None:
    for log in logs or (API, DB):
        await house.say(f"evidence {log}")
    await house.work()


async def answer(house: House, question: str) -> Card:
    (card,) = await house.say(question)
    assert card.mark is Mark.ANSWER
    return card


async def test_errors_of_the_last_hour_are_told_at_once(house: House) -> None:
    await with_logs(house)
    card = await answer(house, "show me errors from the last hour")
    reply = words_of(card)
    assert "#1 3 errors in 2 files since 13:00:00 UTC" in reply
    assert "counted back from the newest event, 14:00:00 UTC" in reply
    lines = [row.citation for row in card.rows[1:]]
    assert lines == ["e1 pasted.txt:63", "e1 pasted.txt:62", "e2 pasted.txt:63"]
    assert "13:52:00 UTC error web: order lost" in reply
    assert PASSWORD not in reply
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(1)
        assert await unit.questions.of_case(case.id) == []


KEY = "AKIA7GIOWCSSSEPLEF6H"  # pragma: allowlist secret


@pytest.mark.parametrize(
    "question",
    [
        f"errors about {KEY}",
        f'errors in web with "{KEY}"',
        f"lines from {KEY}",
        f"errors on host {KEY}",
        f"errors in web about --token {KEY}, and more",
    ],
)
async def test_a_secret_in_a_question_is_not_in_its_answer(house: House, question: str) -> None:
    """A look-up has it in lower case, and by that no rule knows it."""
    await with_logs(house)
    (card,) = await house.say(question)
    assert KEY.casefold() not in words_of(card).casefold()
    assert "«secret-" in words_of(card)


async def test_a_window_of_the_clock(house: House) -> None:
    await with_logs(house)
    card = await answer(house, "warnings between 13:40 and 13:51")
    assert "#1 3 warnings and worse in 2 files between 13:40:00 UTC and 13:51:00 UTC" in words_of(
        card
    )
    assert "counted back" not in words_of(card)


async def test_one_id_in_every_file(house: House) -> None:
    await with_logs(house)
    reply = words_of(await answer(house, "lines with req-4711"))
    assert "#1 3 events with req-4711" in reply


async def test_what_happened_to_a_request_is_told_in_the_order_of_time(house: House) -> None:
    await with_logs(house)
    card = await answer(house, "what happened to request req-4711")
    assert [row.citation for row in card.rows[1:4]] == [
        "e1 pasted.txt:61",
        "e2 pasted.txt:63",
        "e1 pasted.txt:62",
    ]
    assert "Through 2 files in 9 min" in words_of(card)
    card = await answer(house, "newest lines with req-4711")
    assert card.rows[1].citation == "e1 pasted.txt:62"


@pytest.mark.parametrize(
    "question", ["trace 7f3a…", "what happened to request 7f3a91bc...?", "request 7f3a91"]
)
async def test_the_beginning_of_an_id_is_enough(house: House, question: str) -> None:
    trace = "7f3a91bc" * 4
    log = [line(f"13:{n:02}:00", "info", "web", "served", trace_id=f"{n:032x}") for n in range(50)]
    log.append(line("13:55:00", "error", "web", "order lost", trace_id=trace))
    await with_logs(house, "\n".join(log), DB)
    card = await answer(house, question)
    assert "1 event with 7f3a" in words_of(card)
    assert card.rows[1].citation == "e1 pasted.txt:51"


async def test_only_in_one_file_or_service(house: House) -> None:
    await with_logs(house)
    for place in ("e2", "db", "the db service"):
        reply = words_of(await answer(house, f"errors in {place}"))
        assert "#1 2 errors" in reply, place
    reply = words_of(await answer(house, "errors in nowhere-api"))
    assert "nothing from nowhere-api here" in reply
    assert "pasted.txt" in reply


async def test_what_is_long_is_folded(house: House) -> None:
    await with_logs(house)
    card = await answer(house, "everything in the last hour")
    reply = words_of(card)
    assert "#1 65 events in 2 files" in reply
    assert "These are the newest; 45 more: narrow the window" in reply
    assert len(card.rows) <= 7
    assert len(card.fold) == 15


async def test_ids_that_fail_in_both_files(house: House) -> None:
    await with_logs(house)
    card = await answer(house, "which request ids fail in both files")
    reply = words_of(card)
    assert "#1 1 id with errors in both files" in reply
    assert "req-4711, 2 lines: " in reply
    assert card.rows[1].citation == "e1 pasted.txt:62 e2 pasted.txt:63"


async def test_what_changed_before_a_moment(house: House) -> None:
    await with_logs(house)
    card = await answer(house, "what changed before 12:40")
    reply = words_of(card)
    assert "#1 1 change in 2 files before 12:40:00 UTC" in reply
    assert "deployed version 2.4.1" in reply
    assert card.rows[1].citation == "e2 pasted.txt:61"
    reply = words_of(await answer(house, "what changed before 12:20"))
    assert "#1 0 changes" in reply
    assert "The newest outside it: 12:30:00 UTC" in reply


async def test_none_in_the_window_says_where_there_are(house: House) -> None:
    await with_logs(house)
    reply = words_of(await answer(house, "errors in the last 5 minutes"))
    assert "#1 0 errors in 2 files since 13:55:00 UTC" in reply
    assert "The newest outside it: 13:52:00 UTC error web" in reply
    assert "Next: `errors since 13:52`" in reply


async def test_files_without_times_say_so(house: House) -> None:
    await with_logs(house, "ERROR it broke\nERROR it broke again\nINFO all is well\n" * 10)
    reply = words_of(await answer(house, "errors in the last hour"))
    assert "No file here tells a time" in reply
    assert "20 errors" in words_of(await answer(house, "last 20 errors"))


async def test_without_evidence_it_says_what_to_do(house: House) -> None:
    reply = words_of(await answer(house, "errors in the last hour"))
    assert "no events to look in" in reply
    assert "Next: drop a log here" in reply
    await house.say(f"evidence {API}")
    assert "1 file is still being read" in words_of(await answer(house, "show errors"))


async def test_a_table_of_another_version_is_to_be_read_again(house: House, tmp_path: Path) -> None:
    await with_logs(house, API)
    for table in tmp_path.rglob("events.parquet"):  # noqa: ASYNC240 - of a test
        table.write_bytes(b"of another version")
    reply = words_of(await answer(house, "errors in the last hour"))
    assert "Next: evidence again e1" in reply
    await house.say("evidence again e1")
    await house.work()
    assert "#1 2 errors" in words_of(await answer(house, "errors in the last hour"))


async def test_several_cases_are_picked_from(house: House) -> None:
    await house.say("open search is slow")
    (card,) = await house.say("errors in the last hour")
    assert {action.argument for action in card.actions} == {
        "#1 errors in the last hour",
        "#2 errors in the last hour",
    }


async def test_other_questions_still_wait_for_their_turn(house: House) -> None:
    await with_logs(house)
    (card,) = await house.say("why 1?")
    assert card.mark is Mark.PROGRESS


async def test_where_nothing_can_be_found_it_says_why(house: House) -> None:
    await with_logs(house, API)
    reply = words_of(await answer(house, "which request ids fail in both files"))
    assert "Only one file here tells events" in reply
    reply = words_of(await answer(house, "errors on web-7"))
    assert "no lines at all on web-7" in reply
    assert "ask without the host" in reply
    reply = words_of(await answer(house, "what changed at 12:30 on web-7"))
    assert "no lines at all on web-7" in reply


async def test_one_word_beside_the_errors_is_whose_they_are(house: House) -> None:
    await with_logs(house)
    reply = words_of(await answer(house, "db errors last 2 hours"))
    assert "deadlock detected" in reply
    assert "order lost" not in reply


async def test_a_name_that_is_none_is_said_with_those_there_are(house: House) -> None:
    await with_logs(house)
    reply = words_of(await answer(house, "redis errors last hour"))
    assert "nothing from redis here" in reply
    assert "web" in reply


async def test_without_a_time_it_may_be_no_name_and_takes_a_turn(house: House) -> None:
    await with_logs(house)
    (card,) = await house.say("weird errors")
    assert card.mark is Mark.PROGRESS


async def test_lines_with_a_word_show_that_very_word(house: House) -> None:
    await with_logs(house)
    reply = words_of(await answer(house, 'show me "deadlock detected"'))
    assert "with \u201cdeadlock detected\u201d" in reply
    assert "error db: deadlock detected" in reply


async def test_what_redaction_hides_is_found_by_no_search(house: House) -> None:
    await with_logs(house)
    reply = words_of(await answer(house, f'show me "{PASSWORD}"'))
    assert "#1 0 events" in reply


async def test_lines_around_a_moment_are_the_nearest_first(house: House) -> None:
    await with_logs(house)
    card = await answer(house, "logs around 13:51")
    assert "13:51:00 UTC" in words_of(card).splitlines()[1]


async def test_a_sentence_confirms_nothing_and_is_asked_back(house: House) -> None:
    await with_logs(house)
    reply = words_of(await answer(house, "please close the case"))
    assert "To do that, type `resolve pool set to 40`" in reply
