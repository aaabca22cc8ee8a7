from __future__ import annotations

import pickle
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from core.text import sentences as module
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATA = """
[weather]
rain = "It rains"
rain_at = "It rains at {at} in {place}: {mm} mm"
quoted = 'It is called "drizzle"'
"""


@pytest.fixture(autouse=True)
def _weather(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "sky.toml").write_text(DATA, encoding="utf-8")
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    yield
    module._read.cache_clear()


def test_a_sentence_is_found_by_its_name() -> None:
    say = sentences("sky.weather")
    assert say("rain").text == "It rains"
    assert say("quoted").text == 'It is called "drizzle"'


def test_slots_are_filled_as_in_words_of_the_source() -> None:
    at, place = datetime(2026, 11, 20, 14, 5, tzinfo=UTC), RedactedText.format("Bath")
    sentence = sentences("sky.weather")("rain_at", at=at, place=place, mm=1200)
    assert sentence.text == "It rains at 14:05:00 UTC in Bath: 1,200 mm"
    unknown = sentences("sky.weather")("rain_at", at=None, place=place, mm=0.5)
    assert unknown.text == "It rains at unknown in Bath: 0.5 mm"


def test_text_that_nobody_redacted_fills_no_slot() -> None:
    with pytest.raises(TypeError, match="str is not clean"):
        sentences("sky.weather")("rain_at", at=None, place="10.0.0.7", mm=1)  # type: ignore[arg-type]


@pytest.mark.parametrize("section", ["sky.weather", "sky.climate"])
def test_what_nobody_wrote_is_no_sentence(section: str) -> None:
    with pytest.raises(KeyError):
        sentences(section)("snow")


def test_a_slot_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="place"):
        sentences("sky.weather")("rain_at", at=None, mm=1)


def test_nothing_is_read_before_the_first_word(tmp_path: Path) -> None:
    say = sentences("later.weather")
    sentence = say.later("rain")
    (tmp_path / "later.toml").write_text(DATA, encoding="utf-8")
    assert sentence().text == "It rains"


def test_sentences_go_to_another_process() -> None:
    say = sentences("sky.weather")
    assert pickle.loads(pickle.dumps(say)) == say  # noqa: S301 - just written
    assert sentences("sky.weather") is say
