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

from benchmarks.parts.incidents import Incident, read_incidents, renamed, without_fault
from benchmarks.parts.quiet import Quiet, quiet_windows
from benchmarks.parts.rankings import by_hash, by_robust_score, by_z_score, scored
from benchmarks.parts.shares import Forecast, calibration, clustered, wilson
from benchmarks.parts.verdicts import Seen, Task, look_at_all

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
    seen = look_at_all([_under_alerts(one, incidents) for one in incidents])
    plain = [one["plain"] for one in seen]
    rankings = _rankings(incidents, plain)
    if chosen.predictions:
        chosen.predictions.write_text(json.dumps(rankings), encoding="utf-8")
    measured: dict[str, Any] = _ranked(incidents, rankings) if incidents else {"n": 0}
    if incidents and not chosen.only_ranking:
        measured |= _judged(incidents, seen)
    measured["seconds"] = round(time.perf_counter() - began, 1)
    print(json.dumps(measured, indent=1))
    return 0 if incidents else 1


def _under_alerts(one: Incident, incidents: Sequence[Incident]) -> Task:
    alerts = {
        "plain": one.alert(),
        "early": one.alert(later_s=-SHIFT_S),
        "late": one.alert(later_s=SHIFT_S),
        "control": _other(one, incidents).alert(),
    }
    return Task(case=one, alerts=alerts)


def _other(one: Incident, incidents: Sequence[Incident]) -> Incident:
    """Whose alert this case's files are shown under: the next but one of its dataset."""
    same = [other for other in incidents if other.dataset == one.dataset]
    return same[(same.index(one) + 2) % len(same)]


def _rankings(incidents: Sequence[Incident], seen: Sequence[Seen]) -> dict[str, list[str]]:
    return {
        one.name: [name for name in said.ranking if name in one.candidates]
        for one, said in zip(incidents, seen, strict=True)
    }


def _ranked(incidents: Sequence[Incident], rankings: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    ours = scored(rankings, incidents)
    peers = {
        name: scored({one.name: rank(one) for one in incidents}, incidents)
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
        "peers": {name: found["all"] for name, found in peers.items()},
        "baseline": scored({one.name: by_hash(one) for one in incidents}, incidents)["all"],
        "baseline_name": "zero information: candidates by hash",
    }


def _judged(incidents: Sequence[Incident], seen: Sequence[Mapping[str, Seen]]) -> dict[str, Any]:
    plain = [one["plain"] for one in seen]
    windows: list[Incident | Quiet] = [*without_fault(incidents, rows=ROWS, after=AFTER)]
    windows += quiet_windows()
    fresh = [renamed(one) for one in incidents]
    tasks = [
        *(Task(case=one, alerts={"plain": one.alert()}, names=names) for one, names in fresh),
        *(Task(case=one, alerts={"plain": _alert_of(one)}) for one in windows),
    ]
    looked = [one["plain"] for one in look_at_all(tasks)]
    other_names, quiet = looked[: len(fresh)], looked[len(fresh) :]
    return {
        "renamed": _renamed(incidents, plain, other_names),
        "shifted": {
            name: scored(_rankings(incidents, [one[name] for one in seen]), incidents)["all"]
            for name in ("early", "late")
        },
        "root_cause": _said(incidents, plain),
        "false_accusations": _accused(windows, quiet),
        "control": _control(incidents, [one["control"] for one in seen]),
        "calibration": _calibrated(incidents, plain, quiet),
        "claims_struck": sum(one.struck for one in (*plain, *quiet)),
    }


def _alert_of(one: Incident | Quiet) -> bytes | None:
    return one.alert() if isinstance(one, Incident) else None


def _renamed(
    incidents: Sequence[Incident], plain: Sequence[Seen], fresh: Sequence[Seen]
) -> dict[str, Any]:
    pairs = list(zip(incidents, plain, fresh, strict=True))
    other = [one.name for one, before, after in pairs if before.ranking != after.ranking]
    first = [one.name for one, before, after in pairs if before.ranking[:3] != after.ranking[:3]]
    return {
        "rankings_that_differ": len(other),
        "top_three_that_differ": first,
        "verdicts_that_differ": sum(one.is_found != it.is_found for _, one, it in pairs),
        **scored(_rankings(incidents, fresh), incidents)["all"],
    }


def _said(incidents: Sequence[Incident], seen: Sequence[Seen]) -> dict[str, Any]:
    """On how many faulty cases "root cause" is said, and how often of the right service."""
    found = [
        (one.name, one.guilty, said.leader)
        for one, said in zip(incidents, seen, strict=True)
        if said.is_found
    ]
    right = sum(guilty == leader for _, guilty, leader in found)
    missing: defaultdict[str, int] = defaultdict(int)
    for said in seen:
        for text in said.lacking[:1]:
            missing[" ".join(text.split()[:5])] += 1
    return {
        "n": len(incidents),
        "said": len(found),
        "share": round(len(found) / len(incidents), 4),
        "share_between": wilson(len(found), len(incidents)),
        "right": right,
        "right_share": round(right / len(found), 4) if found else None,
        "right_between": wilson(right, len(found)),
        "wrong": [name for name, guilty, leader in found if guilty != leader],
    }


def _accused(windows: Sequence[Incident | Quiet], seen: Sequence[Seen]) -> dict[str, Any]:
    """Sources are drawn anew for the interval: windows of one recording are much alike."""
    hits: defaultdict[str, list[bool]] = defaultdict(list)
    for one, said in zip(windows, seen, strict=True):
        hits[one.source].append(said.is_found)
    measured = [
        said
        for one, said in zip(windows, seen, strict=True)
        if isinstance(one, Incident) or "metrics.json" in one.files
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
            "accused": sum(one.is_found for one in measured),
        },
        "where": [one.name for one, said in zip(windows, seen, strict=True) if said.is_found],
    }


def _control(incidents: Sequence[Incident], seen: Sequence[Seen]) -> dict[str, Any]:
    """The files of a case under the alert of another: nobody can know what that one was about.

    chance: how often the guilty service of the files' own case is that of the alert's.
    """
    others = [_other(one, incidents) for one in incidents]
    hits = sum(
        said.ranking[:1] == (other.guilty,) for other, said in zip(others, seen, strict=True)
    )
    same = sum(one.guilty == other.guilty for one, other in zip(incidents, others, strict=True))
    return {
        "n": len(incidents),
        "top1": round(hits / len(incidents), 4),
        "top1_between": wilson(hits, len(incidents)),
        "chance_by_candidates": round(
            sum(1 / len(one.candidates) for one in incidents) / len(incidents), 4
        ),
        "same_guilty_by_chance": round(same / len(incidents), 4),
        "root_cause": sum(said.is_found for said in seen),
        "where": [one.name for one, said in zip(incidents, seen, strict=True) if said.is_found],
    }


def _calibrated(
    incidents: Sequence[Incident], plain: Sequence[Seen], quiet: Sequence[Seen]
) -> dict[str, Any]:
    """The leader's share over all cases and windows, against how often the leader was guilty."""
    faulty = [
        Forecast(said=said.confidence, came=said.leader == one.guilty)
        for one, said in zip(incidents, plain, strict=True)
    ]
    return {
        **calibration([*faulty, *(Forecast(said=one.confidence, came=False) for one in quiet)]),
        "of_faulty_cases": calibration(faulty),
    }


if __name__ == "__main__":
    sys.exit(main())
