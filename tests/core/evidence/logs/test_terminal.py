"""What a terminal shows: which command printed a line, whether it did anything, and when."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.evidence.logs.terminal import is_prompt, shown_command

SESSION = """\
dana@edge-1:~$ kubectl -n shop edit cm orders
Edit cancelled, no changes made.
dana@edge-1:~$ kubectl -n shop scale deploy/orders --replicas=3
deployment.apps/orders scaled
dana@edge-1:~$ aws ecs update-service --service orders
{
    "createdAt": "2026-03-04T11:15:00+01:00"
}
dana@edge-1:~$ ansible-playbook site.yml --check
changed: [orders-1]
dana@edge-1:~$ sudo systemctl restart orders
Job for orders.service failed.
dana@edge-1:~$ exit""".splitlines()


def test_lines_are_of_the_command_above_them() -> None:
    command = shown_command(SESSION, 3)
    assert command is not None
    assert command.text == "kubectl -n shop scale deploy/orders --replicas=3"
    assert list(command.printed) == ["deployment.apps/orders scaled"]
    assert shown_command(["a line", "of a log"], 1) is None


@pytest.mark.parametrize(
    ("row", "is_nothing"),
    [(0, True), (2, False), (3, False), (4, False), (8, True), (9, True), (10, False)],
)
def test_what_was_refused_or_only_tried_changed_nothing(row: int, *, is_nothing: bool) -> None:
    command = shown_command(SESSION, row)
    assert command is not None
    assert command.changed_nothing is is_nothing


def test_what_failed_after_many_lines_was_done_up_to_there() -> None:
    played = [f"changed: [orders-{number}]" for number in range(9)]
    lines = ["$ ansible-playbook site.yml", *played, "fatal: [orders-9]: UNREACHABLE!"]
    command = shown_command(lines, 0)
    assert command is not None
    assert not command.changed_nothing


def test_it_tells_when_by_what_it_printed() -> None:
    command = shown_command(SESSION, 4)
    assert command is not None
    assert command.moment == datetime(2026, 3, 4, 10, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("$ git pull", True),
        ("[21:47:02] ops@jump1 ~ $ k get po", True),
        ("[root@db-1 ~]# pg_ctlcluster 15 main restart", True),
        ("127.0.0.1:6379> config set maxmemory 1gb", True),
        ("shop=# drop index orders_created_idx;", True),
        (r"PS C:\deploy> .\deploy.ps1", True),
        ("$12.00 paid", False),
        ("# a comment", False),
        ("a > b", False),
        ("2026-03-04T10:15:00Z INFO orders started", False),
        ("total=# of rows", False),
    ],
)
def test_prompts(line: str, *, is_one: bool) -> None:
    assert is_prompt(line) is is_one
