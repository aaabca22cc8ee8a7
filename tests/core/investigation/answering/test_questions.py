"""What a person asks is read for its intent, whoever answers it, and whatever fills its slots."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.investigation.answering.answers import answer_question
from core.investigation.answering.intents import IntentKind, catalogue
from core.investigation.answering.questions import CaseWords, read_question
from core.investigation.reasoner import decide
from core.text.redacted import redacted
from tests.core.investigation.answering.test_answers import SITUATION
from tests.core.investigation.sample_situations import a_situation

WORDS = CaseWords(
    services=frozenset({"checkout", "payments-api", "orders-db"}), files=frozenset({"api.log"})
)
ASKED = {
    "why": [
        "why?",
        "Why this hypothesis",
        "why 2?",
        "what makes you think it's the pool",
        "how sure are you",
        "what supports 1",
        "expalin",
    ],
    "against": ["what contradicts it?", "anything against 1?", "contradcits it", "any doubts"],
    "why_not": ["why not the disk?", "why isn't it payments-api"],
    "is_it": ["is it the database?", "could checkout be the problem", "is it a memory leak"],
    "changed": ["what changed?", "waht chnaged", "was there a deploy?", "who deployed checkout"],
    "changes_at": ["any release in the last hour", "what changed before 14:05"],
    "trigger": ["was it the deploy?", "what triggered it", "did the release break it"],
    "version": ["which version runs?", "what version of payments-api are we on"],
    "rollback": ["should we roll back?", "did anyone roll it back"],
    "code": ["where is it in the code?", "show the function", "wich function crashes"],
    "first_error": ["first error", "what was the FIRST error?", "frist eror"],
    "top_errors": ["most common errors", "top errors in checkout"],
    "often": ["how often?", "how ofetn"],
    "affected": [
        "who is affected?",
        "how many users are affected",
        "hwo is afected",
        "how bad is it",
    ],
    "still": ["is it still happening?", "still going?", "are we good again", "is it over yet"],
    "when": ["when did it start?", "since when", "wen did it strat"],
    "next": ["what next?", "what should we do", "how can I confirm it", "now what"],
    "missing": ["whats mising", "what do you need", "what logs should I bring"],
    "cause": ["what\u2019s wrong", "what is the root cause", "whats teh casue", "what broke"],
    "runbook": ["is there a runbook?"],
    "similar": ["have we seen this before?", "anything like this before"],
    "catch_up": ["summarize", "sumary", "catch me up", "tldr pls"],
    "hand_off": ["can i get a handoff", "prepare the handover"],
    "owner": ["who is on this?", "who owns this case"],
    "recall": ["what did dana say about the pool?", "what have we tried so far?"],
    "timeline": ["show me the timeline"],
    "confirm": ["confirm the pool one", "yes it was 1"],
    "search": ["show me QueuePool", "grep 'could not store'", "lines with TypeError"],
    "chatter": ["on it", "did you see the game last night?", "can you join the call?"],
    "courtesy": ["thanks!", "good morning all", "who are you?"],
}


@pytest.mark.parametrize(
    ("asked", "name"), [(asked, name) for name, every in ASKED.items() for asked in every]
)
def test_phrasings(asked: str, name: str) -> None:
    question = read_question(asked, WORDS)
    assert question.is_about(name), question
    assert question.is_certain, question.certainty


@pytest.mark.parametrize(
    "asked", ["", "hello there kim", "lunch at noon", "order a pizza with cheese", "\U0001f64f"]
)
def test_what_is_no_question_of_ours(asked: str) -> None:
    question = read_question(asked, WORDS)
    assert question.is_among_people or not question.is_likely


@pytest.mark.parametrize("intent", catalogue().values(), ids=lambda intent: intent.name)
def test_every_sentence_that_is_offered_is_of_its_intent(intent: object) -> None:
    sentence = intent.sentence.text  # type: ignore[attr-defined]
    if sentence and intent.kind is not IntentKind.GUARDED:  # type: ignore[attr-defined]
        question = read_question(sentence)
        assert (question.intent, question.is_certain) == (intent, True)


def test_no_example_belongs_to_two_intents() -> None:
    examples = [example for intent in catalogue().values() for example in intent.examples]
    assert sorted({example for example in examples if examples.count(example) > 1}) == []


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("why 2?", 2),
        ("what speaks against #3", 3),
        ("hypothesis 1?", 1),
        ("confirm 4", 4),
        ("2", 2),
        ("errors in the last 10 minutes", None),
        ("errors in the last 5 deploys", None),
        ("why did 5 pods restart", None),
        ("why 503", None),
    ],
)
def test_a_number_is_a_hypothesis_only_where_it_is_called_one(
    asked: str, number: int | None
) -> None:
    assert read_question(asked, WORDS).number == number


def test_names_and_suspicions_are_those_of_the_case() -> None:
    question = read_question("is the db of payments-api slow?", WORDS)
    assert (question.names, question.suspects) == (("payments-api",), ("db",))
    assert read_question("is it the network?", WORDS).suspects == ("network",)


BOTH = tuple((situation, decide(situation)) for situation in (SITUATION, a_situation()))
SAID = sorted({word for every in ASKED.values() for asked in every for word in asked.split()})


@settings(max_examples=40)
@given(st.text(max_size=400) | st.lists(st.sampled_from(SAID), max_size=12).map(" ".join))
def test_any_text_has_an_answer(question: str) -> None:
    assert read_question(question) == read_question(question)
    for situation, decision in BOTH:
        assert answer_question(redacted(question), situation, decision).text


def test_a_long_text_is_no_trouble() -> None:
    read_question("once")
    began = time.process_time()
    for word in ("a", "what did ", "has we ", "who ", "hello ", ". ", "thanks thank "):
        read_question(word * 20_000)
    assert time.process_time() - began < 2.0


def test_reading_takes_less_than_five_milliseconds() -> None:
    asked = [text for every in ASKED.values() for text in every]
    for text in asked:
        read_question(text, WORDS)
    took = list[float]()
    for text in asked:
        began = time.process_time()
        read_question(f"{text} ", WORDS)
        took.append(time.process_time() - began)
    assert sorted(took)[int(len(took) * 0.95)] < 0.005


NAMES = CaseWords(services=frozenset({"eta-worker", "hub-redis", "scan-ingest"}))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("any erors in eta worker", "eta-worker"),
        ("errors in scan ingst", "scan-ingest"),
        ("show me errors of hub_redis", "hub-redis"),
        ("errors of eta-woker", "eta-worker"),
        ("errors in scn-ingest", "scan-ingest"),
    ],
)
def test_a_service_of_two_words_is_one_name_also_with_a_slip(text: str, name: str) -> None:
    question = read_question(text, NAMES)
    assert question.kind is IntentKind.LINES
    assert question.lookup.within == (name,)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("who calls hub-redis", "callers"),
        ("who is calling hub redis?", "callers"),
        ("what does eta-worker depend on", "callees"),
    ],
)
def test_who_calls_whom_is_a_question(text: str, intent: str) -> None:
    assert read_question(text, NAMES).is_about(intent)


@pytest.mark.parametrize(
    "text",
    [
        "seit wann geht die kasse nicht",
        "geht das noch",
        "depuis quand est-ce en panne",
        "desde cuándo está roto",
    ],
)
def test_a_question_in_another_language_needs_no_question_mark(text: str) -> None:
    language = read_question(text, NAMES).language
    assert language is not None
    assert language.asks(text)


@pytest.mark.parametrize("text", ["ok lets close this", "shall we close this?", "let's close it"])
def test_closing_is_a_wish_of_the_case(text: str) -> None:
    question = read_question(text, NAMES)
    assert question.is_about("resolve")
    assert question.is_certain
