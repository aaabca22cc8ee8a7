from __future__ import annotations

import json
from typing import TYPE_CHECKING

from core.evidence.model import FindingKind
from core.evidence.series import moves
from core.evidence.series.families import Family
from core.evidence.series.moves import make_move_findings, read_families, read_moves
from core.redaction.engine import Redactor
from tests.core.evidence.series.sample_series import START, series

if TYPE_CHECKING:
    import pytest

    from core.evidence.model import Finding
    from core.evidence.series.model import Series

STEP = [5.0, 6.0, 5.5, 6.1, 5.2] * 5 + [60.0, 61.0, 62.0, 60.0]
STILL = [5.0, 6.0, 5.5, 6.1, 5.2] * 6


def told(*every: Series, service: str | None = None) -> list[Finding]:
    return make_move_findings(every, file="m.csv", service=service, redactor=Redactor(b"k" * 32))


def test_one_finding_a_service_in_the_order_of_the_file() -> None:
    findings = told(
        series(STEP, "latency_ms", service="web"),
        series(STILL, "cpu", service="db"),
        series(STILL, "cpu", service="web"),
    )
    assert [finding.service for finding in findings] == ["web", "db"]
    assert {finding.kind for finding in findings} == {FindingKind.MOVES}
    assert findings[0].text.text == "1 of 2 series moved at some time"
    assert read_families(findings[0].data) == {"latency": 1, "cpu": 1}


def test_a_move_is_read_as_it_was_told_with_its_lines() -> None:
    (finding,) = told(series(STEP, "latency_ms", service="web"))
    (moved,) = read_moves(finding.data)
    assert moved.family is Family.LATENCY
    assert moved.series == 'latency_ms{service="web"}'
    assert moved.at == START + 25 * 30
    assert moved.lines == (26, 28)
    assert moved.place == (250, 280)
    assert moved.is_worse


def test_a_rise_of_what_is_good_is_not_worse() -> None:
    (finding,) = told(series(STEP, "availability", service="web"))
    assert not read_moves(finding.data)[0].is_worse


def test_series_without_an_owner_are_of_the_file_s_service_or_of_nobody() -> None:
    assert [finding.service for finding in told(series(STEP, "cpu"), service="db")] == ["db"]
    assert told(series(STEP, "cpu")) == []


def test_the_busiest_series_of_traffic_tells_how_much_is_asked() -> None:
    (finding,) = told(series(STILL, "requests", service="web"), series(STEP, "cpu", service="web"))
    assert finding.data["traffic"] == 5.5
    assert told(series(STEP, "cpu", service="web"))[0].data["traffic"] is None


def test_there_is_room_for_so_many_moves_the_strongest_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(moves, "MAX_MOVES", 1)
    weak = [5.0, 6.0, 5.5, 6.1, 5.2] * 5 + [9.0, 9.1, 9.2, 9.0]
    findings = told(series(weak, "latency", service="web"), series(STEP, "latency", service="db"))
    assert [len(read_moves(finding.data)) for finding in findings] == [0, 1]


def test_names_are_redacted() -> None:
    secret = "AKIA" + "Q3EGRWT7XPLB2MZN"
    (finding,) = told(series(STEP, "latency", service="web", key=secret))
    assert secret not in json.dumps(dict(finding.data))


def test_what_is_no_such_finding_has_no_moves() -> None:
    assert read_moves({}) == []
    assert read_families({}) == {}
