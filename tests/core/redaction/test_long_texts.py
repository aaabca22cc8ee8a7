"""Long texts are looked at once, in a thread; the event loop goes on meanwhile."""

from __future__ import annotations

import threading

from core.redaction.engine import Redactor, TextSpan
from core.redaction.long_texts import LONG, MOST_SPANS, MOST_TEXTS, LongTexts
from core.redaction.rule_choice import CustomRule
from tests.fakes.recognisers import ThreadNotes

TEXT = "the pool is empty\n" * 200 + "password: Fernglas-29\n"


def redactor(notes: ThreadNotes, long_texts: LongTexts, key: bytes = b"k" * 32) -> Redactor:
    return Redactor(key, recogniser=notes, long_texts=long_texts)


async def test_what_was_read_ahead_is_cleaned_without_another_look() -> None:
    notes, long_texts = ThreadNotes(), LongTexts()
    await redactor(notes, long_texts).read_ahead(TEXT)
    cleaned = redactor(notes, long_texts, key=b"o" * 32).clean(TEXT)
    assert cleaned == Redactor(b"o" * 32).clean(TEXT)
    assert "Fernglas" not in cleaned.text
    assert len(notes.threads) == 1
    assert not notes.held_the_loop


async def test_other_rules_look_for_themselves() -> None:
    long_texts = LongTexts()
    await Redactor(b"k" * 32, long_texts=long_texts).read_ahead(TEXT)
    own = Redactor(b"k" * 32, rules=[CustomRule("pool", "pool")], long_texts=long_texts)
    assert "the pool" not in own.clean(TEXT).text


async def test_a_short_text_is_not_worth_a_thread() -> None:
    before = threading.active_count()
    await Redactor(b"k" * 32, long_texts=LongTexts()).read_ahead("password: Fernglas-29")
    assert threading.active_count() == before


def test_what_came_long_ago_is_looked_at_again() -> None:
    notes, long_texts = ThreadNotes(), LongTexts()
    for nth in range(MOST_TEXTS + 1):
        redactor(notes, long_texts).clean(f"{nth} " + "a" * LONG)
    redactor(notes, long_texts).clean("0 " + "a" * LONG)
    assert len(notes.threads) == MOST_TEXTS + 2


def test_many_secrets_of_many_texts_are_not_all_kept() -> None:
    long_texts, notes = LongTexts(), ThreadNotes()
    many = [TextSpan(at, at + 1, "secret") for at in range(MOST_SPANS // 10)]
    for nth in range(12):
        long_texts.spans(f"{nth} " + "a" * LONG, "rules", lambda _: many)
    for nth in (11, 0):
        long_texts.spans(f"{nth} " + "a" * LONG, "rules", lambda text: [*notes.spans(text)])
    assert len(notes.threads) == 1
