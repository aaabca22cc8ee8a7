from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest

from core.evidence.logs.access_lines import learn_access
from core.evidence.logs.access_series import AccessCounts
from core.evidence.logs.templates import mine_templates
from core.evidence.model import FindingKind, PlainFile
from core.evidence.pipeline import extract
from core.evidence.series.families import Family
from core.evidence.series.moves import read_moves
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.series.model import Series

Writer = Callable[[datetime, str, int, float], str]
START = datetime(2026, 11, 17, 2, tzinfo=UTC)
STATUSES = (200, 200, 200, 429, 413, 503)


def clf(at: datetime, status: int) -> str:
    return f'10.0.0.9 - - [{at:%d/%b/%Y:%H:%M:%S} +0000] "GET /a HTTP/1.1" {status} 9 "-" "curl"'


def traefik(at: datetime, service: str, status: int, seconds: float) -> str:
    ns = int(seconds * 1e9)
    return json.dumps(
        {
            "DownstreamStatus": status,
            "Duration": ns,
            "RequestMethod": "GET",
            "RequestPath": "/a",
            "ServiceName": f"{service}@docker",
            "level": "info",
            "msg": "",
            "time": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        }
    )


# Each after the documentation of its product; the flag says whether it names the service.
WRITERS: dict[str, tuple[Writer, bool]] = {
    "haproxy": (
        lambda at, service, status, seconds: (
            f"{at:%b %d %H:%M:%S} lb haproxy[8]: 10.0.0.9:40 [{at:%d/%b/%Y:%H:%M:%S}.001] www "
            f"{service}/s1 0/0/1/1/{seconds * 1e3:.0f} {status} 9 - - ---- 5/5/1/0/0 0/0 "
            '"GET /a HTTP/1.1"'
        ),
        True,
    ),
    "nginx": (
        lambda at, _, status, seconds: f"{clf(at, status)} rt={seconds:.3f} uct=0.001",
        False,
    ),
    "apache": (
        lambda at, _, status, seconds: f"{clf(at, status)} {seconds * 1e6:.0f}",
        False,
    ),
    "gunicorn": (lambda at, _, status, seconds: f"{clf(at, status)} {seconds:.6f}", False),
    "traefik": (
        lambda at, service, status, seconds: (
            f'{clf(at, status)} 7 "{service}@file" "http://10.0.0.3:80" {seconds * 1e3:.0f}ms'
        ),
        True,
    ),
    "traefik_json": (traefik, True),
    "caddy": (
        lambda at, _, status, seconds: json.dumps(
            {
                "level": "info",
                "ts": at.timestamp(),
                "msg": "handled request",
                "request": {"method": "GET", "uri": "/a"},
                "duration": seconds,
                "status": status,
            }
        ),
        False,
    ),
    "envoy": (
        lambda at, service, status, seconds: (
            f'[{at:%Y-%m-%dT%H:%M:%S}.001Z] "GET /a HTTP/1.1" {status} - 0 9 {seconds * 1e3:.0f} '
            f'1 "-" "curl" "ab-1" "{service}:8080" "10.0.0.3:80"'
        ),
        True,
    ),
    "alb": (
        lambda at, service, status, seconds: (
            f"h2 {at:%Y-%m-%dT%H:%M:%S.%f}Z app/a/50dc 10.0.0.9:40 10.0.0.3:80 0.000 {seconds:.3f} "
            f'0.000 {status} {status} 34 9 "GET https://a:443/ HTTP/2.0" "curl" - - arn:aws:'
            f'elasticloadbalancing:eu:12:targetgroup/{service}/73e2 "Root=1"'
        ),
        True,
    ),
    "iis": (
        lambda at, _, status, seconds: (
            f"{at:%Y-%m-%d %H:%M:%S} 10.0.0.4 GET /a - 443 - 10.0.0.9 curl - {status} 0 0 "
            f"{seconds * 1e3:.0f}"
        ),
        False,
    ),
}


