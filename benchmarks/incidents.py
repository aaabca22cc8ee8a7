"""How often `faultmaven investigate` is right about incidents that the lab recorded.

    python -m benchmarks.incidents --data DIR [--part choose] [--predictions FILE] [--model MODEL]

DIR is what `python -m benchmarks.lab record` and `split` made, or an archive of such a folder
(`benchmarks/recorded`). The program runs as a user runs it:
the files as they were handed over, the alert as it was delivered, the topology where there is one.
The service is right if the truth names it, or whom a reasonable engineer may name instead; whether
the fault has the right name is not judged here. `ours` is the share of incidents with a cause whose
service is right and said to be the root cause. A decisive line counts if the first screen cites it;
in what a model would be handed, also if another line of its kind stands for it. With --model that
language model is asked, too.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.parts.shares import share_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

AT_ONCE = 2
CHARACTERS = 4  # of a token
ALIKE = 0.8  # of the words of the shorter line
WORD = re.compile(r"[a-z][\w-]{2,}")
CITED = re.compile(r"(?P<file>.+):(?P<first>\d+)(?:-(?P<last>\d+))?")
ROOT_CAUSE, NO_IMPACT = "root_cause", "no_impact"
STDERR = 2_000  # characters
NOTHING_SAID: dict[str, Any] = {
    "verdict": "failed",
    "hypotheses": [],
    "trigger": None,
    "screen": [],
    "brief": [],
    "spent": {"calls": 0, "tokens": 0},
}


def main() -> int:
    """Print one JSON document; 1 where nothing, or not every incident, could be measured."""
    options = _options()
    with unpacked(options.data) as data, ThreadPoolExecutor(options.at_once) as pool:
        idents = json.loads((data / "split.json").read_text())[options.part]
        outcomes = list(pool.map(partial(judge, data, models=options.model), idents))
    if options.predictions:
        options.predictions.write_text(json.dumps(outcomes, indent=1))
    print(json.dumps(_document(outcomes, part=options.part), indent=1))
    return 0 if outcomes and not any(_has_failed(outcome) for outcome in outcomes) else 1


@contextmanager
def unpacked(data: Path) -> Iterator[Path]:
    """The folder itself, or what an archive holds."""
    if data.is_dir():
        yield data
        return
    with tempfile.TemporaryDirectory() as folder, tarfile.open(data) as archive:
        archive.extractall(folder, filter="data")
        yield Path(folder)


def judge(data: Path, ident: str, *, models: Sequence[str] = ()) -> dict[str, Any]:
    """What was said of one incident, beside its truth."""
    truth = json.loads((data / "truth" / f"{ident}.json").read_text())
    began = time.monotonic()
    report = _investigate(data / "case" / ident, models)
    seconds = time.monotonic() - began
    alive = [known for known in report["hypotheses"] if known["state"] != "rejected"]
    blamed = alive[0]["cause"] if alive else {"service": None, "fault": None}
    names = {truth["service"], *truth["aliases"], *truth["also"]}
    trigger, triggered = truth["trigger"], report["trigger"]
    return {
        "ident": ident,
        "kind": truth["kind"],
        "expected": truth["expected"],
        "verdict": report["verdict"],
        "blamed": blamed,
        "service_right": blamed["service"] in names,
        "trigger_right": _is_trigger(triggered, trigger) if trigger else None,
        "decisive_cited": any(
            _cites(row["citation"], line) for row in report["screen"] for line in truth["decisive"]
        ),
        "decisive_handed": [_is_handed(line, report["brief"]) for line in truth["decisive"]],
        "brief_tokens": sum(len(line["text"]) for line in report["brief"]) // CHARACTERS,
        "seconds": round(seconds, 1),
        "model": report["spent"],
    }


def _investigate(case: Path, models: Sequence[str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "faultmaven", "investigate", str(case / "files")]
    command += ["--alert", str(case / "alert.json"), "--json"]
    if (case / "topology.json").exists():
        command += ["--topology", str(case / "topology.json")]
    command += [part for model in models for part in ("--model", model)]
    ran = subprocess.run(command, capture_output=True, check=False)
    if ran.returncode:  # counts as wrong, and costs none of the others
        sys.stderr.write(f"{case.name}: {ran.stderr.decode(errors='replace')[-STDERR:]}\n")
        return NOTHING_SAID
    report: dict[str, Any] = json.loads(ran.stdout)
    return report


def _has_failed(outcome: dict[str, Any]) -> bool:
    return bool(outcome["verdict"] == NOTHING_SAID["verdict"])


def _cites(citation: str | None, line: dict[str, Any]) -> bool:
    cited = CITED.fullmatch(citation or "")
    if cited is None or not _is_same_file(cited["file"], line["file"]):
        return False
    first = int(cited["first"])
    return bool(first <= line["line"] <= int(cited["last"] or first))


def _is_same_file(name: str, other: str) -> bool:
    """Whether one path is the end of the other: what is shown leaves out folders that all share."""
    return f"/{name}".endswith(f"/{other}") or f"/{other}".endswith(f"/{name}")


def _is_trigger(named: dict[str, Any] | None, truth: dict[str, Any]) -> bool:
    """The very line of the change, or another one that tells of the same change."""
    if named is None or named["locus"] is None or not truth["file"]:
        return False
    locus = named["locus"]
    label = f"{locus['file']}:{locus['line_start']}-{locus['line_end']}"
    return _cites(label, truth) or truth["text"][-60:] in named["text"]


def _is_handed(line: dict[str, Any], brief: Sequence[dict[str, Any]]) -> bool:
    """The very line, or one of its kind of the same file: lines of a kind are told once."""
    for each in brief:
        locus = each["locus"]
        if locus is None or not _is_same_file(locus["file"], line["file"]):
            continue
        if locus["line_start"] <= line["line"] <= locus["line_end"]:
            return True
        words, others = _words(line["text"]), _words(each["text"])
        if len(words & others) >= ALIKE * min(len(words), len(others)):
            return True
    return False


def _words(text: str) -> set[str]:
    """What two lines of a kind have in common: words without a digit."""
    return {word for word in WORD.findall(text.lower()) if not any(map(str.isdigit, word))}


def _document(outcomes: Sequence[dict[str, Any]], *, part: str) -> dict[str, Any]:
    faulty = [each for each in outcomes if each["expected"] == ROOT_CAUSE]
    healthy = [each for each in outcomes if each["expected"] == NO_IMPACT]
    accusing = [each for each in outcomes if each["verdict"] == ROOT_CAUSE]
    changed = [each for each in faulty if each["trigger_right"] is not None]
    right = [each["service_right"] and each["verdict"] == ROOT_CAUSE for each in faulty]
    return {
        "benchmark": "incidents",
        "part": part,
        "n": len(outcomes),
        "ours": share_of(right)["share"],
        "service_and_verdict": share_of(right),
        "service": share_of([each["service_right"] for each in faulty]),
        "trigger": share_of([each["trigger_right"] for each in changed]),
        "decisive_on_first_screen": share_of([each["decisive_cited"] for each in faulty]),
        "decisive_handed": share_of([hit for each in faulty for hit in each["decisive_handed"]]),
        "longest_brief_tokens": max((each["brief_tokens"] for each in outcomes), default=0),
        "healthy_accused": share_of([each["verdict"] == ROOT_CAUSE for each in healthy]),
        "healthy_said_so": share_of([each["verdict"] == "no_impact_found" for each in healthy]),
        "root_cause_right": share_of(
            [each["service_right"] and each["expected"] == ROOT_CAUSE for each in accusing]
        ),
        "model_calls": median([each["model"]["calls"] for each in outcomes]),
        "model_tokens": median([each["model"]["tokens"] for each in outcomes]),
        "longest_s": max((each["seconds"] for each in outcomes), default=0.0),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.incidents", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--part", choices=("fit", "choose", "last"), default="choose")
    parser.add_argument("--predictions", type=Path)
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    parser.add_argument("--model", action="append", default=[])
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
