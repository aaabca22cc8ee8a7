"""Each signature recognises its failure, and only that."""

from __future__ import annotations

import re

import polars as pl
import pytest

from core.evidence.model import Level
from core.evidence.signatures import (
    LogPattern,
    Role,
    literals,
    match,
    prefilter,
    signals,
    signatures,
)

EVERY = list(signals().values())
FAULTS = {
    "connection_pool_exhausted",
    "out_of_memory",
    "disk_full",
    "connection_refused",
    "connection_timeout",
    "bad_deploy",
    "bad_configuration",
}


def test_each_fault_has_a_title_a_check_and_says_what_to_bring() -> None:
    known = signatures()
    assert set(known) >= FAULTS
    assert all(
        signature.title and signature.check and signature.bring for signature in known.values()
    )


@pytest.mark.parametrize("signal", EVERY, ids=lambda signature: signature.name)
def test_signal_finds_its_examples(signal: LogPattern) -> None:
    missed = [line for line in signal.examples if signal.name not in match(line)]
    assert missed == []


@pytest.mark.parametrize("signal", EVERY, ids=lambda signature: signature.name)
def test_each_pattern_has_an_example(signal: LogPattern) -> None:
    idle = [
        pattern
        for pattern in signal.patterns
        if not any(re.search(pattern, line, re.IGNORECASE) for line in signal.examples)
    ]
    assert idle == []


def test_prefilter_lets_examples_through() -> None:
    """All at once: the pattern is long, and made anew for each call."""
    lines = pl.Series([line for signal in EVERY for line in signal.examples])
    assert lines.filter(~lines.str.contains(prefilter())).to_list() == []
    known = lines.str.contains_any(list(literals()), ascii_case_insensitive=True)
    assert lines.filter(~known).to_list() == []
    same = re.compile(prefilter())
    assert [line for line in lines if not same.search(line)] == []


def test_fault_of_an_example_is_its_own() -> None:
    """The weightiest signal of a line decides its fault, so no other fault may outweigh it."""
    wrong = [
        (signal.name, line)
        for signal in EVERY
        for line in signal.examples
        if signal.role is Role.FOR and signals()[match(line)[0]].fault != signal.fault
    ]
    assert wrong == []


def test_a_level_under_the_required_one_silences() -> None:
    line = "java.lang.OutOfMemoryError: Java heap space"
    assert match(line, Level.ERROR)
    assert match(line, None)
    assert not match(line, Level.INFO)


def test_a_pool_timeout_is_no_failed_call() -> None:
    line = "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00"
    assert match(line) == ("pool_wait_timeout",)


