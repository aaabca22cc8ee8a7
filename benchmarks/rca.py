"""Is the guilty service found, and is nobody accused where nothing is wrong?

`--data DIR` holds cases (`benchmarks.parts.incidents`). Each is written as the files that an
operator would have, and read and decided by what `faultmaven investigate` calls.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.parts.incidents import (
    Incident,
    alert_of,
    read_incidents,
    renamed,
    without_fault,
    write,
)
from benchmarks.parts.inquiry import situation_of, with_alert
from benchmarks.parts.rankings import by_hash, by_robust_score, by_z_score, scored
from core.investigation.model import Verdict
from core.investigation.reasoner import decide

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.investigation.decision import Decision

SHIFT_S = 180.0


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was said of one case: services with their best score, best first, and the verdict."""

    ranking: tuple[str, ...]
    is_found: bool
    leader: str | None
    confidence: float


@dataclass(frozen=True, kw_only=True)
class Task:
    """One set of files, and the alerts under which it is looked at, by name."""

    incident: Incident
    alerts: tuple[tuple[str, bytes], ...]


def look(task: Task) -> dict[str, Seen]:
    """Under each of its alerts."""
    with tempfile.TemporaryDirectory(prefix="rca-") as name:
        folder = Path(name) / "case"
        write(task.incident, folder)
        situation = situation_of(folder / "files", alert_of(task.incident))
    return {name: _seen(decide(with_alert(situation, body))) for name, body in task.alerts}


def look_at_all(tasks: Sequence[Task], *, processes: int = 2) -> list[dict[str, Seen]]:
    """In processes of their own, in order."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        return list(pool.map(look, tasks, chunksize=2))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON document; exit code 1 where nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rca", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--predictions", type=Path)
    parser.add_argument("--only", choices=["plain"], help="the first figures, quickly")
    chosen = parser.parse_args(arguments)
    began = time.perf_counter()
    incidents = read_incidents(chosen.data)
    seen = [one["plain"] for one in look_at_all([_plain(one) for one in incidents])]
    rankings = {one.name: list(said.ranking) for one, said in zip(incidents, seen, strict=True)}
    if chosen.predictions:
        chosen.predictions.write_text(json.dumps(rankings), encoding="utf-8")
    measured = _measured(incidents, seen, rankings) if incidents else {"n": 0}
    measured["seconds"] = round(time.perf_counter() - began, 1)
    print(json.dumps(measured, indent=1))
    return 0 if incidents else 1


def _plain(one: Incident) -> Task:
    return Task(incident=one, alerts=(("plain", alert_of(one)),))


def _measured(
    incidents: Sequence[Incident], seen: Sequence[Seen], rankings: Mapping[str, list[str]]
) -> dict[str, Any]:
    ours = scored(rankings, incidents)
    peers = {
        "z_score": scored({one.name: by_z_score(one) for one in incidents}, incidents),
        "robust_score": scored({one.name: by_robust_score(one) for one in incidents}, incidents),
    }
    best = max(peers, key=lambda name: float(peers[name]["all"]["top1"]))
    peer = peers[best]["all"]["top1"]
    return {
        "benchmark": "rca",
        "ours": ours["all"]["top1"],
        "peer": peer,
        "peer_name": best,
        "ratio": round(ours["all"]["top1"] / peer, 2) if peer else None,
        "n": len(incidents),
        "ours_by_dataset": ours,
        "peers": {name: found["all"] for name, found in peers.items()},
        "baseline": scored({one.name: by_hash(one) for one in incidents}, incidents)["all"],
        "baseline_name": "zero information: candidates by hash",
        "said": _said(incidents, seen),
    }


def _said(incidents: Sequence[Incident], seen: Sequence[Seen]) -> dict[str, Any]:
    found = [(one, said) for one, said in zip(incidents, seen, strict=True) if said.is_found]
    right = sum(said.leader == one.guilty for one, said in found)
    return {"root_cause": len(found), "right": right, "of": len(incidents)}


def _seen(decision: Decision) -> Seen:
    named = [one.cause.service for one in decision.causes if one.cause.service]
    best = decision.hypotheses[0] if decision.hypotheses else None
    return Seen(
        ranking=tuple(dict.fromkeys(named)),
        is_found=decision.verdict is Verdict.ROOT_CAUSE,
        leader=best.cause.service if best else None,
        confidence=best.confidence if best else 0.0,
    )


if __name__ == "__main__":
    sys.exit(main())
