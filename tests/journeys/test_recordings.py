"""Recorded incidents under other names and at other times: the cause is found, and only it.

Each goes the way of any alert: posted to the webhook of a running `up`, its files dropped by an
operator, of one in Slack; then what decides is deleted, and nobody is accused any more. The same
files are given to `faultmaven investigate`. In one recording nothing is wrong: there is nothing to
find.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from pydantic import BaseModel, ConfigDict

from bot.terminal.uploads import uploads
from core.cases.events import verify_chain
from core.cases.model import Trust
from core.cases.projection import fold
from core.redaction.rules import PLACEHOLDER
from tests.fakes.chat import words_of
from tests.fakes.context import CONTEXT
from tests.fakes.slack import Limits, a_slack
from tests.journeys.alertmanagers import until
from tests.journeys.incidents import INCIDENTS, QUIET, DisguisedIncident, in_disguise, investigate
from tests.journeys.operator import an_operator
from tests.journeys.stages import InSlack, waits_for
from tests.journeys.up import Up, up_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from core.cases.model import Hypothesis
    from core.cases.projection import CaseView
    from core.evidence.model import EvidenceFile

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
]

IN_SLACK = "cinema-seats"  # where one message a second is posted: the others do without the wait
ORIGINAL_DAY = re.compile(r"2026-11-20|20 Nov 2026|\b17951[0-9]{5}(?:[0-9]{9})?\b")
of_incidents = pytest.mark.parametrize("incident", sorted({*INCIDENTS} - {IN_SLACK}), indirect=True)
of_that_in_slack = pytest.mark.parametrize("incident", [IN_SLACK], indirect=True)
# By the command alone, which is the same engine: one that logs tell of, one that they do not.
of_some = pytest.mark.parametrize("incident", ["ferry-bookings", "meter-quotes"], indirect=True)
of_quiet = pytest.mark.parametrize("incident", QUIET, indirect=True)
of_all = pytest.mark.parametrize("incident", INCIDENTS | QUIET, indirect=True)


@pytest.fixture(scope="module")
def incident(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> DisguisedIncident:
    return in_disguise(request.param, tmp_path_factory.mktemp("disguised"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Up]:
    async with up_in(tmp_path_factory.mktemp("up")) as up:
        yield up


@of_all
async def test_no_name_and_no_time_is_left(incident: DisguisedIncident) -> None:
    known = re.compile("|".join(map(re.escape, incident.disguise.names)), re.IGNORECASE)
    for file in (path for path in incident.folder.rglob("*") if path.is_file()):
        text = f"{file.relative_to(incident.folder)}\n{file.read_text()}"
        assert not known.findall(text), file
        assert not ORIGINAL_DAY.findall(text), file


@of_incidents
async def test_a_running_up_names_the_true_cause_but_not_once_what_decides_is_deleted(
    up: Up, incident: DisguisedIncident
) -> None:
    number = await _opened(up, incident)
    async with an_operator(up) as operator:
        await operator.drop(*incident.files, case=number)
    await _is_solved(up, number, incident)
    await _is_open_again_without_what_decides(up, number, incident)


@of_that_in_slack
async def test_in_slack_it_does_so_too(tmp_path: Path, incident: DisguisedIncident) -> None:
    async with a_slack(limits=Limits(on=False)) as slack, up_in(tmp_path, **slack.settings()) as up:
        number = await _opened(up, incident)
        in_slack = InSlack(slack)
        await waits_for(f"#{number} ", in_slack.card)
        await in_slack.drops(*incident.files)
        await until(partial(_has_all_files, up, number, incident))
        best = await _is_solved(up, number, incident)
        await waits_for(best.statement.text, in_slack.card)
        await _is_open_again_without_what_decides(up, number, incident)


@of_quiet
async def test_a_running_up_accuses_nobody_where_nothing_is_wrong(
    up: Up, incident: DisguisedIncident
) -> None:
    number = await _opened(up, incident)
    async with an_operator(up) as operator:
        await operator.drop(*incident.files, case=number)
        await operator.settled()
    view = await _view_of(up, number)
    assert not _may_say_root_cause(view), view.investigation.conclusion


@of_some
async def test_investigate_says_the_same_and_every_line_stands_where_it_says(
    incident: DisguisedIncident,
) -> None:
    document = Document.model_validate(await investigate(incident))
    best = document.hypotheses[0]
    assert document.verdict == "root_cause"
    assert (best.cause.service, best.cause.fault) == (incident.service, incident.truth["fault"])
    assert (document.causes[0].service, document.causes[0].signal) == (
        incident.service,
        best.cause.signal,
    )
    assert [report.confidence for report in document.hypotheses] == sorted(
        (report.confidence for report in document.hypotheses), reverse=True
    )
    assert best.supporting
    _every_line_stands(document, incident)
    assert "1." in (document.answer or "")
    assert document.spent.calls == document.spent.tokens == 0
    assert document.spent.seconds > 0


@of_quiet
async def test_investigate_finds_no_root_cause_where_nothing_is_wrong(
    incident: DisguisedIncident,
) -> None:
    document = Document.model_validate(await investigate(incident))
    assert document.verdict in {"no_root_cause_yet", "no_impact_found"}
    _every_line_stands(document, incident)


class _Read(BaseModel):
    """What scripts rely on; there may be more."""

    model_config = ConfigDict(strict=True)


class CitedLocus(_Read):
    file: str
    line_start: int
    line_end: int


class CitedLine(_Read):
    text: str
    why: str
    locus: CitedLocus | None


class NamedCause(_Read):
    service: str | None
    signal: str
    fault: str


class ReportedHypothesis(_Read):
    statement: str
    cause: NamedCause
    state: str
    confidence: float
    supporting: list[CitedLine]
    contradicting: list[CitedLine]
    check: str


class Ranked(NamedCause):
    score: float


class Moment(_Read):
    at: str
    text: str
    locus: CitedLocus | None


class ReportedUsage(_Read):
    calls: int
    tokens: int
    cost: float
    seconds: float


class Document(_Read):
    """`investigate --json`."""

    verdict: str
    hypotheses: list[ReportedHypothesis]
    timeline: list[Moment]
    next_question: str | None
    missing: list[str]
    causes: list[Ranked]
    answer: str | None
    spent: ReportedUsage


_COUNTED = re.compile(r"http_\w+\{[^}]*\}: ")  # what the lines of a log were counted as


def _every_line_stands(document: Document, incident: DisguisedIncident) -> None:
    """The log lines that are cited are in the cited files; other lines at least point there."""
    cited = [
        line
        for report in document.hypotheses
        for line in (*report.supporting, *report.contradicting)
    ]
    for line in (line for line in cited if line.locus):
        assert line.locus
        if setting := re.search(r"(\w+): \S+ → (\S+) \(before: ", line.text):
            _stands(f"{setting[1]}={setting[2]}", line.locus, incident.folder / "files")
        elif line.locus.file.endswith((".log", ".env")) and not _COUNTED.match(line.text):
            _stands(line.text, line.locus, incident.folder / "files")


def _stands(text: str, locus: CitedLocus, folder: Path) -> None:
    """The cited text is on the cited lines, but for what was redacted or cut off."""
    lines = (folder / locus.file).read_text().splitlines()
    assert 1 <= locus.line_start <= locus.line_end <= len(lines)
    there = "\n".join(lines[locus.line_start - 1 : locus.line_end])
    at = 0
    for part in re.split(rf"{PLACEHOLDER.pattern}|…$", text):
        at = there.index(part or "", at) + len(part or "")


async def _opened(up: Up, incident: DisguisedIncident) -> int:
    """The number of the case that its alert opens."""
    number = len(await up.cases()) + 1
    await _deliver(up, incident)

    async def opened() -> bool:
        return len(await up.cases()) == number

    await until(opened)
    return number


async def _is_solved(up: Up, number: int, incident: DisguisedIncident) -> Hypothesis:
    """Its files are dropped: the true cause, which the case names, and its card too."""
    async with an_operator(up) as operator:
        await operator.settled()
        (card,) = [card for card in await operator.shown("case") if card.case_number == number]
    view = await _view_of(up, number)
    best = min(view.hypotheses, key=lambda hypothesis: hypothesis.rank)
    assert (best.cause.service, best.cause.fault) == (incident.service, incident.truth["fault"])
    assert any(line.locus and incident.shows_it(line.locus) for line in best.supporting)
    blamed = {hypothesis.cause for hypothesis in view.hypotheses if hypothesis.confidence > 0.1}
    assert not {cause for cause in blamed if cause.service in incident.innocent}
    assert _may_say_root_cause(view), view.investigation.conclusion
    assert best.statement.text in words_of(card)
    return best


async def _is_open_again_without_what_decides(
    up: Up, number: int, incident: DisguisedIncident
) -> None:
    """The files that decide, and the series, are deleted: no cause may be named any more."""
    decisive = [file for file in await _files_of(up, number) if incident.decides(file.name.text)]
    assert len(decisive) > 1
    async with an_operator(up) as operator:
        for file in decisive:
            await operator.say(f"evidence delete e{file.number}", case=number)
        await operator.settled()
    view = await _view_of(up, number)
    assert not _may_say_root_cause(view), view.investigation.conclusion


async def _has_all_files(up: Up, number: int, incident: DisguisedIncident) -> bool:
    return len(await _files_of(up, number)) == len(list(uploads(incident.files)))


async def _files_of(up: Up, number: int) -> list[EvidenceFile]:
    case = (await up.cases())[number - 1]
    async with up.store() as store, store.reading(CONTEXT) as unit:
        return await unit.files.of_case(case.id)


def _may_say_root_cause(view: CaseView) -> bool:
    concluded = view.investigation.conclusion
    return concluded is not None and concluded.confidence is Trust.HIGH


async def _view_of(up: Up, number: int) -> CaseView:
    """What the tables hold, which is what the events say."""
    case = (await up.cases())[number - 1]
    async with up.store() as store, store.reading(CONTEXT) as unit:
        view = await unit.cases.view(case.id)
        events, texts = await unit.cases.events(case.id), await unit.cases.texts(case.id)
    assert verify_chain(events) == case.head
    assert fold(events, texts) == view
    assert view.case.firing == 1
    return view


async def _deliver(up: Up, incident: DisguisedIncident) -> None:
    assert await up.takes((incident.folder / "alert.json").read_bytes())
