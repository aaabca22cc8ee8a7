"""Incidents of real software: `python -m benchmarks.lab record|check|split|setup|plan`."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from benchmarks.lab.checking import check
from benchmarks.lab.drawing import draw
from benchmarks.lab.faults import KINDS
from benchmarks.lab.installation import install
from benchmarks.lab.recording import discard, record
from benchmarks.lab.splitting import split


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.lab", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    recording = verbs.add_parser("record", help="play incidents and keep those that check")
    recording.add_argument("--out", type=Path, required=True)
    recording.add_argument("--seed", type=int, required=True)
    recording.add_argument("--incidents", type=int, default=1)
    recording.add_argument("--kinds", nargs="*", choices=sorted(KINDS))
    recording.add_argument("--parallel", type=int, default=1)
    checking = verbs.add_parser("check", help="hold every recording against its truth")
    checking.add_argument("corpus", type=Path)
    checking.add_argument("--discard", action="store_true", help="remove what does not check")
    splitting = verbs.add_parser("split", help="write split.json: fit, choose, last")
    splitting.add_argument("corpus", type=Path)
    planning = verbs.add_parser("plan", help="print the plan of a seed")
    planning.add_argument("seed", type=int)
    verbs.add_parser("setup", help="install the software with apt-get")
    return parser.parse_args()


def _check(corpus: Path, *, throw_away: bool) -> int:
    troubles = check(corpus)
    for ident, problems in troubles.items():
        if problems:
            print(f"{ident}: {'; '.join(problems)}")
            if throw_away:
                discard(corpus, ident)
    good = [ident for ident, problems in troubles.items() if not problems]
    kinds = Counter(
        json.loads((corpus / "truth" / f"{ident}.json").read_text())["kind"] for ident in good
    )
    for name, count in sorted(kinds.items()):
        print(f"{name} {count}")
    print(f"{len(good)} of {len(troubles)} check, {len(kinds)} kinds")
    return 0 if len(good) == len(troubles) else 1


def _split(corpus: Path) -> int:
    truths = {
        path.stem: json.loads(path.read_text())
        for path in sorted((corpus / "truth").glob("*.json"))
    }
    parts = split(truths)
    (corpus / "split.json").write_text(json.dumps(parts, indent=1) + "\n")
    print({name: len(idents) for name, idents in parts.items()})
    return 0


def main() -> int:
    """Do what the command line says."""
    given = _arguments()
    if given.verb == "setup":
        return install()
    if given.verb == "plan":
        print(draw(given.seed).text())
        return 0
    if given.verb == "check":
        return _check(given.corpus, throw_away=given.discard)
    if given.verb == "split":
        return _split(given.corpus)
    seeds = range(given.seed, given.seed + given.incidents)
    record(seeds, given.out, given.kinds, given.parallel)
    return 0


if __name__ == "__main__":
    sys.exit(main())
