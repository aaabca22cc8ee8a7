"""What somebody typed is a value; what a message says is not."""

from hypothesis import given
from hypothesis import strategies as st

from core.evidence.logs.phrases import mask_quoted, mask_tails

_TYPED = ("a red lamp", "lamp", "two chairs and a table")


def test_what_differs_in_quotes_is_a_value() -> None:
    lines = [f'searched for "{typed}" in the shop' for typed in _TYPED]
    assert set(mask_quoted(lines)) == {'searched for "*" in the shop'}


def test_single_quotes_and_apostrophes_are_told_apart() -> None:
    lines = [f"can't draw '{typed}' here" for typed in _TYPED]
    assert set(mask_quoted(lines)) == {"can't draw '*' here"}


def test_two_phrases_are_words_of_two_messages() -> None:
    lines = [f'state is now "{state}"' for state in ("up", "not yet up")]
    assert mask_quoted(lines) == lines


def test_a_message_that_a_logger_quotes_stays() -> None:
    for before in ("", "msg=", '"message": '):
        lines = [
            f'{before}"{message}" pod=*'
            for message in ("Probe failed", "Starting", "Pod is gone now")
        ]
        assert mask_quoted(lines) == lines


def test_requests_keep_their_method() -> None:
    lines = [f'answered "{method} * now" in *' for method in ("GET", "POST", "PUT x")]
    assert mask_quoted(lines) == lines


def test_an_end_that_differs_nearly_every_time_is_a_value() -> None:
    typed = [" ".join(["word"] * words) + end for words in (1, 2, 3) for end in "abc"]
    lines = [f"review by * on *: {line}" for line in typed]
    assert set(mask_tails(lines).values()) == {"review by * on *: *"}
    assert mask_tails([*lines, "review by ann on *: fine"])["review by ann on *: fine"] == (
        "review by * on *: *"
    )


def test_causes_stay() -> None:
    lines = [f"backup of * failed: {why}" for why in ("no space left", "refused", "is a file of *")]
    assert mask_tails(lines) == {}


def test_what_a_device_says_is_its_message() -> None:
    messages = [" ".join(["word"] * words) + end for words in (1, 2, 3) for end in "abc"]
    assert mask_tails(f"usb *: {message}" for message in messages) == {}


@given(st.lists(st.text(alphabet="ab \"'=*:(", max_size=30), max_size=12))
def test_any_lines_are_read(lines: list[str]) -> None:
    assert len(mask_quoted(lines)) == len(lines)
    assert set(mask_tails(lines)) <= set(lines)


def test_nothing_and_a_value_are_one_where_no_error_is_quoted() -> None:
    for held in ('""', '"two lamps"'):
        lines = [f'lamps asked, args: {quoted}, host: "*"' for quoted in ('"*"', held)]
        assert set(mask_quoted(lines)) == {'lamps asked, args: "*", host: "*"'}
    lines = [f'lamps asked, answer: "{quoted}", host: "*"' for quoted in ("*", "it failed")]
    assert mask_quoted(lines) == lines


def test_what_is_quoted_first_is_a_value_before_words() -> None:
    lines = [f'"{pattern}" matches "*", client: *' for pattern in ("^", "^*(a)$", "^/old/(*)")]
    assert len(set(mask_quoted(lines))) == 1


def test_what_differs_in_brackets_behind_a_colon_is_a_value() -> None:
    lines = [f"no entry: [{typed}] (door *)" for typed in ("*", "a red [lamp", "mira/no key given")]
    assert set(mask_quoted(lines)) == {"no entry: [*] (door *)"}
    lines = ["door * [closed by hand] now", "door * [*] now"]
    assert mask_quoted(lines) == lines


def test_a_colon_in_parentheses_begins_no_end() -> None:
    ends = [" ".join(["word"] * count) + letter for count in (1, 2, 3) for letter in "abc"]
    assert mask_tails([f"nobody let in (no key found: {end}) at *" for end in ends]) == {}


def test_requests_that_something_is_wrong_in_are_values() -> None:
    lines = [f'no sense in "{typed}" of *' for typed in ("DIM * now", "LIGHT", "Room: hall")]
    assert set(mask_quoted(lines)) == {'no sense in "*" of *'}
    lines = [f'took "{typed}" from *' for typed in ("DIM * now", "LIGHT * now: again")]
    assert mask_quoted(lines) == lines


def test_behind_two_words_it_takes_more_ends() -> None:
    ends = [f"lamp{letter} {'on ' * n}here" for n, letter in enumerate("abcdefghijkl")]
    assert set(mask_tails([f"lit up: {end}" for end in ends]).values()) == {"lit up: *"}
    assert mask_tails([f"lit up: {end}" for end in ends[:9]]) == {}
    assert mask_tails([f"lamp: {end}" for end in ends]) == {}


def test_none_is_a_value_where_others_stand() -> None:
    lines = [f"using lamp {lamp}, lit" for lamp in ("None", "'*'", "'hall'")]
    assert set(mask_quoted(lines)) == {"using lamp *, lit"}
    for lines in (["using lamp None", "using lamp hall"], ["None of * lit", "'*' of * lit"]):
        assert mask_quoted(lines) == lines


def test_an_empty_text_in_single_quotes_is_a_value() -> None:
    lines = ["drawing '' on the wall", "drawing ' ' on the wall"]
    assert set(mask_quoted(lines)) == {"drawing '*' on the wall"}
