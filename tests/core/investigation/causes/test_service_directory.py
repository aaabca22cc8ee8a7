"""Whom an error line is about, which calls lines tell of, and what stands above what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.evidence.model import Level
from core.investigation.causes.evidence_index import sightings
from core.investigation.causes.named_services import (
    awaited_in,
    called_in,
    is_code_for,
    is_sent_by,
    mentions,
    names_key_of,
    partners_in,
    refuses_data,
    supervised_in,
)
from core.investigation.causes.scores import rank_causes
from core.investigation.causes.server_kinds import BROKER, CACHE, DATABASE, kind_of_client
from core.investigation.causes.service_directory import ServiceDirectory
from core.investigation.reasoner import decide
from core.investigation.service_names import one_name_each
from core.investigation.told_calls import with_calls_told
from tests.core.investigation.sample_situations import LogLines, a_log, a_situation

pytestmark = pytest.mark.unit

CALLS = (("shop", "orders"), ("orders", "orders-db"))
LOCK = (
    "process 43 still waiting for AccessShareLock on relation 13574 of database 13572 "
    "after 1001.299 ms"
)
POOL = (
    "sqlalchemy.exc.TimeoutError: QueuePool limit of size 2 overflow 0 reached, "
    "connection timed out, timeout 2.00"
)


def test_in_one_log_of_several_services_each_tells_what_it_is() -> None:
    """As `docker compose logs` writes it: the database's own words make nobody else a database."""
    file, (waits, refused) = a_log(None, LogLines(text=f"LOG:  {LOCK}"), LogLines(text="cart"))
    findings = (replace(waits, service="books"), replace(refused, service="shop"))
    directory = ServiceDirectory(a_situation((file, findings)))
    waiting = next(each for each in sightings(directory.situation) if each.seen_by == "books")
    assert directory.kind("books", waiting) == DATABASE
    assert directory.kind("shop", replace(waiting, seen_by="shop")) is None


@pytest.mark.parametrize(
    ("line", "about"),
    [
        ("orders answered 503 (path=/cart)", "orders"),
        ("GET http://orders:8080/cart gave up after 3 s", "orders"),
        ("cannot read the cart: KeyError", "shop"),
        ("call to rates failed after 3.00s: TimeoutError", "rates"),
        ("payment refused upstream=acquirer status=500", "acquirer"),
        ("peer=10.0.0.7:8080 reset", "shop"),
        ("orders answered 503, so did upstream=rates", "orders"),
        ('msg="upstream call failed" upstream=seat-map error="timed out"', "seat-map"),
        ("HTTPConnectionPool(host='seats', port=8081): Read timed out.", "seats"),
        ('Get "http://stock:8080/items": context deadline exceeded', "stock"),
        ("failed to connect to ledger:7000", "ledger"),
        ("cannot serve: listening on http://shop2:80", "shop"),
    ],
)
def test_an_error_is_about_whom_it_failed_to_call(line: str, about: str) -> None:
    situation = a_situation(a_log("shop", LogLines(text=line)), calls=CALLS)
    assert ServiceDirectory(situation).complained_of(line, by="shop") == about


def test_a_callee_does_not_blame_who_calls_it() -> None:
    line = "request refused upstream=shop"
    situation = a_situation(a_log("orders", LogLines(text=line)), calls=CALLS)
    assert ServiceDirectory(situation).complained_of(line, by="orders") == "orders"


@pytest.mark.parametrize(
    ("line", "about"),
    [
        ("giving up on the registry, no answer kept", "api.ship-registry.test"),
        ("no example of it is kept", "shop"),
    ],
)
def test_a_partner_is_called_by_a_part_of_its_name(line: str, about: str) -> None:
    calls = (*CALLS, ("shop", "api.ship-registry.test"))
    situation = a_situation(a_log("shop", LogLines(text=line)), calls=calls)
    assert ServiceDirectory(situation).complained_of(line, by="shop") == about


