"""Whose log a file is, however it is called: by its lines, its host, its product, what is left."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.evidence.model import PlainFile
from core.evidence.pipeline import extract
from core.investigation.service_names import ServiceNames, one_name_each
from core.investigation.told_calls import with_calls_told
from tests.core.investigation.sample_situations import REDACTOR, a_file, a_situation

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.model import EvidenceFile, Finding
    from core.investigation.decision import Situation

pytestmark = pytest.mark.unit

CALLS = (("edge", "orders-api"), ("orders-api", "books"), ("orders-api", "stock"))
AT = "2026-03-02T09:00:{:02}Z"


class Handed:
    """Files as people hand them over, read by the product's own pipeline."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[tuple[EvidenceFile, tuple[Finding, ...]]] = []

    def file(self, name: str, *lines: str) -> Handed:
        path = self.folder / name.replace("/", "-")
        path.write_text("".join(f"{line}\n" for line in lines))
        read = extract(PlainFile(path), name=name, service=None, redactor=REDACTOR)
        file = a_file(name, read.service, first=read.first, last=read.last, lines=read.lines)
        file = replace(file, id=f"file_{name}", data_type=read.data_type, size=read.size)
        self.files.append((file, read.findings))
        return self

    def situation(self, calls: tuple[tuple[str, str], ...] = CALLS) -> Situation:
        return a_situation(*self.files, calls=calls)

    def owners(self, calls: tuple[tuple[str, str], ...] = CALLS) -> list[str | None]:
        return [file.service for file in one_name_each(self.situation(calls)).files]


@pytest.fixture
def handed(tmp_path: Path) -> Handed:
    return Handed(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        f"{AT.format(1)} INFO starting orders-api 2.1.0",
        "2026-03-02 09:00:01 ERROR 40 --- [main] com.acme.ordersapi.web.Handlers : gone",
        '{"ts":"2026-03-02T09:00:01Z","level":"info","name":"orders-api","msg":"ready"}',
        f"{AT.format(1)} INFO opened /srv/data/orders-api/queue",
        "2026-03-02 09:00:01,312 INFO    [api] GET /orders 200",
    ],
)
@pytest.mark.parametrize("name", ["log (3).txt", "from-mira/paste-1.log", "ip-10-3-4-5/app.log"])
def test_its_lines_tell_whose_it_is(handed: Handed, name: str, line: str) -> None:
    assert handed.file(name, line).owners() == ["orders-api"]


def test_who_starts_is_known_without_any_topology(handed: Handed) -> None:
    handed.file("log (3).txt", f"{AT.format(1)} INFO starting orders-api 2.1.0")
    assert handed.owners(()) == ["orders-api"]


def test_a_log_in_pieces_is_one(handed: Handed) -> None:
    handed.file("log.txt", f"{AT.format(9)} ERROR gone")
    handed.file("log.txt.1", f"{AT.format(1)} INFO starting orders-api 2.1.0")
    assert handed.owners() == ["orders-api", "orders-api"]


def test_the_log_beside_it_is_of_the_same(handed: Handed) -> None:
    entry = '127.0.0.1 - - [02/Mar/2026:09:00:01 +0000] "GET /a HTTP/1.1" 200 2 "-" rt=0.1 us="200"'
    handed.file("ip-10-3-4-5-access.log", entry)
    handed.file("ip-10-3-4-5-error.log", "2026/03/02 09:00:01 [error] 7#7: *1 limiting requests")
    assert handed.owners() == ["edge", "edge"]


def test_a_host_that_is_measured_is_its_service(handed: Handed) -> None:
    points = [[1_772_442_000 + 5 * n, str(n)] for n in range(40)]
    labels = {"__name__": "up_time", "job": "stock", "instance": "ip-10-3-4-5:8080"}
    document = {"resultType": "matrix", "result": [{"metric": labels, "values": points}]}
    handed.file("metrics.json", json.dumps({"status": "success", "data": document}))
    handed.file("ip-10-3-4-5/app.log", f"{AT.format(1)} ERROR gone")
    assert handed.owners()[1] == "stock"


def test_the_only_database_log_is_that_of_the_only_leaf_and_two_leave_it_open(
    handed: Handed,
) -> None:
    line = "2026-03-02 09:00:00 UTC [14] LOG:  checkpoint starting: time"
    assert handed.file("log (6).txt", line).owners((("shop", "books"),)) == ["books"]
    assert handed.owners() == [None]


def test_an_address_is_of_who_listens_there(handed: Handed) -> None:
    handed.file(
        "a.txt",
        f"{AT.format(1)} INFO starting stock 1.0",
        f"{AT.format(1)} INFO listening on 10.0.3.7:8080",
    )
    situation = one_name_each(handed.situation())
    assert situation.addresses["10.0.3.7:8080"] == "stock"


def test_a_list_of_changes_is_of_nobody(handed: Handed) -> None:
    handed.file("changes.log", "2026-03-02T09:00:00Z CHG-1 deploy target=orders-api by=dana: 2.14")
    assert handed.owners() == [None]


