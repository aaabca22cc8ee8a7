"""A job that failed for good is listed, tried again, or given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faultmaven.commands.failures import a_dead_job

if TYPE_CHECKING:
    from tests.faultmaven.commands.conftest import Shell


def listed(shell: Shell, state: str) -> list[str]:
    return [job["id"] for job in shell.run("jobs", "list", "--state", state, "--json").document]


def test_none_is_said(shell: Shell) -> None:
    ran = shell.run("jobs", "list")
    assert (ran.code, ran.out, ran.err) == (0, "No dead jobs.\n", "")
    assert shell.run("jobs", "list", "--json").document == []


def test_a_dead_one_is_listed_with_what_it_died_of(shell: Shell) -> None:
    job_id = shell.prepare(a_dead_job)
    (job,) = shell.run("jobs", "list", "--json").document
    assert {name: job[name] for name in ("id", "kind", "lane", "state", "attempts", "problem")} == {
        "id": job_id,
        "kind": "delivery.process",
        "lane": "intake:default:alertmanager:g",
        "state": "dead",
        "attempts": 1,
        "problem": "no delivery delivery_gone",
    }
    assert job["created_at"].endswith("Z")
    ran = shell.run("jobs", "list")
    assert ran.code == 0
    (line,) = [line for line in ran.out.splitlines() if line.startswith(job_id)]
    assert line.split()[1:4] == ["dead", "delivery.process", "1"]


def test_tried_again_it_waits_with_its_attempts_forgotten(shell: Shell) -> None:
    job_id = shell.prepare(a_dead_job)
    (job,) = shell.run("jobs", "retry", job_id, "--json").document
    assert (job["id"], job["state"], job["attempts"]) == (job_id, "pending", 0)
    assert listed(shell, "pending") == [job_id]
    assert listed(shell, "dead") == []


def test_given_up_it_is_never_run(shell: Shell) -> None:
    job_id = shell.prepare(a_dead_job)
    assert shell.run("jobs", "drop", job_id).code == 0
    assert listed(shell, "dead") == []
    assert listed(shell, "done") == [job_id]


@pytest.mark.parametrize("action", ["retry", "drop"])
def test_only_the_dead_can_be_decided_about(shell: Shell, action: str) -> None:
    ran = shell.run("jobs", action, "job_x")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines() == [
        f"faultmaven: no {'' if action == 'drop' else 'dead '}job job_x",
        "See those there are: faultmaven jobs list",
    ]


def test_a_state_that_is_none_is_wrong_usage(shell: Shell) -> None:
    ran = shell.run("jobs", "list", "--state", "sleeping")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines() == [
        "faultmaven: sleeping is no state of a job",
        "One of: pending, running, done, dead.",
    ]


@pytest.mark.parametrize("job_id", ["\x1b[31mx", "a/b", "?state=dead"])
def test_an_id_that_is_none_is_said(shell: Shell, job_id: str) -> None:
    ran = shell.run("jobs", "retry", job_id)
    assert (ran.code, ran.out) == (1, "")
    assert "faultmaven jobs list" in ran.err
