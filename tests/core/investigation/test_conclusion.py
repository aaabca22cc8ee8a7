"""What is believed after a turn, with the lines that carry it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.cases.investigation_state import InvestigationState, SolutionState, without_file
from core.cases.model import HypothesisState, Trust
from core.evidence.model import FindingKind, Level
from core.evidence.signatures import match
from core.investigation.decision import Situation, Verdict
from core.investigation.reasoner import decide
from core.investigation.verdict.conclusion import draw_conclusion, says_something_new
from tests.core.investigation.causes.sample_system import BEGIN, ONSET, System
from tests.core.investigation.causes.sample_system import situation as measured
from tests.core.investigation.causes.test_broken_by_change import changes
from tests.core.investigation.sample_situations import (
    T0,
    LogLines,
    a_log,
    a_situation,
    incident,
)
from tests.core.investigation.sample_views import (
    a_citation,
    a_decision,
    a_hypothesis,
    a_solution,
    minutes,
)

RECORDINGS = Path(__file__).parents[2] / "recordings"


def test_with_nothing_known_it_admits_so_and_says_what_to_bring() -> None:
    drawn = draw_conclusion(InvestigationState(), a_decision(), at=minutes(1))
    assert drawn.conclusion.text.startswith("No root cause yet")
    assert drawn.confidence is Trust.LOW
    assert drawn.supporting == ()
    assert [text.text for text in drawn.next_steps] == ["Bring the log of the database"]


def test_a_leader_is_no_root_cause() -> None:
    drawn = draw_conclusion(
        InvestigationState(), a_decision(a_hypothesis(confidence=0.97)), at=minutes(1)
    )
    assert drawn.conclusion.text == "No root cause yet. Most likely: Pool exhausted 1, 97 %"
    assert drawn.confidence is Trust.MEDIUM


def test_trust_is_high_only_where_a_root_cause_may_be_said() -> None:
    drawn = draw_conclusion(
        InvestigationState(), a_decision(a_hypothesis(), is_certain=True), at=minutes(1)
    )
    assert (drawn.conclusion.text, drawn.confidence) == (
        "Root cause: Pool exhausted 1, 90 %",
        Trust.HIGH,
    )


def test_what_was_rejected_is_not_believed() -> None:
    gone = a_hypothesis(state=HypothesisState.REJECTED)
    assert (
        draw_conclusion(InvestigationState(), a_decision(gone), at=minutes(1)).confidence
        is Trust.LOW
    )


def test_a_line_that_does_not_resolve_supports_nothing() -> None:
    struck, good = a_citation(line=1, resolves=False), a_citation(line=2)
    leader = a_hypothesis(supporting=(struck, good))
    drawn = draw_conclusion(InvestigationState(), a_decision(leader), at=minutes(1))
    assert drawn.supporting == (good,)


def test_the_fix_that_waits_comes_first() -> None:
    investigation = InvestigationState(solutions=(a_solution(),))
    decision = a_decision(a_hypothesis(), is_certain=True)
    steps = draw_conclusion(investigation, decision, at=minutes(1)).next_steps
    assert steps[0].text == "set the pool to 40"
    done = InvestigationState(solutions=(a_solution(SolutionState.CONFIRMED),))
    steps = draw_conclusion(done, decision, at=minutes(1)).next_steps
    assert steps[0].text == "See whether it helped: the alert ends"


def test_a_conclusion_of_an_older_version_learns_whom_it_is_about() -> None:
    drawn = draw_conclusion(InvestigationState(), a_decision(a_hypothesis()), at=minutes(1))
    assert says_something_new(drawn, replace(drawn, about=None))


def test_only_a_new_belief_is_worth_recording() -> None:
    drawn = draw_conclusion(InvestigationState(), a_decision(a_hypothesis()), at=minutes(1))
    assert says_something_new(drawn, None)
    assert not says_something_new(replace(drawn, updated_at=minutes(9)), drawn)
    surer = draw_conclusion(
        InvestigationState(), a_decision(a_hypothesis(confidence=0.5)), at=minutes(1)
    )
    assert says_something_new(surer, drawn)


@pytest.mark.parametrize(
    ("name", "suffers"),
    [
        ("cinema-seats", "ticket-gateway: 19.7 % of requests fail since 17:53:58 UTC, 0 % before"),
        ("library-loans", "desk-api: 18.3 % of requests fail since 17:54:11 UTC, 0 % before"),
        ("meter-quotes", "portal: p95 150 ms → 2.7 s since 17:54:22 UTC"),
        ("parcel-scans", "scan-ingest: 100 % of requests fail since 08:18:47 UTC, 0 % before"),
    ],
)
def test_impact_says_who_suffers_how_much_and_since_when(name: str, suffers: str) -> None:
    line = decide(incident(RECORDINGS / name)).impact
    assert line is not None
    assert line.why.text.startswith(suffers)
    assert line.locus is not None
    assert line.locus.file == "metrics.json"


@pytest.mark.parametrize(
    ("name", "changed", "text"),
    [
        ("cinema-seats", "17:53:57 UTC, 1 s", "deploy service=seating version=3.4.0"),
        ("library-loans", "17:53:52 UTC, 19 s", "deploy service=loans-api version=8.3.0"),
    ],
)
def test_trigger_is_the_change_that_set_it_off(name: str, changed: str, text: str) -> None:
    line = decide(incident(RECORDINGS / name)).trigger
    assert line is not None
    assert line.why.text == f"{changed} before it hurt"
    assert text in line.text.text
    assert line.locus is not None
    assert line.locus.file.startswith("deploys")


def test_impact_is_read_from_logs_where_nothing_is_measured() -> None:
    failing = LogLines(text="ERROR payment refused by ledger", at=600, count=40, lasting=200)
    quiet = a_log("search", LogLines(text="INFO served", count=40, level=Level.INFO))
    decision = decide(a_situation(a_log("checkout", failing), quiet, alert="checkout"))
    assert decision.impact is not None
    since = f"{T0 + timedelta(seconds=600):%H:%M:%S} UTC"
    assert decision.impact.why.text == f"checkout: errors in its log since {since}, none before"
    assert decision.trigger is None


def test_nobody_suffers_where_nothing_shows_it() -> None:
    decision = decide(
        a_situation(a_log("search", LogLines(text="INFO served", level=Level.INFO)), alert="search")
    )
    assert decision.impact is None


def test_news_of_who_suffers_is_new_and_goes_with_its_file() -> None:
    suffered = a_citation("checkout: 5xx 8 %")
    decision = a_decision(a_hypothesis())
    before = draw_conclusion(InvestigationState(), decision, at=minutes(1))
    after = draw_conclusion(InvestigationState(), replace(decision, impact=suffered), at=minutes(1))
    assert says_something_new(after, before)
    assert suffered in after.lines
    assert suffered.locus is not None
    state = without_file(InvestigationState(conclusion=after), suffered.locus.file)
    assert state.conclusion is not None
    assert state.conclusion.impact is None


BUSY = System(changed={("menu", "requests_per_s"): 2.5, ("menu", "latency_p95_ms"): 1.9})


def test_where_nobody_suffers_it_says_so_and_accuses_nobody() -> None:
    """More requests, and answers that take 76 ms in place of 40."""
    busy = measured(BUSY)
    decision = decide(busy)
    assert decision.verdict is Verdict.NO_IMPACT_FOUND
    drawn = draw_conclusion(InvestigationState(), decision, at=busy.at)
    assert drawn.harmless
    assert drawn.conclusion.text == (
        "No impact found: errors and times to answer of 5 services stay as they were,"
        " 09:00:00 UTC to 09:39:00 UTC"
    )
    assert decision.impact is not None
    assert decision.impact.locus is None, "no line says so"


@pytest.mark.parametrize(
    "changed",
    [{("menu", "latency_p95_ms"): 9.0}, {("kiosk", "error_ratio"): 6.0}],
    ids=["360 ms in place of 40", "6 % fail in place of 1"],
)
def test_what_is_felt_is_an_impact(changed: dict[tuple[str, str], float]) -> None:
    decision = decide(measured(System(changed=changed)))
    assert decision.verdict is not Verdict.NO_IMPACT_FOUND
    assert decision.impact is not None


def _noisy(service: str, situation: Situation) -> Situation:
    """The situation with a log of the service, full of errors since the onset."""
    file, findings = a_log(service, LogLines(text="cannot read the fare table", count=40))
    line = replace(findings[0], first=ONSET, last=ONSET + timedelta(minutes=1))
    file = replace(file, first=BEGIN, last=ONSET + timedelta(minutes=2))
    return replace(
        situation,
        files=(*situation.files, file),
        findings={**situation.findings, file.id: (line,)},
    )


def test_new_errors_in_a_log_may_be_the_first_of_something() -> None:
    assert decide(_noisy("kiosk", measured(BUSY))).verdict is not Verdict.NO_IMPACT_FOUND


@pytest.mark.parametrize(("seconds", "is_harmless"), [(2, True), (40, False)])
def test_what_failed_for_seconds_a_while_before_the_alert_is_no_impact(
    seconds: int, *, is_harmless: bool
) -> None:
    """As when a service was restarted, which nobody is alerted of."""
    noisy = _noisy("kiosk", measured(BUSY))
    (line,) = noisy.findings[noisy.files[-1].id]
    began = ONSET - timedelta(minutes=2)
    brief = replace(line, first=began, last=began + timedelta(seconds=seconds))
    situation = replace(noisy, findings={**noisy.findings, noisy.files[-1].id: (brief,)})
    decision = decide(situation)
    assert (decision.verdict is Verdict.NO_IMPACT_FOUND) is is_harmless
    drawn = draw_conclusion(InvestigationState(), decision, at=minutes(1))
    assert "callers" not in drawn.conclusion.text, "nobody calls it"


def test_work_that_stops_is_an_impact_though_no_request_fails() -> None:
    """The alert is about the very service whose log tells why."""
    again = LogLines(
        text="entry 17 (lot 4) not sent, will retry: IndexError: list index out of range",
        level=Level.WARNING,
        count=60,
    )
    file, (line,) = a_log("mailer", again)
    line = replace(line, first=ONSET, last=ONSET + timedelta(minutes=2))
    file = replace(file, first=BEGIN, last=ONSET + timedelta(minutes=2))
    for alerted, is_harmless in (("mailer", False), ("kiosk", True)):
        busy = measured(replace(BUSY, alerted=alerted))
        situation = replace(
            busy, files=(*busy.files, file), findings={**busy.findings, file.id: (line,)}
        )
        decision = decide(situation)
        assert (decision.verdict is Verdict.NO_IMPACT_FOUND) is is_harmless


def test_what_callers_make_up_for_is_no_impact_and_said_so() -> None:
    """`kiosk` calls `orders`, is measured, and does not fail more than before."""
    decision = decide(_noisy("orders", measured(BUSY)))
    assert decision.verdict is Verdict.NO_IMPACT_FOUND
    drawn = draw_conclusion(InvestigationState(), decision, at=minutes(1))
    expected = (
        "No impact found: orders is in trouble since 09:30:00 UTC, its callers are well: kiosk"
    )
    assert drawn.conclusion.text == expected


def test_who_complains_beside_what_the_alerts_are_about_is_no_impact_of_theirs() -> None:
    """`clock` calls `tower`; nobody of the two calls `kiosk`, nor is called by what it calls."""
    busy = measured(BUSY)
    beside = replace(_noisy("clock", busy), calls=(*busy.calls, ("clock", "tower")))
    assert decide(beside).verdict is Verdict.NO_IMPACT_FOUND
    near = replace(beside, calls=(*beside.calls, ("clock", "kiosk")))
    assert decide(near).verdict is not Verdict.NO_IMPACT_FOUND


def test_what_is_watched_and_fails_is_felt_though_its_callers_are_well() -> None:
    failing = {("orders", "error_ratio"): 60.0, **BUSY.changed}
    watched = measured(replace(BUSY, changed=failing, alerted="orders"))
    assert decide(watched).verdict is not Verdict.NO_IMPACT_FOUND


def test_failures_that_a_caller_tells_of_are_felt() -> None:
    noisy = _noisy("orders", measured(BUSY))
    file, findings = a_log("kiosk", LogLines(text="orders answered 500", count=40))
    line = replace(findings[0], first=ONSET, last=ONSET + timedelta(minutes=1))
    file = replace(file, first=BEGIN, last=ONSET + timedelta(minutes=2))
    complaining = replace(
        noisy, files=(*noisy.files, file), findings={**noisy.findings, file.id: (line,)}
    )
    assert decide(complaining).verdict is not Verdict.NO_IMPACT_FOUND


def test_without_measurements_it_is_not_known_that_nobody_suffers() -> None:
    log = a_log("orders", LogLines(text="GET /orders 200", level=Level.INFO, count=400))
    assert decide(a_situation(log, alert="orders")).verdict is Verdict.NO_ROOT_CAUSE_YET


def test_requests_that_are_refused_are_felt_though_callers_are_well() -> None:
    busy = measured(BUSY)
    refused = LogLines(text="token rejected: not yet valid", count=40, level=Level.WARNING)
    file, findings = a_log("orders", refused)
    line = replace(findings[0], first=ONSET, last=ONSET + timedelta(minutes=1))
    file = replace(file, first=BEGIN, last=ONSET + timedelta(minutes=2))
    known = replace(busy, files=(*busy.files, file), findings={**busy.findings, file.id: (line,)})
    assert decide(known).verdict is not Verdict.NO_IMPACT_FOUND


@pytest.mark.parametrize(
    "record",
    [
        pytest.param("CHG-7 config target=orders: db.pool.max 6 -> 1", id="says from what to what"),
        pytest.param("CHG-7 config target=orders by=dana", id="is a record"),
    ],
)
def test_of_lines_of_one_moment_the_one_that_tells_most_is_the_trigger(record: str) -> None:
    pool = LogLines(text="connection pool exhausted", at=600)
    own = LogLines(text="configuration reloaded", at=595, lasting=0, count=1, level=Level.INFO)
    file, findings = a_log("orders", pool, own)
    signals = match(own.text, own.level)
    reload = replace(findings[1], kind=FindingKind.CHANGE, signals=signals)
    decision = decide(
        a_situation(
            (file, (findings[0], reload)),
            changes((595.5, record)),
            calls=[("shop", "orders")],
            alert="shop",
        )
    )
    assert decision.trigger is not None
    assert record in decision.trigger.text.text
