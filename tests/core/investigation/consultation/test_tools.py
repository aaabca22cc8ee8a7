"""A model looks up evidence: bounded, with places, and nothing that is not of the case."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.investigation.consultation.tools import (
    MOST_LINES,
    SPECS,
    EvidenceTools,
    NumberedLine,
)
from core.investigation.language_model import ToolCall
from core.investigation.reasoner import decide
from tests.core.investigation.consultation.cases import NOPE, QUOTA, a_case
from tests.core.investigation.sample_situations import (
    REDACTOR,
    LogLines,
    a_log,
    a_situation,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.model import EvidenceFile

pytestmark = pytest.mark.unit


class Text:
    """Every file has a hundred lines that tell their number."""

    async def around(self, file: EvidenceFile, line: int, *, each: int) -> Sequence[NumberedLine]:
        return [self._line(number) for number in range(line - each, line + each + 1)]

    async def containing(
        self, files: Sequence[EvidenceFile], words: str, *, most: int
    ) -> Sequence[tuple[EvidenceFile, NumberedLine]]:
        return [(file, self._line(7)) for file in files][:most]

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


async def test_what_is_shown_can_be_cited() -> None:
    tools = EvidenceTools(a_case(), Text())
    await tools.answer(a_call("read_lines", file="ledger.log", line=40, around=2))
    assert set(tools.shown) == {f"ledger.log:{line}" for line in range(38, 43)}
    assert tools.shown["ledger.log:40"].text.text == "this is line 40"


async def test_lines_around_are_bounded() -> None:
    read = await answered("read_lines", file="ledger.log", line=500, around=4_000)
    assert len(read.splitlines()) <= MOST_LINES


@pytest.mark.parametrize(
    "arguments",
    [{}, {"file": "ledger.log"}, {"file": "../secret.key", "line": 1}, {"file": 7, "line": "x"}],
)
async def test_a_call_that_names_no_place_is_answered_with_how(
    arguments: dict[str, object],
) -> None:
    assert "Name a file as `list_files`" in await answered("read_lines", **arguments)


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
