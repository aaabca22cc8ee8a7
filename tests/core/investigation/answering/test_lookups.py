"""Which questions are look-ups, and what they mean; everything else is left to others."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.conversation.commands.parsing import understand
from core.evidence.events.window import DayStart, Window
from core.evidence.model import Level
from core.investigation.answering.clauses import Lookup, Subject
from core.investigation.answering.intents import IntentKind
from core.investigation.answering.questions import LONGEST, CaseWords, read_question

ERROR, WARNING, FATAL = Level.ERROR, Level.WARNING, Level.FATAL
YESTERDAY = Window(since=DayStart(1), until=DayStart(0))
HOUR = Window(since=timedelta(hours=1))
WORDS = CaseWords(
    services=frozenset({"checkout", "payments"}), files=frozenset({"api.log", "db.log"})
)


def lookup_in(question: str) -> Lookup | None:
    """What is looked up; None where it is no look-up, or its time is not understood."""
    asked = read_question(question, WORDS)
    is_lookup = asked.kind is IntentKind.LINES and asked.is_certain and not asked.has_unread_time
    return asked.lookup if is_lookup else None


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("show me errors from the last hour", Lookup(level=ERROR, window=HOUR)),
        ("Show me all the errors in the past 60 min?", Lookup(level=ERROR, window=HOUR)),
        (
            "errors and warnings in the last half an hour",
            Lookup(level=WARNING, window=Window(since=timedelta(minutes=30))),
        ),
        ("warnings since 13:40", Lookup(level=WARNING, window=Window(since=time(13, 40)))),
        (
            "errors since 10 minutes ago",
            Lookup(level=ERROR, window=Window(since=timedelta(minutes=10))),
        ),
        (
            "errors in checkout between 14:00 and 14:10",
            Lookup(
                level=ERROR,
                within=("checkout",),
                window=Window(since=time(14, 0), until=time(14, 10)),
            ),
        ),
        ("any errors before 2 pm", Lookup(level=ERROR, window=Window(until=time(14, 0)))),
        (
            "errors after 2026-11-20 14:05",
            Lookup(level=ERROR, window=Window(since=datetime(2026, 11, 20, 14, 5, tzinfo=UTC))),
        ),
        ("last 20 errors", Lookup(level=ERROR, limit=20, oldest_first=False)),
        ("show the 5 newest warnings", Lookup(level=WARNING, limit=5, oldest_first=False)),
        ("first errors", Lookup(level=ERROR, oldest_first=True)),
        ("the last error", Lookup(level=ERROR, limit=1, oldest_first=False)),
        (
            "first error after 14:05",
            Lookup(level=ERROR, limit=1, oldest_first=True, window=Window(since=time(14, 5))),
        ),
        ("fatal errors in db.log", Lookup(level=FATAL, within=("db.log",))),
        ("list errors from e2", Lookup(level=ERROR, within=("e2",))),
        ("lines with req-123", Lookup(id="req-123")),
        ("show me errors for request id 9F8A7C", Lookup(level=ERROR, id="9f8a7c")),
        ("errors on host web-2", Lookup(level=ERROR, on="web-2")),
        ("errors on web-2", Lookup(level=ERROR, on="web-2")),
        (
            "everything around 14:05 in payments",
            Lookup(
                within=("payments",),
                window=Window(since=time(14, 0), until=time(14, 10)),
                near=time(14, 5),
            ),
        ),
        (
            "what happened at 23:59",
            Lookup(window=Window(since=time(23, 59), until=time(0, 0))),
        ),
        (
            "how many errors since noon",
            Lookup(level=ERROR, window=Window(since=time(12, 0))),
        ),
        (
            "what changed before 14:05",
            Lookup(subject=Subject.CHANGES, window=Window(until=time(14, 5))),
        ),
        (
            "which deploys were there in the last 2 hours?",
            Lookup(subject=Subject.CHANGES, window=Window(since=timedelta(hours=2))),
        ),
        ("which request ids fail in both files", Lookup(subject=Subject.SHARED_IDS, level=ERROR)),
        (
            "what requests failed in all logs?",
            Lookup(subject=Subject.SHARED_IDS, level=ERROR, every_file=True),
        ),
        ("which trace ids are in both files", Lookup(subject=Subject.SHARED_IDS)),
        (
            "which ids fail in api.log and db.log",
            Lookup(subject=Subject.SHARED_IDS, level=ERROR, within=("api.log", "db.log")),
        ),
        (
            "which ids fail in both api.log and db.log",
            Lookup(subject=Subject.SHARED_IDS, level=ERROR, within=("api.log", "db.log")),
        ),
        ("request id req-123", Lookup(id="req-123")),
        (
            "errors between 14 and 15",
            Lookup(level=ERROR, window=Window(since=time(14), until=time(15))),
        ),
        (
            "errors 14:00-14:10",
            Lookup(level=ERROR, window=Window(since=time(14), until=time(14, 10))),
        ),
        ("errors yesterday", Lookup(level=ERROR, window=YESTERDAY)),
        ("errors this morning", Lookup(level=ERROR, window=Window(since=DayStart(0)))),
        ("what failed in the last hour", Lookup(level=ERROR, window=HOUR)),
        ("did anything fail in the last hour?", Lookup(level=ERROR, window=HOUR)),
        (
            "what changed just before 14:05 today",
            Lookup(subject=Subject.CHANGES, window=Window(until=time(14, 5))),
        ),
        ("trace req-4711", Lookup(id="req-4711")),
        ("errors with timeout", Lookup(level=ERROR, text="timeout")),
        ("login form errors", Lookup(level=ERROR, text="login form")),
        ("how many errors?", Lookup(level=ERROR)),
        ('show me "could not store"', Lookup(text="could not store")),
        ("grep 504 in payments", Lookup(text="504", within=("payments",))),
        (
            "checkout errors last hour",
            Lookup(level=ERROR, window=HOUR, within=("checkout",)),
        ),
        ("errors from yesterday", Lookup(level=ERROR, window=YESTERDAY)),
        ("errors since yesterday", Lookup(level=ERROR, window=Window(since=DayStart(1)))),
        (
            "errors on 2026-11-20",
            Lookup(
                level=ERROR,
                window=Window(
                    since=datetime(2026, 11, 20, tzinfo=UTC),
                    until=datetime(2026, 11, 21, tzinfo=UTC),
                ),
            ),
        ),
    ],
)
def test_a_look_up_is_understood(question: str, meant: Lookup) -> None:
    assert lookup_in(question) == meant


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("show me erors from the last hour", "show me errors from the last hour"),
        ("errors betwen 14 and 15", "errors between 14 and 15"),
        ("what chnaged before 14:05", "what changed before 14:05"),
        ("which reqest ids fail in both files", "which request ids fail in both files"),
    ],
)
def test_a_misspelt_word_does_not_matter(misspelt: str, meant: str) -> None:
    assert lookup_in(misspelt) == lookup_in(meant)
    assert lookup_in(meant) is not None


@pytest.mark.parametrize(
    "question",
    [
        "",
        "errors yesterday at 14:05",  # never one of the two, and silently
        "errors from 5 to 25",
        "why are there erors in checkout",
        "is the databse slow?",
        "why 1?",
        "what next?",
        "what changed?",
        "what changed since the deploy",
        "first error?",
        "what was the first error",
        "how often",
        "when did the errors start?",
        "why are there errors in checkout",
        "errors since 25:00",
        "errors since lunch",
        "errors since 14:05 CET",
        "last 0 errors",
        "is the database slow?",
        "what happened",
        "what is missing",
    ],
)
def test_anything_else_is_for_somebody_else(question: str) -> None:
    assert lookup_in(question) is None


@pytest.mark.parametrize("verb", ["show", "list", "which", "last", "lines", "events", "errors"])
def test_its_first_word_is_taken_for_no_verb(verb: str) -> None:
    assert understand(verb, "errors since 13:40").verb.name == "ask"


SUBJECTS = st.sampled_from([("errors", ERROR), ("warnings", WARNING), ("events", None)])
WINDOWS = st.sampled_from(
    [
        ("since 13:40", Window(since=time(13, 40))),
        ("between 13:00 and 14:00", Window(since=time(13), until=time(14))),
        ("in the last 2 hours", Window(since=timedelta(hours=2))),
        ("", Window()),
    ]
)
PLACES = st.sampled_from([("in checkout", ("checkout",)), ("in db.log", ("db.log",)), ("", ())])
HOSTS = st.sampled_from([("on host web-2", "web-2"), ("on web-2", "web-2"), ("", None)])
IDS = st.sampled_from([("with id r77", "r77"), ("for req-4711", "req-4711"), ("", None)])


@given(
    st.sampled_from(["", "show me ", "Please list all ", "are there any "]),
    SUBJECTS,
    st.permutations(range(4)),
    st.tuples(WINDOWS, PLACES, HOSTS, IDS),
)
def test_clauses_in_any_order_mean_the_same(
    opening: str,
    subject: tuple[str, Level | None],
    order: list[int],
    clauses: tuple[
        tuple[str, Window],
        tuple[str, tuple[str, ...]],
        tuple[str, str | None],
        tuple[str, str | None],
    ],
) -> None:
    question = " ".join([subject[0], *(clauses[at][0] for at in order)])
    (_, window), (_, within), (_, host), (_, id_) = clauses
    assert lookup_in(opening + question) == Lookup(
        level=subject[1], window=window, within=within, on=host, id=id_
    )


@given(st.text(max_size=LONGEST + 50))
def test_any_text_is_understood_or_not(question: str) -> None:
    lookup = lookup_in(question)
    assert lookup is None or len(question) <= LONGEST


@given(
    st.lists(
        st.sampled_from(
            [
                *("errors", "since", "the", "last", "0", "99", "h", "14:05", "2026-99-99"),
                *("between", "and", "in", "on", "with", "first", "id", "ids", "both", "changed"),
                *("pm", "at", "-"),
            ]
        ),
        max_size=12,
    )
)
def test_its_own_words_in_any_order_never_raise(words: list[str]) -> None:
    lookup_in(" ".join(words))


@pytest.mark.parametrize("piece", ["in ", "on a", "with 1", "since 1", "errors and ", "\u00b2 "])
def test_no_text_takes_long(piece: str) -> None:
    lookup_in((piece * LONGEST)[:LONGEST])


@pytest.mark.parametrize(
    "question",
    [
        "errs last hr",
        "sho me erors frm the last huor",
        "whats erroring in the last hour",
        "errors 1h",
        "1h errors",
        "errors since 1h",
        "gimme errors past 60m",
        "lemme see the errors of the last hour pls",
        "exceptions over the last hour",
        "errors from an hour ago",
        "last hour's errors",
        "shwo me errors from teh last hour",
    ],
)
def test_errors_of_the_last_hour_in_many_words(question: str) -> None:
    assert lookup_in(question) == Lookup(level=ERROR, window=HOUR)


@pytest.mark.parametrize(
    "question",
    [
        "whats changed before 14:05",
        "wat changed b4 14:05",
        "what chnaged befroe 14:05",
        "what changes were made prior to 14:05",
        "what changed before 1405",
        "what changed before 14.05",
        "before 2:05pm what changed",
        "did anything change before 14:05?",
        "deploys before 14:05 UTC",
        "what got rolled out before 14:05",
    ],
)
def test_what_changed_before_in_many_words(question: str) -> None:
    assert lookup_in(question) == Lookup(subject=Subject.CHANGES, window=Window(until=time(14, 5)))


@pytest.mark.parametrize(
    "question",
    [
        "which request id's fail in both files",
        "wich reqeust ids fial in boht fiels",
        "which req ids are failing in both logs",
        "failing request ids in both files",
        "in both files which request ids fail",
        "request ids common to both files with errors",
        "show me the request ids that are erroring in both of the files",
    ],
)
def test_ids_that_fail_in_both_in_many_words(question: str) -> None:
    assert lookup_in(question) == Lookup(subject=Subject.SHARED_IDS, level=ERROR)


@pytest.mark.parametrize(
    "question",
    [
        "errors since the deploy",
        "what failed",
        "the checkout errors are back",
        "why did it fail before 14:05",
        "errors in the last 5 deploys",
        "what changed",
    ],
)
def test_what_sounds_like_it_and_is_for_the_engine(question: str) -> None:
    assert lookup_in(question) is None
