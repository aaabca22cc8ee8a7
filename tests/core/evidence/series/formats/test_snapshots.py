"""Tables as tools print them again and again, with the time of each."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from core.evidence.extractor import Head, extractors
from core.evidence.model import DataType, PlainFile
from core.evidence.pipeline import detect
from core.evidence.series.readers import SeriesFormat, find_format, read_series

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.evidence.series.model import Series, SeriesReading

START = datetime(2026, 11, 25, 11, 50, tzinfo=UTC)
TIMES = [START + timedelta(minutes=n) for n in range(20)]  # past noon
LINUX = "Linux 5.15.0-91-generic (web1) \t11/25/2026 \t_x86_64_\t(4 CPU)\n\n"
DATES = [f"{at:%a %b %d %H:%M:%S} UTC 2026" for at in TIMES]


def value(n: int) -> float:
    return n + 0.25


def repeated(table: Callable[[int], str], stamp: Callable[[datetime], str]) -> str:
    return "".join(f"{stamp(at)}{table(n)}" for n, at in enumerate(TIMES))


def sar(columns: str, rows: Callable[[int], list[str]], clock: str = "%I:%M:%S %p") -> str:
    """With the heading again each ten times, and the averages below."""
    text = LINUX
    for n, at in enumerate(TIMES):
        heading = f"\n{at:{clock}}  {columns}\n" if n % 10 == 0 else ""
        text += heading + "".join(f"{at:{clock}}  {row}\n" for row in rows(n))
    return text + "".join(f"Average:     {row}\n" for row in rows(5))


def cpu(n: int) -> list[str]:
    return [f"   all {value(n):9.2f} {0:9.2f} {3.1:9.2f} {0.2:9.2f} {0:9.2f} {60:9.2f}"]


def queue(n: int) -> list[str]:
    return [f"{n:7d} {412:9d} {value(n):9.2f} {2.1:9.2f} {2.0:9.2f} {0:9d}"]


def devices(n: int) -> list[str]:
    rates = [("lo", 1.0), ("eth0", value(n))]
    return [f"{name:>9} {rate:9.2f} {rate:9.2f} {0:9.2f}" for name, rate in rates]


def processes(n: int) -> list[str]:
    busy = f"{value(n):6.2f}"
    return [
        f" 1000      4211  {busy}    2.00    0.00    0.10  {busy}     {n % 4}  java",
        "    0         1    0.10    0.10    0.00    0.00    0.20     0  systemd",
    ]


def iostat(n: int) -> str:
    return (
        "avg-cpu:  %user   %nice %system %iowait  %steal   %idle\n"
        f"         {value(n):6.2f}    0.00    3.10    0.20    0.00   50.00\n\n"
        "Device             tps    kB_read/s    %util\n"
        f"nvme0n1        {1.5:7.2f} {3.0:12.2f} {2.0:8.2f}\n"
        f"sda            {1.5:7.2f} {3.0:12.2f} {value(n):8.2f}\n\n\n"
    )


def vmstat() -> str:
    heading = (
        "procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----"
        " -----timestamp-----\n"
        " r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st"
        "                 UTC\n"
    )
    return "".join(
        (heading if n % 15 == 0 else "")
        + f"{n:2d}  0      0 812344  20112 12033441    0    0     3    12  212  420  1  3 96"
        f"  0  0 {at:%Y-%m-%d %H:%M:%S}\n"
        for n, at in enumerate(TIMES)
    )


def stats(n: int) -> str:
    memory = f"{100 + n}MiB" if n < 10 else "1.5GiB"
    return (
        "\nCONTAINER ID   NAME        CPU %     MEM USAGE / LIMIT     PIDS\n"
        f"3f2a1b9c8d7e   orders      {f'{value(n)}%':<10}{f'{memory} / 1.944GiB':<22}12\n"
        f"9a8b7c6d5e4f   orders-db   {'0.05%':<10}{'310.2MiB / 1.944GiB':<22}31\n"
    )


def top_pods(n: int) -> str:
    return (
        "\nNAME                      CPU(cores)   MEMORY(bytes)   \n"
        f"orders-6d8f7c5b9-x2k4m    {f'{n}m':<12} 88Mi            \n"
        "cart-5c7d9f8b6-xk2lm      12m          88Mi            \n\n"
    )


def watched(n: int) -> str:
    return (
        "\n\n        state        | count \n---------------------+-------\n"
        f" active              | {n:5d}\n idle                |    40\n(2 rows)\n\n"
    )


def records(n: int) -> str:
    return (
        "*************************** 1. row ***************************\n"
        f"          now(): {TIMES[n]:%Y-%m-%d %H:%M:%S}\nThreads_running: {n}\n"
        "1 row in set (0.00 sec)\n\n"
    )


def variables(n: int) -> str:
    return (
        "\n+-------------------+-------+\n| Variable_name     | Value |\n"
        "+-------------------+-------+\n"
        f"| Threads_connected | 40    |\n| Threads_running   | {n:<5} |\n"
        "+-------------------+-------+\n"
    )


def markdown(heading: str, rule: str, row: str) -> str:
    return heading + rule + "".join(row.format(at=at, n=n) for n, at in enumerate(TIMES))


WORDS = "# Load of the shop\n\nTimes are UTC, as the dashboard has them.\n\n"
CPU = "   CPU     %user     %nice   %system   %iowait    %steal     %idle"
PROCESS = "  UID       PID    %usr %system  %guest   %wait    %CPU   CPU  Command"
MINUTE, SECOND = "{at:%Y-%m-%d %H:%M}", "{at:%Y-%m-%d %H:%M:%S}"
TEXTS = {
    "sar_u": sar(CPU, cpu),
    "sar_24": sar(CPU, cpu, "%H:%M:%S"),
    "sar_q": sar("runq-sz  plist-sz   ldavg-1   ldavg-5  ldavg-15   blocked", queue),
    "sar_n": sar("    IFACE   rxpck/s   txpck/s   %ifutil", devices),
    "pidstat": sar(PROCESS, processes),
    "iostat": LINUX + repeated(iostat, lambda at: f"{at:%m/%d/%Y %I:%M:%S %p}\n"),
    "vmstat": vmstat(),
    "docker": repeated(stats, lambda at: f"{at:%a %b %d %H:%M:%S} UTC 2026"),
    "kubectl": repeated(top_pods, lambda at: f"=== {at:%Y-%m-%dT%H:%M:%SZ} ==="),
    "psql": repeated(watched, lambda at: f"{at:%a %d %b %Y %I:%M:%S %p} UTC (every 60s)"),
    "psql_old": repeated(watched, lambda at: f"Watch every 60s\t{at:%a %b %d %H:%M:%S} 2026"),
    "mysql": repeated(records, lambda _: ""),
    "mysql_table": repeated(variables, lambda at: f"{at:%a %b %d %H:%M:%S} UTC 2026"),
    "markdown": markdown("| Time | load |\n", "|---|--:|\n", f"| {MINUTE} | {{n}} |\n"),
    "report": WORDS + markdown("| When | load |\n", "| --- | --- |\n", f"| {SECOND}Z | {{n}} |\n"),
    "confluence": markdown("||Time||load||\n", "", f"|{SECOND}|{{n}}|\n"),
    "mediawiki": markdown("{| class=x\n! Time !! load\n", "", f"|-\n| {SECOND} || {{n}}\n"),
}  # fmt: skip
MOVING = {
    "sar_u": ("%user", {"instance": "web1"}),
    "sar_24": ("%user", {"instance": "web1"}),
    "sar_q": ("runq-sz", {"instance": "web1"}),
    "sar_n": ("rxpck/s", {"IFACE": "eth0", "instance": "web1"}),
    "pidstat": ("%usr", {"Command": "java", "instance": "web1"}),
    "iostat": ("%util", {"Device": "sda", "instance": "web1"}),
    "vmstat": ("r", {}),
    "docker": ("CPU %", {"container": "orders"}),
    "kubectl": ("CPU(cores)", {"pod": "orders-6d8f7c5b9-x2k4m"}),
    "psql": ("count", {"state": "active"}),
    "psql_old": ("count", {"state": "active"}),
    "mysql": ("Threads_running", {}),
    "mysql_table": ("Threads_running", {}),
    **dict.fromkeys(("markdown", "report", "confluence", "mediawiki"), ("load", {})),
}


def read(path: Path, text: str) -> SeriesReading:
    path.write_text(text)
    return read_series(PlainFile(path))


def kind_of(text: str, name: str = "paste.txt") -> DataType:
    return detect(Head(text.encode()[:65_536], name), extractors()).data_type


def find_series(reading: SeriesReading, name: str, labels: dict[str, str]) -> Series:
    [series] = [each for each in reading.series if (each.name, each.labels) == (name, labels)]
    return series


@pytest.mark.parametrize("name", TEXTS)
def test_each_row_is_read_with_its_time(name: str, tmp_path: Path) -> None:
    text = TEXTS[name]
    assert kind_of(text) is DataType.METRIC
    assert find_format(text.encode()) is SeriesFormat.SNAPSHOTS
    reading = read(tmp_path / "paste.txt", text)
    series = find_series(reading, *MOVING[name])
    assert series.times.tolist() == [at.timestamp() for at in TIMES]
    assert [int(each) for each in series.values] == list(range(20))
    span = series.span(7, 7)
    cited = text.split("\n")[span.line_start - 1]
    assert "7" in cited or cited.startswith("****")  # a record is cited at its first line
    assert name == "report" or reading.problem is None


def test_columns_that_name_a_process_or_an_average_are_no_series(tmp_path: Path) -> None:
    reading = read(tmp_path / "a.txt", TEXTS["pidstat"])
    assert {series.name for series in reading.series} == {
        "%usr",
        "%system",
        "%guest",
        "%wait",
        "%CPU",
    }
    assert {series.labels["Command"] for series in reading.series} == {"java", "systemd"}
    assert all(len(series.times) == len(TIMES) for series in reading.series)


def test_several_tables_in_a_file_are_read_each_under_its_heading(tmp_path: Path) -> None:
    text = TEXTS["sar_u"] + "\n" + TEXTS["sar_q"].removeprefix(LINUX)
    reading = read(tmp_path / "sar.txt", text)
    assert {"%idle", "runq-sz", "ldavg-1"} <= {series.name for series in reading.series}


def test_sizes_of_several_units_are_comparable(tmp_path: Path) -> None:
    reading = read(tmp_path / "stats.txt", TEXTS["docker"])
    used = find_series(reading, "MEM USAGE", {"container": "orders"})
    assert (used.values.tolist()[:2], used.values.tolist()[-1], used.unit) == (
        [100, 101],
        1536,
        "MiB",
    )


def test_clocks_past_midnight_are_of_the_next_day(tmp_path: Path) -> None:
    clocks = [datetime(2026, 11, 25, 23, 50, tzinfo=UTC) + timedelta(minutes=n) for n in range(20)]
    heading = f"\n{clocks[0]:%H:%M:%S}  runq-sz  plist-sz   ldavg-1\n"
    rows = "".join(f"{at:%H:%M:%S}  {n:7d} {412:9d} {2.1:9.2f}\n" for n, at in enumerate(clocks))
    series = find_series(
        read(tmp_path / "sar.txt", LINUX + heading + rows), "runq-sz", {"instance": "web1"}
    )
    assert series.times.tolist() == [at.timestamp() for at in clocks]


def test_zones_of_dates_count(tmp_path: Path) -> None:
    text = repeated(top_pods, lambda at: f"{at:%a %b %d %H:%M:%S} CET 2026")
    assert read(tmp_path / "a.txt", text).series[0].times[0] == TIMES[0].timestamp() - 3600


def one_activity(n: int) -> str:
    rule = "------+--------+------\n"
    return f"\n\n pid  | state  | query\n{rule} {400 + n} | active | UPDATE {n}\n(1 row)\n\n"


STATES = "NAME     READY   STATUS    RESTARTS   AGE\n"
RUNS, WAITS = "1/1     Running", "0/1     Pending"
OTHERS = {
    "log": "".join(
        f"{at:%Y-%m-%dT%H:%M:%SZ} INFO started the server\n{at:%Y-%m-%dT%H:%M:%SZ} INFO took 5 ms\n"
        for at in TIMES
    ),
    "clocks": "".join(
        f"{at:%H:%M:%S} worker loaded queue size\n{at:%H:%M:%S} worker 12 queue {n}\n"
        for n, at in enumerate(TIMES)
    ),
    "loop": "".join(f"{date}\nchecking the queue\nqueue has 3 items\nok\n" for date in DATES),
    "states": "".join(
        f"{date}\n{STATES}orders   {RUNS if n < 9 else WAITS}   {n}          5d\n"
        for n, date in enumerate(DATES)
    ),
    "events": "| Time | What |\n|---|---|\n"
    + "".join(f"| {at:%Y-%m-%d %H:%M:%S} | step {n} of it |\n" for n, at in enumerate(TIMES)),
    "changes": "| Time | Service | From | To |\n|---|---|---|---|\n"
    + "".join(f"| {at:%Y-%m-%d %H:%M:%S} | a | {n} | {n + 1} |\n" for n, at in enumerate(TIMES)),
    "settings": "# Runbook\n\n| Setting | Default |\n|---|---|\n| pool | 20 |\n| wait | 30 |\n",
    "by_itself": "NAME     CPU(cores)   MEMORY(bytes)\norders   12m          88Mi\n",
    "activity": repeated(one_activity, lambda at: f"{at:%a %d %b %Y %H:%M:%S} UTC (every 60s)"),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_logs_states_and_documents_are_no_series(name: str) -> None:
    assert kind_of(OTHERS[name]) is not DataType.METRIC


@pytest.mark.parametrize("line", ["1 " * 30_000, "| " * 30_000, "-" * 60_000, "a: " * 20_000])
def test_hostile_lines_cost_little(line: str) -> None:
    start = time.process_time()
    kind_of(f"{DATES[0]}\n" + line)
    assert time.process_time() - start < 3