def test_a_service_is_called_without_the_sort_of_program_that_it_is() -> None:
    line = "ledger answered 503 (path=/post)"
    logs = [
        a_log("shop", LogLines(text=line)),
        a_log("ledger-svc", LogLines(text="posting failed")),
    ]
    known = one_name_each(a_situation(*logs))
    assert ServiceDirectory(known).complained_of(line, by="shop") == "ledger-svc"
    both = one_name_each(a_situation(*logs, a_log("ledger-api", LogLines(text="read"))))
    assert ServiceDirectory(both).complained_of(line, by="shop") == "ledger"


def test_a_partner_without_evidence_of_its_own_is_a_suspect() -> None:
    line = "acquirer answered 500 (path=/charge)"
    log = a_log("payments", LogLines(text=line))
    situation = a_situation(log, calls=[("shop", "payments")], alert="shop")
    assert decide(situation).hypotheses[0].cause.service == "acquirer"


def test_calls_are_learnt_from_lines_where_no_topology_tells_them() -> None:
    lines = (
        LogLines(text="orders answered 504 upstream=orders", count=3),
        LogLines(text="rates answered 504 upstream=rates", count=2),
    )
    situation = with_calls_told(a_situation(a_log("shop", *lines)))
    assert situation.calls_told == (("shop", "orders"),)
    given = with_calls_told(a_situation(a_log("shop", *lines), calls=CALLS))
    assert given.calls_told == ()


def test_a_cause_stands_above_what_it_explains() -> None:
    """The caller's log is louder than the database's warning, which is why it fails."""
    waits = LogLines(text=LOCK, at=640, lasting=20, level=Level.INFO, count=12)
    database, caller = a_log("orders-db", waits), a_log("orders", LogLines(text=POOL, count=900))
    ranked = rank_causes(a_situation(database, caller, calls=CALLS, alert="shop", alert_at=660))
    assert ranked[0].candidate.cause.fault == "database_lock_contention"
    effects = [scored for scored in ranked if scored.explained_by is ranked[0].candidate]
    assert effects
    assert all(scored.score < ranked[0].score for scored in effects)


def test_a_signature_blames_the_partner_that_a_line_calls() -> None:
    line = "call to acquirer failed after 3.02s: java.net.SocketTimeoutException: Read timed out"
    situation = a_situation(a_log("payments", LogLines(text=line)), calls=[("shop", "payments")])
    (scored, *_) = rank_causes(situation)
    assert scored.candidate.cause.service == "acquirer"


def test_who_complains_of_a_certificate_calls_no_store() -> None:
    line = "handshake failed: certificate has expired"
    calls = [("orders", "orders-db"), ("orders", "payments")]
    situation = a_situation(a_log("orders", LogLines(text=line)), calls=calls)
    (scored, *_) = rank_causes(situation)
    assert scored.candidate.cause.service == "payments"


@pytest.mark.parametrize(
    ("line", "unit"),
    [
        ("2026-03-04 10:15:00,358 WARN exited: packer (exit status 1; not expected)", "packer"),
        ("INFO gave up: packer entered FATAL state, too many start retries", "packer"),
        ("INFO spawned: 'packer' with pid 41", "packer"),
        ("systemd[1]: packer.service: Main process exited, code=exited, status=1", "packer"),
        ("PM2 | App [packer:0] exited with code [1] via signal [SIGINT]", "packer"),
        ("Back-off restarting failed container packer in pod packer-7c9f", "packer"),
        ("process exited: code 1", None),
        ("the worker stopped: out of paper", None),
        ("systemd[1]: orders.service: A process of this unit has been killed.", "orders"),
        ("systemd[1]: orders.service: Control process exited, code=killed", "orders"),
    ],
)
def test_a_supervisor_speaks_of_the_unit_that_it_names(line: str, unit: str | None) -> None:
    assert supervised_in(line) == unit


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("sale failed err=AMQPConnectionError", BROKER),
        ("redis.exceptions.ConnectionError: gone", CACHE),
        ("psycopg.OperationalError: gone", DATABASE),
        ("SQLSTATE[HY000] [2002] gone", DATABASE),
        ("TimeoutError: gone", None),
    ],
)
def test_the_error_of_a_library_tells_what_sort_of_server_was_asked(
    error: str, kind: str | None
) -> None:
    assert kind_of_client(error) == kind


