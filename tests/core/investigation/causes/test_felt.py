"""What of a service's measurements whoever asks it would notice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.cases.model import EvidenceKind
from core.evidence.series.families import Family
from core.investigation.causes.metric_features import (
    Measure,
    MetricEvidence,
    MetricFeature,
    is_felt,
    refuses_itself,
)
from tests.core.investigation.causes.test_peer_levels import a_move
from tests.core.investigation.sample_situations import LogLines, a_log

if TYPE_CHECKING:
    from core.evidence.series.moves import SeriesMove


def a_measure(moved: SeriesMove) -> Measure:
    file, findings = a_log("mail", LogLines(text="queue_depth"))
    shown = MetricEvidence(
        text=findings[0].text,
        locus=findings[0].locus,
        kind=EvidenceKind.METRIC,
        finding=findings[0],
        file=file,
        first=None,
        last=None,
        moved=moved,
    )
    return Measure(strength=3.0, shown=shown)


def test_a_heap_is_felt_unless_it_was_worked_off() -> None:
    heap = a_move("mail", 417.0, family=Family.SATURATION, name="queue_depth")
    assert is_felt(MetricFeature.SATURATION, a_measure(heap))
    gone = replace(heap, is_worked_off=True)
    assert not is_felt(MetricFeature.SATURATION, a_measure(gone))


@pytest.mark.parametrize(
    ("name", "felt"),
    [
        ("haproxy_server_check_failures_total", False),
        ("envoy_cluster_health_check_failure", False),
        ("lb_server_up", False),
        ("checkout_failures_total", True),
        ("http_server_errors_total", True),
    ],
)
def test_who_checks_a_server_asks_for_nobody(name: str, felt: bool) -> None:  # noqa: FBT001
    failing = a_move("lb", 3.0, family=Family.ERRORS, name=name)
    assert is_felt(MetricFeature.ERRORS, a_measure(failing)) is felt


@pytest.mark.parametrize(("code", "is_own"), [(413, True), (414, True), (502, False), (429, False)])
def test_a_request_too_large_is_refused_by_whom_it_reaches_first(
    code: int, *, is_own: bool
) -> None:
    failing = a_move("edge", 3.0, family=Family.ERRORS, name="http_errors")
    failing = replace(failing, series=f'http_errors{{service="edge", code="{code}"}}')
    assert refuses_itself(a_measure(failing)) is is_own
