"""Among people we take for ours only what plainly is; said to us, everything."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.conversation.commands.command import Chosen, Note, wanted
from core.conversation.commands.parsing import Spoken
from core.conversation.messages.message import Attachment, IncomingMessage, MessageKind
from tests.fakes.chat import LOFT


def heard(text: str, manner: MessageKind = MessageKind.MESSAGE, **more: object) -> IncomingMessage:
    return IncomingMessage(
        place=LOFT,
        key="loft/1",
        by="P1",
        manner=manner,
        text=text,
        said_at=datetime(2026, 1, 1, tzinfo=UTC),
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("line", "verb", "argument"),
    [
        ("status", "status", ""),
        ("hypotheses", "hypotheses", ""),
        ("confirm 1 it was the deploy", "confirm", "1 it was the deploy"),
        ("reject 2", "reject", "2"),
        ("evidence e7", "evidence", "e7"),
        ("evidence 12:00 ERROR a\n12:01 ERROR b", "evidence", "12:00 ERROR a\n12:01 ERROR b"),
        ("why 1?", "ask", "why 1?"),
        ("what changed before 14:05?", "ask", "what changed before 14:05?"),
        ("Is the pool exhausted?", "ask", "Is the pool exhausted?"),
        ("and now?", "ask", "and now?"),
        ("why 1", "why", "1"),
        ("show me errors from the last hour", "ask", "show me errors from the last hour"),
        ("what changed before 14:05", "ask", "what changed before 14:05"),
        ("list errors since 13:40", "ask", "list errors since 13:40"),
        ("errors since 13:40", "ask", "errors since 13:40"),
        ("resolve", "resolve", ""),
        ("resolve pool set to 40", "resolve", "pool set to 40"),
        ("open checkout is slow", "open", "checkout is slow"),
        ("fixed 1", "fixed", "1"),
        ("cancel", "cancel", ""),
        ("help", "help", ""),
        ("ask what changed?", "ask", "what changed?"),
        ("listen mentions", "listen", "mentions"),
        ("is it over", "ask", "is it over"),
        ("was hat sich ge\u00e4ndert?", "ask", "was hat sich ge\u00e4ndert?"),
        (
            "2026-03-04T02:41:07Z ERROR pool timeout",
            "evidence",
            "2026-03-04T02:41:07Z ERROR pool timeout",
        ),
        (
            'Traceback (most recent call last):\n  File "a.py"\nKeyError: 7',
            "evidence",
            'Traceback (most recent call last):\n  File "a.py"\nKeyError: 7',
        ),
        ("which request ids fail in both files", "ask", "which request ids fail in both files"),
        ("correction: it began at 14:05", "correct", "it began at 14:05"),
        ("wrong: the deploy came first", "correct", "the deploy came first"),
    ],
)
def test_what_is_plainly_for_us_needs_no_mention(line: str, verb: str, argument: str) -> None:
    assert wanted(heard(line)) == Spoken(verb=verb, argument=argument)


@pytest.mark.parametrize(
    "line",
    [
        "open grafana, look at the checkout board",
        "resolve dns first please",
        "cancel the standup",
        "reports are slow today",
        "list of errors is on the wiki",
        "status page is green",
        "evidence of what exactly",
        "confirm with dana please",
        "no idea",
        "looking at db-2 now",
        "ok?",
        "what a mess",
        "no, thanks",
        "nope, all good here :)",
        "actually I am off for lunch",
        "wrong channel, sorry",
        "list of people joining the bridge: me",
        "how about a restart",
        "bob, what changed in your deploy?",
        "@kim why is it slow?",
        "hey kim, is it still happening?",
        "fixed my typo",
        "ask dana",
        "it's fixed now",
        "did you see the game last night?",
        "why did we restart the support pod",
        "ich bin gleich wieder da",
        "https://grafana.example/d/1?orgId=2",
    ],
)
def test_what_people_say_to_each_other_is_a_note(line: str) -> None:
    assert wanted(heard(line)) == Note(text=line)


UTTERANCES = Path(__file__).parents[3] / "recordings/utterances/people.toml"
TALK = [row[0] for row in tomllib.loads(UTTERANCES.read_text(encoding="utf-8"))["rows"]]


def test_talk_that_sounds_like_questions_is_left_to_people() -> None:
    """A few of them may be taken for ours: who is asked what they want is not misled."""
    answered = [line for line in TALK if not isinstance(wanted(heard(line)), Note)]
    assert len(answered) <= len(TALK) * 0.05, answered


def test_a_question_to_somebody_else_is_not_ours() -> None:
    question = "can you check the pool?"
    assert wanted(heard(question, to_another=True)) == Note(text=question)


@pytest.mark.parametrize("manner", [MessageKind.MENTION, MessageKind.BUTTON, MessageKind.FORM])
def test_any_line_said_to_us_is_ours(manner: MessageKind) -> None:
    meant = Spoken(verb="resolve", argument="dns first")
    assert wanted(heard("resolve dns first", manner)) == meant


def test_whoever_types_a_command_means_its_verb() -> None:
    typed = heard("open is checkout slow?", MessageKind.COMMAND)
    assert wanted(typed) == Chosen(verb="open", argument="is checkout slow?")
    numbered = heard("#7 resolve did it work?", MessageKind.COMMAND)
    assert wanted(numbered) == Chosen(verb="resolve", argument="did it work?", case_number=7)
    asked = heard("is checkout slow?", MessageKind.COMMAND)
    assert wanted(asked) == Spoken(verb="is", argument="checkout slow?")


def test_what_is_chosen_is_not_guessed_at() -> None:
    typed = heard("#2 is not the cause, or is it?", MessageKind.FORM, verb="correct")
    assert wanted(typed) == Chosen(verb="correct", argument="#2 is not the cause, or is it?")


def test_a_bare_mention_asks_how_things_stand() -> None:
    assert wanted(heard("", MessageKind.MENTION)) == Spoken(verb="status", argument="")


def test_a_file_speaks_for_itself() -> None:
    file = Attachment(id="F1", name="db.log", size=1, source="")
    assert wanted(heard("", MessageKind.MENTION, attachments=(file,))) is None
    assert wanted(heard("", attachments=(file,))) is None
