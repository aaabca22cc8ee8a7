"""Which names are of one service: folders, pods, files dropped in chat, products, nodes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.evidence.model import DataType, Finding, FindingKind, Level, Locus, PlainFile
from core.evidence.pipeline import extract
from core.investigation.decision import Verdict
from core.investigation.name_forms import plain
from core.investigation.reasoner import decide
from core.investigation.service_names import ServiceNames, one_name_each
from tests.core.investigation.causes.sample_system import read_text
from tests.core.investigation.sample_situations import (
    REDACTOR,
    LogLines,
    a_file,
    a_log,
    a_situation,
    an_alert,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.evidence.model import EvidenceFile
    from core.investigation.decision import Situation

pytestmark = pytest.mark.unit

RECORDINGS = Path(__file__).parents[2] / "recordings"
INCIDENTS = (
    *sorted(path.parent for path in RECORDINGS.glob("*/topology.json")),
    Path(__file__).parents[3] / "faultmaven/recordings/ferry-bookings",
)

CALLS = (("shop", "orders"), ("orders", "orders-db"), ("shop", "cart"), ("cart", "cart-cache"))


def names_of(situation: Situation) -> list[str | None]:
    return [file.service for file in one_name_each(situation).files]


def log_of(name: str, service: str | None, *texts: str) -> tuple[EvidenceFile, tuple[Finding, ...]]:
    file, findings = a_log(service, *(LogLines(text=text) for text in texts))
    return replace(file, id=f"file_{name}", name=REDACTOR.clean(name)), findings


@pytest.mark.parametrize(
    "name",
    [
        "orders",
        "Orders",
        "orders:8080",
        "shop/orders",
        "orders-7c9f8d6b54-x2xkz",
        "orders.prod.svc.cluster.local",
        "orders.shop.internal:8080",
        "be_orders",
    ],
)
def test_instances_of_a_service_have_its_name(name: str) -> None:
    assert plain(name) == "orders"


@pytest.mark.parametrize("name", ["orders-db", "orders-2", "preorders", "my.orders.log"])
def test_other_names_stay_others(name: str) -> None:
    assert plain(name) != "orders"


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("files/orders/app.log", "files"),
        ("prod-orders-1.log", None),
        ("node7/orders.log", "node7"),
        ("ORDERS/stdout.txt", "ORDERS"),
    ],
)
def test_a_path_names_the_service(name: str, folder: str | None) -> None:
    situation = a_situation(log_of(name, folder, "request failed"), calls=CALLS)
    assert names_of(situation) == ["orders"]


@pytest.mark.parametrize(
    "line",
    [
        "level=error svc=orders msg=failed",
        '{"level": "error", "service": "orders", "msg": "failed"}',
        "2026-03-02 09:10:00 ERROR [orders] failed",
        "Mar  2 09:10:00 node7 orders[312]: failed",
    ],
)
def test_a_file_belongs_to_whom_its_lines_name(line: str) -> None:
    situation = a_situation(log_of("log (3).txt", None, line), calls=CALLS)
    assert names_of(situation) == ["orders"]
    (known,) = ServiceNames(situation).same
    assert (known.name, known.why.text, known.locus is not None) == (
        "orders",
        "its lines name it",
        True,
    )


def test_whom_a_line_calls_is_not_whose_it_is() -> None:
    line = "upstream=orders status=502 host orders:8080 refused"
    assert names_of(a_situation(log_of("proxy.log", "edge", line), calls=CALLS)) == ["edge"]


def test_the_log_of_a_database_is_that_of_the_only_one() -> None:
    lines = ("LOG:  checkpoint starting: time", "FATAL:  sorry, too many clients already")
    situation = a_situation(log_of("postgresql/postgresql.log", "postgresql", *lines), calls=CALLS)
    assert names_of(situation) == ["orders-db"]


def test_of_two_databases_it_is_neither() -> None:
    lines = ("LOG:  checkpoint starting: time", "FATAL:  sorry, too many clients already")
    calls = (*CALLS, ("cart", "cart-db"))
    situation = a_situation(log_of("postgresql/postgresql.log", "postgresql", *lines), calls=calls)
    assert names_of(situation) == ["postgresql"]


def test_a_database_whose_log_was_brought_is_not_taken_twice() -> None:
    lines = ("LOG:  checkpoint starting: time", "FATAL:  sorry, too many clients already")
    situation = a_situation(
        log_of("orders-db/postgresql.log", "orders-db", *lines),
        log_of("postgresql/postgresql.log", "postgresql", *lines),
        calls=CALLS,
    )
    assert names_of(situation) == ["orders-db", "postgresql"]


def test_a_folder_of_several_services_is_none() -> None:
    situation = a_situation(
        log_of("dump/orders.log", "dump", "request failed"),
        log_of("dump/cart.log", "dump", "request failed"),
        log_of("dump/kernel.log", "dump", "request failed"),
        calls=CALLS,
    )
    assert names_of(situation) == ["orders", "cart", None]


def test_what_names_two_services_stays_apart_and_is_said() -> None:
    line = "level=error svc=orders component=cart msg=failed"
    situation = a_situation(log_of("log.txt", None, line), calls=CALLS)
    assert names_of(situation) == [None]
    (conflict,) = ServiceNames(situation).conflicts
    assert (conflict.alias, set(conflict.names)) == ("log.txt", {"orders", "cart"})


def test_a_log_of_deploys_is_not_the_log_of_what_was_deployed() -> None:
    file, findings = log_of("changes.txt", "changes", "deploy service=orders version=2")
    change = replace(findings[0], kind=FindingKind.CHANGE, count=1)
    situation = a_situation((replace(file, lines=2), (change, *findings)), calls=CALLS)
    assert names_of(situation) == [None]


def nested(path: Path, _: int) -> tuple[str, str | None]:
    return f"files/{path.parent.name}/{path.name}", "files"


def flat(path: Path, _: int) -> tuple[str, str | None]:
    return path.name, None


def numbered(path: Path, number: int) -> tuple[str, str | None]:
    return f"log ({number}){path.suffix}", None


@cache
def given(folder: Path, named: Callable[[Path, int], tuple[str, str | None]]) -> Situation:
    """A recorded incident whose files came under other names."""
    paths = [*sorted(path for path in (folder / "files").rglob("*") if path.is_file())]
    files = [(path, *named(path, number)) for number, path in enumerate(paths)]
    files.append((folder / "metrics.json", "metrics.json", None))
    read = []
    for path, name, service in files:
        extraction = extract(PlainFile(path), name=name, service=service, redactor=REDACTOR)
        file = a_file(
            name,
            service or extraction.service,
            first=extraction.first,
            last=extraction.last,
            lines=extraction.lines,
        )
        read.append((replace(file, size=extraction.size), extraction.findings))
    alert = json.loads((folder / "alert.json").read_text())["alerts"][0]
    calls = json.loads((folder / "topology.json").read_text())["calls"]
    began = datetime.fromisoformat(alert["startsAt"])
    situation = a_situation(*read, calls=[(caller, callee) for caller, callee in calls])
    return replace(situation, occurrences=(an_alert(alert["labels"]["service"], began),))


@pytest.mark.parametrize("folder", INCIDENTS, ids=lambda folder: folder.name)
@pytest.mark.parametrize("named", [nested, flat, numbered])
def test_a_recorded_incident_has_its_cause_however_its_files_are_called(
    folder: Path, named: Callable[[Path, int], tuple[str, str | None]]
) -> None:
    situation = given(folder, named)
    truth = json.loads((RECORDINGS / f"truth/{folder.name}.json").read_text())["service"]
    for calls in (situation.calls, ()):
        decision = decide(replace(situation, calls=calls))
        if truth is None:
            assert decision.verdict is not Verdict.ROOT_CAUSE
        else:
            assert decision.hypotheses[0].cause.service == truth


@pytest.mark.parametrize(("started", "owner"), [("orders", "orders"), (None, "ann")])
def test_a_folder_whose_logs_call_themselves_otherwise_is_no_service(
    started: str | None, owner: str
) -> None:
    """What is counted in a log has its folder's name, which shows nothing by itself."""
    file, findings = log_of("ann/paste.log", "ann", "request failed")
    counted = replace(findings[0], kind=FindingKind.METRIC, service="ann")
    data = {"started": json.dumps({started: 1})} if started else {}
    origin = replace(findings[0], kind=FindingKind.ORIGIN, service="ann", data=data)
    situation = a_situation((file, (counted, origin, *findings)), calls=CALLS)
    assert ("ann" in ServiceNames(situation).known) is (owner == "ann")
    named = one_name_each(situation)
    assert [each.service for each in named.files] == [owner]
    assert {each.service for each in named.findings[file.id]} == {owner}


