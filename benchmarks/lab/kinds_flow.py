"""Faults of queues, of load, of retries and of partners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.lab.faults import Fault, bumped, caller_of, cause, kind, line, one_of, told
from benchmarks.lab.phrases import SLOW_REQUEST, missed, worded

if TYPE_CHECKING:
    from benchmarks.lab.world import World

QUIET = ("none", "backlog")


@kind("flow", needs=("queue", "worker"))
def consumer_stuck(world: World) -> Fault:
    """A flag makes the only consumer wait for a lock that nobody gives."""
    part = world["worker"]
    take = part.spec["background"][0]["steps"][0]
    lock = f"{world.domain['noun']}:seq"
    take[2]["steps"].insert(0, ["feature", "hang", {"flag": "strict_ordering", "lock": lock}])
    tell = world.change(part.name, "strict_ordering on for all", "feature flag")
    step = {
        "op": "flag", "at": 0, "part": part.name, "flags": {"strict_ordering": True}, "tell": tell,
    }  # fmt: skip
    return Fault(
        part,
        "The consumer waits for a lock without limit since strict_ordering is on; jobs pile up",
        [step],
        [line(part, r"waiting for lock", 1), line(part, "strict_ordering", 1), cause(tell)],
        effect="backlog",
        trigger=told(tell),
    )


@kind("flow", needs=("queue", "worker", "writer"))
def poison_message(world: World) -> Fault:
    """A release of the producer writes jobs the consumer cannot read."""
    part, worker = world["writer"], world["worker"]
    take = worker.spec["background"][0]["steps"][0]
    take[2]["steps"].insert(0, ["feature", "poison", {"field": "discount"}])
    take[2]["fatal"] = world.rng.random() < 0.4  # noqa: PLR2004
    tell = world.change(part.name, "release: job carries discount")
    patch = {"flags": {"bad_jobs": "discount"}, "version": bumped(part)}
    return Fault(
        part,
        "The new producer writes jobs with discount=null, on which the consumer fails for ever",
        [{"op": "deploy", "at": 0, "part": part.name, "patch": patch, "tell": tell}],
        [line(worker, r"job failed|TypeError: conversion from NoneType"), cause(tell)],
        effect="backlog",
        trigger=told(tell),
        fault_seconds=52,
    )


@kind("flow", needs=("queue", "worker"))
def consumer_scaled_to_zero(world: World) -> Fault:
    """The only consumer is stopped by a scale to zero."""
    part = world["worker"]
    tell = world.change(part.name, "replicas 1 -> 0 (night schedule)", "scale")
    return Fault(
        part,
        "The consumer was scaled to zero, so nothing takes jobs from the queue",
        [{"op": "halt", "at": 0, "part": part.name, "tell": tell}],
        [line(part, r"shutting down", 1), cause(tell)],
        effect="backlog",
        trigger=told(tell),
    )


@kind("flow", any_of=("mid", "quoter", "reader"))
def retry_storm(world: World) -> Fault:
    """A short timeout and many retries multiply the load on a service that was fine."""
    part = one_of(world, "reader", "quoter")
    caller = caller_of(world, part)
    for steps in part.spec["routes"].values():
        steps.insert(0, ["gate", 2, 110])
    routes = {}
    for path, steps in caller.spec["routes"].items():
        routes[path] = [
            [*step[:3], step[3] | {"timeout": 0.13, "retries": 6, "backoff": 0.01}]
            if step[0] == "call" and step[1] == part.name
            else step
            for step in steps
        ]
    tell = world.change(caller.name, "client policy: timeout 4s -> 130ms, retries 0 -> 6", "config")
    return Fault(
        caller,
        f"Retries without back-off and too short a timeout overload {part.name}: a retry storm",
        [{"op": "deploy", "at": 0, "part": caller.name, "patch": {"routes": routes}, "tell": tell}],
        [
            line(caller, r"retrying \(\d/6\)"),
            line(caller, worded("lost", target=part.name)),
            cause(tell),
        ],
        trigger=told(tell),
    )


@kind("flow", any_of=("reader", "quoter"))
def traffic_surge(world: World) -> Fault:
    """Many more customers than there is room for."""
    part = one_of(world, "reader", "quoter")
    for steps in part.spec["routes"].values():
        steps.insert(0, ["gate", 2, 150])
    tell = world.change("marketing", "push notification to all app users", "campaign")
    return Fault(
        part,
        f"Traffic rose about sixfold after a campaign; {part.name} is saturated",
        [{"op": "load", "at": 0, "factor": 6.5, "tell": tell}],
        [
            line(world["front"], rf"{missed(part.name)}|{SLOW_REQUEST}", 2),
            cause(tell),
        ],
        trigger=told(tell),
        fault_seconds=40,
    )


@kind("flow", needs=("partner", "payer"))
def partner_quota_used(world: World) -> Fault:
    """A backfill of ours uses up the quota a partner grants."""
    part, partner = world["payer"], world["partner"]
    partner.spec["routes"]["/v2/authorize"].insert(0, ["quota", 6, {"retry_after": 20}])
    call = part.spec["routes"]["/charge"][0]
    line_of_item = ["say", "info", "backfill: re-authorizing batch item $id"]
    background = [
        {"every": 0.06, "steps": [line_of_item, [*call[:3], {"timeout": 3, "optional": True}]]}
    ]
    tell = world.change(part.name, "release: backfill of missing authorizations at start")
    patch = {"background": background, "version": bumped(part)}
    return Fault(
        part,
        "A backfill in the new version uses up the partner's quota; customers get its 429",
        [{"op": "deploy", "at": 0, "part": part.name, "patch": patch, "tell": tell}],
        [
            line(part, worded("answered", target=partner.name, status="429")),
            line(part, "backfill: re-authorizing", 1),
            cause(tell),
        ],
        effect="errors",
        trigger=told(tell),
    )


@kind("flow", needs=("partner", "payer"))
def partner_slow(world: World) -> Fault:
    """A partner answers late; why is not ours to see."""
    part, partner = world["payer"], world["partner"]
    slow = ["wait", 9000, {"flag": "slow"}]
    partner.spec["routes"]["/v2/authorize"].append(slow)
    step = {"op": "flag", "at": 0, "part": partner.name, "flags": {"slow": True}}
    return Fault(
        partner,
        "The partner's API stopped answering in time; our side waits for it",
        [step],
        [line(part, worded("lost", target=partner.name), 3)],
        why="why the partner is slow is not in our files",
    )


@kind("flow", needs=("partner", "payer"))
def partner_errors(world: World) -> Fault:
    """A partner answers with errors of its own."""
    part, partner = world["payer"], world["partner"]
    broken = ["feature", "key_error", {"flag": "broken", "share": 0.8}]
    partner.spec["routes"]["/v2/authorize"].append(broken)
    step = {"op": "flag", "at": 0, "part": partner.name, "flags": {"broken": True}}
    return Fault(
        partner,
        "The partner's API answers with 500",
        [step],
        [line(part, worded("answered", target=partner.name, status="500"), 3)],
        effect="errors",
        why="why the partner fails is not in our files",
    )
