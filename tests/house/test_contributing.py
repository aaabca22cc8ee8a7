"""The recipes name files that exist, and no recipe needs more than four."""

from __future__ import annotations

import re

import pytest

from tests.house.tree import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPES = re.findall(r"^### (.+)\n\n((?:.+\n| *\n(?!#))+)", TEXT, re.MULTILINE)
NAMED = re.compile(r"^\d+\. `([^`]+)`", re.MULTILINE)
MOST_FILES = 4


def test_the_promised_recipes_are_there() -> None:
    titles = " ".join(title for title, _ in RECIPES)
    for subject in ("alert source", "evidence extractor", "card", "verb", "failure signature"):
        assert subject in titles


@pytest.mark.parametrize(("title", "steps"), RECIPES, ids=[title for title, _ in RECIPES])
def test_a_recipe_touches_few_files_in_places_that_exist(title: str, steps: str) -> None:
    named = NAMED.findall(steps)
    assert 2 <= len(named) <= MOST_FILES, title
    for name in named:
        place = ROOT / name
        assert (place.parent if "NAME" in name else place).exists(), name


@pytest.mark.parametrize("path", re.findall(r"`((?:core|tests|docs|\.ci)/[\w./]+)`", TEXT))
def test_a_path_in_the_text_exists(path: str) -> None:
    place = ROOT / path
    while "NAME" in place.name:
        place = place.parent
    assert place.exists(), path


@pytest.mark.parametrize("command", re.findall(r"`make (\w+)`", TEXT))
def test_a_make_command_in_the_text_exists(command: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f".PHONY: {command}\n" in makefile
