"""A recorded case as other models see it: flips are named, and nothing of the case changes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.cases.model import Cause, Hypothesis, HypothesisState
from core.cases.ports import Dossier, gather
from core.errors import BudgetSpent, ModelUnavailable, NotFound, WrongUsage
from core.evidence.model import FindingKind
from core.investigation.decision import Situation, Verdict
from core.investigation.model_reasoner import WithModel
from core.workflows.replay import Flip, ModelComparison, ReplayedVerdict, flip, replay
from tests.core.investigation.sample_situations import REDACTOR
from tests.fakes.chat import in_memory
from tests.fakes.models.in_process import (
    COST,
    TOKENS_IN,
    TOKENS_OUT,
    ScriptedModel,
    a_cause,
    looks_up,
    opines,
    says,
)

if TYPE_CHECKING:
    from pathlib import Path

    from core.investigation.language_model import ModelReply, ModelRequest

pytestmark = pytest.mark.unit

LINE, OTHER_LINE = "pasted.txt:6", "pasted.txt:26"
LOG = "\n".join(
    [
        *(f"2026-01-01 00:0{minute}:05,000 INFO web: GET /cart 200" for minute in range(5)),
        *(
            f"2026-01-01 00:05:{n:02},000 ERROR ledger: quota of postings reached"
            for n in range(20)
        ),
        *(f"2026-01-01 00:06:{n:02},000 ERROR route: no way to the bank" for n in range(20)),
    ]
)
LATER_LOG = "\n".join(
    f"2026-01-01 00:05:{second:02},000 ERROR web: upstream answered 503" for second in range(20)
)
SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ledger\ndata:\n  postings_max: 40\n"
QUOTA = opines(a_cause("ledger", "posting quota", LINE, OTHER_LINE, statement="Quota used up"))
ROUTE = opines(a_cause("route", "lost route", OTHER_LINE, LINE, statement="Route lost"))


class TheHouse:
    """A house whose reasoner asks this model; others may take its place."""

    def __init__(self, folder: Path, *script: ModelReply | Exception) -> None:
        self.model = ScriptedModel(list(script))
        self.house = in_memory(folder, reasoner=asking(self.model))

    async def has_a_closed_case(self) -> None:
        """The model has read a log, and people have resolved the case."""
        await self.house.say("open checkout is slow")
        await self.house.say(f"evidence {LOG}")
        await self.house.work()
        await self.house.say("resolve more quota")
        await self.house.work()

    async def dossier(self) -> Dossier:
        async with self.house.services.reading() as unit:
            return await gather(unit, (await unit.cases.by_number(1)).id)

    async def replayed(self, **models: ScriptedModel) -> ModelComparison:
        reasoners = {name: asking(model) for name, model in models.items()}
        return await replay(1, reasoners, services=self.house.services)


def asking(model: ScriptedModel) -> WithModel:
    return WithModel(model, lambda _situation: REDACTOR)


def a_model(*script: ModelReply | Exception) -> ScriptedModel:
    return ScriptedModel(list(script))


@pytest.fixture
async def recorded(tmp_path: Path) -> TheHouse:
    """The model looked once, then named the quota."""
    the_house = TheHouse(tmp_path, looks_up("find_lines", words="quota"), QUOTA)
    await the_house.has_a_closed_case()
    return the_house


async def test_the_same_model_sees_the_same_and_is_sent_the_same(recorded: TheHouse) -> None:
    again = a_model(looks_up("find_lines", words="quota"), QUOTA)
    (round_,) = (await recorded.replayed(same=again)).rounds
    (now,) = round_.now
    assert round_.flip(now) is None
    assert round_.then is not None
    assert now.text == round_.then.text
    assert now.opinion == round_.then.opinion
    assert [words_of(asked) for asked in again.asked] == [
        words_of(asked) for asked in recorded.model.asked
    ]


def words_of(request: ModelRequest) -> list[str]:
    """What it says, without the marks of data, whose name is of the moment."""
    return [re.sub(r"data-[0-9]+", "", message.text.text) for message in request.messages]


async def test_one_that_judges_differently_is_a_flip_with_what_it_took(recorded: TheHouse) -> None:
    (round_,) = (await recorded.replayed(other=a_model(ROUTE))).rounds
    (now,) = round_.now
    assert round_.flip(now) is Flip.LEADER
    assert now.leader is not None
    assert now.leader.cause.fault == "lost_route"
    assert (now.spent.calls, now.spent.tokens) == (1, TOKENS_IN + TOKENS_OUT)
    assert now.spent.cost == COST
    assert round_.then is not None
    assert round_.then.spent.calls == 2  # those of the turn, as it was recorded
    assert round_.engine.model is None


@pytest.mark.parametrize(
    "failure",
    [ModelUnavailable("nobody answers"), BudgetSpent("the limit is spent"), says("Who knows?")],
    ids=lambda failure: type(failure).__name__,
)
async def test_one_that_fails_is_told_beside_the_others(
    recorded: TheHouse, failure: ModelReply | Exception
) -> None:
    (round_,) = (await recorded.replayed(broken=a_model(failure), fine=a_model(QUOTA))).rounds
    broken, fine = round_.now
    assert broken.problem
    assert round_.flip(broken) is None
    assert fine.opinion is not None


async def test_nothing_of_the_case_changes(recorded: TheHouse) -> None:
    before = await recorded.dossier()
    await recorded.replayed(other=a_model(ROUTE))
    assert await recorded.dossier() == before


async def test_a_round_sees_what_was_there_then(tmp_path: Path) -> None:
    """Not the file that came later, and not the opinion about both."""
    the_house = TheHouse(tmp_path, QUOTA, ROUTE)
    await the_house.house.say("open checkout is slow")
    await the_house.house.say(f"evidence {LOG}")
    await the_house.house.work()
    await the_house.house.say(f"evidence {LATER_LOG}")
    await the_house.house.work()
    again = a_model(QUOTA, ROUTE)
    first, second = (await the_house.replayed(same=again)).rounds
    assert [len(each.recorded.situation.files) for each in (first, second)] == [1, 2]
    assert "503" not in again.asked[0].messages[1].text.text
    assert "503" in again.asked[1].messages[1].text.text
    assert first.recorded.situation.investigation.opinion is None
    assert second.recorded.situation.investigation.opinion == first.recorded.opinion


async def test_versions_of_a_file_are_compared_as_they_were_then(tmp_path: Path) -> None:
    the_house = TheHouse(tmp_path, QUOTA, QUOTA, QUOTA)
    await the_house.house.say("open checkout is slow")
    for text in (LOG, SETTINGS, SETTINGS.replace("40", "4")):
        await the_house.house.say(f"evidence {text}")
        await the_house.house.work()
    rounds = (await the_house.replayed(same=a_model(QUOTA, QUOTA, QUOTA))).rounds
    assert [each.recorded.altered for each in rounds] == [()] * len(rounds)
    changed = [each for each in rounds if "40" in changes_of(each.recorded.situation)]
    assert changed == list(rounds[-1:])


def changes_of(situation: Situation) -> str:
    findings = (each for of_file in situation.findings.values() for each in of_file)
    return "".join(each.text.text for each in findings if each.kind is FindingKind.CHANGE)


async def test_evidence_that_was_deleted_since_is_named(tmp_path: Path) -> None:
    the_house = TheHouse(tmp_path, QUOTA)
    await the_house.house.say("open checkout is slow")
    await the_house.house.say(f"evidence {LOG}")
    await the_house.house.work()
    await the_house.house.say("evidence delete e1")
    (round_,) = (await the_house.replayed(same=a_model(QUOTA))).rounds
    assert [text.text for text in round_.recorded.altered] == ["e1: deleted since"]
    assert not round_.recorded.situation.files
    assert round_.now[0].problem


async def test_people_s_word_stands_beside_those_of_models(recorded: TheHouse) -> None:
    await recorded.house.say("reopen")
    await recorded.house.say("confirm 1 anyway")
    compared = await recorded.replayed(same=a_model(QUOTA))
    assert compared.confirmed is not None
    (round_,) = compared.rounds
    assert round_.now[0].verdict is Verdict.NO_ROOT_CAUSE_YET  # nobody had confirmed it then


LEADER = Hypothesis(
    number=1,
    cause=Cause(service="ledger", signal="refused", fault="posting_quota"),
    statement=REDACTOR.clean("Quota used up at ledger"),
    state=HypothesisState.PROPOSED,
    confidence=0.914,
    rank=1,
)
OTHER_FAULT = replace(LEADER, cause=replace(LEADER.cause, fault="disk_full"))
OTHER_SERVICE = replace(LEADER, cause=replace(LEADER.cause, service="route"))
SURE, OPEN, HARMLESS = Verdict.ROOT_CAUSE, Verdict.NO_ROOT_CAUSE_YET, Verdict.NO_IMPACT_FOUND


def said(verdict: Verdict, leader: Hypothesis | None = LEADER) -> ReplayedVerdict:
    return ReplayedVerdict(model="m", verdict=verdict, leader=leader)


@pytest.mark.parametrize(
    ("was", "now", "differs"),
    [
        (said(SURE), said(SURE, replace(LEADER, confidence=0.6)), None),
        (said(SURE), said(OPEN), Flip.LOST),
        (said(OPEN), said(SURE), Flip.GAINED),
        (said(SURE), said(SURE, OTHER_SERVICE), Flip.SERVICE),
        (said(SURE), said(SURE, OTHER_FAULT), Flip.FAULT),
        (said(SURE), said(HARMLESS), Flip.IMPACT),
        (said(HARMLESS, None), said(OPEN), Flip.IMPACT),
        (said(OPEN), said(OPEN, OTHER_FAULT), Flip.LEADER),
        (said(OPEN), said(OPEN, None), None),
    ],
)
def test_what_a_flip_is(was: ReplayedVerdict, now: ReplayedVerdict, differs: Flip | None) -> None:
    assert flip(was, now) is differs


def test_a_verdict_in_words() -> None:
    assert said(SURE).text.text == "root cause 91 %: Quota used up at ledger"
    assert said(OPEN).text.text == "no root cause yet, Quota used up at ledger leads with 91 %"
    assert said(OPEN, None).text.text == "no root cause yet"
    assert said(HARMLESS).text.text == "no impact found"


async def test_a_case_that_no_model_has_read_is_compared_with_the_engine(tmp_path: Path) -> None:
    house = in_memory(tmp_path)
    await house.say("open checkout is slow")
    await house.say(f"evidence {LOG}")
    await house.work()
    compared = await replay(1, {"new": asking(a_model(QUOTA))}, services=house.services)
    (round_,) = compared.rounds
    assert round_.then is None
    assert round_.baseline is round_.engine
    assert round_.now[0].opinion is not None


async def test_there_must_be_a_case_with_evidence(tmp_path: Path) -> None:
    house = in_memory(tmp_path)
    await house.say("open checkout is slow")
    with pytest.raises(WrongUsage, match="no evidence was weighed in case #1"):
        await replay(1, {"new": asking(a_model(QUOTA))}, services=house.services)
    with pytest.raises(NotFound):
        await replay(2, {"new": asking(a_model(QUOTA))}, services=house.services)