@pytest.mark.parametrize("host", ["app-05", "pay-db-1", "db-1"])
def test_a_host_in_the_path_of_a_log_is_where_its_service_runs(host: str) -> None:
    of_host = log_of("logs/app-05.identity.log", "logs", "token issued")
    of_longer = log_of("pay-db-1/identity.log", "logs", "token issued")
    logs = [
        (replace(file, data_type=DataType.LOG), findings) for file, findings in (of_host, of_longer)
    ]
    situation = one_name_each(a_situation(*logs, alert="identity"))
    assert situation.addresses[host] == "identity"


def test_what_is_measured_at_a_host_is_of_the_only_service_there() -> None:
    """Some queries keep the host alone; a log may call itself by it."""
    file = a_file("prometheus.json", None, first=None, last=None, lines=9)
    at_host = {"moves": "[]", "families": "{}", "instances": '["gate-1:8200"]'}
    moves = tuple(
        replace(a_move(service, place), data=at_host)
        for place, service in enumerate(("gateway", "gate-1"))
    )
    named = one_name_each(a_situation((file, moves)))
    assert {finding.service for finding in named.findings[file.id]} == {"gateway"}
    stated = one_name_each(a_situation((file, moves), alert="gate-1"))
    assert {finding.service for finding in stated.findings[file.id]} == {"gateway", "gate-1"}


