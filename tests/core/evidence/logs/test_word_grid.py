"""Names that come with each of several messages are values."""

from __future__ import annotations

from core.evidence.logs.word_grid import mask_grid_names


def test_names_in_brackets_are_values_where_several_messages_have_them() -> None:
    lines = [f"[{room}] {verb} *" for room in ("hall", "attic") for verb in ("Lit", "Dimmed")]
    assert set(mask_grid_names([*lines, "[hall] Painted"])) == {
        "[*] Lit *",
        "[*] Dimmed *",
        "[*] Painted",
    }


def test_names_of_one_message_stay() -> None:
    lines = ["[hall] Lit *", "[attic] Lit *", "[cellar] Dimmed *"]
    assert mask_grid_names(lines) == lines


def test_what_follows_its_kind_is_a_name() -> None:
    lines = [f"{verb} group {name} at *" for name in ("hall", "attic") for verb in ("lit", "left")]
    assert set(mask_grid_names(lines)) == {"lit group * at *", "left group * at *"}


def test_states_and_flags_are_no_names() -> None:
    for one, other in (("dimmed", "lit"), ("on", "off")):
        lines = [f"{verb} lamp to {state} *" for state in (one, other) for verb in ("set", "put")]
        assert mask_grid_names(lines) == lines


def test_what_a_value_is_glued_to_is_a_name_and_the_word_before_it_none() -> None:
    rooms = ("hall", "attic", "cellar")
    lines = [f"* {verb} {room}:*" for verb in ("dim", "light", "paint") for room in rooms]
    assert set(mask_grid_names([*lines, "* sweep attic:*"])) == {
        "* dim *:*",
        "* light *:*",
        "* paint *:*",
        "* sweep *:*",
    }


def test_what_says_what_a_glued_value_is_stays() -> None:
    for words in (("lamps", "rooms"), ("warning", "error")):
        lines = [f"{verb} now {word}:*" for verb in ("dim", "lit", "put") for word in words]
        assert mask_grid_names(lines) == lines
    lines = [f"{verb} now {word}:*" for verb in ("dim", "lit") for word in ("watt", "room")]
    assert mask_grid_names(lines) == lines  # two messages alone
