"""The lab's plans: drawn from a seed alone, of all kinds, split without a common kind."""

from __future__ import annotations

import re

import pytest

from benchmarks.lab.drawing import draw, healthy_kinds, kind_of, shapes_for
from benchmarks.lab.faults import KINDS
from benchmarks.lab.phrases import WORDINGS, worded
from benchmarks.lab.plan import Plan, plan_from
from benchmarks.lab.splitting import PARTS, part_of_kind, part_of_shape, split
from benchmarks.lab.strikes import STRIKES
from benchmarks.lab.world import EDGES, SHAPES

pytestmark = pytest.mark.unit
SEEDS = range(160)


@pytest.fixture(scope="module")
def plans() -> list[Plan]:
    return [draw(seed) for seed in SEEDS]


def test_a_seed_gives_the_same_plan(plans: list[Plan]) -> None:
    assert all(draw(plan.seed).text() == plan.text() for plan in plans[:12])


def test_a_plan_survives_its_file(plans: list[Plan]) -> None:
    assert all(plan_from(plan.text()) == plan for plan in plans[:12])


def test_all_kinds_come_and_a_third_is_healthy() -> None:
    kinds = [kind_of(seed).name for seed in SEEDS]
    assert set(kinds) == set(KINDS)
    healthy = sum(name in healthy_kinds() for name in kinds)
    assert 0.3 < healthy / len(kinds) < 0.36
    assert len(KINDS) - len(healthy_kinds()) >= 24


def test_every_kind_has_a_topology() -> None:
    assert all(shapes_for(entry) for entry in KINDS.values())


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_kind_can_be_drawn(name: str) -> None:
    assert {draw(seed, [name]).kind for seed in range(4)} == {name}


def test_plans_name_what_exists(plans: list[Plan]) -> None:
    for plan in plans:
        names = {part.name for part in plan.parts}
        assert 3 <= len(names) == len(plan.parts) <= 8
        assert {step["op"] for step in plan.steps + plan.herrings} <= set(STRIKES)
        assert {step["part"] for step in plan.steps if "part" in step} <= names
        assert {line.of for line in plan.evidence} <= names | {"changes", "events"}
        assert plan.verdict.service is None or plan.verdict.service in names
        assert plan.verdict.service not in plan.verdict.innocent


def test_the_split_holds_kinds_and_topologies_apart(plans: list[Plan]) -> None:
    truths = {plan.ident: {"kind": plan.kind, "shape": plan.shape} for plan in plans}
    parts = split(truths)
    assert parts == split(truths)
    assert sorted(ident for idents in parts.values() for ident in idents) == sorted(truths)
    for ident in parts["fit"]:
        truth = truths[ident]
        assert {part_of_kind(truth["kind"]), part_of_shape(truth["shape"])} == {"fit"}


def test_each_part_has_kinds_of_its_own() -> None:
    assert {part_of_kind(name) for name in KINDS} == set(PARTS)
    shapes = [shape if edge == "none" else f"{shape}-{edge}" for shape in SHAPES for edge in EDGES]
    assert {part_of_shape(shape) for shape in shapes} == set(PARTS)


def test_a_pattern_finds_every_wording() -> None:
    gaps = {"took": "1.02", "ms": "1020", "error": "E(1)", "wait": 2, "status": 503}
    for name, texts in WORDINGS.items():
        for text in texts:
            line = text.format(target="x-y", **gaps)
            assert re.search(worded(name, target="x-y"), line)
            assert "{target}" not in text or not re.search(worded(name, target="z"), line)


def test_services_are_written_in_what_can_run_them(plans: list[Plan]) -> None:
    for plan in plans:
        for part in plan.parts:
            if part.spec.get("runtime") == "node":
                assert not part.spec.get("db")
            if part.spec.get("runtime") in ("node", "java"):
                assert not part.spec.get("redis")
