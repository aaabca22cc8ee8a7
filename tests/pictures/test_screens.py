"""The pictures of the documentation show the cards of today: `make screens`."""

from __future__ import annotations

import json

from tests.pictures.screens import FOLDER, PAGE, PLATFORMS, SCREENS, SOURCES, sources, written_page

MOST_BYTES = 1_500_000  # of all pictures together


def test_every_picture_was_drawn_from_the_golden_card_of_today() -> None:
    assert json.loads(SOURCES.read_text(encoding="utf-8")) == sources()


def test_the_page_has_a_picture_of_each_screen_for_each_platform_and_no_other() -> None:
    pictures = {f"{screen.card}-{name}.png" for screen in SCREENS for name in PLATFORMS}
    assert {path.name for path in FOLDER.glob("*.png")} == pictures
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MOST_BYTES


def test_the_page_shows_what_a_terminal_prints_today() -> None:
    assert PAGE.read_text(encoding="utf-8") == written_page()
