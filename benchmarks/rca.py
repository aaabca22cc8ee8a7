"""Accuracy of the suspected service, and false accusations where nothing is wrong.

`--data DIR` holds cases (`benchmarks.parts.incidents`), each a recorded incident whose guilty
service is known. Each is written as the files that an operator would have (metrics and spans as
CSV, logs by service, topology, an alert of Alertmanager) and read and decided by the functions
that `faultmaven investigate` calls. Measured are the ranking, also with all services renamed and
with the alert 3 min early and late; the verdict; false accusations on windows without a fault, of
the data from before the incidents and of our own recordings; a control, each case's files under
the alert of another case; and whether shares come true. Peers are told when the incident began.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.parts.incidents import RecordedIncident, read_incidents, renamed, without_fault
from benchmarks.parts.quiet import Quiet, quiet_windows
from benchmarks.parts.rankings import by_hash, by_robust_score, by_z_score, scored
from benchmarks.parts.shares import Forecast, calibration, clustered, wilson
from benchmarks.parts.verdicts import EngineVerdict, Task, look_at_all

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHIFT_S = 180.0
ROWS, AFTER = 8, 3  # of a window without a fault
PEERS = {"z_score": by_z_score, "robust_score": by_robust_score}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON document; exit code 1 where nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rca", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--predictions", type=Path)
    parser.add_argument("--only-ranking", action="store_true", help="the first figures, quickly")
    chosen = parser.parse_args(arguments)
    began = time.perf_counter()
    incidents = read_incidents(chosen.data)
    seen = look_at_all([_under_alerts(incident, incidents) for incident in incidents])
    plain = [verdicts["plain"] for verdicts in seen]
    rankings = _rankings(incidents, plain)
    if chosen.predictions:
        chosen.predictions.write_text(json.dumps(rankings), encoding="utf-8")
    measured: dict[str, Any] = _ranked(incidents, rankings) if incidents else {"n": 0}
    if incidents and not chosen.only_ranking:
        measured |= _judged(incidents, seen)
    measured["seconds"] = round(time.perf_counter() - began, 1)
    print(json.dumps(measured, indent=1))
    return 0 if incidents else 1


def _under_alerts(incident: RecordedIncident, incidents: Sequence[RecordedIncident]) -> Task:
    alerts = {
        "plain": incident.alert(),
        "early": incident.alert(later_s=-SHIFT_S),
        "late": incident.alert(later_s=SHIFT_S),
        "control": _other(incident, incidents).alert(),
    }
    return Task(case=incident, alerts=alerts)


def _other(incident: RecordedIncident, incidents: Sequence[RecordedIncident]) -> RecordedIncident:
    """Whose alert this case's files are shown under: the next but one of its dataset."""
    same = [other for other in incidents if other.dataset == incident.dataset]
    return same[(same.index(incident) + 2) % len(same)]


def _rankings(
    incidents: Sequence[RecordedIncident], seen: Sequence[EngineVerdict]
) -> dict[str, list[str]]:
    return {
        incident.name: [name for name in verdict.ranking if name in incident.candidates]
        for incident, verdict in zip(incidents, seen, strict=True)
    }


