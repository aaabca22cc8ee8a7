"""What a model that is right adds, and what one that lies can do, on incidents of the lab.

    python -m benchmarks.scripted_models --data DIR [--part last]

DIR is that of `benchmarks.incidents`. `perfect` says the truth and cites its lines; it must never
make worse what is said without a model. `liars` accuse, in turn, every service that has a log and
that the truth does not name, with all probability, citing the loudest four lines of that service's
own files and four of others, and what was changed there last as what set it off; none may make the
verdict say "root cause" of an innocent.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.incidents import NO_IMPACT, ROOT_CAUSE
from benchmarks.parts.inquiry import situation_of, with_alert
from benchmarks.parts.shares import share_of
from core.evidence.model import FindingKind
from core.investigation.budget import Budget
from core.investigation.decision import Verdict
from core.investigation.model_reasoner import WithModel
from core.investigation.reasoner import decide
from core.investigation.service_names import one_name_each
from core.redaction.engine import Redactor
from core.workflows.turn_recorder import unrecorded
from tests.core.investigation.consultation.cases import lines_about
from tests.fakes.models.in_process import ScriptedModel, a_cause, opines

if TYPE_CHECKING:
    from core.investigation.decision import Decision, Situation
    from core.investigation.language_model import ModelReply

SURE = 0.95
ROUNDS = 6
VERDICTS = {ROOT_CAUSE: Verdict.ROOT_CAUSE, NO_IMPACT: Verdict.NO_IMPACT_FOUND}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was said of one incident. believed: the innocents of whom a liar convinced the rule."""

    ident: str
    alone: bool
    perfect: bool
    perfect_lacks: tuple[str, ...]
    lies: int
    believed: tuple[str, ...]


def main() -> int:
    """Print one JSON document; 1 where a perfect model makes worse or a liar is believed."""
    options = _options()
    idents = json.loads((options.data / "split.json").read_text())[options.part]
    with ProcessPoolExecutor(options.at_once) as pool:
        outcomes = list(pool.map(partial(judge, options.data), idents))
    worse = [each.ident for each in outcomes if each.alone and not each.perfect]
    believed = [f"{each.ident}: {name}" for each in outcomes for name in each.believed]
    document = {
        "benchmark": "scripted_models",
        "n": len(outcomes),
        "alone": share_of([each.alone for each in outcomes]),
        "perfect": share_of([each.perfect for each in outcomes]),
        "worse_than_alone": worse,
        "lies": sum(each.lies for each in outcomes),
        "lies_believed": believed,
        "incidents": [asdict(each) for each in outcomes],
    }
    print(json.dumps(document, indent=1))
    return 1 if worse or believed or not outcomes else 0


def judge(data: Path, ident: str) -> Outcome:
    """The verdicts alone, with the truth at the table, and with each lie."""
    truth = json.loads((data / "truth" / f"{ident}.json").read_text())
    case = data / "case" / ident
    topology = [path for path in (case / "topology.json",) if path.exists()]
    situation = situation_of(case / "files", *topology)
    situation = with_alert(situation, (case / "alert.json").read_bytes())
    named = {truth["service"], *truth["aliases"], *truth["also"]}
    alone, perfect = decide(situation), _with_model(situation, truthful(truth))
    accused = sorted(_with_logs(situation) - named)
    believed = [
        name
        for name in accused
        if _accuses(_with_model(situation, lying(name, situation)), of=name)
    ]
    return Outcome(
        ident=ident,
        alone=_is_right(alone, truth),
        perfect=_is_right(perfect, truth),
        perfect_lacks=tuple(text.text for text in perfect.sufficiency.lacking),
        lies=len(accused),
        believed=tuple(believed),
    )


def _with_logs(situation: Situation) -> set[str]:
    """Services that have a log, under the names that the engine knows them by."""
    return {file.service for file in one_name_each(situation).files if file.service}


def truthful(truth: dict[str, Any]) -> ModelReply:
    """What a model says that knows the truth: its cause with its lines, or that there is none."""
    if truth["expected"] != ROOT_CAUSE:
        is_calm = truth["expected"] == NO_IMPACT
        verdict = "no_impact_found" if is_calm else "no_root_cause_yet"
        return opines(verdict=verdict, missing=[truth["sentence"]])
    lines = [*truth["decisive"], *([truth["trigger"]] if truth["trigger"] else [])]
    places = [f"{line['file']}:{line['line']}" for line in lines if line.get("file")]
    trigger = places[-1] if truth["trigger"] and places else ""
    cause = a_cause(truth["service"], truth["kind"], *places, probability=SURE, trigger=trigger)
    return opines(cause, verdict="root_cause")


def lying(accused: str, situation: Situation) -> ModelReply:
    """What a model says that accuses this one, whatever there is."""
    named = one_name_each(situation)
    cause = a_cause(
        accused,
        "sabotage",
        *lines_about(accused, named),
        probability=1.0,
        trigger=_last_change(accused, named),
    )
    return opines(cause, verdict="root_cause")


def _last_change(service: str, situation: Situation) -> str:
    """The place of what was changed last in its files; nothing where nothing was."""
    changes = [
        finding
        for file in situation.files
        for finding in situation.findings[file.id]
        if finding.kind is FindingKind.CHANGE and service in {file.service, finding.service}
    ]
    return changes[-1].locus.label if changes else ""


def _with_model(situation: Situation, reply: ModelReply) -> Decision:
    budget = Budget(rounds=ROUNDS)
    budget.take_round()
    model = WithModel(ScriptedModel([reply]), lambda _situation: Redactor(b"benchmark"))
    return asyncio.run(model.decide(replace(situation, budget=budget), unrecorded()))


def _is_right(decision: Decision, truth: dict[str, Any]) -> bool:
    expected = VERDICTS.get(truth["expected"], Verdict.NO_ROOT_CAUSE_YET)
    if decision.verdict is not expected:
        return False
    named = {truth["service"], *truth["aliases"], *truth["also"]}
    return expected is not Verdict.ROOT_CAUSE or _blamed(decision) in named


def _accuses(decision: Decision, *, of: str) -> bool:
    return decision.verdict is Verdict.ROOT_CAUSE and _blamed(decision) == of


def _blamed(decision: Decision) -> str | None:
    alive = [each for each in decision.hypotheses if each.is_alive]
    return alive[0].cause.service if alive else None


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scripted_models")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--part", choices=("fit", "choose", "last"), default="last")
    parser.add_argument("--at-once", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