def requests(seed: int, *, count: int = 500) -> list[tuple[datetime, str, int, float]]:
    random, at = Random(seed), START  # noqa: S311 - a sample, no secret
    made = []
    for _ in range(count):
        at += timedelta(seconds=random.randint(0, 1))
        service = random.choice(("seats", "tickets"))
        made.append((at, service, random.choice(STATUSES), random.uniform(0.02, 0.9)))
    return made


def series_of(log: Path) -> list[Series]:
    counts = AccessCounts()
    mine_templates(PlainFile(log), reference=START, watch=counts.watch)
    return counts.series()


def total(series: Series) -> int:
    return round(float(series.values.sum() * (series.times[1] - series.times[0])))


@pytest.mark.parametrize("product", WRITERS)
def test_requests_are_counted_by_service_and_status(product: str, tmp_path: Path) -> None:
    write, is_named = WRITERS[product]
    made = requests(len(product))
    log = tmp_path / "edge.log"
    log.write_text("".join(f"{write(*request)}\n" for request in made))
    expected = Counter(
        (service if is_named else "", status) for _, service, status, _ in made if status >= 400
    )
    series = series_of(log)
    failures = {
        (member.labels.get("service", ""), int(member.labels["code"])): total(member)
        for member in series
        if "code" in member.labels
    }
    assert failures == dict(expected)
    durations = [member for member in series if member.name == "http_duration_p95"]
    assert len(durations) == (2 if is_named else 1)
    assert all(0.01 < value < 1 for member in durations for value in member.values)


def test_a_point_cites_the_lines_that_it_was_counted_from(tmp_path: Path) -> None:
    made = requests(3)
    log = tmp_path / "edge.log"
    lines = [WRITERS["haproxy"][0](*request) for request in made]
    log.write_text("".join(f"{line}\n" for line in lines))
    member = next(each for each in series_of(log) if each.labels.get("code") == "503")
    place = int(member.values.argmax())
    span = member.span(place, place)
    cited = lines[span.line_start - 1 : span.line_end]
    step = member.times[1] - member.times[0]
    counted = sum(f"{member.labels['service']}/s1" in line and " 503 9 " in line for line in cited)
    assert counted == round(member.values[place] * step)
    assert log.read_bytes()[span.byte_start : span.byte_end].decode().splitlines() == cited


def test_a_rise_of_refusals_is_a_move_of_the_service_that_refuses(tmp_path: Path) -> None:
    log = tmp_path / "edge.log"
    write = WRITERS["traefik"][0]
    lines = [
        write(START + timedelta(seconds=n), "tickets", 413 if n > 400 and n % 2 else 200, 0.05)
        for n in range(600)
    ]
    log.write_text("".join(f"{line}\n" for line in lines))
    extraction = extract(PlainFile(log), name="edge.log", service=None, redactor=Redactor(b"key"))
    (finding,) = (each for each in extraction.findings if each.kind is FindingKind.MOVES)
    assert finding.service == "tickets"
    move = max(
        (each for each in read_moves(finding.data) if '"413"' in each.series),
        key=lambda each: each.strength,
    )
    assert (move.family, move.is_worse) == (Family.ERRORS, True)
    assert 370 <= move.lines[0] <= 410


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-17T02:41:07Z INFO worker GET of job {n} took 12 ms",
        "2026-11-17T02:41:07Z INFO status=200",
        '10.0.0.9 - - [99/Foo/2026:99:99:99 +0000] "GET /a HTTP/1.1" 200 9',
    ],
)
def test_lines_that_are_no_requests_make_no_series(line: str, tmp_path: Path) -> None:
    log = tmp_path / "edge.log"
    log.write_text("".join(f"{line.format(n=n)}\n" for n in range(300)))
    assert series_of(log) == []


