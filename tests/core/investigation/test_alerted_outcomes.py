"""What the alert counts as failed is suffered, though nothing in it looks like an error."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

import pytest

from core.cases.investigation_state import InvestigationState
from core.evidence.model import FindingKind, Level
from core.investigation.alerted_outcomes import tells_of_failures, with_alerted_outcomes
from core.investigation.decision import Situation, Verdict
from core.investigation.reasoner import decide
from core.investigation.verdict.conclusion import draw_conclusion
from tests.core.investigation.causes.sample_system import read_text
from tests.core.investigation.causes.test_broken_by_change import changes
from tests.core.investigation.sample_situations import (
    T0,
    LogLines,
    a_log,
    a_situation,
    an_alert,
)

if TYPE_CHECKING:
    from core.alerts.model import Occurrence

pytestmark = pytest.mark.unit

BAGS = 'sum(rate(bags_total{dest="manual"}[1m])) / sum(rate(bags_total[1m])) > 0.15'
BROKE = 120  # seconds after T0


def an_alert_by(expression: str, service: str | None = None) -> Occurrence:
    alert = an_alert(service or "x", T0 + timedelta(seconds=BROKE + 20))
    notes = {"graph": f"http://prometheus:9090/graph?g0.expr={quote_plus(expression)}&g0.tab=1"}
    return replace(alert, name="TooMany", service=service, labels={}, summary="", notes=notes)


def panel(*columns: str, before: tuple[float, ...], after: tuple[float, ...]) -> str:
    """A panel's export: a row each 5 s, from T0 for four minutes."""
    rows = [",".join(("Time", *(f'"{column}"' for column in columns)))]
    for second in range(0, 240, 5):
        wave = 0.02 * (second % 3)
        values = after if second >= BROKE else before
        at = (T0 + timedelta(seconds=second)).isoformat()
        rows.append(",".join((at, *(f"{value + wave * (value > 0):.3f}" for value in values))))
    return "\n".join(rows) + "\n"


def with_panel(text: str, *alerts: Occurrence) -> Situation:
    log = a_log("sorter", LogLines(text="bag routed", count=40, level=Level.INFO), minutes=4)
    return replace(a_situation(log, read_text("grafana.csv", text)), occurrences=alerts)


PANEL = panel("bags {dest=chute}", "bags {dest=manual}", before=(3.0, 0.0), after=(1.5, 1.5))


def test_a_series_that_the_alert_counts_is_a_failure_of_whom_it_is_about() -> None:
    decision = decide(with_panel(PANEL, an_alert_by(BAGS, "sorter")))
    assert decision.impact is not None
    assert decision.impact.why.text.startswith("sorter: errors 0 → 1.5")
    assert decision.verdict is not Verdict.NO_IMPACT_FOUND


def test_a_column_may_spell_the_outcome() -> None:
    text = panel("approved", "rc 88", before=(3.0, 0.0), after=(1.5, 1.5))
    rule = BAGS.replace('dest="manual"', 'rc!~"00|51"')
    decision = decide(with_panel(text, an_alert_by(rule, "sorter")))
    assert decision.impact is not None
    assert decision.impact.text.text.startswith("rc 88: 0 → 1.5")


def test_other_parts_of_the_whole_and_other_alerts_make_no_failure() -> None:
    for rule in (BAGS.replace("manual", "belt"), BAGS.replace("> 0.15", "> 0.001")):
        decision = decide(with_panel(PANEL, an_alert_by(rule, "sorter")))
        assert decision.impact is None or "as the alert counts" in decision.impact.why.text


def test_a_series_with_a_place_stays_where_it_was_measured() -> None:
    text = PANEL.replace("dest=", "instance=belt-7:90,dest=")
    decision = decide(with_panel(text, an_alert_by(BAGS, "sorter")))
    assert decision.impact is not None
    assert not decision.impact.why.text.startswith("sorter")


def test_where_nothing_else_shows_it_the_alert_itself_does() -> None:
    log = a_log("sorter", LogLines(text="bag routed", count=40, level=Level.INFO), minutes=4)
    seen = replace(a_situation(log), occurrences=(an_alert_by(BAGS, "sorter"),))
    decision = decide(seen)
    assert decision.impact is not None
    assert decision.impact.why.text == (
        "more than 15 % of what the alert watches fails since 09:02:20 UTC, as the alert counts it"
    )
    queue = replace(seen, occurrences=(an_alert_by("queue_length > 100", "sorter"),))
    assert decide(queue).impact is None


def test_nothing_is_lost_of_the_moves_that_are_told_anew() -> None:
    file, findings = read_text("grafana.csv", PANEL)
    (stored,) = (each for each in findings if each.kind is FindingKind.MOVES)
    seen = with_alerted_outcomes(with_panel(PANEL, an_alert_by(BAGS, "sorter")))
    parts = [each for each in seen.findings[file.id] if each.kind is FindingKind.MOVES]
    assert {each.service for each in parts} == {stored.service, "sorter"}
    moves = [move[0] for each in parts for move in json.loads(str(each.data["moves"]))]
    assert sorted(moves) == sorted(move[0] for move in json.loads(str(stored.data["moves"])))


def test_the_last_change_before_it_is_told_though_nothing_ties_it() -> None:
    failing = LogLines(text="payment refused by ledger", at=600, count=40, lasting=200)
    decision = decide(
        a_situation(
            a_log("checkout", failing),
            changes((585.0, "catalog 2.13.4 -> 2.13.5 by dana"), (100.0, "web 1.0.1 -> 1.0.2")),
            alert="checkout",
        )
    )
    assert decision.trigger is None  # nothing is taken back for it
    assert decision.nearby is not None
    assert decision.nearby.why.text == (
        "none seen; nearest change, not tied to the cause, 09:09:45 UTC"
    )
    drawn = draw_conclusion(InvestigationState(), decision, at=T0)
    assert drawn.trigger == decision.nearby


@pytest.mark.parametrize(
    ("name", "summary", "fails"),
    [
        ("GateOpenSlow", "p95 above 2 s", False),
        ("GateOpenFailures", "0.4 a second", True),
        ("GatesTooQuiet", "Gates stay closed", True),
        ("DownloadTime", "takes long", False),
    ],
)
def test_an_alert_says_in_words_that_work_fails(name: str, summary: str, *, fails: bool) -> None:
    alert = replace(an_alert("gates", T0), name=name, summary=summary)
    assert tells_of_failures(Situation(at=T0, findings={}, occurrences=(alert,))) is fails
