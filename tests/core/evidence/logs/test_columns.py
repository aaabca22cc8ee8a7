"""The column of a header and the first word of a message look alike; what follows tells."""

import pytest

from core.evidence.logs.header_pieces import column_words

_SAID = (
    "job 7 was taken by a worker",
    "queue is 40 percent full",
    "lease of 12 s renewed",
    "no route to 10.0.0.9",
    "retry 3 in 200 ms",
    "disk sda1 answers slowly",
)


def _lines(columns: list[str], messages: tuple[str, ...] = _SAID) -> list[list[str]]:
    return [f"{column} {message}".split(" ", 4) for column in columns for message in messages] * 20


@pytest.mark.parametrize(
    "columns",
    [["Intake", "Store", "Router"], ["CBX", "CSX"], ["store::raft", "store::shard{n=1}"]],
)
def test_a_word_that_says_nothing_about_what_follows_is_a_column(columns: list[str]) -> None:
    assert column_words(_lines(columns)) == sorted(
        {column.replace("1", "0") for column in columns}, key=lambda word: (-len(word), word)
    )


def test_the_first_word_of_a_message_is_none() -> None:
    assert column_words([line.split(" ", 4) for line in _SAID * 50]) == []


def test_what_was_done_is_none_though_it_is_done_to_anything() -> None:
    units = tuple(f"the unit of {name} now" for name in ("nginx", "redis", "cron", "mail", "ssh"))
    assert column_words(_lines(["Starting", "Started", "Stopped"], units)) == []


def test_a_log_that_says_two_things_tells_nothing() -> None:
    assert column_words(_lines(["Intake", "Store"], _SAID[:2])) == []


def test_many_different_words_are_values() -> None:
    assert (
        column_words(
            _lines(["".join(pair) for pair in zip("abcdefghijklmn", "nopqrstuvwxyza", strict=True)])
        )
        == []
    )


def test_few_lines_tell_nothing() -> None:
    assert column_words(_lines(["Intake", "Store"])[:12]) == []
