from __future__ import annotations

import sys
import time
import tomllib
from importlib.metadata import Distribution, EntryPoint, entry_points
from typing import TYPE_CHECKING

import pytest

from core.errors import FaultMavenError, OutOfLimits, UnreadableEvidence
from core.evidence.extractor import (
    BUILT_IN_NAMES,
    ENTRY_POINT_GROUP,
    Detected,
    Head,
    Plugin,
    catalogue,
    extractors,
    read_catalogue,
)
from core.evidence.model import DataType, Extraction
from core.evidence.pipeline import collect_claims, detect
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from core.evidence.extractor import Exhibit, Extractor

LOG = b"2026-11-17T02:41:07Z INFO up\n" * 3
FOUND = Extraction(
    data_type=DataType.LOG, extractor="till", confidence=0.9, events=0, lines=0, size=0
)


class Till:
    """A sound extractor of somebody else's."""

    name = "till"

    def detect(self, head: Head) -> Detected | None:
        if not head.text.startswith("TILL/2"):
            return None
        return Detected(DataType.LOG, 0.99, self.name, "it begins like a journal")

    def extract(self, exhibit: Exhibit) -> Extraction:
        return FOUND

    def enrich(self, extraction: Extraction, exhibit: Exhibit) -> Extraction:
        return extraction


class Raising(Till):
    def detect(self, head: Head) -> Detected | None:
        raise KeyError("password=hunter2 in the file")


class Claiming(Till):
    """Claims everything, with a confidence that there is not."""

    def detect(self, head: Head) -> Detected | None:
        return Detected(DataType.LOG, 7.0, self.name)


class Posing(Till):
    def detect(self, head: Head) -> Detected | None:
        return Detected(DataType.LOG, 1.0, "log")


class Tired(Till):
    def detect(self, head: Head) -> Detected | None:
        raise MemoryError

    def extract(self, exhibit: Exhibit) -> Extraction:
        raise OutOfLimits("too long")


class MuteExtractor:
    name = "till"


@pytest.fixture
def site(tmp_path: Path) -> Iterable[Path]:
    sys.path.insert(0, str(tmp_path))
    yield tmp_path
    sys.path.remove(str(tmp_path))


def installed(site: Path, distribution: str, **named: str) -> list[EntryPoint]:
    """Entry points as an installation leaves them behind."""
    info = site / f"{distribution.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    lines = [f"{name} = {value}" for name, value in named.items()]
    (info / "entry_points.txt").write_text("\n".join([f"[{ENTRY_POINT_GROUP}]", *lines]))
    registered = Distribution.at(info).entry_points
    return [point for point in registered if point.group == ENTRY_POINT_GROUP]


def ours() -> list[EntryPoint]:
    return [
        point for point in entry_points(group=ENTRY_POINT_GROUP) if point.name in BUILT_IN_NAMES
    ]


def here(name: str) -> str:
    return f"{__name__}:{name}"


def names(of: Iterable[Extractor]) -> tuple[str, ...]:
    return tuple(extractor.name for extractor in of)


def test_ours_are_installed_as_the_project_says() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(project["entry-points"][ENTRY_POINT_GROUP]) == set(BUILT_IN_NAMES)
    assert names(extractors())[: len(BUILT_IN_NAMES)] == BUILT_IN_NAMES


def test_a_process_looks_once() -> None:
    assert extractors() is catalogue().extractors
    began = time.process_time()
    for _ in range(1000):
        extractors()
    assert time.process_time() - began < 0.1


def test_looking_costs_little() -> None:
    began = time.process_time()
    read_catalogue(entry_points(group=ENTRY_POINT_GROUP))
    assert time.process_time() - began < 0.5


def test_an_old_installation_says_what_to_do() -> None:
    some = [point for point in ours() if point.name != "log"]
    with pytest.raises(FaultMavenError, match="without its own extractors: log") as caught:
        read_catalogue(some)
    assert "make setup" in caught.value.next_step


