"""What is installed is what was pinned: every package with hashes, and from no named host."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import ROOT, our_files

LOCKS = ("base", "build", "dev", "embeddings", "image", "team", "uv")
PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9.-]*)==(?P<version>\S+)")
# Written in parts, so that this file does not contain what it looks for.
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("proxy", "golang", "org"),
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
        ("crates", "io"),
    )
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BASE = PROJECT["project"]["dependencies"]
EXTRAS = PROJECT["project"]["optional-dependencies"]
TEAM = BASE + EXTRAS["team"]
MODELS = EXTRAS["llm"]
UNLOCKED = {"sentence-transformers"}  # torch: 1.4 GB, other files for each kind of processor
IMAGE = BASE + [requirement for extra in EXTRAS.keys() - UNLOCKED for requirement in EXTRAS[extra]]
DEV = TEAM + MODELS + PROJECT["dependency-groups"]["dev"]


def lock_text(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def pins(name: str) -> dict[str, str]:
    """Package to version, as one lock has them."""
    matches = (PIN.match(line) for line in lock_text(name).splitlines())
    return {match["name"]: match["version"] for match in matches if match}


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_a_hash_and_nothing_else_stands_in_a_lock(name: str) -> None:
    entries = lock_text(name).replace("\\\n", " ").splitlines()
    assert entries
    for entry in entries:
        assert PIN.match(entry), entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("base", BASE),
        ("team", TEAM),
        ("image", IMAGE),
        ("dev", DEV),
        ("build", PROJECT["build-system"]["requires"]),
    ],
)
def test_a_lock_satisfies_what_pyproject_asks_for(name: str, wanted: list[str]) -> None:
    pinned = pins(name)
    for requirement in map(Requirement, wanted):
        name = canonicalize_name(requirement.name)
        assert requirement.specifier.contains(pinned[name]), requirement


@pytest.mark.parametrize("smaller", ["base", "team", "image"])
def test_the_smaller_locks_agree_with_the_largest(smaller: str) -> None:
    assert pins(smaller).items() <= pins("dev").items()


def test_no_file_names_a_registry_host() -> None:
    named = [
        f"{path.relative_to(ROOT)}: {host}"
        for path in our_files()
        for host in REGISTRY_HOSTS
        if host.encode() in path.read_bytes()
    ]
    assert named == []
