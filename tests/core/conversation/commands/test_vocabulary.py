"""What a line means: the verb, the case it names, and the nearest right word."""

from __future__ import annotations

from datetime import time

import pytest

from core.conversation.cards.reply_cards import help_card
from core.conversation.commands.parsing import take_apart, understand
from core.conversation.commands.vocabulary import VERBS
from core.errors import WrongUsage
from core.evidence.events.window import Window


@pytest.mark.parametrize(
    ("line", "verb", "argument", "case"),
    [
        ("status", "status", "", None),
        ("#128", "status", "", 128),
        ("#128 hypotheses", "hypotheses", "", 128),
        ("hypotheses #128", "hypotheses", "", 128),
        ("#128 confirm 1 it was 2f9c", "confirm", "1 it was 2f9c", 128),
        ("confirm #128 1 yes", "confirm", "1 yes", 128),
        ("confirm #1", "confirm", "#1", None),
        ("confirm #1 because of it", "confirm", "#1 because of it", None),
        ("ask why #1?", "ask", "why #1?", None),
        ("  resolve   pool set to 40 ", "resolve", "pool set to 40", None),
        ("", "", "", None),
    ],
)
def test_a_line_is_taken_apart(line: str, verb: str, argument: str, case: int | None) -> None:
    spoken = take_apart(line)
    assert (spoken.verb, spoken.argument.strip(), spoken.case_number) == (verb, argument, case)


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_understands_its_own_example(name: str) -> None:
    spoken = take_apart(VERBS[name].example.text)
    meant = understand(spoken.verb, spoken.argument)
    assert (meant.verb.name, meant.typed) == (name, None)


@pytest.mark.parametrize(
    ("typed", "argument", "meant"),
    [
        ("hypotesis", "", "hypotheses"),
        ("Hypothesis", "", "hypotheses"),
        ("stauts", "", "status"),
        ("confrim", "1", "confirm"),
        ("rejct", "2 no", "reject"),
        ("repotr", "", "report"),
        ("hlep", "", "help"),
        ("evidense", "ERROR timeout", "evidence"),
        ("resolv", "pool set to 40", "resolve"),
    ],
)
def test_a_wrong_verb_gets_the_nearest_right_one(typed: str, argument: str, meant: str) -> None:
    understood = understand(typed, argument)
    assert (understood.verb.name, understood.typed) == (meant, typed)


@pytest.mark.parametrize(
    "line",
    [
        "why is it slow",
        "what changed?",
        "why 1?",
        "reports are slow today",
        "open connections keep growing?",
        "evidence of a deploy?",
        "confirms nothing",
        "opens a lot of connections",
        "is it the database",
    ],
)
def test_what_is_no_verb_is_a_question(line: str) -> None:
    first, _, rest = line.partition(" ")
    understood = understand(first, rest)
    assert (understood.verb.name, understood.arguments.text) == ("ask", line)
    assert understood.typed is None


@pytest.mark.parametrize(
    ("argument", "number", "text"),
    [
        ("1", 1, ""),
        ("#1", 1, ""),
        ("12 not it", 12, "not it"),
        ("2: disk is empty", 2, "disk is empty"),
        ("3, because\nof this", 3, "because\nof this"),
    ],
)
def test_a_judgement_has_a_number_and_may_have_a_reason(
    argument: str, number: int, text: str
) -> None:
    arguments = understand("reject", argument).arguments
    assert (arguments.number, arguments.text) == (number, text)


@pytest.mark.parametrize(
    ("verb", "argument"), [("confirm", ""), ("reject", "the first"), ("open", ""), ("ask", " ")]
)
def test_what_is_missing_is_said_with_an_example(verb: str, argument: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        understand(verb, argument)
    assert refused.value.next_step


def test_evidence_is_a_file_that_is_there_or_lines() -> None:
    assert understand("evidence", "e7").arguments.file == 7
    assert understand("evidence", "e7 failed").arguments.text == "e7 failed"
    assert understand("evidence", "").arguments.text == ""


def test_help_fits_a_phone() -> None:
    rows = [row.text.text for row in help_card().rows]
    assert len(rows) <= 27
    assert max(map(len, rows)) <= 40
    listed = [name for name, verb in VERBS.items() if verb.is_listed]
    assert all(any(row.startswith(name) for row in rows) for name in listed)
    assert VERBS.keys() - {*listed} == {"whoami", "link", "unlink", "related", "helped"}
    assert "whoami" in rows[-1], "which tells of the next two; what fixed it before, of the last"


@pytest.mark.parametrize(
    ("line", "verb"),
    [
        ("show me the timeline", "timeline"),
        ("whats the status?", "status"),
        ("list all hypotheses", "hypotheses"),
        ("please show us the report", "report"),
        ("show evidence", "evidence"),
        ("ask hypotesis", "hypotheses"),
    ],
)
def test_what_is_to_be_seen_may_be_asked_for_in_a_sentence(line: str, verb: str) -> None:
    spoken = take_apart(line)
    assert understand(spoken.verb, spoken.argument).verb.name == verb


def test_a_timeline_that_is_asked_for_in_a_sentence_has_its_time() -> None:
    meant = understand("give", "me the timeline since 14:00")
    assert (meant.verb.name, meant.arguments.window) == ("timeline", Window(since=time(14)))


@pytest.mark.parametrize("line", ["show me errors", "show evidence for 1", "give help to kim now"])
def test_a_sentence_that_says_more_is_no_verb(line: str) -> None:
    spoken = take_apart(line)
    assert understand(spoken.verb, spoken.argument).verb.name == "ask"


@pytest.mark.parametrize("line", ["no, since 14:05", "wrong: it is the db", "nope its the db"])
def test_an_objection_said_to_us_corrects(line: str) -> None:
    spoken = take_apart(line)
    meant = understand(spoken.verb, spoken.argument)
    assert (meant.verb.name, meant.typed) == ("correct", spoken.verb)


@pytest.mark.parametrize("line", ["no, thanks", "no problem", "no, why?", "nope", "wrong"])
def test_a_polite_no_corrects_nothing(line: str) -> None:
    spoken = take_apart(line)
    assert understand(spoken.verb, spoken.argument).verb.name == "ask"


def test_a_timeline_with_courtesy_is_all_of_it() -> None:
    assert understand("timeline", "pls").arguments.window is None