@pytest.mark.parametrize(
    "line",
    [
        "LOG:  statement: insert into notes values ('No space left on device')",
        "tests/test_limits.py::test_out_of_memory_is_reported PASSED",
        "GET /docs/errors/ENOSPC HTTP/1.1 200",
        "java -Xmx512m -XX:+HeapDumpOnOutOfMemoryError -jar app.jar",
        "kubelet: node condition MemoryPressure=False DiskPressure=False",
        "retry on connection refused is enabled, 3 attempts",
        "no out of memory events in the last 24h",
        "Connection pool is full, discarding connection: api",
        "the index is not full",
        "client timed out (110: Connection timed out) while waiting for request",
        "recovered from connection refused, 3 calls were queued",
        "container checkout exited with code 0",
        "oom_kill_disable 0, under_oom 0, oom_kill 0",
        "worker exited with code 143",
        "nginx: configuration file /etc/nginx/nginx.conf test is successful",
        "connect_timeout=5s read_timeout=30s pool_size=10",
        "WARNING: no config file specified, using the default config",
        "rollback transaction 4711",
        "cURL error 28: Couldn't find host",
        "recv() failed (104: Connection reset by peer) while reading client request headers",
        "SMTP_TIMEOUT is not set, using default 10 s",
        "FEATURE_X is set to true",
        "set statement_timeout = 30000",
        "order 137 exited the funnel with status shipped",
    ],
)
def test_scary_words_without_a_failure(line: str) -> None:
    assert [name for name in match(line) if signals()[name].role is Role.FOR] == []


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (
            "requests.exceptions.ReadTimeout: HTTPConnectionPool(host='cart', port=8080): "
            "Read timed out. (read timeout=5)",
            "answer_timeout",
        ),
        (
            "[pool-3-thread-7] ERROR c.e.Client - java.net.SocketTimeoutException: Read timed out",
            "answer_timeout",
        ),
        ("block fetch failed: context deadline exceeded", "answer_timeout"),
        ("clock sync: context deadline exceeded", "answer_timeout"),
        (
            "blocklist refresh: Get http://cart:8080/x: net/http: request timed out",
            "answer_timeout",
        ),
        (
            "ERROR session-service call to redis failed: connect ETIMEDOUT 10.0.1.7:6379",
            "connect_timeout",
        ),
        (
            "sqlalchemy session.execute failed: connection to server at db port 5432 failed: "
            "Connection timed out",
            "connect_timeout",
        ),
        ("idle worker: connect ETIMEDOUT 10.0.0.1:5432", "connect_timeout"),
        ("ERROR keepalive ping to 10.0.0.1: connect timed out", "connect_timeout"),
        ("curl: (23) No space left on device writing body", "no_space_left"),
    ],
)
def test_a_word_within_another_excuses_nothing(line: str, name: str) -> None:
    assert match(line, Level.ERROR) == (name,)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (
            '{"level":"error","msg":"consume failed","topic":"orders",'
            '"error":"dial tcp 10.0.0.1:9092: connect: connection refused"}',
            "refused",
        ),
        ('level=error topic=orders err="connection refused to 10.0.0.1:9092"', "refused"),
        ("kafka consumer topic: orders failed: connection refused", "refused"),
        ('level=error note="retry" err="No space left on device"', "no_space_left"),
        ('{"level":"error","title":"cart","msg":"No space left on device"}', "no_space_left"),
        (
            '{"level":"error","description":"x","error":"java.lang.OutOfMemoryError: '
            'Java heap space"}',
            "heap_exhausted",
        ),
        (
            'level=error runbook=https://wiki/x err="No space left on device"',
            "no_space_left",
        ),
        (
            "ERROR java.lang.OutOfMemoryError: Java heap space, see also /tmp/hs_err.log",
            "heap_exhausted",
        ),
    ],
)
def test_a_field_says_nothing_of_the_next(line: str, name: str) -> None:
    assert match(line, Level.ERROR) == (name,)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("failed to execute query: dial tcp 10.0.1.7:5432: connect: connection refused", "refused"),
        ("error running query: pq: sorry, too many clients already", "server_slots_used_up"),
        (
            "could not run query: QueuePool limit of size 5 overflow 10 reached, "
            "connection timed out, timeout 30.00",
            "pool_wait_timeout",
        ),
        ("prepare statement: pq: sorry, too many clients already", "server_slots_used_up"),
        ("parsing parameters: java.lang.OutOfMemoryError: Java heap space", "heap_exhausted"),
        (
            "SQL [select id from carts where id=?]; FATAL: sorry, too many clients already",
            "server_slots_used_up",
        ),
        (
            'ERROR insert into orders: could not extend file "base/1/2": No space left on device',
            "server_disk_full",
        ),
        (
            '{"sql":"insert into carts values ($1)","err":"No space left on device"}',
            "no_space_left",
        ),
        (
            "executing INSERT INTO carts (id) VALUES ($1) - No space left on device",
            "no_space_left",
        ),
        ("executing 'update carts set n = 1' gave No space left on device", "no_space_left"),
    ],
)
def test_a_failed_statement_is_a_failure(line: str, name: str) -> None:
    assert match(line, Level.ERROR) == (name,)


@pytest.mark.parametrize(
    "line",
    [
        "LOG:  execute S_1: insert into notes values ('No space left on device')",
        "LOG:  duration: 12.3 ms  statement: call note('a', 'No space left on device')",
        "DETAIL:  parameters: $1 = 'error: No space left on device'",
        "STATEMENT:  select note('No space left on device')",
        "STATEMENT:  call note('connection refused')",
        """level=error sql="select * from notes where body = 'err; No space left on device'" n=1""",
        'insert into notes values (7, "No space left on device")',
        "select id from notes where body like '%No space left on device%'",
        '{"level":"error","title":"what \\"No space left on device\\" means","views":7}',
        'level=error topic="connection refused"',
        "level=error topic=ECONNREFUSED",
        "search: how to fix No space left on device",
        "added alert rule DiskFull: 'No space left on device'",
        'level=error runbook="what to do on No space left on device"',
        "see also: No space left on device",
        "ERROR could not take the lock: context deadline exceeded",
        "ERROR lock wait: context deadline exceeded",
        "idle connection closed: connection timed out",
        "keepalive timeout: connection timed out",
        "session expired, connection timed out",
    ],
)
def test_quoted_or_harmless_words_stay_silent(line: str) -> None:
    assert match(line, Level.ERROR) == ()


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("deploying checkout 1.15.0 (commit 2f9c41d) by dana", "deploy"),
        ("rollout of catalog 3.3.0 started, replacing 3.2.0", "deploy"),
        ('LOG:  parameter "work_mem" changed to "8MB"', "configuration_change"),
        ("LOG:  database system is ready to accept connections", "restart"),
    ],
)
def test_changes_are_no_faults(line: str, name: str) -> None:
    assert match(line, Level.INFO) == (name,)
    assert signals()[name].role is Role.CHANGE


def test_a_very_long_line_is_cut_not_refused() -> None:
    assert match("x" * 50_000 + " No space left on device") == ()
    assert match("No space left on device " + "x" * 50_000) == ("no_space_left",)
