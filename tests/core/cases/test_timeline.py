"""What happened when, from alerts, findings and the case's own events."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.cases.dossier import gather
from core.cases.timeline import timeline, timeline_of
from core.evidence.model import FindingKind
from core.redaction.engine import Redactor
from tests.core.conversation.test_verbs import POOL_LOG
from tests.examples import BEGAN, BURST, CHANGE, CHATTER, FIRST_ERROR, OCCURRENCES, REDACTOR
from tests.fakes.chat import House, in_memory

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> House:
    return in_memory(tmp_path)


def test_alerts_and_findings_stand_in_order_with_their_places() -> None:
    moments = timeline(OCCURRENCES, [(FIRST_ERROR, BURST, CHANGE, CHATTER)], redactor=REDACTOR)
    assert [moment.at for moment in moments] == sorted(moment.at for moment in moments)
    said = [moment.text.text for moment in moments]
    assert said[0].startswith("Change: deployed 2f9c")
    assert said[1] == "Alert fired: HighErrorRate (checkout)"
    assert said[-1] == "Alert ended: PodRestarted (checkout)"
    labels = {moment.locus.label for moment in moments if moment.locus}
    assert labels == {"api.log:8790", "api.log:8812"}
    assert not any("GET /health" in one for one in said)


def test_a_line_that_is_several_findings_is_told_once() -> None:
    sign = replace(FIRST_ERROR, kind=FindingKind.SIGNAL)
    moments = timeline((), [(sign, FIRST_ERROR)], redactor=REDACTOR)
    assert [moment.text.text.split(",")[0] for moment in moments] == ["First error"]


def test_what_has_no_time_is_left_out() -> None:
    timeless = replace(FIRST_ERROR, first=None)
    assert timeline((), [(timeless,)], redactor=REDACTOR) == ()
    assert timeline(OCCURRENCES, [], redactor=REDACTOR)[0].at == BEGAN


async def test_people_and_hypotheses_are_in_it(house: House) -> None:
    for line in ("open checkout is slow", f"evidence {POOL_LOG}", "why 1?"):
        await house.say(line)
        await house.work()
        house.clock.advance(60)
    await house.say("confirm 1 seen on the dashboard", by="lee")
    house.clock.advance(60)
    await house.say("resolve pool set to 40", by="lee")
    async with house.services.store.reading() as unit:
        case = await unit.cases.by_number("default", 1)
        dossier = await gather(unit, case.id)
    said = [moment.text.text for moment in timeline_of(dossier, redactor=Redactor(b""))]
    wanted = [
        "dana opened the case",
        "dana brought e1 pasted.txt",
        "Most likely now: 1. ",
        "dana asked: why 1?",
        "Answer: 1. ",
        "lee confirmed 1. ",
        "lee resolved the case",
    ]
    found = [next(i for i, one in enumerate(said) if one.startswith(want)) for want in wanted]
    assert found == sorted(found), said
    assert any(one.endswith("seen on the dashboard") for one in said)
