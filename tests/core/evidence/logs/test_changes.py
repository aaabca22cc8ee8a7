from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from core.evidence.logs.changes import (
    MAX_CHANGES,
    MAX_MINOR,
    ChangeFinder,
    LoggedChange,
    lists_changes,
)
from core.evidence.logs.templates import mine_templates
from core.evidence.model import PlainFile

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 11, 17, 2, 0, tzinfo=UTC)


def changes(path: Path, lines: list[str]) -> list[LoggedChange]:
    written = [
        f"{START + timedelta(minutes=n):%Y-%m-%dT%H:%M:%SZ} INFO {line}\n"
        for n, line in enumerate(lines)
    ]
    path.write_text("".join(written))
    finder = ChangeFinder()
    mine_templates(PlainFile(path), reference=START, watch=finder.watch)
    return finder.found()


def test_each_release_has_its_own_time_and_service(tmp_path: Path) -> None:
    logged = changes(
        tmp_path / "log",
        [
            "deploy service=rates version=2.8.0 status=finished",
            "request 12 served",
            "deploy service=scans version=5.3.0 status=finished",
        ],
    )
    assert [(change.service, change.line, change.signals) for change in logged] == [
        ("rates", 1, ("deploy",)),
        ("scans", 3, ("deploy",)),
    ]
    assert logged[1].at == (START + timedelta(minutes=2)).replace(tzinfo=None)
    raw = (tmp_path / "log").read_bytes()
    assert b"scans" in raw[logged[1].byte_start : logged[1].byte_end]


def test_the_latest_are_kept_and_starts_do_not_push_releases_out(tmp_path: Path) -> None:
    lines = ["deploying api 1.15.0 (commit 2f9c41d)"]
    lines += ["Booting worker with pid: 41"] * (MAX_CHANGES + MAX_MINOR)
    logged = changes(tmp_path / "log", lines)
    assert logged[0].signals == ("deploy",)
    assert len(logged) == 1 + MAX_MINOR
    assert logged[-1].line == len(lines)


def test_words_alone_are_no_change(tmp_path: Path) -> None:
    assert changes(tmp_path / "log", ["released lock 7", "not deployed: nothing to do"]) == []


@pytest.mark.parametrize("tries", ["nft -c -f", "haproxy -c -f", "sshd -t -f"])
def test_what_a_command_only_tries_is_no_change(tmp_path: Path, tries: str) -> None:
    sudo = "sudo:  kim : TTY=pts/0 ; PWD=/home/kim ; USER=root ; COMMAND=/usr/sbin/"
    program = tries.partition(" ")[0]
    does = f"{sudo}{program} -f /etc/{program}.conf"
    logged = changes(tmp_path / "log", [f"{sudo}{tries} /etc/{program}.conf", does])
    assert all(change.line == 2 for change in logged)


@pytest.mark.parametrize(
    "name",
    ["deploys/deploys.log", "changes.txt", "change-calendar.csv", "deploy-history-2026-11.log"],
)
def test_a_list_of_changes_is_known_by_its_name(name: str) -> None:
    assert lists_changes(name)


@pytest.mark.parametrize("name", ["release-agent.log", "orders.log", "2026.log", "deploys/a.log"])
def test_other_logs_list_none(name: str) -> None:
    assert not lists_changes(name)


def test_each_line_of_a_list_of_changes_is_one_but_what_did_nothing(tmp_path: Path) -> None:
    finder = ChangeFinder(lists_changes=True)
    path = tmp_path / "changes.log"
    lines = ["zone shop pushed to ns1", "zone shop: no drift", "orders 2.7.1 -> 2.7.2 done"]
    path.write_text("".join(f"2026-11-17T02:0{n}:00Z {line}\n" for n, line in enumerate(lines)))
    mine_templates(PlainFile(path), reference=START, watch=finder.watch)
    assert [(change.line, change.signals) for change in finder.found()] == [
        (1, ("recorded_change",)),
        (3, ("version_changed",)),
    ]


def test_a_version_that_is_the_same_as_before_is_no_change(tmp_path: Path) -> None:
    assert changes(tmp_path / "log", ["orders 1.0.0 -> 1.0.0 checked"]) == []


def test_a_batch_that_starts_again_and_again_is_no_change(tmp_path: Path) -> None:
    lines = [f"job nightly-sync (id {n}) started by scheduler" for n in range(40)]
    lines.insert(30, "job stock-recount (id 77) started by dana")
    logged = changes(tmp_path / "log", lines)
    assert [(change.line, change.signals) for change in logged] == [(31, ("batch_started",))]


def test_a_question_of_a_person_is_no_change(tmp_path: Path) -> None:
    path = tmp_path / "chat.log"
    path.write_text(
        "2026-11-17 09:12:01 <dana> should we deploy orders 2.7.2 now?\n"
        "2026-11-17 09:13:01 <dana> /deploy orders 2.7.2 prod\n"
        "2026-11-17 09:14:01 <bot> deployed orders 2.7.2\n"
    )
    finder = ChangeFinder()
    mine_templates(PlainFile(path), reference=START, watch=finder.watch)
    assert [change.line for change in finder.found()] == [2, 3]