def test_a_file_that_measures_several_services_is_nobodys() -> None:
    file = a_file("till.csv", "till", first=None, last=None, lines=9)
    own, shop, cart = (
        a_move(service, place) for place, service in enumerate(("till", "shop", "cart"))
    )
    several = one_name_each(a_situation((file, (own, shop, cart))))
    assert {finding.service for finding in several.findings[file.id]} == {None, "shop", "cart"}
    alone = one_name_each(a_situation((file, (own,))))
    assert {finding.service for finding in alone.findings[file.id]} == {"till"}


def a_move(service: str, line: int) -> Finding:
    return Finding(
        kind=FindingKind.MOVES,
        level=Level.INFO,
        text=REDACTOR.clean(f"{service} moved"),
        locus=Locus(file="till.csv", line_start=line + 1, line_end=line + 1),
        service=service,
        data={"moves": "[]", "families": "{}", "instances": "[]"},
    )


def test_a_proxy_may_call_a_service_by_the_beginning_of_its_name() -> None:
    texts = [
        f"Nov 17 02:0{n % 10}:07 lb haproxy[8]: 10.0.0.9:40 [17/Nov/2026:02:0{n % 10}:07.001] www "
        f'booking/b1 0/0/1/1/20 200 9 - - ---- 5/5/1/0/0 0/0 "GET /a HTTP/1.1"'
        for n in range(60)
    ]
    proxy = read_text("haproxy.log", "\n".join(texts))
    seen = a_situation(proxy, calls=(("edge", "booking-api"), ("booking-api", "stock")))
    assert "booking" not in ServiceNames(seen).applied_names
    both = a_situation(proxy, calls=(("edge", "booking-api"), ("edge", "booking-web")))
    assert "booking" in ServiceNames(both).applied_names


@pytest.mark.parametrize(
    ("written", "known"), [("postgresql", "postgres"), ("rabbitmq-server", "rabbitmq")]
)
def test_a_product_has_one_name(written: str, known: str) -> None:
    assert plain(written) == known


def measured(service: str, instance: str, place: int) -> Finding:
    data = {"moves": "[]", "families": "{}", "instances": json.dumps([instance])}
    return replace(a_move(service, place), data=data)


