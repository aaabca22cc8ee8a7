"""Each signature has a log of its failure, and a healthy one with the same words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from core.evidence.signatures import CHANGE, Role, literals, match, signals, signatures

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLES = Path(__file__).parents[3] / "recordings" / "signatures"
FAULTS = [signature for signature in signatures().values() if signature.fault != CHANGE]
FOLDERS = sorted(path.name for path in SAMPLES.iterdir() if path.is_dir())
HEALTHY = sorted(SAMPLES.glob("*/healthy_*.log"))
MACHINES = ("/work/", "/root/", "pyenv", "/home/")


def test_there_are_at_least_forty() -> None:
    assert len(FAULTS) >= 40


def test_each_signature_has_a_folder_and_no_other_is_there() -> None:
    assert set(FOLDERS) == {signature.fault for signature in FAULTS}


@pytest.mark.parametrize("fault", FOLDERS)
def test_a_log_of_the_failure_carries_its_signals(fault: str) -> None:
    own = set(signatures()[fault].signals)
    paths = list((SAMPLES / fault).glob("positive_*.log"))
    assert paths
    assert all(any(own & set(match(line)) for line in _told(path, literals())) for path in paths)


@pytest.mark.parametrize("fault", FOLDERS)
def test_a_healthy_log_holds_the_words_of_the_failure(fault: str) -> None:
    meant = [
        pattern for pattern in signatures()[fault].signals.values() if pattern.role is Role.FOR
    ]
    words = sorted({need for pattern in meant for need in pattern.needs})
    paths = (SAMPLES / fault).glob("healthy_*.log")
    assert any(line for path in paths for line in _told(path, words))


@pytest.mark.parametrize("path", HEALTHY, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_single_line_of_a_healthy_log_is_enough(path: Path) -> None:
    """Nothing in it says that a process ended, or that a failure holds."""
    grave = [pattern for pattern in signals().values() if pattern.final or pattern.lasting]
    words = sorted(
        {need for pattern in grave if pattern.role is Role.FOR for need in pattern.needs}
    )
    matched = {name for line in _told(path, words) for name in match(line)}
    assert matched.isdisjoint(pattern.name for pattern in grave if pattern.role is Role.FOR)


def test_samples_tell_nothing_of_our_machines() -> None:
    logs = SAMPLES.glob("*/*.log")
    assert [path.name for path in logs if any(word in path.read_text() for word in MACHINES)] == []


def _told(path: Path, words: Sequence[str]) -> list[str]:
    """Its different lines with one of the words."""
    lines = pl.Series(path.read_text().splitlines()).unique(maintain_order=True)
    return lines.filter(lines.str.contains_any(list(words), ascii_case_insensitive=True)).to_list()
