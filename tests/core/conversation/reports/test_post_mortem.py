"""The draft of a post-mortem: what the record knows, and nobody to blame."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cases.ports import Dossier, gather
from core.conversation.reports.post_mortem import post_mortem_of, unnamed
from core.text.redacted import restore_redacted
from tests.examples import (
    API_LOG,
    BROKEN,
    BY_HAND,
    CHANGE,
    FIRST_ERROR,
    KNOWN,
    NOW,
    OCCURRENCES,
    REDACTOR,
    RESOLVED,
)
from tests.fakes.chat import HOME, in_memory

if TYPE_CHECKING:
    from pathlib import Path

FULL = Dossier(
    view=KNOWN,
    occurrences=OCCURRENCES,
    files=(API_LOG, BROKEN),
    findings={API_LOG.id: (FIRST_ERROR, CHANGE)},
)


def draft(dossier: Dossier) -> str:
    return post_mortem_of(dossier, now=NOW, redactor=REDACTOR).text


def section(text: str, title: str) -> str:
    return text.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_what_the_record_knows_stands_in_its_section() -> None:
    text = draft(FULL)
    assert "The connection pool of checkout is exhausted" in section(text, "Root cause & trigger")
    assert "`The disk of db is full`: `df shows 40 % free`" in text
    assert "First alert: `HighErrorRate`" in section(text, "Detection")
    assert "Evidence could not be read: `trace.json`" in section(text, "What went poorly")
    assert "- [ ] 2 alerts are still firing (owner: …, due: …)" in section(text, "Actions")


def test_with_next_to_nothing_every_section_says_so() -> None:
    text = draft(Dossier(view=BY_HAND))
    titles = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
    assert len(titles) == 9
    assert all(section(text, title).strip() for title in titles)
    assert "Nothing happened at a known time." in text
    assert "No alert told of it" in text


def test_who_judged_and_who_resolved_is_not_told_of_the_cause() -> None:
    for view in (KNOWN, RESOLVED):
        text = draft(replace(FULL, view=view))
        assert "dana" not in section(text, "Root cause & trigger")
        assert "dana" not in section(text, "Summary")


async def test_people_stand_in_it_by_what_they_did_to_help(tmp_path: Path) -> None:
    house = in_memory(tmp_path)
    await house.say("open checkout is slow", place=HOME)
    for line in ("#1 evidence ERROR pool timeout", "#1 resolve bob broke it, pool set to 40"):
        house.clock.advance(60)
        await house.say(line, by="lee")
        await house.work()
    async with house.services.reading() as unit:
        dossier = await gather(unit, (await unit.cases.by_number(1)).id)
    text = draft(dossier)
    well = section(text, "What went well")
    assert "`lee` brought evidence" in well
    assert "`lee` brought the case to its end" in well
    assert "bob" not in text
    assert "lee" not in text.replace(well, "")


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("deploy service=api version=2 by=dana note=x", "deploy service=api version=2 note=x"),
        ('{"msg": "deployed", "user": "dana"}', '{"msg": "deployed"}'),
        ("deploy author: dana@example", "deploy"),
        ("order by=", "order by="),
        ("standby=1 kept", "standby=1 kept"),
        ("killed by the OOM killer", "killed by the OOM killer"),
    ],
)
def test_a_change_is_told_without_who_made_it(words: str, left: str) -> None:
    assert unnamed(restore_redacted(words)).text == left


@given(st.text(max_size=100))
def test_nothing_from_outside_is_markup_in_it(text: str) -> None:
    hostile = restore_redacted(f"`{text}` {{{{ 7 * 7 }}}} {{% raw %}}\n# no heading")
    case = replace(KNOWN.case, title=hostile, service=text or "x")
    leader = replace(KNOWN.hypotheses[0], statement=hostile)
    view = replace(KNOWN, case=case, hypotheses=(leader, *KNOWN.hypotheses[1:]))
    drawn = draft(replace(FULL, view=view))
    assert len(re.findall(r"^## ", drawn, flags=re.MULTILINE)) == 9
    assert not re.search(r"^# no heading", drawn, flags=re.MULTILINE)
    assert "7 * 7" in drawn
