"""Parts that several messages have or lack belong to a value."""

from __future__ import annotations

from core.evidence.logs.insertions import drop_insertions

MESSAGES = ("lighting lamp *", "lamp * was here", "give up on lamp * tonight")


def test_a_part_of_three_messages_is_dropped() -> None:
    longer = [message.replace("*", "* @ *") for message in MESSAGES]
    assert drop_insertions([*MESSAGES, *longer]) == {
        **dict(zip(longer, MESSAGES, strict=True)),
        **{message: message for message in MESSAGES},
    }


def test_a_part_of_two_messages_makes_others() -> None:
    longer = [message.replace("*", "* @ *") for message in MESSAGES[:2]]
    templates = [*MESSAGES, *longer]
    assert drop_insertions(templates) == {template: template for template in templates}


def test_a_value_that_lines_begin_with_is_dropped() -> None:
    longer = [f"* - {message}" for message in MESSAGES]
    dropped = drop_insertions([*MESSAGES, *longer])
    assert [dropped[template] for template in longer] == list(MESSAGES)


def test_what_is_left_may_fit_into_another() -> None:
    longer = [message.replace("*", "hall * retries") for message in MESSAGES]
    known = [message.replace("*", "* *") for message in MESSAGES]
    dropped = drop_insertions([*known, *longer])
    assert [dropped[template] for template in longer] == known


def test_parts_that_tell_stay() -> None:
    for part in ("not", "failed", "never", "error"):
        longer = [message.replace("*", f"* {part}") for message in MESSAGES]
        templates = [*MESSAGES, *longer]
        assert drop_insertions(templates) == {template: template for template in templates}


def test_words_that_follow_words_stay() -> None:
    longer = [message.replace("lamp", "lamp store") for message in MESSAGES]
    templates = [*MESSAGES, *longer]
    assert drop_insertions(templates) == {template: template for template in templates}


def test_many_templates_are_left_alone() -> None:
    longer = [message.replace("*", "* @ *") for message in MESSAGES]
    templates = [*MESSAGES, *longer, *(f"lamp {n}" for n in range(500))]
    assert drop_insertions(templates) == {template: template for template in templates}


def test_a_last_tag_of_three_messages_is_dropped() -> None:
    messages = ("lamp is lit", "doors stand open", "a bell rang twice")
    tagged = [f"{message} [night]" for message in messages]
    assert drop_insertions([*messages, *tagged]) == {
        **dict(zip(tagged, messages, strict=True)),
        **{message: message for message in messages},
    }
    for others in (
        [*messages, *tagged[:2]],
        [*messages, *(f"{message} (failed)" for message in messages)],
        [*messages, *(f"[night] {message}" for message in messages)],
    ):
        assert drop_insertions(others) == {template: template for template in others}