@pytest.mark.parametrize(
    ("places", "name"),
    [
        pytest.param({"nginx": "cart1:9113"}, "cart", id="a product at the host of a node"),
        pytest.param({"nginx": "cart-01:9113"}, "cart", id="a host with a number behind a dash"),
        pytest.param({"nginx": "node7:9113"}, "nginx", id="a host that is called like nobody"),
        pytest.param(
            {"nginx": "cart1:9113", "cart": "cart1:80"}, "nginx", id="the node is measured itself"
        ),
    ],
)
def test_a_product_has_the_name_of_the_node_at_whose_hosts_it_is_measured(
    places: dict[str, str], name: str
) -> None:
    file = a_file("prometheus.json", None, first=None, last=None, lines=9)
    moves = tuple(
        measured(service, instance, place)
        for place, (service, instance) in enumerate(places.items())
    )
    named = one_name_each(a_situation((file, moves), calls=CALLS))
    assert named.findings[file.id][0].service == name
    assert named.addresses.get("nginx", "nginx") == name


@pytest.mark.parametrize(
    ("drawn", "others", "name"),
    [
        pytest.param(["shop-db"], [], "shop-db", id="the only database"),
        pytest.param(["shop-db", "books-db"], [], "postgres", id="one of two databases"),
        pytest.param(["shop-db"], ["mysql"], "postgres", id="one of two that are measured"),
        pytest.param(["shop-db"], ["shop-db"], "postgres", id="the database is measured itself"),
        pytest.param(["session-cache"], [], "postgres", id="a store of another sort"),
    ],
)
def test_a_product_that_only_one_of_its_sort_can_be_has_its_name(
    drawn: list[str], others: list[str], name: str
) -> None:
    file = a_file("prometheus.json", None, first=None, last=None, lines=9)
    moves = tuple(
        measured(service, "10.0.0.9:9187", place)
        for place, service in enumerate(["postgres", *others])
    )
    calls = tuple(("cart", callee) for callee in drawn)
    named = one_name_each(a_situation((file, moves), calls=calls, alert="postgres"))
    assert named.findings[file.id][0].service == name
    assert named.occurrences[0].service == name


def test_what_was_changed_at_the_host_of_a_service_is_that_services() -> None:
    log, lines = log_of("pay-1/app/payments.log", "pay-1", "charge done")
    record, changes_there = log_of(
        "pay-1/apt/history.log", None, "Upgrade: ca-certificates:all (1, 2)"
    )
    changed = tuple(replace(each, kind=FindingKind.CHANGE) for each in changes_there)
    situation = one_name_each(
        a_situation(
            (replace(log, data_type=DataType.LOG), lines), (record, changed), alert="payments"
        )
    )
    assert {each.service for each in situation.findings[record.id]} == {"payments"}


def test_what_was_changed_at_the_machine_that_its_log_names_is_that_services() -> None:
    log, lines = log_of("lb1/haproxy.log", "lb1", "GET /cart 200")
    origin = replace(
        lines[0], kind=FindingKind.ORIGIN, count=9, data={"machines": '{"shop-lb1": 9}'}
    )
    record, rendered = log_of("ansible.log", None, "TASK [haproxy : render haproxy.cfg]")
    changed = tuple(replace(each, kind=FindingKind.CHANGE, service="shop-lb1") for each in rendered)
    situation = one_name_each(
        a_situation((replace(log, data_type=DataType.LOG), (*lines, origin)), (record, changed))
    )
    assert {each.service for each in situation.findings[record.id]} == {"lb1"}


@pytest.mark.parametrize("name", ["terraform-apply.log", "gitlab-job-4711-orders.log"])
def test_the_log_of_a_tool_that_changes_things_is_nobodys(name: str) -> None:
    file, findings = log_of(f"ops/{name}", name.removesuffix(".log"), "apply complete, 1 changed")
    change = replace(findings[0], kind=FindingKind.CHANGE, signals=("resource_applied",))
    situation = one_name_each(a_situation((file, (change,)), alert="stock"))
    assert situation.files[0].service is None
