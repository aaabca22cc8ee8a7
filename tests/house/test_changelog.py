"""The changelog's newest release is the version we carry, and every release has its date."""

from __future__ import annotations

import re
import tomllib
from datetime import date

from packaging.version import Version

from tests.house.tree import ROOT

RELEASE = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$", re.MULTILINE)
SECTION = re.compile(r"^### (.+)$", re.MULTILINE)
SECTIONS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}

TEXT = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
RELEASES = RELEASE.findall(TEXT)


def test_the_top_release_is_our_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert RELEASES[0][0] == project["version"]


def test_every_second_level_heading_is_a_release_or_what_is_unreleased() -> None:
    headings = re.findall(r"^## .*$", TEXT, re.MULTILINE)
    assert headings[0] == "## [Unreleased]"
    assert all(RELEASE.match(heading) for heading in headings[1:])


def test_releases_run_from_newest_to_oldest() -> None:
    versions = [Version(version) for version, _ in RELEASES]
    days = [date.fromisoformat(day) for _, day in RELEASES]
    assert versions == sorted(set(versions), reverse=True)
    assert days == sorted(days, reverse=True)


def test_sections_are_those_of_keep_a_changelog() -> None:
    assert set(SECTION.findall(TEXT)) <= SECTIONS