def _ranked(
    incidents: Sequence[RecordedIncident], rankings: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    ours = scored(rankings, incidents)
    peers = {
        name: scored({incident.name: rank(incident) for incident in incidents}, incidents)
        for name, rank in PEERS.items()
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
        "ranking": ours,
        "peers": {name: scores["all"] for name, scores in peers.items()},
        "baseline": scored({incident.name: by_hash(incident) for incident in incidents}, incidents)[
            "all"
        ],
        "baseline_name": "zero information: candidates by hash",
    }


def _judged(
    incidents: Sequence[RecordedIncident], seen: Sequence[Mapping[str, EngineVerdict]]
) -> dict[str, Any]:
    plain = [verdicts["plain"] for verdicts in seen]
    windows: list[RecordedIncident | Quiet] = [*without_fault(incidents, rows=ROWS, after=AFTER)]
    windows += quiet_windows()
    fresh = [renamed(incident) for incident in incidents]
    tasks = [
        *(
            Task(case=incident, alerts={"plain": incident.alert()}, names=names)
            for incident, names in fresh
        ),
        *(Task(case=window, alerts={"plain": _alert_of(window)}) for window in windows),
    ]
    looked = [verdicts["plain"] for verdicts in look_at_all(tasks)]
    other_names, quiet = looked[: len(fresh)], looked[len(fresh) :]
    return {
        "renamed": _renamed(incidents, plain, other_names),
        "shifted": {
            name: scored(_rankings(incidents, [verdicts[name] for verdicts in seen]), incidents)[
                "all"
            ]
            for name in ("early", "late")
        },
        "root_cause": _root_causes(incidents, plain),
        "false_accusations": _accused(windows, quiet),
        "control": _control(incidents, [verdicts["control"] for verdicts in seen]),
        "calibration": _calibrated(incidents, plain, quiet),
        "claims_struck": sum(verdict.struck for verdict in (*plain, *quiet)),
    }


def _alert_of(case: RecordedIncident | Quiet) -> bytes | None:
    return case.alert() if isinstance(case, RecordedIncident) else None


def _renamed(
    incidents: Sequence[RecordedIncident],
    plain: Sequence[EngineVerdict],
    fresh: Sequence[EngineVerdict],
) -> dict[str, Any]:
    pairs = list(zip(incidents, plain, fresh, strict=True))
    other = [incident.name for incident, before, after in pairs if before.ranking != after.ranking]
    first = [
        incident.name
        for incident, before, after in pairs
        if before.ranking[:3] != after.ranking[:3]
    ]
    return {
        "rankings_that_differ": len(other),
        "top_three_that_differ": first,
        "verdicts_that_differ": sum(
            before.is_found != after.is_found for _, before, after in pairs
        ),
        **scored(_rankings(incidents, fresh), incidents)["all"],
    }


def _root_causes(
    incidents: Sequence[RecordedIncident], seen: Sequence[EngineVerdict]
) -> dict[str, Any]:
    """On how many faulty cases "root cause" is said, and how often of the right service."""
    accusations = [
        (incident.name, incident.guilty, verdict.leader)
        for incident, verdict in zip(incidents, seen, strict=True)
        if verdict.is_found
    ]
    right = sum(guilty == leader for _, guilty, leader in accusations)
    missing: defaultdict[str, int] = defaultdict(int)
    for verdict in seen:
        for text in verdict.lacking[:1]:
            missing[" ".join(text.split()[:5])] += 1
    return {
        "n": len(incidents),
        "said": len(accusations),
        "share": round(len(accusations) / len(incidents), 4),
        "share_between": wilson(len(accusations), len(incidents)),
        "right": right,
        "right_share": round(right / len(accusations), 4) if accusations else None,
        "right_between": wilson(right, len(accusations)),
        "wrong": [name for name, guilty, leader in accusations if guilty != leader],
    }


def _accused(
    windows: Sequence[RecordedIncident | Quiet], seen: Sequence[EngineVerdict]
) -> dict[str, Any]:
    """Sources are drawn anew for the interval: windows of one recording are much alike."""
    hits: defaultdict[str, list[bool]] = defaultdict(list)
    for window, verdict in zip(windows, seen, strict=True):
        hits[window.source].append(verdict.is_found)
    measured = [
        verdict
        for window, verdict in zip(windows, seen, strict=True)
        if isinstance(window, RecordedIncident) or "metrics.json" in window.files
    ]
    every = [hit for those in hits.values() for hit in those]
    return {
        "n": len(every),
        "sources": len(hits),
        "accused": sum(every),
        "share": round(sum(every) / len(every), 4),
        "share_between": clustered(hits),
        "of_which_with_metrics": {
            "n": len(measured),
            "accused": sum(verdict.is_found for verdict in measured),
        },
        "where": [
            window.name for window, verdict in zip(windows, seen, strict=True) if verdict.is_found
        ],
    }


def _control(
    incidents: Sequence[RecordedIncident], seen: Sequence[EngineVerdict]
) -> dict[str, Any]:
    """The files of a case under the alert of another: nobody can know what that one was about.

    chance: how often the guilty service of the files' own case is that of the alert's.
    """
    others = [_other(incident, incidents) for incident in incidents]
    hits = sum(
        verdict.ranking[:1] == (other.guilty,) for other, verdict in zip(others, seen, strict=True)
    )
    same = sum(
        incident.guilty == other.guilty for incident, other in zip(incidents, others, strict=True)
    )
    return {
        "n": len(incidents),
        "top1": round(hits / len(incidents), 4),
        "top1_between": wilson(hits, len(incidents)),
        "chance_by_candidates": round(
            sum(1 / len(incident.candidates) for incident in incidents) / len(incidents), 4
        ),
        "same_guilty_by_chance": round(same / len(incidents), 4),
        "root_cause": sum(verdict.is_found for verdict in seen),
        "where": [
            incident.name
            for incident, verdict in zip(incidents, seen, strict=True)
            if verdict.is_found
        ],
    }


def _calibrated(
    incidents: Sequence[RecordedIncident],
    plain: Sequence[EngineVerdict],
    quiet: Sequence[EngineVerdict],
) -> dict[str, Any]:
    """The leader's share over all cases and windows, against how often the leader was guilty."""
    faulty = [
        Forecast(stated=verdict.confidence, came=verdict.leader == incident.guilty)
        for incident, verdict in zip(incidents, plain, strict=True)
    ]
    return {
        **calibration(
            [*faulty, *(Forecast(stated=verdict.confidence, came=False) for verdict in quiet)]
        ),
        "of_faulty_cases": calibration(faulty),
    }


if __name__ == "__main__":
    sys.exit(main())
