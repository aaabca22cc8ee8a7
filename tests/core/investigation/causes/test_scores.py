"""The cause that is ranked first, and what moves its score."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from time import process_time
from typing import TYPE_CHECKING

import pytest

from core.cases.model import EvidenceKind
from core.evidence.model import Level
from core.investigation.causes.scored_cause import PRIOR, statement
from core.investigation.causes.scores import rank_causes
from core.investigation.reasoner import decide
from tests.core.investigation.causes.sample_system import CALLS, ONSET, USUAL, System, situation
from tests.core.investigation.causes.test_broken_by_change import changes
from tests.core.investigation.causes.test_service_directory import LOCK
from tests.core.investigation.sample_situations import LogLines, a_log, a_situation

if TYPE_CHECKING:
    from core.investigation.causes.scored_cause import ScoredCause

SLOW_STOCK = System(
    changed={
        ("stock", "latency_p95_ms"): 12.0,
        ("menu", "latency_p95_ms"): 9.0,
        ("orders", "latency_p95_ms"): 8.0,
        ("kiosk", "latency_p95_ms"): 8.0,
    }
)
BUSY_LEDGER = System(
    changed={
        ("ledger", "cpu_percent"): 4.5,
        ("ledger", "latency_p95_ms"): 6.0,
        ("orders", "latency_p95_ms"): 4.0,
        ("kiosk", "latency_p95_ms"): 4.0,
    }
)
FAILING_MENU = System(changed={("menu", "error_ratio"): 30.0, ("kiosk", "error_ratio"): 15.0})
FAR_LEDGER = System(lost={"ledger": 300.0}, changed={("kiosk", "latency_p95_ms"): 5.0})
TRAFFIC = System(
    changed={
        (service, what): 2.0
        for service in ("kiosk", "orders", "menu", "stock", "ledger")
        for what in ("cpu_percent", "requests_per_s")
    }
    | {("stock", "cpu_percent"): 4.8}
)
PLANTED = [
    (SLOW_STOCK, "stock", "slow_by_itself"),
    (BUSY_LEDGER, "ledger", "cpu_saturation"),
    (FAILING_MENU, "menu", "failing_by_itself"),
    (FAR_LEDGER, "ledger", "slow_network"),
    (TRAFFIC, "stock", "cpu_saturation"),
]


STORM = 1_200  # services, each slow and each complaining of the next
STORM_S = 5.0  # of CPU; it took a minute where each asked of all others anew


@pytest.mark.timeout(120)
def test_a_storm_of_services_is_ranked_soon() -> None:
    names = [f"node-{n}" for n in range(STORM)]
    refused = "connection refused by {}:8080"
    logs = [
        a_log(name, LogLines(text=refused.format(other), count=20))
        for name, other in pairwise(names[: STORM // 10])
    ]
    calls = [(names[n // 3], names[n]) for n in range(1, STORM)] + [("node-1", "node-0")]
    storm = a_situation(*logs, calls=calls, alert=names[0])
    began = process_time()
    ranked = rank_causes(storm)
    assert process_time() - began < STORM_S
    assert len(ranked) >= STORM // 20


def first(ranked: tuple[ScoredCause, ...]) -> tuple[str | None, str]:
    return ranked[0].candidate.cause.service, ranked[0].candidate.cause.fault


def of(ranked: tuple[ScoredCause, ...], service: str) -> ScoredCause | None:
    return next((cause for cause in ranked if cause.candidate.cause.service == service), None)


@pytest.mark.parametrize(("system", "service", "fault"), PLANTED)
def test_a_planted_fault_is_found_where_it_is(system: System, service: str, fault: str) -> None:
    assert first(rank_causes(situation(system))) == (service, fault)


@pytest.mark.parametrize("system", [system for system, *_ in PLANTED])
def test_names_change_nothing(system: System) -> None:
    names = {"kiosk": "zz", "orders": "b7", "menu": "q-1", "stock": "aa", "ledger": "m.m"}
    renamed = System(changed=system.changed, lost=system.lost, names=names)
    before, after = rank_causes(situation(system)), rank_causes(situation(renamed))
    order = [
        (names[str(cause.candidate.cause.service)], cause.candidate.cause.fault) for cause in before
    ]
    assert order == [
        (cause.candidate.cause.service, cause.candidate.cause.fault) for cause in after
    ]
    assert [cause.score for cause in before] == pytest.approx([cause.score for cause in after])


@pytest.mark.parametrize(("system", "service", "fault"), PLANTED)
@pytest.mark.parametrize("minutes", [-3, 6])
def test_an_alert_may_be_early_or_late(
    system: System, service: str, fault: str, minutes: int
) -> None:
    at = ONSET + timedelta(minutes=minutes)
    late = System(changed=system.changed, lost=system.lost, alert_at=at)
    assert first(rank_causes(situation(late))) == (service, fault)


@pytest.mark.parametrize(("system", "service", "fault"), PLANTED[:3])
def test_without_an_alert_the_files_say_when(system: System, service: str, fault: str) -> None:
    assert first(rank_causes(situation(System(changed=system.changed, alerted=None)))) == (
        service,
        fault,
    )


def test_nothing_stands_where_nothing_moved() -> None:
    assert all(cause.score < 0 for cause in rank_causes(situation(System())))


def test_what_moved_long_before_the_alert_is_not_it() -> None:
    later = System(changed=SLOW_STOCK.changed, alert_at=ONSET + timedelta(hours=5))
    assert all(cause.score < 0 for cause in rank_causes(situation(later)))


def test_callers_are_explained_by_what_they_call() -> None:
    ranked = rank_causes(situation(SLOW_STOCK))
    kiosk = of(ranked, "kiosk")
    against = [line for line in kiosk.citations if line.weight < 0] if kiosk else []
    assert any("what it calls shows the same" in line.why.text for line in against)


def test_every_line_says_what_sort_of_witness_it_is_and_where_it_stands() -> None:
    for system, *_ in PLANTED:
        for cause in rank_causes(situation(system)):
            for line in cause.citations:
                assert line.locus is not None
                if line.kind is EvidenceKind.METRIC:
                    assert line.locus.series
                    assert line.locus.first is not None
                if line.kind is EvidenceKind.TRACE:
                    assert line.locus.span


def test_a_score_is_what_its_lines_add_up_to() -> None:
    for cause in rank_causes(situation(BUSY_LEDGER)):
        assert cause.score == pytest.approx(PRIOR + sum(line.weight for line in cause.citations))


def test_a_statement_names_place_and_fault() -> None:
    statements = [
        statement(rank_causes(situation(system))[0].candidate).text for system, *_ in PLANTED
    ]
    assert statements == [
        "stock is slow by itself",
        "ledger uses up its CPU",
        "menu fails by itself",
        "The way to and from ledger is slow",
        "stock uses up its CPU",
    ]


def test_less_evidence_gives_a_lower_score() -> None:
    """Series by series: what the cause showed is taken away, the strongest last."""
    parts: list[dict[tuple[str, str], float]] = [
        {("ledger", "cpu_percent"): 4.5, ("ledger", "latency_p95_ms"): 6.0},
        {("ledger", "cpu_percent"): 4.5},
        {},
    ]
    ranked = [rank_causes(situation(System(changed=part))) for part in parts]
    causes = [of(causes, "ledger") for causes in ranked]
    scores = [cause.score if cause else PRIOR for cause in causes]
    assert all(more > less for more, less in pairwise(scores))


def test_what_contradicts_lowers_more_than_what_is_missing() -> None:
    """That a callee is as slow says more against a service than that its own CPU is calm."""
    own = {("orders", "latency_p95_ms"): 8.0, ("orders", "cpu_percent"): 2.0}
    whole = of(rank_causes(situation(System(changed=own))), "orders")
    missing = {("orders", "latency_p95_ms"): 8.0}
    less = of(rank_causes(situation(System(changed=missing))), "orders")
    callee = {**own, ("stock", "latency_p95_ms"): 12.0, ("stock", "cpu_percent"): 4.0}
    against = of(rank_causes(situation(System(changed=callee))), "orders")
    assert whole is not None
    assert less is not None
    assert against is not None
    assert whole.score > less.score > against.score


def test_a_full_queue_is_explained_by_whoever_is_waited_for() -> None:
    waiting = LogLines(
        text="QueuePool limit of size 5 overflow 0 reached, connection timed out", at=600
    )
    slow = LogLines(text="LOG:  duration: 9434.012 ms  statement: SELECT 1", at=600, count=40)
    calls = [("web", "orders"), ("orders", "orders-db")]
    situation = a_situation(a_log("orders", waiting), a_log("orders-db", slow), calls=calls)
    ranked = rank_causes(situation)
    by_service = {scored.candidate.cause.service: scored for scored in ranked}
    assert by_service["orders"].explained_by is by_service["orders-db"].candidate


def test_a_deadlock_is_the_work_of_whose_transactions_they_are() -> None:
    line = "svc_orders_api@shop/orders-api ERROR:  deadlock detected"
    calls = [("orders-api", "orders-db"), ("stock-api", "orders-db")]
    situation = a_situation(
        a_log("orders-db", LogLines(text=line, count=9)), a_log("stock-api"), calls=calls
    )
    assert rank_causes(situation)[0].candidate.cause.service == "orders-api"


def test_a_warning_that_was_there_before_anybody_suffered_explains_nothing() -> None:
    waited = "connection pool exhausted on the replica, used the cache"
    refused = LogLines(text="connect to menu:80 refused: Connection refused", at=600)
    failing = a_log("kiosk", refused)

    def ranked(warned_at: float) -> list[str]:
        early = LogLines(text=waited, at=warned_at, lasting=200, count=5, level=Level.WARNING)
        known = a_situation(a_log("menu", early), failing, calls=[("kiosk", "menu")], alert="kiosk")
        return [scored.candidate.cause.fault for scored in rank_causes(known)]

    assert ranked(598)[0] == "connection_pool_exhausted"
    assert ranked(480)[0] == "connection_refused"


def test_an_error_since_its_log_began_set_nothing_off_a_minute_later() -> None:
    unknown = 'FATAL:  role "admin" does not exist'
    failing = a_log("kiosk", LogLines(text="menu:80 refused: Connection refused", at=600))

    def is_held_against_it(failed_at: float) -> bool:
        early = LogLines(text=unknown, at=failed_at, lasting=300, count=9)
        known = a_situation(a_log("menu", early), failing, calls=[("kiosk", "menu")], alert="kiosk")
        menu = next(
            each for each in rank_causes(known) if each.candidate.cause.fault == "bad_configuration"
        )
        return any("was there before anybody" in line.why.text for line in menu.citations)

    assert (is_held_against_it(2), is_held_against_it(480)) == (True, False)


def test_what_was_over_before_anybody_suffered_set_nothing_off() -> None:
    """A restart of menu refuses connections for a moment, and a minute later stock is slow."""
    felt = LogLines(text="call to stock failed after 3.00s: timed out", at=600, count=60)
    calls = [("kiosk", "menu"), ("kiosk", "stock")]

    def is_held_against_it(refused_at: float) -> bool:
        blip = LogLines(
            text="call to menu failed: Connection refused", at=refused_at, lasting=4, count=70
        )
        known = a_situation(a_log("kiosk", blip, felt), calls=calls, alert="kiosk", alert_at=640)
        menu = next(each for each in rank_causes(known) if each.candidate.cause.service == "menu")
        return any("was over before anybody" in line.why.text for line in menu.citations)

    assert (is_held_against_it(500), is_held_against_it(598)) == (True, False)


def test_a_name_server_that_does_not_know_a_name_is_behind_who_asks_for_it() -> None:
    asks = a_log("shop", LogLines(text="getaddrinfo ENOTFOUND stock.firm.example", at=601))
    knows = a_log("dns-1", LogLines(text="dnsmasq[14]: config stock.firm.example is NXDOMAIN"))
    best = rank_causes(a_situation(asks, knows, alert="shop"))[0].candidate.cause
    assert (best.service, best.fault) == ("dns-1", "dns_name_unknown")


def test_a_process_that_ends_at_its_start_does_so_of_what_its_log_says() -> None:
    supervisor = a_log(
        "supervisord",
        LogLines(text="WARN exited: packer (exit status 1; not expected)", level=Level.WARNING),
    )
    queue = LogLines(text="ERROR message back in queue delivery_tag=7 redelivered=True")
    ranked = rank_causes(a_situation(supervisor, a_log("packer", queue), alert="packer"))
    causes = {each.candidate.cause.fault: each for each in ranked}
    assert causes["bad_deploy"].candidate.cause.service == "packer"
    explained = causes["bad_deploy"].explained_by
    assert explained is not None
    assert explained.cause.fault == "message_rejected"
    assert causes["message_rejected"].explained_by is None


def test_who_serves_nobody_breaks_nobodys_calls() -> None:
    def effects(service: str) -> list[str | None]:
        refused = a_log(service, LogLines(text="remote returned 429 Too Many Requests", at=598))
        failing = a_log("edge", LogLines(text="connect() failed (111: Connection refused)"))
        ranked = rank_causes(a_situation(refused, failing, alert="edge"))
        return [
            each.candidate.cause.service
            for each in ranked
            if each.explained_by is not None and each.explained_by.cause.service == service
        ]

    assert effects("calendar-sync") == []
    assert effects("shop-db") != []


def test_a_partner_that_nobody_measures_explains_the_figures_of_its_caller() -> None:
    complaint = "Z ERROR call to bank failed: quota of partner exceeded\n"
    system = System(
        changed={("ledger", "latency_p95_ms"): 8.0, ("ledger", "error_ratio"): 20.0},
        logs={"ledger": "".join(f"2026-03-02T09:{30 + n}:00{complaint}" for n in range(9))},
        alerted="ledger",
        calls=(*CALLS, ("ledger", "bank")),
    )
    best = rank_causes(situation(system))[0].candidate
    assert (best.cause.service, best.cause.fault) == ("bank", "failing_by_itself")


@pytest.mark.parametrize(("alert", "is_apart"), [("cart", True), ("visitors", False)])
def test_of_whom_no_topology_tells_nobody_knows_whom_it_depends_on(
    alert: str, *, is_apart: bool
) -> None:
    """An alert of a synthetic visitor is about all that it visits."""
    full = LogLines(text="could not write: No space left on device", count=9)
    logs = (a_log("orders-db", full), a_log("cart"), a_log("visitors"))
    calls = [("orders", "orders-db"), ("edge", "cart")]
    (best, *_) = rank_causes(a_situation(*logs, calls=calls, alert=alert))
    against = "the alerting service does not depend on it"
    assert (against in {line.why.text for line in best.citations}) is is_apart


def test_who_refuses_what_it_should_pass_on_is_behind_an_alert_of_whom_it_calls() -> None:
    refused = LogLines(text="client intended to send too large body: 4696 bytes", count=40)
    logs = (a_log("edge", refused), a_log("cart"))
    (best, *_) = rank_causes(a_situation(*logs, calls=[("edge", "cart")], alert="cart"))
    assert best.candidate.cause.service == "edge"
    assert "the alerting service does not depend on it" not in {
        line.why.text for line in best.citations
    }


def test_who_does_not_answer_fills_the_queue_of_who_waits_and_not_the_other_way() -> None:
    """The partner has neither a log nor a figure of its own."""
    moments = [(ONSET + timedelta(seconds=2 * n)).isoformat() for n in range(60)]
    lines = "".join(f"{at} ERROR call to paydesk timed out after 8 s\n" for at in moments)
    waiting = System(
        usual=USUAL | {"queue_length": 2.0},
        changed={
            ("orders", "queue_length"): 40.0,
            ("orders", "latency_p95_ms"): 30.0,
            ("kiosk", "latency_p95_ms"): 12.0,
        },
        logs={"orders": lines},
        calls=(*CALLS, ("orders", "paydesk")),
    )
    ranked = rank_causes(situation(waiting))
    assert first(ranked) == ("paydesk", "connection_timeout")
    queue = next(scored for scored in ranked if scored.candidate.cause.service == "orders")
    assert queue.explained_by is not None
    assert queue.explained_by.cause.service == "paydesk"


@pytest.mark.parametrize(("kind", "is_over"), [("log", True), ("alert", False)])
def test_what_a_model_doubts_is_not_over_by_that(kind: str, *, is_over: bool) -> None:
    best = rank_causes(situation(SLOW_STOCK))[0]
    against = replace(best.citations[0], weight=-3.0, kind=EvidenceKind(kind))
    assert replace(best, citations=(*best.citations, against)).healed is is_over


def test_who_lost_what_it_trusts_is_to_blame_and_not_the_partner_that_is_as_it_was() -> None:
    line = "call to acquirer failed: x509: certificate signed by unknown authority"
    log = a_log("payments", LogLines(text=line, at=600, count=90))
    untouched = a_situation(log, calls=[("shop", "payments")], alert="shop", alert_at=640)
    assert decide(untouched).hypotheses[0].cause.service == "acquirer"
    upgraded = "payments Upgrade: ca-certificates:all (20230311, 20260901)"
    file, (record,) = changes((585.0, upgraded))
    shop = LogLines(text="payments answered 500: certificate signed by unknown authority", at=601)
    situation = a_situation(
        log,
        a_log("shop", shop),
        (file, (replace(record, service="payments"),)),
        calls=[("shop", "payments")],
        alert="shop",
        alert_at=640,
    )
    assert decide(situation).hypotheses[0].cause.service == "payments"


def test_a_fault_by_name_goes_before_a_service_that_was_only_changed_a_while_before() -> None:
    waits = LogLines(text=LOCK, at=600, lasting=40, level=Level.INFO, count=12)
    fails = LogLines(text="INSERT into carts failed: canceled", at=604, count=40)
    calls = [("web", "shop"), ("shop", "orders-db")]
    earlier = changes((520.0, "deploying shop 2.1.0"), (560.0, "deploying mail 1.0.1"))
    situation = a_situation(
        a_log("orders-db", waits),
        a_log("shop", fails),
        earlier,
        calls=calls,
        alert="shop",
    )
    assert decide(situation).hypotheses[0].cause.fault == "database_lock_contention"


def test_who_was_released_last_sent_what_another_refuses() -> None:
    quiet = LogLines(text="update taken", at=100, lasting=500, level=Level.INFO, count=90)
    refused = LogLines(text="update dropped: starts_ms must be an integer, got undefined", at=603)
    released = changes((600.0, "deploying planner 1.14.0"))
    calls = [("planner", "nats"), ("player", "nats"), ("web", "player")]
    situation = a_situation(
        a_log("player", quiet, refused),
        released,
        calls=calls,
        alert="player",
        alert_at=640,
    )
    causes = [each.cause for each in decide(situation).hypotheses]
    assert ("planner", "broken_by_change") in [(cause.service, cause.fault) for cause in causes]