def test_who_refuses_is_the_only_server_of_the_sort_that_was_asked() -> None:
    line = LogLines(text="connection refused: AMQPConnectionError")
    situation = a_situation(a_log("shop", line), a_log("rabbit"), a_log("orders-db"))
    ranked = rank_causes(one_name_each(situation))
    assert ranked[0].candidate.cause.service == "rabbit"


def test_what_nobody_tells_of_is_of_whom_the_same_file_tells_it_then() -> None:
    killed = "kernel: Out of memory: Killed process 4809 (python)"
    unit = "systemd[1]: orders.service: Failed with result 'oom-kill'."
    file, findings = a_log(None, LogLines(text=killed, at=600), LogLines(text=unit, at=601))
    causes = [each.candidate.cause for each in rank_causes(a_situation((file, findings)))]
    assert [(each.service, each.fault) for each in causes] == [("orders", "out_of_memory")]


def test_the_scheme_of_an_address_calls_nobody() -> None:
    line = 'connecting to upstream, request: "GET /a", upstream: "http://10.0.0.7:8095/a"'
    assert called_in(line) == set()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("label not ready within 4s", {"label"}),
        ("stock is unavailable, using the last known", {"stock"}),
        ("gave up on seat-map after 3 tries", {"seat-map"}),
        ("no answer from rates", {"rates"}),
        ("TimeoutException: no reply on claims.triage within 4000ms", {"triage"}),
        ("everything is ready", set()),
    ],
)
def test_whom_a_line_waited_for(text: str, names: set[str]) -> None:
    assert awaited_in(text) == names


@pytest.mark.parametrize(
    ("text", "is_sent"),
    [
        ("could not render, returned to queue: app_id=partner-import", True),
        ('{"msg":"refused","client":"partner-import-batch"}', True),
        ("call to partner-import failed", False),
        ("refused client=other job=partner-import", False),
    ],
)
def test_who_sent_what_a_line_is_about(text: str, *, is_sent: bool) -> None:
    assert is_sent_by(text, "partner-import") is is_sent


REQUEST = '10.0.0.9 - - [02/Mar/2026:09:10:00 +0000] "GET /cart HTTP/1.1" 503 33 "Mozilla"'


@pytest.mark.parametrize(
    ("lines", "is_proxy"),
    [
        ([LogLines(text=REQUEST)], True),
        (
            [
                LogLines(text=REQUEST, count=90),
                LogLines(text="resuming", count=1, level=Level.INFO),
            ],
            True,
        ),
        ([LogLines(text=REQUEST), LogLines(text="cannot read cart: KeyError")], False),
        ([LogLines(text=REQUEST), LogLines(text="cart 7 read", level=Level.INFO)], False),
    ],
)
def test_a_log_of_requests_alone_is_of_who_passes_them_on(
    lines: list[LogLines], *, is_proxy: bool
) -> None:
    known = a_situation(a_log("front", *lines), a_log("orders", LogLines(text="started orders")))
    assert ServiceDirectory(known).is_proxy("front") is is_proxy
    alone = a_situation(a_log("front", *lines))
    assert not ServiceDirectory(alone).is_proxy("front")


@pytest.mark.parametrize(
    ("text", "is_for"),
    [
        ("Orders$PricingException: no member total_cents", True),
        ("\tat com.acme.PriceListClient.read(PriceListClient.java:8)", False),
        ("\tat com.acme.PricingClient.read(PricingClient.java:8)", True),
        ("\tat com.acme.RepricingClient.read(RepricingClient.java:8)", False),
    ],
)
def test_whom_the_code_in_a_trace_asks(text: str, *, is_for: bool) -> None:
    assert is_code_for(text, "pricing") is is_for


@pytest.mark.parametrize("text", ["orders-2.14.0 deployed", "chart orders-v3.1", "orders: 2.13"])
def test_a_name_with_its_version_is_that_name(text: str) -> None:
    assert mentions(text, "orders")
    assert not mentions(text.replace("orders", "orders-api"), "orders")


