"""Logs of imaginary systems, each line labelled with the message that wrote it, keep being read."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

from core.evidence.logs.masks import VALUES
from core.evidence.logs.notations import WILD
from core.evidence.logs.template_merger import merge_patterns
from core.evidence.logs.templates import mine_templates
from core.evidence.model import PlainFile
from tests.core.evidence.corpus import labelled, systems

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence
    from pathlib import Path

FLOOR = 0.97  # of each system; nearly all have 1.0
FLOOR_OF_RAW = 0.92  # of each system, of fewer lines
FLOOR_OF_ALL = 0.99
FLOOR_OF_FEW = 0.95  # mean of those that wrote only FEW lines: values are seen too rarely
FEW = 200


def groups(lines: Sequence[str], path: Path) -> list[str]:
    """Per line its template, as one who drops the log sees it."""
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    mined = mine_templates(
        PlainFile(path), reference=datetime(2026, 11, 20, tzinfo=UTC), keep_places=True
    )
    return [mined.templates[place].pattern for place in mined.places]


def merged(content: Sequence[str]) -> list[str]:
    """Per message its template, where no header was to be found and taken off."""
    masked = pl.Series(content).str.replace_all(VALUES, WILD).to_list()
    kinds = list(dict.fromkeys(masked))
    template_of = dict(zip(kinds, merge_patterns(kinds), strict=True))
    return [template_of[message] for message in masked]


def accuracy(truth: Sequence[Hashable], groups_: Sequence[Hashable]) -> float:
    """Share of lines whose group holds exactly the lines of their message."""
    members: tuple[dict[Hashable, list[int]], ...] = (defaultdict(list), defaultdict(list))
    for number, labels in enumerate(zip(truth, groups_, strict=True)):
        for label, of in zip(labels, members, strict=True):
            of[label].append(number)
    true = set(map(tuple, members[0].values()))
    return sum(len(counts) for counts in map(tuple, members[1].values()) if counts in true) / len(
        truth
    )


def test_messages_are_told_apart() -> None:
    logs = [labelled(name) for name in systems()]
    scores = {log.name: accuracy(log.truth, merged(log.content)) for log in logs}
    assert len(scores) >= 18
    assert {name: share for name, share in scores.items() if share < FLOOR} == {}
    assert mean(scores.values()) >= FLOOR_OF_ALL


def test_lines_with_headers_are_told_apart(tmp_path: Path) -> None:
    logs = [labelled(name, lines=600) for name in systems()]
    scores = {log.name: accuracy(log.truth, groups(log.raw, tmp_path / "log")) for log in logs}
    assert {name: share for name, share in scores.items() if share < FLOOR_OF_RAW} == {}
    assert mean(scores.values()) >= FLOOR_OF_ALL


def test_few_lines_are_told_apart_too() -> None:
    logs = [labelled(name, lines=FEW, seed=1) for name in systems()]
    assert mean(accuracy(log.truth, merged(log.content)) for log in logs) >= FLOOR_OF_FEW


@pytest.mark.parametrize(("groups_found", "share"), [("aabb", 1.0), ("aaaa", 0.0), ("aabc", 0.5)])
def test_a_group_with_other_lines_or_without_some_counts_as_wrong(
    groups_found: str, share: float
) -> None:
    assert accuracy("xxyy", groups_found) == share


def mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers)
