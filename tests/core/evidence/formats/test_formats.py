"""Everything is read that the files beside this hold. Where they come from: files/README.md."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from core.evidence.extractor import Detected, Exhibit
from core.evidence.extractors.log import LogExtractor
from core.evidence.model import DataType, FindingKind, Level, PlainFile
from core.redaction.engine import Redactor
from tests.core.evidence.formats.expected import EXPECTED, ExpectedFacts
from tests.core.evidence.rows import Rows

REFERENCE = datetime(2026, 11, 20, 15, tzinfo=UTC)
FILES = Path(__file__).parent / "files"
LEVELS = list(Level)
DETECTED = Detected(DataType.LOG, 0.95, "log")


@dataclass(frozen=True)
class Written(PlainFile):
    """Written just after the last of its lines: some of them tell no year, or no day."""

    @property
    def written(self) -> datetime:
        return REFERENCE


def read(name: str) -> ExpectedFacts:
    original, rows = Written(FILES / name), Rows()
    extraction = LogExtractor().extract(
        Exhibit(
            original=original,
            name=name,
            service=None,
            detected=DETECTED,
            redactor=Redactor(b"key"),
            table=rows,
        )
    )
    events = rows.frame
    levels = Counter(LEVELS[rank].value for rank in events["level"])
    ids = events["ids"].explode().drop_nulls()
    traces = [finding for finding in extraction.findings if finding.kind is FindingKind.STACK_TRACE]
    # What stands before the first record is a row of the table, and no record.
    assert len(events) - extraction.events in {0, 1}
    return ExpectedFacts(
        records=extraction.events,
        first=f"{extraction.first:%m-%d %H:%M:%S.%f}"[:-3] if extraction.first else "",
        last=f"{extraction.last:%m-%d %H:%M:%S.%f}"[:-3] if extraction.last else "",
        levels=" ".join(f"{level}:{levels[level]}" for level in LEVELS if levels[level]),
        services=" ".join(sorted(events["service"].drop_nulls().unique())),
        hosts=" ".join(sorted(events["host"].drop_nulls().unique())),
        ids=f"{ids[0]} ({ids.n_unique()})" if len(ids) else "",
        traces=" ".join(
            sorted(
                {
                    f"{finding.data['language']}:{finding.data['raised']}x{finding.count}"
                    for finding in traces
                }
            )
        ),
    )


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_a_file_says(name: str) -> None:
    assert read(name) == EXPECTED[name]


def test_every_file_is_expected_and_explained() -> None:
    names = {path.name for path in FILES.iterdir()} - {"README.md"}
    assert names == set(EXPECTED)
    explained = (FILES / "README.md").read_text()
    groups = {name.rsplit(".", 1)[0].split("_")[0] for name in names}
    assert all(group in explained for group in groups)


def test_the_records_of_a_file_are_all_of_its_bytes() -> None:
    for name in ("logback.log", "python_basic.log", "docker.json", "jul.log"):
        rows = Rows()
        LogExtractor().extract(
            Exhibit(
                original=Written(FILES / name),
                name=name,
                service=None,
                detected=DETECTED,
                redactor=Redactor(b"key"),
                table=rows,
            )
        )
        spans = rows.frame.select("byte_start", "byte_end").rows()
        assert spans[0][0] == 0
        assert spans[-1][1] == (FILES / name).stat().st_size
        assert all(span[1] == other[0] for span, other in pairwise(spans))
