"""What the README says that the demo prints is what the demo prints."""

from __future__ import annotations

import re

import pytest

from docs.transcript import (
    CUT,
    PICTURE,
    RANKED,
    SHOWN,
    Step,
    in_readme,
    picture,
    play,
    shortened_tests,
)

NOW = re.compile(
    r"delivery_[0-9a-f]{32}|(?<=127\.0\.0\.1:)\d+|\S+/faultmaven-demo-\S+"  # of this run
    r"|\((?:\d+ (?:s|min|h|d) ?)+\)|\d\d [A-Z][a-z]{2} (?=\d\d:\d\d UTC)"  # as seen from today
    r"|(?<!\S)\d\.(?= (?:Calls|[A-Z][a-z]+ (?!pool)))"  # numbers go by which file was read first
    r"|(?<=trust, )\d\d:\d\d UTC"  # when it was concluded
)


@pytest.fixture(scope="module")
def steps() -> tuple[Step, ...]:
    return play()


def words(text: str) -> str:
    """The text without its line breaks, margins and what differs from run to run."""
    return " ".join(NOW.sub("", " ".join(text.replace("▌", " ").split())).split())


def of_step(step: Step) -> str:
    return words("\n".join(line.plain for line in (*step.lines, *step.shown)))


@pytest.mark.e2e
def test_the_readme_shows_what_the_demo_prints(steps: tuple[Step, ...]) -> None:
    shown = in_readme("demo").split("\n\n▸ ")
    assert len(shown) == len(steps) == len(SHOWN)
    for expected, step in zip(shown, steps, strict=True):
        begins = words(f"▸ {expected.removeprefix('▸ ')}".rstrip().removesuffix(CUT))
        assert of_step(step).startswith(begins), "run `python -m docs.transcript`"


@pytest.mark.e2e
def test_the_picture_can_be_drawn_and_fetches_nothing(steps: tuple[Step, ...]) -> None:
    drawn = picture(steps)
    assert "Connection&#160;pool&#160;exhausted" in drawn
    assert not re.search(r"url\((?!#)|@import|<image", drawn)


@pytest.mark.e2e
def test_the_picture_shows_the_card_of_the_demo(steps: tuple[Step, ...]) -> None:
    drawn = PICTURE.read_text(encoding="utf-8")
    for line in steps[RANKED].shown[2:5]:
        for word in re.findall(r"[A-Za-z-]{4,}", line.plain):
            assert word in drawn, "run `python -m docs.transcript`"


def test_the_readme_shows_how_the_tests_end() -> None:
    shown = in_readme("test").splitlines()
    assert re.fullmatch(r"=+ \d+ passed in .* =+", shown[-1])
    assert shown[0].strip("=") == " test session starts "


def test_a_run_that_failed_is_not_shown() -> None:
    printed = "== test session starts ==\n..F [100%]\n== 1 failed, 2 passed in 3.00s ==\n"
    with pytest.raises(ValueError, match="not all tests passed"):
        shortened_tests(printed)