@pytest.mark.parametrize(
    "text",
    [
        "rollout ns=prod deploy/orders revision=143",
        "deployment.apps/orders image updated",
        "image=registry.acme.test/orders:3.8.0 was=3.7.4",
        "upgrade acme-orders:all 8.2.0 8.3.0",
        "installed acme-orders-2.1.0",
    ],
)
def test_a_service_is_named_by_what_runs_it_and_by_its_package(text: str) -> None:
    assert mentions(text, "orders")
    assert not mentions(text.replace("orders", "orders-api"), "orders")


@pytest.mark.parametrize("text", ["GET /orders", "/srv/orders/app.log", "my-orders", "a/orders/b"])
def test_a_path_names_no_service(text: str) -> None:
    assert not mentions(text, "orders")


@pytest.mark.parametrize(
    ("text", "is_key"),
    [
        ('"endpoint": "/v1/kv/orders/limits/rps"', True),
        ("etcdctl put /config/orders/timeout_ms 200", True),
        ("orders/limits", True),
        ('nomad_job.orders: "DB_POOL_MAX" = "10" -> "1"', True),
        ("my-orders/limits", False),
        ("/kv/orders-db/limits", False),
    ],
)
def test_a_key_of_a_setting_names_its_service(text: str, *, is_key: bool) -> None:
    assert names_key_of(text, "orders") is is_key


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("no response from https://acquirer.example within 6000ms", {"acquirer.example"}),
        ("GET https://rates.bank.test/v2/rates timed out after 3 s", {"rates.bank.test"}),
        ("for help see https://docs.vendor.test/errors", set()),
        ("answer from http://orders:8080 was empty", set()),
        (
            "collect failed acct=443 host=collect.giro.example:8443: timeout of 5000ms exceeded",
            {"collect.giro.example"},
        ),
        ("fetch failed host=stock.shop.internal:8443: timeout", set()),
        ("loaded host=main.py line=12", set()),
    ],
)
def test_a_partner_is_asked_at_its_address(text: str, hosts: set[str]) -> None:
    assert partners_in(text) == hosts


def test_a_partner_that_answers_late_is_the_cause_though_only_its_caller_tells_of_it() -> None:
    line = 'charge failed: "no response from https://acquirer.example within 6000ms"'
    payments = a_log("payments", LogLines(text=line, at=600, count=90))
    situation = with_calls_told(a_situation(payments, alert="payments", alert_at=640))
    assert situation.calls_told == (("payments", "acquirer.example"),)
    assert decide(situation).hypotheses[0].cause.service == "acquirer.example"


def test_an_address_within_the_house_is_of_the_service_that_it_begins_with() -> None:
    line = 'request failed err="GET http://stock.shop.internal:8082/items -> 429"'
    shop, stock = a_log("shop", LogLines(text=line, count=9)), a_log("stock", LogLines(text="up"))
    situation = one_name_each(a_situation(shop, stock))
    assert with_calls_told(situation).calls_told == (("shop", "stock"),)
    timed_out = "GET http://stock.shop.internal:8082/items timed out after 3 s"
    assert ServiceDirectory(situation).complained_of(timed_out, by="shop") == "stock"


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [
        ("now.update dropped: starts_ms must be an integer, got undefined", True),
        ("cannot decode message 71: unknown field starts_at", True),
        ("validation failed for order 12", True),
        ("expected number, got string", True),
        ("order 12 was expected at noon", False),
        ("connection to db failed", False),
    ],
)
def test_a_line_may_refuse_what_somebody_sent(text: str, *, is_refused: bool) -> None:
    assert refuses_data(text) is is_refused


def test_of_two_that_are_called_so_the_one_whose_log_says_it_is_meant() -> None:
    refused = LogLines(text="OOM command not allowed when used memory > 'maxmemory'.")
    opened = LogLines(text="53:M 04 Mar 2026 10:15:00.553 * Ready to accept connections", at=0)
    notes = LogLines(text="dana looked at it", level=Level.INFO)
    directory = ServiceDirectory(
        a_situation(
            a_log("ident", refused),
            a_log("cache1_redis-server", opened),
            a_log("shop-cache1", notes),
        )
    )
    (seen,) = (each for each in sightings(directory.situation) if each.seen_by == "ident")
    assert directory.blamed(seen) == "cache1_redis-server"
