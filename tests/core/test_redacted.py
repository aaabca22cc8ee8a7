"""Clean text gets out by `.text` only; every other way is an error, never a leak."""

from __future__ import annotations

import copy
import io
import json
import logging
import operator
import pickle
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, cast

import orjson
import pytest
from pydantic import TypeAdapter, ValidationError

from core.text.redacted import ERASED, RedactedText, redacted, restore_redacted

if TYPE_CHECKING:
    from collections.abc import Callable

CLEAN = RedactedText.format("the pool is empty")

DECAYS: dict[str, Callable[[Any], object]] = {
    "str": str,
    "format": format,
    "format with a spec": lambda clean: format(clean, ">20"),
    "f-string": lambda clean: f"{clean}",
    "f-string of str": lambda clean: f"{clean!s}",
    "percent": lambda clean: "%s" % clean,  # noqa: UP031 - the very thing
    "str.format": "{}".format,
    "join": lambda clean: ", ".join([clean]),
    "plus": lambda clean: operator.add(clean, " and more"),
    "plus on the right": lambda clean: operator.add("more and ", clean),
    "print": lambda clean: print(clean, file=io.StringIO()),
    "write": lambda clean: io.StringIO().write(clean),
    "bytes": bytes,
    "iteration": list,
    "index": lambda clean: clean[0],
    "json": json.dumps,
    "json of a list": lambda clean: json.dumps([clean]),
    "orjson": orjson.dumps,
}


@pytest.mark.parametrize("way", DECAYS)
def test_it_does_not_decay_into_text(way: str) -> None:
    with pytest.raises(TypeError):
        DECAYS[way](CLEAN)


def test_a_log_of_it_is_an_error_that_logging_reports(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`logging` never raises into the program; what it would have said is not said."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    failed: list[logging.LogRecord] = []
    monkeypatch.setattr(handler, "handleError", failed.append)
    log = logging.getLogger("clean")
    log.addHandler(handler)
    log.propagate = False
    log.warning("said %s", CLEAN)
    log.removeHandler(handler)
    assert out.getvalue() == ""
    assert len(failed) == 1


def test_text_is_the_way_out_and_repr_says_what_it_is() -> None:
    assert CLEAN.text == "the pool is empty"
    assert repr(CLEAN) == "Clean('the pool is empty')"


def test_nobody_makes_one_but_by_our_words_or_by_redaction() -> None:
    with pytest.raises(TypeError):
        RedactedText("hunter2", key=object())
    with pytest.raises(TypeError):
        cast("Any", RedactedText)("hunter2")


def test_it_never_changes() -> None:
    for name in ("text", "other"):
        with pytest.raises(TypeError):
            setattr(CLEAN, name, "hunter2")


@pytest.mark.parametrize("value", ["hunter2", b"hunter2", ["hunter2"], Exception("hunter2")])
def test_raw_values_are_refused_by_our_words(value: object) -> None:
    with pytest.raises(TypeError, match="is not clean"):
        RedactedText.format("it said {value}", value=cast("Any", value))


def test_our_words_take_clean_text_numbers_and_times() -> None:
    moment = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    text = RedactedText.format("{a} {b} {c} {d} {e}", a=CLEAN, b=1204, c=0.5, d=moment, e=None)
    assert text.text == "the pool is empty 1,204 0.5 05:06:07 UTC unknown"


def test_braces_in_a_value_mean_nothing() -> None:
    assert RedactedText.format("{a}", a=redacted("{b} {0}")).text == "{b} {0}"


def test_a_time_is_told_in_utc() -> None:
    moment = datetime(2026, 3, 4, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert RedactedText.at(moment).text == "23:30 UTC"
    assert RedactedText.at(moment, "%Y-%m-%d").text == "2026-03-03"


def test_what_is_clean_is_clean_in_part_and_together() -> None:
    assert (
        RedactedText.join(" · ", [CLEAN, RedactedText.tag("#", 128)]).text
        == "the pool is empty · #128"
    )
    assert CLEAN.part(4, 8).text == "pool"
    assert CLEAN.cut(8).text == "the poo…"
    assert CLEAN.cut(99) is CLEAN
    assert redacted(" a\n\t b ").line().text == "a b"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("plain", "`plain`"),
        ("with `ticks`", "`` with `ticks` ``"),
        ("``", "``` `` ```"),
        ("a\nb", "`a b`"),
        ("", "`  `"),
    ],
)
def test_a_code_span_holds_anything(text: str, code: str) -> None:
    assert redacted(text).code().text == code


def test_equal_texts_are_one() -> None:
    assert redacted("a") == restore_redacted("a")
    assert redacted("a") != cast("object", "a")
    assert len({redacted("a"), restore_redacted("a")}) == 1
    assert (bool(RedactedText.EMPTY), bool(CLEAN)) == (False, True)
    assert redacted("a").digest == restore_redacted("a").digest != redacted("b").digest


def test_it_crosses_a_process_boundary() -> None:
    assert pickle.loads(pickle.dumps(CLEAN)) == CLEAN  # noqa: S301 - our own
    assert copy.deepcopy(CLEAN) == CLEAN


@dataclass(frozen=True)
class RedactedNote:
    title: RedactedText
    more: tuple[RedactedText, ...] = ()


NOTES = TypeAdapter(RedactedNote)
NOTE = RedactedNote(CLEAN, (RedactedText.tag("e", 7),))


def test_rows_keep_it_as_text() -> None:
    row = NOTES.dump_python(NOTE, mode="json")
    assert row == {"title": "the pool is empty", "more": ["e7"]}
    assert NOTES.validate_python(row) == NOTE
    assert NOTES.validate_json(NOTES.dump_json(NOTE)) == NOTE


def test_events_keep_its_digest_and_the_text_can_be_erased() -> None:
    texts: dict[str, RedactedText] = {}
    row = NOTES.dump_python(NOTE, mode="json", context={"texts": texts})
    assert row == {"title": CLEAN.digest, "more": [RedactedText.tag("e", 7).digest]}
    assert NOTES.validate_python(row, context={"texts": texts}) == NOTE
    del texts[CLEAN.digest]
    assert NOTES.validate_python(row, context={"texts": texts}) == RedactedNote(ERASED, NOTE.more)


@pytest.mark.parametrize("value", [1, None, b"x", ["x"]])
def test_what_is_no_text_is_no_clean_text(value: object) -> None:
    with pytest.raises((TypeError, ValidationError)):
        NOTES.validate_python({"title": value})
