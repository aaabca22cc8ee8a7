"""A link leads somewhere: to a page of ours, and to a heading that is on it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import FENCE, name_of, pages
from tests.house.tree import ROOT, our_files

if TYPE_CHECKING:
    from pathlib import Path

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """As GitHub makes them from headings."""
    names = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(prose(page)))
    return {name.strip().replace(" ", "-") for name in names}


@cache
def places() -> set[Path]:
    """Our files, and the folders that they are in."""
    return {*our_files(), *(folder for path in our_files() for folder in path.parents)}


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_a_link_between_our_pages_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(prose(page)):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        to = (page.parent / path).resolve() if path else page
        assert to in places(), target
        assert not anchor or anchor in anchors(to), target


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, left = set[str](), [ROOT / "README.md"]
    while left:
        page = left.pop()
        if name_of(page) in reached or page.suffix != ".md":
            continue
        reached.add(name_of(page))
        targets = (target.partition("#")[0] for target in LINK.findall(prose(page)))
        paths = [(page.parent / target).resolve() for target in targets if "://" not in target]
        left += [path for path in paths if path.is_file()]
        left += [inside for path in paths if path.is_dir() for inside in path.glob("*.md")]
    assert {name_of(page) for page in pages()} - reached == {"CHANGELOG.md"}
