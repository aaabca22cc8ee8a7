"""Which events of a case are talk."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.cases.events import CaseEvent, EventKind, seal
from core.clock import micros
from core.investigation.memory.messages import messages_of
from core.text.redacted import RedactedText, redacted
from tests.core.investigation.memory.sample_talk import NINE


def told(
    *entries: tuple[EventKind, str, str], field: str = "text", **more: int
) -> tuple[list[CaseEvent], dict[str, RedactedText]]:
    """Events of (kind, who, what), a minute apart, and their texts."""
    events, texts = list[CaseEvent](), dict[str, RedactedText]()
    for seq, (kind, by, text) in enumerate(entries, 1):
        clean = redacted(text)
        texts[clean.digest] = clean
        at = NINE + timedelta(minutes=seq)
        data = {field: clean.digest, **more}
        events.append(seal("case_1", seq, kind, at=at, actor=by, data=data, previous=""))
    return events, texts


@pytest.mark.parametrize(
    "kind", [EventKind.NOTED, EventKind.ASKED, EventKind.ANSWERED, EventKind.CORRECTED]
)
def test_what_is_said_asked_and_answered_is_talk(kind: EventKind) -> None:
    (message,) = messages_of(*told((kind, "dana", "the pool is full")))
    assert (message.seq, message.by, message.text.text) == (1, "dana", "the pool is full")
    assert message.at == NINE + timedelta(minutes=1)


def test_why_somebody_judged_is_talk() -> None:
    events, texts = told((EventKind.JUDGED, "dana", "seen in spring"), field="why")
    assert [message.text.text for message in messages_of(events, texts)] == ["seen in spring"]


@pytest.mark.parametrize("kind", [EventKind.OPENED, EventKind.RANKED, EventKind.PAGED])
def test_the_rest_of_a_case_is_not(kind: EventKind) -> None:
    assert messages_of(*told((kind, "system", "the pool is full"))) == ()


def test_a_judgement_without_a_reason_is_not() -> None:
    event = seal(
        "case_1", 1, EventKind.JUDGED, at=NINE, actor="dana", data={"why": None}, previous=""
    )
    assert messages_of([event], {}) == ()


def test_what_was_erased_is_gone() -> None:
    events, texts = told((EventKind.NOTED, "dana", "secret"), (EventKind.NOTED, "lee", "ok"))
    del texts[redacted("secret").digest]
    assert [message.by for message in messages_of(events, texts)] == ["lee"]


def test_what_we_heard_of_later_has_its_own_time() -> None:
    said_at = NINE - timedelta(hours=1)
    events, texts = told((EventKind.NOTED, "dana", "hm"), occurred_at=micros(said_at))
    assert messages_of(events, texts)[0].at == said_at


def test_only_the_newest_are_read() -> None:
    events = [(EventKind.NOTED, "dana", f"note {nth}") for nth in range(30)]
    messages = messages_of(*told(*events), most=4)
    assert [message.text.text for message in messages] == [f"note {nth}" for nth in range(26, 30)]
    assert messages_of(*told(*events), most=0) == ()
