"""What fields hold is a value once it differs; what they tell is not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.evidence.logs.keyed_values import mask_fields


def test_a_field_with_several_things_is_a_value_also_where_it_is_empty() -> None:
    lines = [f"lamp lit: room={room} by switch" for room in ("*", "hall", "cellar", "")]
    assert set(mask_fields(lines)) == {"lamp lit: room=* by switch"}


def test_a_field_with_brackets_is_a_value() -> None:
    lines = [f"lamp to=*, via={via}, done" for via in ("*[*]", "local", "none")]
    assert set(mask_fields(lines)) == {"lamp to=*, via=*, done"}


def test_flags_and_few_plain_words_stay() -> None:
    for words in (("true", "false", "*"), ("dim", "bright"), ("*", "NODE")):
        lines = [f"lamp lit: mode={word} by switch" for word in words]
        assert mask_fields(lines) == lines


def test_plain_words_are_values_in_a_field_that_takes_names() -> None:
    lines = [f"lamp lit: switch_name={word} again" for word in ("hall", "attic")]
    assert set(mask_fields(lines)) == {"lamp lit: switch_name=* again"}


def test_what_happened_stays() -> None:
    lines = [f"lamp * reason={why} now" for why in ("Broken", "Unplugged", "*")]
    assert mask_fields(lines) == lines


def test_lists_of_fields_that_differ_are_one_value() -> None:
    lists = ("on=* off=*", "on=* dim=* off=*", "dim=*")
    assert set(mask_fields([f"lamps counted {fields}" for fields in lists])) == {"lamps counted *"}
    two = [f"lamps counted {fields}" for fields in lists[:2]]
    assert mask_fields(two) == two


def test_lists_that_tell_an_error_stay() -> None:
    lines = [f"lamps counted {fields}" for fields in ("on=*", "on=* err=*", "err=*")]
    assert mask_fields(lines) == lines


def test_the_last_field_may_hold_several_words_or_none() -> None:
    lines = [f"lamp asked attr={held}" for held in ("colour", "colour and size", "size")]
    assert set(mask_fields(lines)) == {"lamp asked attr=*"}
    assert set(mask_fields(["lamp * note=", "lamp * note=not there"])) == {"lamp * note=*"}
    both = ["lamp * note=not there", "lamp * note=not there either"]
    assert mask_fields(both) == both


def test_a_message_behind_the_last_value_stays() -> None:
    lines = [f"lamp id=*{end}" for end in (" lit", " broke at last", "")]
    assert mask_fields(lines) == lines


@given(st.lists(st.text(alphabet="ab= *[.,", max_size=30), max_size=12))
def test_any_lines_are_read(lines: list[str]) -> None:
    assert len(mask_fields(lines)) == len(lines)


def test_an_identifier_takes_plain_words_and_what_only_ends_so_does_not() -> None:
    lines = [f"lamp lit: room_id={room} again" for room in ("hall", "attic")]
    assert set(mask_fields(lines)) == {"lamp lit: room_id=* again"}
    lines = [f"lamp lit: grid={room} again" for room in ("hall", "attic")]
    assert mask_fields(lines) == lines


def test_an_end_may_have_parentheses() -> None:
    ends = ("", "dim light (again)", "*")
    assert set(mask_fields([f"lamp * note={end}" for end in ends])) == {"lamp * note=*"}


def test_headers_of_requests_are_one_message_per_direction() -> None:
    headers = ("Host: a", "Lamp: *", "Hall: lit; dim", "Server: lamps")
    masked = mask_fields([f"{mark} {header}" for mark in "<>" for header in headers])
    assert set(masked) == {"< *: *", "> *: *"}


def test_few_headers_may_be_messages() -> None:
    lines = ["> Lamp: lit", "> Bell: rung", "< Door: shut"]
    assert mask_fields(lines) == lines


def test_a_value_may_stand_in_brackets() -> None:
    assert set(mask_fields(["lit by=(nobody) at *", "lit by=ann at *"])) == {"lit by=* at *"}


def test_names_of_fields_tell_lines_apart_that_say_nothing_else() -> None:
    lines = ["*: lamp=*", "*: hall-id=*", "*: switch=* by=*"]
    assert mask_fields(lines) == lines
    assert set(mask_fields([f"dimmed {line}" for line in lines])) == {"dimmed *: *"}