@pytest.mark.parametrize("value", ["9" * 400, "-1", "1e999", "NaN", "", "\x00", '"' * 200])
@pytest.mark.parametrize("product", ["nginx", "haproxy", "caddy", "alb"])
def test_hostile_durations_cost_no_more_than_their_point(
    product: str, value: str, tmp_path: Path
) -> None:
    write = WRITERS[product][0]
    lines = [write(at, service, status, 0.123456) for at, service, status, _ in requests(9)]
    bad = [line.replace("0.123456", value).replace("0.123", value) for line in lines[::5]]
    log = tmp_path / "edge.log"
    log.write_text("".join(f"{line}\n" for line in [*lines, *bad]))
    counted = [member for member in series_of(log) if member.name == "http_requests"]
    assert sum(map(total, counted)) > 0.9 * len(lines)


def test_looking_for_access_lines_where_none_are_costs_little() -> None:
    lines = ["GET " + '"' * 1_900, "POST " + "1/" * 900, "GET " + "9." * 900] * 150
    start = time.process_time()
    assert learn_access(lines) is None
    assert time.process_time() - start < 2


def test_many_services_and_a_long_time_stay_bounded(tmp_path: Path) -> None:
    log = tmp_path / "edge.log"
    write = WRITERS["traefik"][0]
    lines = (
        write(START + timedelta(hours=n), f"tenant{n % 997}", 503, 0.05) for n in range(20_000)
    )
    log.write_text("".join(f"{line}\n" for line in lines))
    assert len(series_of(log)) <= 4 * 40


@pytest.mark.parametrize(
    ("status", "share", "counted"),
    [
        pytest.param(402, 0.1, False, id="declined cards"),
        pytest.param(402, 0.5, True, id="hardly a card is taken"),
        pytest.param(502, 0.1, True, id="a failure"),
    ],
)
def test_what_any_traffic_has_is_no_failure(
    status: int, share: float, *, counted: bool, tmp_path: Path
) -> None:
    log = tmp_path / "edge.log"
    every = round(1 / share)
    lines = [
        clf(START + timedelta(seconds=n), status if n % every == 0 else 200) for n in range(600)
    ]
    log.write_text("".join(f"{line}\n" for line in lines))
    failures = [each for each in series_of(log) if each.name == "http_errors"]
    assert [each.labels.get("code") for each in failures] == ([str(status)] if counted else [None])
    assert all((total(each) > 0) is counted for each in failures)  # measured, and none


@pytest.mark.parametrize(
    "line",
    [
        "[02:00:01] info 421fd0ca GET /patient/P00689 200 22ms",
        "2026-11-17T02:00:01Z POST /orders -> 200 (22.1 ms)",
        "[GIN] 2026/11/17 - 02:00:01 | 200 |  22.123 ms | 10.0.0.9 | GET      /a",
        '{"at":"02:00:01","req":"GET /a?b=1 HTTP/1.1","st":200,"rt":0.022,"ua":"x"}',
        '{"at":"02:00:01","st":200,"ua":"x","req":"GET /a HTTP/1.1","rt":0.022}',
    ],
)
def test_requests_are_read_as_frameworks_print_them(line: str) -> None:
    learnt = learn_access([line] * 40)
    assert learnt is not None
    status, duration = re.search(learnt.status, line), re.search(learnt.duration, line)
    assert status is not None
    assert duration is not None
    assert status[1] == "200"
    assert float(duration[1]) * learnt.unit == pytest.approx(0.022, abs=0.001)


def test_refusals_of_wishes_are_failures_only_where_far_more_are_refused(tmp_path: Path) -> None:
    def told(status: int, since: int) -> set[str]:
        lines = []
        for n in range(600):
            is_refused = n % 20 == 0 or (n >= since and n % 2 == 0)
            lines.append(clf(START + timedelta(seconds=n), status if is_refused else 200))
        path = tmp_path / f"{status}-{since}.log"
        path.write_text("\n".join(lines))
        return {series.labels.get("code", "") for series in series_of(path)} - {""}

    assert told(409, 600) == set()
    assert told(409, 400) == {"409"}
    assert told(500, 600) == {"500"}
