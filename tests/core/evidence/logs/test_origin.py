"""Who wrote a log: its names, where it listens, whom it forwards to, what product it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.evidence.logs.origin import LogOrigin, read_origin
from core.evidence.model import FindingKind, PlainFile
from core.evidence.pipeline import extract
from tests.core.investigation.sample_situations import REDACTOR

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.unit


def origin(folder: Path, *lines: str) -> LogOrigin:
    path = folder / "app.log"
    path.write_text("".join(f"{line}\n" for line in lines))
    extraction = extract(PlainFile(path), name="app.log", service=None, redactor=REDACTOR)
    (known,) = (each for each in extraction.findings if each.kind is FindingKind.ORIGIN)
    return read_origin(known)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("2026-03-02T09:00:00Z INFO starting orders-api 2.1.0", "orders-api"),
        ("2026-03-02 09:00:00 INFO Starting orders using Java 17.0.15 with PID 7", "orders"),
        ('{"time":"2026-03-02T09:00:00Z","level":"info","msg":"starting orders v2.1"}', "orders"),
    ],
)
def test_a_service_says_who_it_is_where_it_starts(tmp_path: Path, line: str, name: str) -> None:
    assert list(origin(tmp_path, line).started) == [name]


def test_who_is_started_again_is_not_called_again(tmp_path: Path) -> None:
    line = "Mon Mar  2 09:00:00 sv[34]: till exited, code 255, starting again in 2 s"
    assert not origin(tmp_path, line).started


@pytest.mark.parametrize(
    "line",
    [
        "2026-03-02 09:00:00 INFO listening on 10.0.3.7:8080",
        "2026-03-02 09:00:00 INFO Uvicorn running on http://10.0.3.7:8080",
        '2026-03-02 09:00:00 UTC [14] LOG:  listening on IPv4 address "10.0.3.7", port 8080',
    ],
)
def test_it_says_where_it_listens(tmp_path: Path, line: str) -> None:
    assert list(origin(tmp_path, line).listens) == ["10.0.3.7:8080"]


def test_a_start_further_down_counts_too(tmp_path: Path) -> None:
    lines = [f"2026-03-02 09:00:{n % 60:02} INFO GET /cart 200" for n in range(900)]
    known = origin(tmp_path, *lines, "2026-03-02 09:30:00 INFO starting orders 2.1.0")
    assert (list(known.started), known.lines) == (["orders"], 200)


@pytest.mark.parametrize(
    ("line", "server"),
    [
        ("2026-03-02 09:00:00 UTC [14] LOG:  checkpoint starting: time", "postgres"),
        ("20:M 02 Mar 2026 09:00:00.100 * Ready to accept connections", "redis"),
        (
            "127.0.0.1:4 [02/Mar/2026:09:00:00.100] public shop/shop-1 0/0/0/2/2 200 170 - -",
            "proxy",
        ),
        ("Mar  2 09:00:00 box dnsmasq[12]: started, version 2.90 cachesize 150", "resolver"),
        ("2026-03-02 09:00:00 INFO GET /cart 200", None),
    ],
)
def test_a_product_is_known_by_its_own_lines(tmp_path: Path, line: str, server: str | None) -> None:
    assert origin(tmp_path, line).server == server


def test_packages_clients_backends_and_places_are_kept(tmp_path: Path) -> None:
    java = origin(
        tmp_path, "2026-03-02 09:00:00 ERROR 40 --- [main] com.acme.ordersapi.web.Handlers : gone"
    )
    assert "ordersapi" in java.packages
    database = origin(tmp_path, "2026-03-02 09:00:00 UTC [7] svc_orders@shop LOG:  duration: 9 ms")
    assert list(database.clients) == ["svc_orders"]
    prefix = "2026-03-02 09:00:00 UTC [7] shop@shop/orders-api LOG:  duration: 9 ms"
    assert set(origin(tmp_path, prefix).clients) == {"shop", "orders-api"}
    prefix = "2026-03-02 09:00:00 [7]: user=shop,db=shop,app=orders-api,client=10.0.0.3 LOG:  ok"
    assert set(origin(tmp_path, prefix).clients) == {"shop", "orders-api"}
    proxy = origin(
        tmp_path,
        "127.0.0.1:4 [02/Mar/2026:09:00:00.100] public shop/shop-1 0/0/0/2/2 200 170 - -",
    )
    assert set(proxy.backends) == {"shop", "shop-1"}
    paths = origin(tmp_path, "2026-03-02 09:00:00 INFO opened /var/lib/orders-db/base/1")
    assert "orders-db" in paths.places


def test_the_machine_is_the_one_that_syslog_names(tmp_path: Path) -> None:
    lines = [f"2026-03-02T09:00:0{n}+00:00 shop-lb1 haproxy[1609]: GET /{n}" for n in range(9)]
    assert origin(tmp_path, *lines).machine == "shop-lb1"
    of_two = [line.replace("lb1", f"lb{n % 2}") for n, line in enumerate(lines)]
    assert origin(tmp_path, *of_two).machine is None
    assert origin(tmp_path, "2026-03-02T09:00:00Z INFO orders: ready").machine is None