def test_those_of_others_come_after_ours_in_a_fixed_order(site: Path) -> None:
    others = [
        *installed(site, "zoo", till=here("Till")),
        *installed(site, "acme-tills", till2=here("Till")),
    ]
    loaded = read_catalogue([*reversed(others), *ours()])
    assert names(loaded.extractors) == (*BUILT_IN_NAMES, "till")
    (problem,) = loaded.problems
    assert problem == "extractor 'till2' of acme-tills is left out: it calls itself 'till'"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("log", "Till", "extractor 'log' of acme is left out: one of FaultMaven's has that name"),
        ("none", "Till", "extractor 'none' of acme is left out"),
        ("till", "MuteExtractor", "is left out: it has no detect, extract, enrich"),
        ("till", "Gone", "extractor 'till' of acme could not be loaded: AttributeError"),
    ],
)
def test_what_cannot_be_used_is_named(site: Path, name: str, value: str, problem: str) -> None:
    loaded = read_catalogue([*ours(), *installed(site, "acme", **{name: here(value)})])
    assert names(loaded.extractors) == BUILT_IN_NAMES
    assert problem in loaded.problems[0]


def test_a_module_that_does_not_import_is_named(site: Path) -> None:
    (site / "acme_broken.py").write_text("import no_such_module_anywhere\n")
    loaded = read_catalogue([*ours(), *installed(site, "acme", till="acme_broken:Till")])
    assert names(loaded.extractors) == BUILT_IN_NAMES
    assert "extractor 'till' of acme could not be loaded: ModuleNotFound" in loaded.problems[0]


def test_of_two_with_one_name_the_first_distribution_stays(site: Path) -> None:
    points = [
        *installed(site, "zoo", till=here("Till")),
        *installed(site, "acme", till=here("Till")),
    ]
    loaded = read_catalogue([*ours(), *points])
    assert loaded.problems == ("extractor 'till' of zoo is left out: one of acme has that name",)


def with_plugin(extractor: Extractor) -> tuple[Extractor, ...]:
    return (*extractors()[: len(BUILT_IN_NAMES)], Plugin(extractor, "acme"))


def test_a_sound_one_gets_its_files() -> None:
    assert detect(Head(b"TILL/2 store=1\n"), with_plugin(Till())).extractor == "till"
    assert detect(Head(LOG), with_plugin(Till())).extractor == "log"


@pytest.mark.parametrize("broken", [Raising(), Claiming(), Posing()])
def test_one_whose_detection_breaks_is_named_and_the_others_go_on(broken: Extractor) -> None:
    claims = collect_claims(Head(LOG), with_plugin(broken))
    assert claims.claims[0].extractor == "log"
    (problem,) = claims.problems
    assert problem.startswith("extractor 'till' of acme broke: ")
    assert "hunter2" not in problem


def test_limits_are_those_of_the_file() -> None:
    with pytest.raises(MemoryError):
        collect_claims(Head(LOG), with_plugin(Tired()))
    with pytest.raises(OutOfLimits):
        Plugin(Tired(), "acme").extract(None)  # type: ignore[arg-type]


def test_bytes_that_are_no_text_are_offered_to_others_only() -> None:
    class Dump(Till):
        def detect(self, head: Head) -> Detected | None:
            return Detected(DataType.PROFILE, 0.9, self.name) if b"\x7fDMP" in head.raw else None

    claims = collect_claims(Head(b"\x7fDMP" + bytes(200)), with_plugin(Dump()))
    assert [claim.extractor for claim in claims.claims] == ["till", "none"]
    assert detect(Head(b"\x7fELF" + bytes(200)), with_plugin(Dump())).data_type is DataType.BINARY


def test_what_is_no_extraction_is_a_break() -> None:
    class Odd(Till):
        def extract(self, exhibit: Exhibit) -> Extraction:
            return {"lines": 3}  # type: ignore[return-value]

    with pytest.raises(UnreadableEvidence, match="acme broke: it gave a dict"):
        Plugin(Odd(), "acme").extract(None)  # type: ignore[arg-type]
