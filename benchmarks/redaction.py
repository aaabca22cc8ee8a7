"""Precision, recall and speed of the redaction of secrets and personal data.

`--data DIR` holds `docs.jsonl` (id, set, text) and `truth.jsonl` (id, set, spans and ignored
spans); `--logs DIR`, by default `../logs` beside it, holds `*/raw.log` for the speed: their
distinct lines, with the injected lines between them. Secrets are looked for with the rules that are
on by default. Sentences about people are measured so too, as the predictions have them, and in
strict mode, in which every public web site counts as personal.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from benchmarks.parts.peers import HOW, run_peer
from core.redaction.engine import Redactor
from core.redaction.rule_choice import OPTIONAL, CustomRule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NEUTRAL = {"gitleaks_rule_tests", "ops_injected"}
PEOPLE, INJECTED = "presidio_research", "ops_injected"
# Types of data with a form that can be checked; names and places have none.
PATTERNED = {
    *("CREDIT_CARD", "EMAIL_ADDRESS", "PHONE_NUMBER", "IBAN_CODE", "US_SSN", "IP_ADDRESS"),
    *("US_DRIVER_LICENSE", "DOMAIN_NAME"),
}
COVERED, RIGHT = 0.9, 0.5  # of the characters of a true span, of a predicted one
PEER_TYPES = ("credsweeper", "presidio")
RUN, BETWEEN = 40, 8  # lines of logs, then lines with something in them
Spans = dict[str, list[tuple[int, int, str]]]


@dataclass
class Score:
    """Counts of spans in one set of documents."""

    true: int = 0
    hit: int = 0
    marked: int = 0
    right: int = 0

    @property
    def document(self) -> dict[str, Any]:
        return {
            "recall": round(self.hit / self.true, 4) if self.true else None,
            "precision": round(self.right / self.marked, 4) if self.marked else None,
            "n": self.true,
        }


@dataclass(frozen=True)
class Data:
    """Documents with what is true of them."""

    docs: list[dict[str, Any]]
    truth: list[dict[str, Any]] = field(repr=False)

    @classmethod
    def read(cls, folder: Path) -> Data:
        return cls(*(_lines(folder / f"{name}.jsonl") for name in ("docs", "truth")))

    def secrets(self, spans: Spans) -> Score:
        """As everybody's rules would have to find them."""
        score = Score()
        for truth in self.truth:
            if truth["set"] in NEUTRAL:
                _count(score, truth, spans.get(truth["id"], []))
        return score

    def personal(self, spans: Spans) -> Score:
        """Recall alone: what else is hidden in a sentence about a person may well be personal."""
        score = Score()
        for truth in self.truth:
            if truth["set"] == PEOPLE:
                wanted = [span for span in truth["spans"] if span["type"] in PATTERNED]
                _count(score, {**truth, "spans": wanted}, spans.get(truth["id"], []))
        return score


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON document; exit code 1 where nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.redaction", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--logs", type=Path)
    parser.add_argument("--predictions", type=Path)
    chosen = parser.parse_args(arguments)
    data = Data.read(chosen.data)
    lines = _distinct(data, chosen.logs or chosen.data.parent / "logs")
    spans, ours = _ours(data, lines)
    if not ours["secrets"]["n"]:
        sys.exit("no span of a secret in the data: nothing was measured")
    if chosen.predictions:
        predictions = {"spans": spans, "throughput_mb_s": ours["mb_per_s"]}
        chosen.predictions.write_text(json.dumps(predictions), encoding="utf-8")
    peer = _peers(data, chosen.data, lines)
    nothing = {"recall": 0.0, "precision": None}
    document = {"ours": ours, "peer": peer, "ratio": _ratio(ours, peer), "finding_nothing": nothing}
    sys.stdout.write(json.dumps({**document, "n": ours["secrets"]["n"]}, indent=1) + "\n")
    return 0


def _ours(data: Data, lines: Sequence[str]) -> tuple[Spans, dict[str, Any]]:
    default = Redactor(bytes(32))
    strict = Redactor(bytes(32), rules=[CustomRule(name=kind) for kind in sorted(OPTIONAL)])
    by_default = _found(default, data.docs)
    people = [doc for doc in data.docs if doc["set"] == PEOPLE]
    strictly = by_default | _found(strict, people)
    return by_default, {
        "secrets": data.secrets(by_default).document,
        "personal": data.personal(by_default).document,
        "personal_strict": data.personal(strictly).document,
        "mb_per_s": _speed(default, lines),
        "threads": pl.thread_pool_size(),
    }


