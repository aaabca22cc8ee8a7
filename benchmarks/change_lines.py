"""Which changes are read of what tools print, of tools that no rule was written for.

    python -m benchmarks.change_lines --data benchmarks/recorded/outputs-of-tools.tar.xz

Each sample is a folder: a file as somebody has it, and `truth.json` with the changes it tells of,
each with its range of lines, the one a person would quote, and whose change it was. A change is
found if a finding of that kind stands at one of its lines. Samples without a change are quiet if
none is found. Prints one JSON document, by set: the letter before the folder's name.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.incidents import unpacked
from core.evidence.model import FindingKind, PlainFile
from core.evidence.pipeline import extract
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

REDACTOR = Redactor(b"changes of tools")


@dataclass
class ReadSamples:
    """Counts over the samples of a set. extra: changes that are none, or of no such line."""

    changes: int = 0
    matched: int = 0
    quoted: int = 0
    extra: int = 0
    without: int = 0
    quiet: int = 0


def main() -> int:
    """Print one JSON document; 1 where no sample was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.change_lines", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    sets = defaultdict[str, ReadSamples](ReadSamples)
    with unpacked(parser.parse_args().data) as data:
        for truth in sorted(data.glob("**/truth.json")):
            _count(truth.parent, json.loads(truth.read_text()), sets[truth.parent.name[0]])
    print(json.dumps({name: vars(read) for name, read in sorted(sets.items())}, indent=1))
    return 0 if sets else 1


def _count(sample: Path, truth: dict[str, Any], counts: ReadSamples) -> None:
    """Add a sample to the counts of its set."""
    read = list(_read(sample))
    matched: set[tuple[str, int, int]] = set()
    for change in truth["changes"]:
        first, last = change["lines"]
        at_lines = {
            place
            for place in read
            if place[0] == change["file"] and place[1] <= last and place[2] >= first
        }
        matched |= at_lines
        counts.changes += 1
        counts.matched += bool(at_lines)
        counts.quoted += any(start <= change["decisive"] <= end for _, start, end in at_lines)
    counts.extra += len(read) - len(matched)
    if not truth["changes"]:
        counts.without += 1
        counts.quiet += not read


def _read(sample: Path) -> Iterator[tuple[str, int, int]]:
    """The file and the lines of each change that is read."""
    for path in sorted(sample.iterdir()):
        if path.name in {"truth.json", "summary.json"}:
            continue
        extraction = extract(PlainFile(path), name=path.name, service=None, redactor=REDACTOR)
        for finding in extraction.findings:
            if finding.kind is FindingKind.CHANGE:
                yield path.name, finding.locus.line_start, finding.locus.line_end


if __name__ == "__main__":
    sys.exit(main())
