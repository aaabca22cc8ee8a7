"""Words that stand for each other in several messages name something."""

from __future__ import annotations

from core.evidence.logs.substitutes import mask_substitutes

SENTENCES = ("found the {} here", "a new {}", "now lost its {} to the wind again")


def told(*words: str, sentences: tuple[str, ...] = SENTENCES) -> list[str]:
    return [sentence.format(word) for sentence in sentences for word in words]


def test_two_words_in_three_messages_are_values() -> None:
    assert set(mask_substitutes(told("lamp", "door"))) == {
        "found the * here",
        "a new *",
        "now lost its * to the wind again",
    }


def test_two_words_in_two_messages_may_be_messages() -> None:
    lines = told("lamp", "door", sentences=SENTENCES[:2])
    assert mask_substitutes(lines) == lines


def test_messages_that_differ_in_one_word_count_once() -> None:
    sentences = ("dim the {} here", "dim any {} here", "dim her {} here", "dim one {} here")
    lines = told("lamp", "door", sentences=sentences)
    assert mask_substitutes(lines) == lines


def test_what_happened_stays() -> None:
    for words in (("opened", "closed"), ("lighting", "dimming"), ("true", "false")):
        lines = told(*words)
        assert mask_substitutes(lines) == lines


def test_words_of_an_error_stay() -> None:
    lines = told("failure", "lamp")
    assert mask_substitutes(lines) == lines


def test_a_first_word_stays() -> None:
    lines = [f"{word} the {what}" for word in ("Dim", "Light") for what in ("hall", "a b", "c d e")]
    assert mask_substitutes(lines) == lines


def test_commands_in_capitals_stay() -> None:
    lines = told("LIGHT", "DIM")
    assert mask_substitutes(lines) == lines


def test_three_words_in_two_messages_are_values() -> None:
    lines = told("lamp", "door", "bell", sentences=SENTENCES[:2])
    assert set(mask_substitutes(lines)) == {"found the * here", "a new *"}