def _found(redactor: Redactor, docs: Sequence[Mapping[str, Any]]) -> Spans:
    return {
        doc["id"]: [(span.start, span.end, span.kind) for span in redactor.spans(doc["text"])]
        for doc in docs
    }


def _speed(redactor: Redactor, lines: Sequence[str]) -> float | None:
    """MB (1e6 bytes) a second, the best of three: one process, its screens in polars' threads."""
    if not lines:
        return None
    series = pl.Series(lines)
    took = []
    for _ in range(3):
        began = time.perf_counter()
        redactor.hide(series)
        took.append(time.perf_counter() - began)
    return round(int(series.str.len_bytes().sum() + len(lines)) / 1e6 / min(took), 2)


def _peers(data: Data, folder: Path, lines: Sequence[str]) -> dict[str, Any]:
    """Each with the same documents and lines; both together are what people could install."""
    scores: dict[str, Any] = {}
    together: Spans = {}
    with tempfile.TemporaryDirectory() as scratch:
        text = Path(scratch) / "lines.txt"
        text.write_text("\n".join(lines), encoding="utf-8")
        for name in PEER_TYPES:
            peer = run_peer(f"{name}_peer", folder / "docs.jsonl", text)
            if peer is None:
                return {"missing": HOW}
            scores[name] = _scored(data, peer["spans"]) | {"mb_per_s": peer["mb_per_s"]}
            for doc, spans in peer["spans"].items():
                together.setdefault(doc, []).extend(spans)
    return {**scores, "both": _scored(data, together)}


def _scored(data: Data, spans: Spans) -> dict[str, Any]:
    return {
        "secrets": data.secrets(spans).document,
        "personal": data.personal(spans).document,
    }


def _ratio(ours: Mapping[str, Any], peer: Mapping[str, Any]) -> dict[str, float] | None:
    if "missing" in peer:
        return None
    both, fastest = peer["both"], max(peer[name]["mb_per_s"] or 0 for name in PEER_TYPES)
    return {
        "recall": round(ours["secrets"]["recall"] / both["secrets"]["recall"], 3),
        "precision": round(ours["secrets"]["precision"] / both["secrets"]["precision"], 3),
        "speed": round((ours["mb_per_s"] or 0) / fastest, 1) if fastest else 0.0,
    }


def _count(score: Score, truth: Mapping[str, Any], marked: Sequence[tuple[int, int, str]]) -> None:
    ignored = set(_characters(truth.get("ignore", ())))
    true = set(_characters(truth["spans"]))
    covered = {at for start, end, _ in marked for at in range(start, end)}
    for span in truth["spans"]:
        inside = range(span["start"], span["end"])
        score.true += 1
        score.hit += len(covered.intersection(inside)) >= COVERED * len(inside)
    for start, end, _ in marked:
        length = max(1, end - start)
        right = len(true.intersection(range(start, end)))
        beside = len(ignored.difference(true).intersection(range(start, end)))
        if not right and beside >= RIGHT * length:
            continue
        score.marked += 1
        score.right += right > 0 and right + beside >= RIGHT * length


def _characters(spans: Sequence[Mapping[str, Any]]) -> Iterator[int]:
    for span in spans:
        yield from range(span["start"], span["end"])


def _distinct(data: Data, logs: Path) -> list[str]:
    """Lines of logs, each once, with lines that hold something between them."""
    raw = [path.read_text(encoding="utf-8") for path in sorted(logs.glob("*/raw.log"))]
    of_logs = list(dict.fromkeys("".join(raw).split("\n")))
    telling = [doc["text"] for doc in data.docs if doc["set"] == INJECTED]
    among = list(dict.fromkeys("".join(telling).split("\n")))
    lines: list[str] = []
    for number, at in enumerate(range(0, len(of_logs), RUN)):
        begin = number * BETWEEN % max(1, len(among))
        lines += of_logs[at : at + RUN] + among[begin : begin + BETWEEN]
    return lines


def _lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


if __name__ == "__main__":
    sys.exit(main())
