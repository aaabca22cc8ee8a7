"""Two recorded incidents under other names and at other times: is the cause still found?

Each goes the way of any alert: posted to the webhook of a running `up`, its files dropped by an
operator. Then the same files are given to `faultmaven investigate`.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_asyncio
from pydantic import BaseModel, ConfigDict

from core.cases.events import fold, verify_chain
from core.redaction.placeholders import PLACEHOLDER
from tests.fakes.chat import words_of
from tests.journeys.alertmanagers import TOKEN, until
from tests.journeys.disguise import Disguise
from tests.journeys.operator import an_operator
from tests.journeys.up import Up, up_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.cases.events import CaseView
    from core.investigation.model import Hypothesis

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]

ROOT = Path(__file__).parents[2]
RECORDINGS = {
    "ferry-bookings": ROOT / "faultmaven/recordings/ferry-bookings",
    "parcel-scans": ROOT / "tests/recordings/parcel-scans",
}
SHIFT = -timedelta(days=17, hours=5, minutes=13, seconds=42)
ORIGINAL_DAY = re.compile(r"2026-11-20|20 Nov 2026|\b17951[0-9]{5}\b")


@dataclass(frozen=True)
class Incident:
    """A recording in disguise, with what is true of it."""

    folder: Path
    disguise: Disguise
    truth: dict[str, Any]

    @property
    def service(self) -> str:
        return self.disguise.names[self.truth["service"]]

    @property
    def decisive(self) -> set[str]:
        """`file:line` of the lines that decide, as citations name them."""
        return {
            f"{self._told(span['file'])}:{line}"
            for span in self.truth["decisive"]
            for line in range(span["line_start"], span["line_end"] + 1)
        }

    @property
    def beside(self) -> list[Path]:
        return [self.folder / "files", self.folder / "metrics.json", self.folder / "topology.json"]

    def _told(self, file: str) -> str:
        return "/".join(self.disguise.name(part) for part in Path(file).parts[1:])


@pytest.fixture(scope="module", params=RECORDINGS)
def incident(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Incident:
    recording = RECORDINGS[request.param]
    truth = json.loads((ROOT / f"tests/recordings/truth/{request.param}.json").read_text())
    disguise = Disguise.of(recording, by=SHIFT)
    folder = disguise.put_on(recording, tmp_path_factory.mktemp("disguised"))
    return Incident(folder, disguise, truth)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Up]:
    async with up_in(tmp_path_factory.mktemp("up")) as up:
        yield up


async def test_no_name_and_no_time_is_left(incident: Incident) -> None:
    known = re.compile("|".join(map(re.escape, incident.disguise.names)), re.IGNORECASE)
    for file in (one for one in incident.folder.rglob("*") if one.is_file()):
        text = f"{file.relative_to(incident.folder)}\n{file.read_text()}"
        assert not known.findall(text), file
        assert not ORIGINAL_DAY.findall(text), file


async def test_a_running_up_ranks_the_true_cause_first(up: Up, incident: Incident) -> None:
    number = len(await up.cases()) + 1
    await _deliver(up, incident)

    async def opened() -> bool:
        return len(await up.cases()) == number

    await until(opened)
    async with an_operator(up) as operator:
        await operator.drop(*incident.beside, case=number)
        await operator.settled()
        (card, *_) = [one for one in await operator.shown("case") if one.case_number == number]
    view = await _view_of(up, number)

    best = _best(view)
    assert (best.cause.service, best.cause.fault) == (incident.service, incident.truth["fault"])
    assert {line.locus.label for line in best.supporting if line.locus} & incident.decisive
    innocent = {incident.disguise.names[name] for name in incident.truth["not_to_blame"]}
    blamed = {one.cause.service for one in view.hypotheses if one.confidence > 0.1}
    assert not blamed & innocent
    assert f"1. {best.statement.text}" in words_of(card)
    assert view.case.firing == 1


async def test_investigate_says_the_same_and_every_line_stands_where_it_says(
    incident: Incident,
) -> None:
    document = await _investigate(incident)
    told = Document.model_validate(document)
    best = told.hypotheses[0]
    assert told.verdict == "root_cause"
    assert (best.cause.service, best.cause.fault) == (incident.service, incident.truth["fault"])
    assert (told.causes[0].service, told.causes[0].signal) == (incident.service, best.cause.signal)
    assert [one.confidence for one in told.hypotheses] == sorted(
        (one.confidence for one in told.hypotheses), reverse=True
    )
    cited = [line for one in told.hypotheses for line in (*one.supporting, *one.contradicting)]
    assert cited
    for line in cited:
        _stands(line, incident.folder / "files")
    lines_for = {f"{one.locus.file}:{one.locus.line_start}" for one in best.supporting}
    assert lines_for & incident.decisive
    assert "1." in (told.answer or "")
    assert told.spent.calls == told.spent.tokens == 0
    assert told.spent.seconds > 0


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Locus(_Strict):
    file: str
    line_start: int
    line_end: int


class Line(_Strict):
    text: str
    why: str
    locus: Locus


class Named(_Strict):
    service: str | None
    signal: str
    fault: str


class Told(_Strict):
    statement: str
    cause: Named
    state: str
    confidence: float
    supporting: list[Line]
    contradicting: list[Line]
    check: str


class Ranked(Named):
    score: float


class Moment(_Strict):
    at: str
    text: str
    locus: Locus | None


class Spent(_Strict):
    calls: int
    tokens: int
    cost: float
    seconds: float


class Document(_Strict):
    """`investigate --json`, as scripts rely on it."""

    verdict: str
    hypotheses: list[Told]
    timeline: list[Moment]
    next_question: str | None
    missing: list[str]
    causes: list[Ranked]
    answer: str | None
    spent: Spent


def _stands(line: Line, folder: Path) -> None:
    """The cited text is on the cited lines, but for what was redacted or cut off."""
    lines = (folder / line.locus.file).read_text().splitlines()
    assert 1 <= line.locus.line_start <= line.locus.line_end <= len(lines)
    there = "\n".join(lines[line.locus.line_start - 1 : line.locus.line_end])
    at = 0
    for part in re.split(rf"{PLACEHOLDER.pattern}|…$", line.text):
        at = there.index(part or "", at) + len(part or "")


def _best(view: CaseView) -> Hypothesis:
    return min(view.hypotheses, key=lambda one: one.rank)


async def _view_of(up: Up, number: int) -> CaseView:
    """What the tables hold, which is what the events say."""
    case = (await up.cases())[number - 1]
    async with up.store() as store, store.reading() as unit:
        view = await unit.cases.view(case.id)
        events, texts = await unit.cases.events(case.id), await unit.cases.texts(case.id)
    assert verify_chain(events) == case.head
    assert fold(events, texts) == view
    return view


async def _deliver(up: Up, incident: Incident) -> None:
    body = (incident.folder / "alert.json").read_bytes()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient() as client:
        assert (await client.post(up.webhook, content=body, headers=headers)).is_success


async def _investigate(incident: Incident) -> dict[str, Any]:
    files, metrics, topology = incident.beside
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "faultmaven", "investigate", files, metrics),
        *("--alert", incident.folder / "alert.json", "--topology", topology),
        *("--question", "why 1?", "--json"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, said = await process.communicate()
    assert (process.returncode, said) == (0, b"")
    document: dict[str, Any] = json.loads(out)
    return document
