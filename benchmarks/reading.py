"""How much of what settles an incident was read at all, before anything is concluded.

    python -m benchmarks.reading --data DIR [--part last] [--predictions FILE]

DIR is that of `benchmarks.incidents`. A trigger is read if its line is among the changes that were
found, within two minutes of the moment that the truth tells. A decisive line is read if a finding
stands at it, or one of its file is of its kind. A log is timed if a moment was read of it. Whatever
the ranking makes of it, no engine and no model can use what was not read.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rapidfuzz import fuzz

from benchmarks.parts.inquiry import situation_of, with_alert
from benchmarks.parts.shares import share_of
from core.evidence.model import DataType, FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.evidence.model import EvidenceFile, Finding
    from core.investigation.decision import Situation

NEAR = timedelta(minutes=2)
WIDEST = 40  # lines of a finding that stands at a line
ALIKE = 75  # of 100
SMALL = 200  # bytes: a file that is smaller may hold nothing
TOLD = frozenset({FindingKind.ORIGIN, FindingKind.IDENTIFIERS, FindingKind.SETTINGS})


@dataclass(frozen=True, kw_only=True)
class ReadIncident:
    """trigger: None where no line tells of it. untimed, refused: names of files."""

    ident: str
    trigger: bool | None
    decisive: tuple[bool, ...]
    timed: tuple[bool, ...]
    untimed: tuple[str, ...]
    refused: tuple[str, ...]


def main() -> int:
    """Print one JSON document; 1 where no trigger or no decisive line was looked for."""
    options = _options()
    idents = json.loads((options.data / "split.json").read_text())[options.part]
    with ProcessPoolExecutor(options.at_once) as pool:
        outcomes = list(pool.map(partial(judge, options.data), idents))
    triggers = [each.trigger for each in outcomes if each.trigger is not None]
    decisive = [is_read for each in outcomes for is_read in each.decisive]
    if options.predictions:
        options.predictions.write_text(json.dumps([asdict(each) for each in outcomes], indent=1))
    document = {
        "benchmark": "reading",
        "n": len(outcomes),
        "ours": share_of(triggers)["share"],
        "triggers": share_of(triggers),
        "decisive": share_of(decisive),
        "logs_timed": share_of([is_timed for each in outcomes for is_timed in each.timed]),
        "untimed": [f"{each.ident}: {name}" for each in outcomes for name in each.untimed],
        "refused": [f"{each.ident}: {name}" for each in outcomes for name in each.refused],
    }
    print(json.dumps(document, indent=1))
    return 0 if triggers and decisive else 1


def judge(data: Path, ident: str) -> ReadIncident:
    """What was read of an incident, on the clock that the engine reads it by."""
    truth = json.loads((data / "truth" / f"{ident}.json").read_text())
    case = data / "case" / ident
    situation = with_alert(situation_of(case / "files"), (case / "alert.json").read_bytes())
    logs = [file for file in situation.files if file.data_type is DataType.LOG and file.lines > 1]
    trigger = truth["trigger"]
    return ReadIncident(
        ident=ident,
        trigger=_is_change(trigger, situation) if trigger and trigger.get("file") else None,
        decisive=tuple(_is_found(line, situation) for line in truth["decisive"]),
        timed=tuple(file.first is not None for file in logs),
        untimed=tuple(file.name.text for file in logs if file.first is None),
        refused=tuple(
            f"{file.name.text}: {file.problem.text if file.problem else 'nothing was found'}"
            for file in situation.files
            if file.size > SMALL and not situation.findings.get(file.id)
        ),
    )


def _is_change(trigger: dict[str, Any], situation: Situation) -> bool:
    at = datetime.fromisoformat(trigger["at"])
    return any(
        finding.kind is FindingKind.CHANGE
        and finding.first is not None
        and abs(finding.first - at) <= NEAR
        for finding in _at(trigger, situation)
    )


def _is_found(line: dict[str, Any], situation: Situation) -> bool:
    if any(finding.kind not in TOLD for finding in _at(line, situation)):
        return True
    return any(
        finding.kind is FindingKind.TEMPLATE
        and fuzz.token_set_ratio(finding.text.text, line["text"]) >= ALIKE
        for file in _files(line, situation)
        for finding in situation.findings.get(file.id, ())
    )


def _at(line: dict[str, Any], situation: Situation) -> Iterator[Finding]:
    """The findings that stand at a line, but not for a whole file."""
    for file in _files(line, situation):
        for finding in situation.findings.get(file.id, ()):
            first, last = finding.locus.line_start, finding.locus.line_end
            if first <= line["line"] <= last and last - first < WIDEST:
                yield finding


def _files(line: dict[str, Any], situation: Situation) -> list[EvidenceFile]:
    return [file for file in situation.files if file.name.text.endswith(line["file"])]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--part", choices=("fit", "choose", "last"), default="last")
    parser.add_argument("--predictions", type=Path)
    parser.add_argument("--at-once", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
