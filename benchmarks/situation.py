"""The share of a long case that is sent, and whether what matters is in it.

    python -m benchmarks.situation [--data DIR] [--predictions FILE]

Cases with 40 to 400 messages are made: talk of an incident in which one message in twelve holds a
fact, and a log whose lines the hypotheses cite, read and weighed by the engine. Each case is told
(`core.investigation.situation.brief`) once for every fact that somebody asks for later, in words of
their own. `ours` is the share of the tokens that the full history takes, in the mean of cases;
`cited_kept` must be 1. The peer sends the same facts and the newest messages within our budget;
full history keeps everything at a share of 1.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.parts.resampling import interval
from benchmarks.parts.talk import MORNING, TalkMade, a_talk
from core.alerts.model import AlertSource, Occurrence
from core.evidence.model import EvidenceFile, PlainFile
from core.evidence.pipeline import extract
from core.investigation.decision import Situation
from core.investigation.memory.messages import CaseMessage
from core.investigation.reasoner import decide
from core.investigation.situation import Brief, brief
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.text.redacted import RedactedText

SIZES, SEEDS = (40, 60, 100, 200, 400), range(6)
GATE = 0.36
LINES = 300
REDACTOR = Redactor(bytes(32))
CALM = ("INFO request served in {} ms", "INFO batch of {} rows written")
TROUBLES = (
    ("ERROR could not obtain a connection from the pool within {} ms", "WARN retry {} of 5"),
    ("ERROR java.lang.OutOfMemoryError: Java heap space, {} objects", "WARN gc paused for {} ms"),
    ("ERROR write failed: No space left on device, {} bytes", "WARN flush {} delayed"),
)


@dataclass(frozen=True)
class CaseMeasures:
    """One case, sent once for every fact. Shares are 0 to 1; `tokens` and `whole` are means."""

    messages: int
    share: float
    tokens: float
    whole: float
    cited: float
    asked: tuple[float, ...]
    newest: tuple[float, ...]


def main() -> int:
    """Print one JSON document; 1 where no case was told."""
    options = _options()
    cases = [_measure(size, seed) for size in SIZES for seed in SEEDS]
    result = _document(cases)
    if options.predictions:
        options.predictions.write_text(json.dumps(result))
    print(json.dumps(result, indent=2))
    return 0 if result["n"] else 1


def _document(cases: Sequence[CaseMeasures]) -> dict[str, Any]:
    asked = [share for case in cases for share in case.asked]
    newest = [share for case in cases for share in case.newest]
    ours = _mean([case.share for case in cases])
    return {
        "benchmark": "situation",
        "ours": ours,
        "peer": 1.0,
        "peer_name": "full history",
        "ratio": round(1 / ours, 2) if ours else 0.0,
        "unit": "share of the full history's tokens",
        "n": len(cases),
        "interval": interval([case.share for case in cases]),
        "most": max((round(case.share, 4) for case in cases), default=0.0),
        "gate": GATE,
        "tokens": round(_mean([case.tokens for case in cases])),
        "tokens_whole": round(_mean([case.whole for case in cases])),
        "cited_kept": _mean([case.cited for case in cases]),
        "asked_for": {
            "n": len(asked),
            "kept": _mean(asked),
            "interval": interval(asked),
            "newest_in_the_same_tokens": _mean(newest),
        },
        "by_messages": {
            size: _mean([case.share for case in cases if case.messages == size]) for size in SIZES
        },
    }


def _measure(size: int, seed: int) -> CaseMeasures:
    made = a_talk(size, seed=seed)
    situation = _situation(made, seed)
    briefs = [
        (fact, brief(situation, _clean(fact.question), redactor=REDACTOR)) for fact in made.facts
    ]
    asked = tuple(float(_has(sent, fact.place)) for fact, sent in briefs)
    newest = tuple(float(fact.place in _newest(situation, sent)) for fact, sent in briefs)
    return CaseMeasures(
        messages=size,
        share=_mean([sent.tokens / sent.whole for _, sent in briefs]),
        tokens=_mean([sent.tokens for _, sent in briefs]),
        whole=_mean([sent.whole for _, sent in briefs]),
        cited=_mean([_cited(situation, sent) for _, sent in briefs]),
        asked=asked,
        newest=newest,
    )


def _has(sent: Brief, place: int) -> bool:
    return any(message.seq == place for message in sent.memory.kept)


def _newest(situation: Situation, sent: Brief) -> set[int]:
    """Which messages last-N would send in the tokens that ours took."""
    left, kept = sent.memory.tokens, set[int]()
    for message in reversed(situation.messages):
        left -= message.tokens
        if left < 0:
            break
        kept.add(message.seq)
    return kept


def _cited(situation: Situation, sent: Brief) -> float:
    """The share of the lines cited by hypotheses that stand in the text."""
    lines = [
        line.text.line().text[:200]
        for hypothesis in situation.hypotheses
        for line in (*hypothesis.supporting, *hypothesis.contradicting)
        if line.resolves
    ]
    return _mean([float(line in sent.text.text) for line in lines]) if lines else 1.0


def _situation(made: TalkMade, seed: int) -> Situation:
    """Logs, an alert, a topology and the talk, weighed once so that lines are cited."""
    troubled, calm = ("ledger", "basket") if seed % 2 else ("courier", "tariff")
    files = tuple(_files(troubled, calm, seed))
    situation = Situation(
        at=made.messages[-1].at,
        occurrences=(_alert(calm),),
        files=tuple(file for file, _ in files),
        findings={file.id: findings for file, findings in files},
        calls=((calm, troubled), ("atlas", calm), ("harbour", "quill")),
        messages=tuple(
            CaseMessage(seq=place, at=message.at, by=message.by, text=_clean(message.text))
            for place, message in enumerate(made.messages)
        ),
    )
    return replace(situation, hypotheses=decide(situation).hypotheses)


def _files(troubled: str, calm: str, seed: int) -> Iterator[tuple[EvidenceFile, tuple[Any, ...]]]:
    with tempfile.TemporaryDirectory() as folder:
        for number, service in enumerate((troubled, calm), 1):
            path = Path(folder) / f"{service}.log"
            path.write_text(_log(service, seed, fails=service == troubled))
            extraction = extract(
                PlainFile(path), name=path.name, service=service, redactor=REDACTOR
            )
            yield _file(path, service, number, lines=extraction.lines), extraction.findings


def _log(service: str, seed: int, *, fails: bool) -> str:
    rng, lines = np.random.default_rng(seed), []
    for nth in range(LINES):
        says = TROUBLES[seed % len(TROUBLES)] if fails and nth > LINES // 2 else CALM
        line = says[int(rng.integers(len(says)))].format(int(rng.integers(1, 5000)))
        level, rest = line.split(" ", 1)
        at = MORNING + timedelta(seconds=nth * 6)
        lines.append(f"{at:%Y-%m-%dT%H:%M:%SZ} {level} [{service}] {rest}")
    return "\n".join(lines) + "\n"


def _file(path: Path, service: str, number: int, *, lines: int) -> EvidenceFile:
    return EvidenceFile(
        id=f"file_{number}",
        tenant_id="default",
        case_id="case_1",
        number=number,
        name=_clean(path.name),
        service=service,
        blob="",
        size=path.stat().st_size,
        received_at=MORNING,
        received_from="dana",
        lines=lines,
    )


def _alert(service: str) -> Occurrence:
    return Occurrence(
        id="occ_1",
        tenant_id="default",
        source=AlertSource.ALERTMANAGER,
        fingerprint="f1",
        case_id="case_1",
        name="HighErrorRate",
        service=service,
        severity="critical",
        labels={"service": service},
        summary=f"more than 5 % of the requests to {service} fail",
        starts_at=MORNING + timedelta(minutes=15),
        ended_at=None,
        last_seen_at=MORNING + timedelta(minutes=15),
    )


def _clean(text: str) -> RedactedText:
    return REDACTOR.clean(text)


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 4) if len(values) else 0.0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="not needed: cases are made here")
    parser.add_argument("--predictions", type=Path, help="write the same document here")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
