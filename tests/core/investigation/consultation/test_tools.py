"""A model looks up evidence: bounded, with places, and nothing that is not of the case."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.evidence.events.line_clocks import ClockSpan
from core.evidence.events.line_search import Distribution, LineCounts
from core.evidence.model import DataType, FindingKind, Locus
from core.investigation.consultation.evidence_reader import NumberedLine, ShownTrace, TracedSpan
from core.investigation.consultation.tool_results import WIDTH, excerpt
from core.investigation.consultation.tool_specs import SPECS
from core.investigation.consultation.tools import MOST_LINES, MOST_READ, EvidenceTools
from core.investigation.language_model import ToolCall
from core.investigation.reasoner import decide
from tests.core.investigation.consultation.cases import NOPE, QUOTA, a_case
from tests.core.investigation.sample_situations import (
    REDACTOR,
    T0,
    LogLines,
    a_log,
    a_situation,
    incident,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.events.line_query import LineQuery
    from core.evidence.model import EvidenceFile

pytestmark = pytest.mark.unit

RECORDINGS = Path(__file__).parents[3] / "recordings"


class Text:
    """Every file has a hundred lines that tell their number."""

    async def around(self, file: EvidenceFile, line: int, *, each: int) -> Sequence[NumberedLine]:
        return [self._line(number) for number in range(line - each, line + each + 1)]

    async def containing(
        self, files: Sequence[EvidenceFile], query: LineQuery, *, most: int, within: ClockSpan
    ) -> Sequence[tuple[EvidenceFile, NumberedLine]]:
        return [(file, self._line(7)) for file in files][:most]

    async def counts(
        self, files: Sequence[EvidenceFile], query: LineQuery, *, by: str, within: ClockSpan
    ) -> Sequence[tuple[EvidenceFile, LineCounts]]:
        counts = LineCounts(
            lines=104,
            first=3,
            last=900,
            statuses=((200, 4), (503, 100)),
            durations=Distribution(count=104, least=1, median=12.04, p95=310, most=3e4, unit="ms"),
            groups=((REDACTOR.clean("/pay"), 90),) if by else (),
            others=14 if by else 0,
        )
        return [(file, counts) for file in files]

    async def trace(
        self, files: Sequence[EvidenceFile], wanted: str, *, most: int
    ) -> ShownTrace | None:
        if wanted != "failed":
            return None
        span = TracedSpan(
            service=REDACTOR.clean("ledger"),
            operation=REDACTOR.clean("POST /entries"),
            parent=REDACTOR.clean("checkout pay"),
            depth=1,
            start=T0,
            took=REDACTOR.clean("2.3 s"),
            failed=True,
            says=REDACTOR.clean("quota"),
            locus=Locus(file="traces.json", line_start=40, line_end=58),
        )
        return ShownTrace(
            id=REDACTOR.clean("4bf92f35"),
            file=REDACTOR.clean("traces.json"),
            spans=200,
            shown=[span] * most,
        )

    def _line(self, number: int) -> NumberedLine:
        return NumberedLine(number=number, text=REDACTOR.clean(f"this is line {number}"))


def a_call(name: str, **arguments: object) -> ToolCall:
    return ToolCall(id="1", name=name, arguments=arguments)


async def answered(name: str, **arguments: object) -> str:
    return (await EvidenceTools(a_case(), Text()).answer(a_call(name, **arguments))).text


async def test_lines_are_found_by_words_service_level_and_time() -> None:
    assert QUOTA in await answered("find_lines", words="quota")
    assert QUOTA not in await answered("find_lines", words="quota", service="checkout")
    assert NOPE in await answered(
        "find_lines", words="", level="error", since="09:09", until="10:00"
    )
    later = await answered("find_lines", words="", since="09:30:00")
    assert QUOTA not in later


async def test_lines_are_found_in_the_file_that_is_named() -> None:
    everywhere = await answered("find_lines", words="nope")
    assert NOPE in everywhere
    assert NOPE not in await answered("find_lines", words="nope", file="ledger.log")
    assert "no such file" in await answered("find_lines", words="nope", file="other.log")


async def test_what_a_tool_does_not_take_is_said() -> None:
    assert "service; whatever else" in await answered("series", service="ledger", minute="10:00")
    assert "takes no arguments" in await answered("changes", since="10:00")
    assert "whatever else" not in await answered("series", service="ledger")


async def test_series_are_of_a_service_or_of_anything() -> None:
    tools = EvidenceTools(incident(RECORDINGS / "cinema-seats"))
    every = (await tools.answer(a_call("series"))).text
    of_seating = (await tools.answer(a_call("series", service="seating"))).text
    of_nobody = (await tools.answer(a_call("series", service="nobody"))).text
    assert "ticket-gateway" in every
    assert "seating" in of_seating
    assert set(of_seating.splitlines()) != set(every.splitlines())
    assert "Nothing of the kind" in of_nobody


async def test_what_is_shown_can_be_cited() -> None:
    tools = EvidenceTools(a_case(), Text())
    await tools.answer(a_call("read_lines", file="ledger.log", line=40, around=2))
    assert set(tools.shown) == {f"ledger.log:{line}" for line in range(38, 43)}
    assert tools.shown["ledger.log:40"].text.text == "this is line 40"


async def test_the_line_that_was_asked_for_is_read_whole() -> None:
    class Long(Text):
        def _line(self, number: int) -> NumberedLine:
            return NumberedLine(number=number, text=REDACTOR.clean(f"{number} {'so ' * 200}on"))

    tools = EvidenceTools(a_case(), Long())
    call = a_call("read_lines", file="ledger.log", line=40, around=9)
    lines = (await tools.answer(call)).text.split("\n")
    assert lines[10].endswith(" so on")  # below how many there are
    assert len(lines[9]) < WIDTH + 20
    few = a_call("read_lines", file="ledger.log", line=40, around=1)
    read = (await tools.answer(few)).text.split("\n")
    assert all(line.endswith(" so on") for line in read[1:])


async def test_a_file_without_kinds_of_lines_is_shown_from_its_beginning() -> None:
    case = a_case()
    bare = replace(case, findings={**case.findings, case.files[0].id: ()})
    tools = EvidenceTools(bare, Text())
    name = case.files[0].name.text
    read = (await tools.answer(a_call("find_lines", file=name))).text
    assert "this is line 1" in read


async def test_small_files_are_shown_whole_and_can_be_cited() -> None:
    case = a_case()
    small = replace(case.files[0], data_type=DataType.TEXT, lines=3, size=60)
    case = replace(case, files=(small, *case.files[1:]))
    tools = EvidenceTools(case, Text())
    lines = [line.text for line in await tools.small_files(room=2_000)]
    assert lines[0] == "All of checkout.log, each line after its number:"
    assert lines[1].endswith("this is line -79")
    assert "checkout.log:1" in tools.shown
    assert await tools.small_files(room=30) == []


@pytest.mark.parametrize("room", [0, 900])
async def test_long_files_and_no_room_show_none(room: int) -> None:
    assert await EvidenceTools(a_case(), Text()).small_files(room=room) == []


async def test_lines_around_are_bounded() -> None:
    read = await answered("read_lines", file="ledger.log", line=500, around=4_000)
    lines = read.splitlines()
    assert len(lines) == MOST_READ + 1
    assert re.fullmatch(r"lines 4\d\d to 5\d\d of [\d,]+:", lines[0])


@pytest.mark.parametrize(
    "arguments",
    [{}, {"file": "ledger.log"}, {"file": "../secret.key", "line": 1}, {"file": 7, "line": "x"}],
)
async def test_a_call_that_names_no_place_is_answered_with_how(
    arguments: dict[str, object],
) -> None:
    assert "Name a file as `list_files`" in await answered("read_lines", **arguments)


async def test_a_search_counts_statuses_durations_and_values() -> None:
    lines = (await answered("find_lines", words="pay", count_by="path", service="ledger")).split(
        "\n"
    )
    assert lines[:4] == [
        "ledger.log: 104 lines hold that, from line 3 to 900",
        "HTTP statuses: 200 × 4, 503 × 100",  # noqa: RUF001
        "durations: least 1, median 12.04, 95 % within 310, most 30,000 ms (104 lines)",
        "path: /pay × 90, others × 14",  # noqa: RUF001
    ]


async def test_counts_and_single_lines_are_of_the_time_asked_for() -> None:
    asked = list[ClockSpan]()

    class Listening(Text):
        async def counts(
            self, files: Sequence[EvidenceFile], query: LineQuery, *, by: str, within: ClockSpan
        ) -> Sequence[tuple[EvidenceFile, LineCounts]]:
            asked.append(within)
            return []

        async def containing(
            self, files: Sequence[EvidenceFile], query: LineQuery, *, most: int, within: ClockSpan
        ) -> Sequence[tuple[EvidenceFile, NumberedLine]]:
            asked.append(within)
            return []

    call = a_call("find_lines", words="pay", since="09:10", until="09:20:30")
    await EvidenceTools(a_case(), Listening()).answer(call)
    assert asked == [ClockSpan(time(9, 10), time(9, 20, 30))] * 2


async def test_the_part_of_a_long_line_that_holds_the_words_is_shown() -> None:
    line = REDACTOR.clean(f"GET /pay {'x' * 500} upstream said nope {'y' * 500}")
    shown = excerpt(line, "nope").text
    assert shown.startswith("GET /pay")
    assert "upstream said nope" in shown
    assert len(shown) <= WIDTH + len(" … ")


async def test_the_spans_of_a_trace_can_be_cited() -> None:
    tools = EvidenceTools(a_case(), Text())
    text = (await tools.answer(a_call("spans", trace="failed"))).text
    head, first, *rest = text.splitlines()
    assert head == "trace 4bf92f35 of traces.json: 200 spans"
    assert first == (
        "traces.json:40-58: depth 1: ledger POST /entries: failed, from 09:00:00 UTC,"
        " took 2.3 s, part of checkout pay: quota"
    )
    assert len(rest) + 2 == MOST_LINES
    assert "traces.json:40-58" in tools.shown
    assert "No file holds such a trace." in await answered("spans", trace="slowest")


async def test_two_files_are_compared_with_lines_that_can_be_cited() -> None:
    tools = EvidenceTools(a_case(), Text())
    text = (
        await tools.answer(a_call("compare_files", file="ledger.log", other="checkout.log"))
    ).text
    assert "error lines: " not in text  # 50 and 40 are no difference
    assert f"only in ledger.log, 50 lines of this kind:\n{QUOTA}: " in text
    assert f"only in checkout.log, 40 lines of this kind:\n{NOPE}: " in text
    assert {QUOTA, NOPE} <= set(tools.shown)


@pytest.mark.parametrize(
    "arguments",
    [{}, {"file": "ledger.log"}, {"file": "ledger.log", "other": "ledger.log"}, {"other": "/etc"}],
)
async def test_two_files_must_be_named(arguments: dict[str, object]) -> None:
    assert "Name two files" in await answered("compare_files", **arguments)


async def test_files_changes_and_the_engines_own_grounds() -> None:
    assert "ledger.log: ledger" in await answered("list_files")
    assert await answered("changes") == "Nothing of the kind is in the evidence."
    situation = a_case()
    decision = decide(situation)
    tools = EvidenceTools(replace(situation, hypotheses=decision.hypotheses))
    grounds = (await tools.answer(a_call("hypothesis", number=1))).text
    assert QUOTA in grounds or NOPE in grounds
    known = (await tools.answer(a_call("known_failure", fault="disk_full"))).text
    assert known.startswith("Disk full")


async def test_the_timeline_tells_what_began_when_in_order() -> None:
    lines = (await answered("timeline")).splitlines()
    assert [line.split(": ")[0] for line in lines] == [QUOTA, NOPE]
    assert await answered("timeline", since="11:00") == "Nothing of the kind is in the evidence."


async def test_a_line_that_is_a_change_as_well_stands_in_the_timeline_once() -> None:
    file, findings = a_log("web", LogLines(text="pool.size: 40 -> 4", at=590, count=1, lasting=0))
    known = (file, (*findings, replace(findings[0], kind=FindingKind.CHANGE)))
    timeline = (
        await EvidenceTools(a_situation(known, alert="web")).answer(a_call("timeline"))
    ).text
    assert timeline.count("pool.size: 40 -> 4") == 1


async def test_a_tool_that_is_not_there_or_not_allowed_does_nothing() -> None:
    assert await answered("delete_case", number=1) == "There is no such tool."
    tools = EvidenceTools(a_case(), None, frozenset({"changes"}))
    assert [spec.name for spec in tools.specs] == ["changes"]
    assert (await tools.answer(a_call("list_files"))).text == "There is no such tool."


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
async def test_no_arguments_break_a_tool(spec: object) -> None:
    for value in (None, 3, "x" * 500, ["a"], {"b": 1}, -1):
        arguments = dict.fromkeys(spec.parameters["properties"], value)  # type: ignore[attr-defined]
        assert await answered(spec.name, **arguments)  # type: ignore[attr-defined]


async def test_a_long_case_is_told_in_part() -> None:
    lines = [LogLines(text=f"failure number {'x' * n} of it", at=600, count=2) for n in range(90)]
    situation = a_situation(a_log("web", *lines))
    timeline = (await EvidenceTools(situation).answer(a_call("timeline"))).text
    assert len(timeline.splitlines()) == MOST_LINES


async def test_of_many_files_none_is_left_out_in_silence() -> None:
    logs = [a_log(f"web-{n}") for n in range(MOST_LINES + 3)]
    figures, nothing = a_log("gauges")
    situation = a_situation((replace(figures, data_type=DataType.METRIC), nothing), *logs)
    lines = (await EvidenceTools(situation).answer(a_call("list_files"))).text.splitlines()
    assert len(lines) == MOST_LINES
    assert all(line.startswith("web-") for line in lines[:-1])
    left = lines[-1].removeprefix("also, of figures mostly: ").split(", ")
    assert left[-1] == figures.name.text
    assert len(lines) - 1 + len(left) == len(situation.files)
