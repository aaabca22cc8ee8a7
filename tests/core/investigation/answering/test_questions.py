"""Questions are understood in many wordings."""

from __future__ import annotations

import pytest

from core.investigation.answering.questions import Intent, guess, number_in, understand

ASKED = {
    Intent.WHY: [
        "why?",
        "Why this hypothesis",
        "why 2?",
        "what makes you think it's the pool",
        "how sure are you",
        "what supports 1",
        "explain",
    ],
    Intent.AGAINST: [
        "what contradicts it?",
        "anything against 1?",
        "why not the disk?",
        "can we rule it out",
    ],
    Intent.CHANGED: [
        "what changed?",
        "what changed before it started",
        "was there a deploy?",
        "any release in the last hour",
        "did someone touch the config",
    ],
    Intent.FIRST_ERROR: [
        "first error",
        "what was the FIRST error?",
        "when did the first failure happen",
    ],
    Intent.OFTEN: ["how often?", "how many errors since the deploy", "what's the error rate"],
    Intent.WHEN: ["when did it start?", "since when", "how long has this been going on"],
    Intent.NEXT: ["what next?", "what should we do", "how can I confirm it", "now what"],
    Intent.MISSING: ["what is missing", "what do you need", "which file? what logs should I bring"],
    Intent.CAUSE: ["what happened", "what\u2019s wrong", "what is the root cause", "status"],
}


@pytest.mark.parametrize(
    ("asked", "intent"), [(asked, intent) for intent, every in ASKED.items() for asked in every]
)
def test_phrasings(asked: str, intent: Intent) -> None:
    assert understand(asked) is intent


@pytest.mark.parametrize("asked", ["", "hello", "thanks!", "who is on call", "is payments in eu-1"])
def test_what_it_cannot_answer(asked: str) -> None:
    assert understand(asked) is None


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("why 2?", 2),
        ("what speaks against #3", 3),
        ("hypothesis 1?", 1),
        ("2", 2),
        ("errors in the last 10 minutes", None),
        ("why did 5 pods restart", None),
    ],
)
def test_numbers(asked: str, number: int | None) -> None:
    assert number_in(asked) == number


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("whats mising", Intent.MISSING),
        ("wats missing", Intent.MISSING),
        ("waht chnaged", Intent.CHANGED),
        ("whats teh casue", Intent.CAUSE),
        ("wen did it strat", Intent.WHEN),
        ("whats wrnog", Intent.CAUSE),
        ("expalin", Intent.WHY),
        ("contradcits", Intent.AGAINST),
        ("frist eror", Intent.FIRST_ERROR),
        ("how ofetn", Intent.OFTEN),
    ],
)
def test_typing_at_three_in_the_morning(typed: str, meant: Intent) -> None:
    assert (understand(typed) or guess(typed)) is meant


@pytest.mark.parametrize("typed", ["hello there", "lunch at noon", "order a pizza with cheese"])
def test_not_everything_is_nearly_a_question(typed: str) -> None:
    assert guess(typed) is None