def test_calls_are_read_from_proxies_and_databases(handed: Handed) -> None:
    handed.file(
        "edge.log",
        "127.0.0.1:4 [02/Mar/2026:09:00:00.100] public orders_api/orders-1 0/0/0/2/2 200 170 - -",
    )
    handed.file("books.log", "2026-03-02 09:00:00 UTC [7] svc_stock@shop LOG:  duration: 9 ms")
    handed.file("stock.log", f"{AT.format(1)} INFO starting stock 1.0")
    handed.file("orders-api.log", f"{AT.format(1)} INFO starting orders-api 1.0")
    learnt = with_calls_told(one_name_each(handed.situation(()))).calls_told
    assert set(learnt) == {("edge", "orders-api"), ("stock", "books")}


def test_each_says_why(handed: Handed) -> None:
    handed.file("log.txt", f"{AT.format(1)} INFO starting orders-api 2.1.0")
    (known,) = ServiceNames(handed.situation()).same
    assert (known.name, known.alias, known.why.text) == (
        "orders-api",
        "log.txt",
        "it says so where it starts",
    )


ANSWERED = '127.0.0.1 - - [02/Mar/2026:09:00:01 +0000] "GET /a HTTP/1.1" 502 2 "-" rt=0.1 us="502"'


@pytest.mark.parametrize(
    ("calls", "learnt"),
    [
        pytest.param((), {("edge", "shop")}, id="nobody tells"),
        pytest.param((("edge", "cart"),), set(), id="it is told whom it calls"),
        pytest.param((("web", "shop"),), set(), id="it is told who calls that"),
    ],
)
def test_the_only_proxy_calls_what_the_alert_is_about(
    handed: Handed, calls: tuple[tuple[str, str], ...], learnt: set[tuple[str, str]]
) -> None:
    handed.file("edge-access.log", *[ANSWERED] * 3)
    alerted = a_situation(alert="shop").occurrences
    situation = replace(handed.situation(calls), occurrences=alerted)
    named = replace(situation, files=tuple(replace(f, service="edge") for f in situation.files))
    assert set(with_calls_told(named).calls_told) == learnt


def test_a_folder_that_one_name_begins_with_is_of_that_service(handed: Handed) -> None:
    handed.file("recall/cron.log", "Mar  2 09:00:01 r1 CRON[7]: (app) CMD (/opt/recall/run.sh)")
    handed.file("recall/out.log", f"{AT.format(1)} batch started", f"{AT.format(2)} 25 sent")
    calls = (("edge", "orders-api"), ("recall-campaign", "orders-api"), ("orders-api", "books"))
    assert handed.owners(calls) == ["recall-campaign"] * 2


@pytest.mark.parametrize(
    "others", [(("recall-api", "books"),), (("orders-api", "recall-db"),), (("recall", "books"),)]
)
def test_such_a_folder_is_of_nobody_where_the_name_may_be_anothers(
    handed: Handed, others: tuple[tuple[str, str], ...]
) -> None:
    handed.file("recall/out.log", f"{AT.format(1)} batch started", f"{AT.format(2)} 25 sent")
    calls = (("edge", "orders-api"), ("recall-campaign", "orders-api"), *others)
    assert handed.owners(calls) != ["recall-campaign"]


def test_who_asks_a_database_by_its_log_of_slow_queries(handed: Handed) -> None:
    head = ["# Time: 260302  9:00:01", "# User@Host: orders_api[orders_api] @  [10.0.0.4]"]
    slow = [*head, "# Query_time: 2.1  Lock_time: 0.0  Rows_sent: 1", "SELECT 1;"]
    handed.file("books/slow.log", *slow * 3)
    handed.file("orders-api/app.log", f"{AT.format(1)} INFO starting orders-api 2.1.0")
    known = with_calls_told(
        one_name_each(handed.situation((("edge", "orders-api"), ("edge", "books"))))
    )
    assert ("orders-api", "books") in known.calls_told


def test_a_log_of_a_machine_is_not_that_of_whoever_is_left(handed: Handed) -> None:
    line = "Mar  2 09:00:{:02} media01 systemd[1]: Started unit {}."
    handed.file("messages", *(line.format(n, n) for n in range(9)))
    handed.file("orders-api/app.log", f"{AT.format(1)} INFO starting orders-api 2.1.0")
    calls = (("orders-api", "stock"),)
    assert handed.owners(calls)[0] != "stock"


@pytest.mark.parametrize(("writer", "whose"), [("", "stock"), ("tally[710] ", "tally")])
def test_a_log_that_says_who_wrote_it_is_not_that_of_whoever_is_left(
    handed: Handed, writer: str, whose: str
) -> None:
    handed.file("tally.log", *(f"{AT.format(n)} {writer}INFO {n} of 9 done" for n in range(9)))
    handed.file("orders-api/app.log", f"{AT.format(1)} INFO starting orders-api 2.1.0")
    assert handed.owners((("orders-api", "stock"),))[0] == whose


def test_a_log_whose_lines_tell_each_who_wrote_it_is_nobodys(handed: Handed) -> None:
    """As `docker compose logs` writes it, though one of them is the only database without a log."""
    texts = {
        "books-1": "2026-03-02 09:00:01.000 UTC [1] LOG:  database system is ready",
        "orders-api-1": "INFO took an order",
        "stock-1": "INFO counted",
    }
    lines = [f"{name} | {AT.format(n)} {text}" for n in range(9) for name, text in texts.items()]
    handed.file("docker-compose.log", *lines)
    assert handed.owners() == [None]
    assert "docker-compose" not in ServiceNames(handed.situation()).applied_names