def test_chatter_in_a_list_of_changes_is_none(tmp_path: Path) -> None:
    finder = ChangeFinder(lists_changes=True)
    path = tmp_path / "deploys.log"
    path.write_text(
        "2026-11-17\n"
        "[09:10:01] maren: anyone else seeing slow lists? payments 5.2.8 graphs flat\n"
        "[09:11:01] maren: payments 5.2.8 graphs flat\n"
        "[09:12:01] jo: the newsletter goes out at ten\n"
        "[09:13:01] relbot: catalog 2.14.0 live, smoke 9/9 ok\n"
        "[09:14:01] zone shop pushed to ns1\n"
    )
    mine_templates(PlainFile(path), reference=START, watch=finder.watch)
    assert [change.line for change in finder.found()] == [5, 6]


TERRAFORM = """\
2026-11-17T02:00:02Z $ terraform apply -auto-approve
Terraform will perform the following actions:
  ~ resource "aws_db_instance" "orders" {
      ~ instance_class = "db.m5.large" -> "db.t3.small"
    }
aws_db_instance.orders: Modifying... [id=orders]
aws_db_instance.orders: Modifications complete after 12s [id=orders]
"""


def of_text(path: Path, text: str) -> list[tuple[int, datetime | None]]:
    path.write_text(text)
    finder = ChangeFinder()
    mine_templates(PlainFile(path), reference=START, watch=finder.watch)
    return [(change.line, change.at) for change in finder.found()]


def test_a_change_without_a_time_has_that_of_the_run_above_it(tmp_path: Path) -> None:
    at = datetime(2026, 11, 17, 2, 0, 2)  # noqa: DTZ001 - naive UTC
    assert of_text(tmp_path / "run.txt", TERRAFORM) == [(1, at), (3, at)]
    assert of_text(tmp_path / "cut.txt", TERRAFORM.partition("\n")[2]) == [(2, None)]


def test_a_change_in_a_further_line_has_the_time_of_its_record(tmp_path: Path) -> None:
    lines = "".join(f"02:0{n}:00 INFO step {n}\n  orders 1.0.{n} -> 1.1.{n}\n" for n in range(4))
    logged = of_text(tmp_path / "job.txt", f"created 2026-11-16T02:00:00Z\n{lines}")
    days = [f"{at:%d %H:%M}" for _, at in logged if at]
    assert days == ["16 02:00", "16 02:01", "16 02:02", "16 02:03"]


def test_the_number_of_a_database_is_no_negation(tmp_path: Path) -> None:
    (flushed,) = changes(tmp_path / "log", ["dropping cached fares: redis-cli -n 0 FLUSHDB"])
    assert flushed.signals == ("cache_flushed",)


def test_what_comes_every_few_minutes_sets_nothing_off(tmp_path: Path) -> None:
    job = "2026-11-17T{}:{:02}:01Z db-1 CRON[{}]: (root) CMD (/usr/local/sbin/{})"
    steady = [job.format("02", minute, minute, "check-replica") for minute in (2, 4, 6)]
    once = job.format("02", 5, 99, "dump-shop")
    twice_a_day = [job.format(hour, 7, 7, "prune-shop") for hour in ("02", "14")]
    lines = sorted([*steady, once, *twice_a_day])
    dated = of_text(tmp_path / "syslog", "\n".join(lines))
    assert [lines[line - 1] for line, _ in dated] == [once, *twice_a_day]


REFUSED = """\
2026/11/12 13:40:12 [notice] 31#31: signal 1 (SIGHUP) received from 37, reconfiguring
2026/11/12 13:40:12 [notice] 31#31: reconfiguring
2026/11/12 13:40:12 [emerg] 31#31: unknown directive "proxi_pass" in /etc/nginx/nginx.conf:6
"""


def test_a_reload_that_is_refused_at_once_changed_nothing(tmp_path: Path) -> None:
    assert of_text(tmp_path / "error.log", REFUSED) == []
    done = REFUSED.rpartition("2026/11/12")[0]
    assert [line for line, _ in of_text(tmp_path / "error.log", done)] == [1, 2]


def test_a_statement_over_several_lines_is_told_by_its_first(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text(
        "2026-11-17 02:00:00.442 UTC [906] seats@seats LOG:  statement: \n"
        "\tDROP INDEX ix_offers_seat_id\n"
        "2026-11-17 02:00:09.581 UTC [123] LOG:  checkpoint starting: time\n"
        "\tDROP INDEX that nothing announced\n"
    )
    finder = ChangeFinder()
    mine_templates(PlainFile(path), reference=START, watch=finder.watch)
    (dropped,) = finder.found()
    assert "ddl_ran" in dropped.signals
    assert dropped.text.endswith("statement: DROP INDEX ix_offers_seat_id")
    assert dropped.line == 2
    assert dropped.at is not None
