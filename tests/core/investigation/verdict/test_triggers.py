"""Which change set the leading cause off, where no rule of the ranking ties one to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.evidence.logs.quiet_logs import BEGUN
from core.evidence.model import FindingKind, Level
from core.evidence.signatures import match
from core.investigation.reasoner import decide
from tests.core.investigation.causes.test_broken_by_change import changes
from tests.core.investigation.sample_situations import (
    REDACTOR,
    LogLines,
    a_log,
    a_situation,
)

if TYPE_CHECKING:
    from core.cases.model import Citation
    from core.investigation.decision import Decision

pytestmark = pytest.mark.unit

LOCKS = LogLines(text="ERROR: canceling statement due to lock timeout", at=600)
CRON = "jobs-1 CRON[3773]: (app) CMD (/opt/close --month 2026-02)"


def triggered(*records: tuple[float, str], failing: LogLines = LOCKS) -> Citation | None:
    return decide(
        a_situation(
            a_log("orders-db", failing),
            changes(*records),
            calls=[("shop", "orders-db"), ("shop", "mail")],
            alert="shop",
        )
    ).trigger


def test_a_job_that_began_as_it_began_is_the_trigger_though_it_names_nobody() -> None:
    line = triggered((10.0, CRON.replace("close", "other")), (599.0, CRON))
    assert line is not None
    assert "/opt/close" in line.text.text
    assert line.why.text.startswith("09:09:59 UTC")


@pytest.mark.parametrize("seconds", [20.0, 700.0])
def test_a_job_of_long_before_or_later_is_not(seconds: float) -> None:
    assert triggered((seconds, CRON)) is None


def test_what_brings_such_a_fault_goes_before_what_was_changed_later() -> None:
    altered = "LOG:  statement: ALTER TABLE carts ADD COLUMN channel text"
    line = triggered((594.0, altered), (599.5, CRON))
    assert line is not None
    assert "ALTER TABLE" in line.text.text


def test_a_release_of_another_service_sets_nothing_off() -> None:
    assert triggered((599.0, "mail 2.13.4 -> 2.13.5 by dana")) is None


READ_ONLY = LogLines(
    text="ERROR: The MariaDB server is running with the --read-only option so it cannot execute"
    " this statement",
    at=600,
)


def test_a_release_of_a_caller_makes_no_database_read_only() -> None:
    rolled_out = (599.0, "deploy service=shop version=2.1.0 finished")
    assert triggered(rolled_out, failing=READ_ONLY) is None
    assert triggered(rolled_out, failing=LOCKS) is not None


def test_what_was_typed_at_a_prompt_is_tied_by_its_words() -> None:
    typed = "dana@db-1 MariaDB [(none)]> SET GLOBAL read_only = ON;"
    line = triggered(
        (580.0, "deploy service=shop version=2.1.0"), (598.0, typed), failing=READ_ONLY
    )
    assert line is not None
    assert "SET GLOBAL" in line.text.text


def test_a_line_above_that_began_the_same_work_belongs_to_it() -> None:
    file, findings = changes((598.9, "Rotation Q4"), (599.0, "db: ALTER ROLE orders_rw ok"))
    begun = replace(findings[0], signals=(BEGUN,))
    refused = LogLines(text='FATAL: password authentication failed for user "orders_rw"', at=600)
    decision = decide(
        a_situation(a_log("orders-db", refused), (file, (begun, findings[1])), alert="shop")
    )
    assert decision.trigger is not None
    assert decision.trigger.locus is not None
    assert decision.trigger.locus.label == "changes.log:1-2"


def test_lines_of_one_moment_in_a_record_of_changes_are_one_trigger() -> None:
    line = triggered(
        (20.0, "mail 2.13.4 -> 2.13.5 by dana"),
        (598.9, "LOG:  statement: DROP INDEX carts_idx"),
        (599.0, "LOG:  statement: ALTER TABLE carts ADD COLUMN channel text"),
    )
    assert line is not None
    assert line.locus is not None
    assert line.locus.label == "changes.log:2-3"


def test_a_release_that_its_service_tells_too_is_quoted_from_where_it_was_recorded() -> None:
    came_up = LogLines(text="orders-db 8.3.0 is starting, was 8.2.0", at=599.0)
    file, findings = a_log("orders-db", came_up, LOCKS)
    own = replace(findings[0], kind=FindingKind.CHANGE, signals=("deploy",))
    records = changes((598.2, "orders-db 8.3.0 rolled out by dana"))
    decision = decide(a_situation((file, (own, *findings[1:])), records, alert="shop"))
    assert decision.trigger is not None
    assert decision.trigger.locus is not None
    assert decision.trigger.locus.label == "changes.log:1"


def test_what_one_tool_did_to_one_service_in_a_minute_is_one_trigger() -> None:
    file, findings = changes(
        (560.0, "mail 1.0 -> 1.1"), (570.0, "roll out"), (599.0, "orders-db host 2: 8.2 -> 8.3")
    )
    of_db = [replace(finding, service="orders-db") for finding in findings[1:]]
    records = file, (findings[0], *of_db)
    decision = decide(a_situation(a_log("orders-db", LOCKS), records, alert="shop"))
    assert decision.trigger is not None
    assert decision.trigger.locus is not None
    assert decision.trigger.locus.label == "changes.log:2-3"


def test_a_setting_that_took_effect_with_a_restart_is_told_in_its_place() -> None:
    full = LogLines(text="EMFILE: too many open files, open 'a.png'", at=600)
    restart = "orders-db sudo: dana : TTY=pts/0 ; USER=root ; COMMAND=/usr/bin/systemctl restart"
    setting = "Service.LimitNOFILE: 4096 → 64 (before: override.conf:2)"
    file, findings = changes((599.0, restart))
    undated = replace(findings[0], first=None, last=None, signals=match(setting, Level.INFO))
    changed = replace(
        undated, text=REDACTOR.clean(setting), service="orders-db", kind=FindingKind.CHANGE
    )
    ran = replace(findings[0], service="orders-db")
    decision = decide(a_situation(a_log("orders-db", full), (file, (ran, changed)), alert="shop"))
    assert decision.trigger is not None
    assert decision.trigger.text.text == setting
    assert decision.trigger.why.text.startswith("09:09:59 UTC")


@pytest.mark.parametrize("did", ["edit", "set-property"])
def test_what_was_edited_goes_before_the_restart_that_made_it_take_effect(did: str) -> None:
    sudo = "db-1 sudo: dana : TTY=pts/0 ; USER=root ; COMMAND=/usr/bin/systemctl"
    line = triggered(
        (560.0, f"{sudo} {did} orders-db.service"),
        (580.0, f"{sudo} daemon-reload"),
        (599.0, f"{sudo} restart orders-db.service"),
    )
    assert line is not None
    assert did in line.text.text


def test_a_timetable_that_was_edited_goes_before_the_job_that_ran_by_it() -> None:
    line = triggered((550.0, "jobs-1 crontab[624]: (app) REPLACE (app)"), (599.0, CRON))
    assert line is not None
    assert "REPLACE" in line.text.text


def test_a_restart_that_tells_the_versions_is_the_trigger_itself() -> None:
    line = triggered(
        (598.0, "jenkins + scp orders-db-8.3.0.jar deploy@db-1:/srv/orders-db/"),
        (599.0, "jenkins + ssh db-1 sudo systemctl restart orders-db  # 8.2.0 -> 8.3.0"),
    )
    assert line is not None
    assert "8.2.0 -> 8.3.0" in line.text.text


def test_what_somebody_typed_goes_before_the_line_in_which_the_server_repeats_it() -> None:
    typed = "ALTER SYSTEM SET idle_in_transaction_timeout = 100;"
    repeated = 'LOG:  parameter "idle_in_transaction_timeout" changed to "100"'
    file, findings = changes((599.0, repeated), (599.0, typed))
    server = replace(findings[0], service="orders-db")
    undated = replace(findings[1], first=None, last=None, signals=("administered",), service=None)
    typescript = replace(file, id="typed", name=REDACTOR.clean("psql-dana.txt"), service=None)
    log, lines = a_log("orders-db", LOCKS)
    situation = a_situation(
        (log, (*lines, server)),
        (typescript, (undated,)),
        calls=[("shop", "orders-db")],
        alert="shop",
    )
    trigger = decide(situation).trigger
    assert trigger is not None
    assert trigger.text.text.endswith(typed)
    assert trigger.why.text.startswith("09:09:59 UTC")


@pytest.mark.parametrize(
    "record", ["lowered PRICE_TTL from 120 to 2", "edited pricer.conf, restarting"]
)
def test_a_record_that_names_a_setting_or_its_file_says_when_it_was_changed(record: str) -> None:
    failing = LogLines(text="feed answered 429 Too Many Requests", at=600)
    setting = "pricer PRICE_TTL: 120 → 2 (before: pricer.conf.bak:5)"
    file, findings = changes((570.0, f"karin: {record}"))
    changed = replace(
        findings[0],
        text=REDACTOR.clean(setting),
        locus=replace(findings[0].locus, file="pricer.conf"),
        first=None,
        last=None,
        service="pricer",
        signals=match(setting, Level.INFO),
    )
    recorded = replace(findings[0], signals=("recorded_change",))
    decision = decide(
        a_situation(a_log("pricer", failing), (file, (recorded, changed)), alert="pricer")
    )
    assert decision.trigger is not None
    assert record in decision.trigger.text.text


def test_what_was_changed_goes_before_what_made_it_take_effect() -> None:
    loaded = "LOG:  received SIGHUP, reloading configuration files of orders-db"
    changed = "config target=orders-db by=dana: lock timeout is 100 ms now"
    line = triggered((594.0, loaded), (594.0, changed))
    assert line is not None
    assert "100 ms" in line.text.text


def test_a_leak_shows_minutes_after_the_release_that_brought_it() -> None:
    heap = LogLines(text="java.lang.OutOfMemoryError: Java heap space", at=600)
    line = triggered((480.0, "mail, orders-db 8.2.0 -> 8.3.0 by dana"), failing=heap)
    assert line is not None
    assert "8.3.0" in line.text.text


@pytest.mark.parametrize("job", ["started job=rescore cmd=/opt/rescore by=finance", CRON])
def test_a_job_brings_locks_half_a_minute_later(job: str) -> None:
    line = triggered((575.0, f"jobs-1 scheduler: {job}"))
    assert line is not None
    assert line.text.text.endswith(job)


def test_a_server_that_began_to_listen_long_before_sets_nothing_off() -> None:
    """Though its lines speak of connections, as those of a failure do."""
    failing = LogLines(text="ERROR: canceling statement: connection is ready to accept", at=600)
    assert (
        triggered((460.0, "LOG: orders-db is ready to accept connections"), failing=failing) is None
    )
    late = triggered((598.0, "LOG: orders-db is ready to accept connections"), failing=failing)
    assert late is None or "ready" in late.text.text


def a_code_error(*records: tuple[float, str]) -> Decision:
    """Of a service whose release nobody tells of, with what was changed elsewhere."""
    fails = LogLines(
        text="TypeError: Cannot read properties of undefined (reading 'mid')", at=600, count=60
    )
    return decide(
        a_situation(
            a_log("rates", fails),
            changes(*records),
            alert="rates",
            alert_at=640,
        )
    )


FLAG = '{"actor": "dana", "flag": "dynamic-fx", "env": "prod", "from": false, "to": true}'


def test_a_flag_of_nobody_that_set_it_off_speaks_for_the_cause() -> None:
    alone, flagged = a_code_error(), a_code_error((593.0, FLAG))
    assert alone.trigger is None
    assert flagged.trigger is not None
    leader = flagged.hypotheses[0]
    assert leader.cause.service == "rates"
    assert any("set this off" in line.why.text for line in leader.supporting)
    assert leader.confidence > alone.hypotheses[0].confidence


def test_what_was_changed_after_somebody_suffered_does_not() -> None:
    leader = a_code_error((625.0, FLAG)).hypotheses[0]
    assert not any("set this off" in line.why.text for line in leader.supporting)


FULL = LogLines(text="OOM command not allowed when used memory > 'maxmemory'.", at=600)
WARNED = "53:M WARNING: the new maxmemory value set via CONFIG SET (512) is smaller than usage"


def test_what_somebody_ran_is_told_before_what_the_server_says_of_it() -> None:
    history, ran = a_log("admin", LogLines(text="redis-cli config set maxmemory 512", at=598.6))
    history = replace(history, name=REDACTOR.clean("cache1_home_ops_.bash_history"))
    command = replace(
        ran[0],
        kind=FindingKind.CHANGE,
        signals=("command_ran",),
        locus=replace(ran[0].locus, file=history.name.text),
    )
    server, lines = a_log("cache-1", LogLines(text=WARNED, at=598.9, count=1))
    warned = replace(lines[0], kind=FindingKind.CHANGE, signals=("administered",))
    line = decide(
        a_situation(
            a_log("cache-1", FULL),
            (replace(server, id="server"), (warned,)),
            (history, (command,)),
            alert="cache-1",
        )
    ).trigger
    assert line is not None
    assert line.text.text == "redis-cli config set maxmemory 512"


def test_what_a_release_brings_says_less_than_its_start() -> None:
    ran = [
        (590.0, "+ rsync -a --delete ./ deploy@shop-1:/srv/orders-db/"),
        (598.0, "+ ssh deploy@shop-1 sudo systemctl restart orders-db"),
    ]
    line = triggered(*ran)
    assert line is not None
    assert "systemctl restart" in line.text.text


UPGRADE = "Running upgrade 6f0b1d22c9aa -> a41c07e5b3d8, tidy up"


def test_a_migration_is_told_before_the_statements_that_the_server_logs() -> None:
    server, lines = a_log(
        "orders-db", LogLines(text="LOG:  statement: DROP INDEX slots_room_idx;", at=598, count=1)
    )
    dropped = replace(lines[0], kind=FindingKind.CHANGE, signals=("ddl_ran", "administered"))
    slow = LogLines(text="ERROR: canceling statement due to statement timeout", at=600)
    line = decide(
        a_situation(
            a_log("orders-db", slow),
            (replace(server, id="server"), (dropped,)),
            changes((597.8, f"INFO  [alembic.runtime.migration] {UPGRADE}")),
            alert="orders-db",
        )
    ).trigger
    assert line is not None
    assert UPGRADE in line.text.text
