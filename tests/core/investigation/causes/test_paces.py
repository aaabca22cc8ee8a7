from __future__ import annotations

from datetime import timedelta

import pytest

from core.cases.model import EvidenceKind
from core.investigation.causes.metric_features import MetricFeature
from core.investigation.causes.shifts import paces
from tests.core.investigation.causes.sample_system import ONSET, System, situation

FAR = situation(System(lost={"ledger": 400.0}), "spans")


@pytest.mark.parametrize("minutes", [-3, 0, 5])
def test_time_lost_on_the_way_to_a_service_is_seen_from_both_sides(minutes: int) -> None:
    measures = paces(FAR, ONSET + timedelta(minutes=minutes))
    asked = measures["ledger"][MetricFeature.ASKED]
    assert asked.strength > 3
    assert asked.change == pytest.approx(400, rel=0.05)
    assert MetricFeature.ASKING in measures["orders"]
    assert MetricFeature.ASKED not in measures["stock"]


def test_it_is_shown_by_one_span() -> None:
    shown = paces(FAR, ONSET)["ledger"][MetricFeature.ASKED].shown
    assert shown.kind is EvidenceKind.TRACE
    assert shown.locus.span == "c3"
    assert shown.first is not None
    assert abs(shown.first - ONSET) <= timedelta(minutes=1)
    assert shown.text.text.startswith("401 ms lost between orders and it in span c3; 401 ms")


def test_far_from_the_onset_nothing_is_lost() -> None:
    assert MetricFeature.ASKED not in paces(FAR, ONSET - timedelta(minutes=25)).get("ledger", {})
