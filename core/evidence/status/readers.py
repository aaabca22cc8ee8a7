"""Chooses the reader of a tool's report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.status.load_tests import read_load_test, read_load_test_json
from core.evidence.status.marks import StatusReport
from core.evidence.status.monit import read_monit
from core.evidence.status.start_ups import read_start_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from core.evidence.status.observations import StatusObservation

_READERS: dict[StatusReport, Callable[[Sequence[str]], Iterator[StatusObservation]]] = {
    StatusReport.START_UP: read_start_up,
    StatusReport.MONIT: read_monit,
    StatusReport.LOAD_TEST: read_load_test,
    StatusReport.LOAD_TEST_JSON: read_load_test_json,
}


def read_status_report(report: StatusReport, lines: Sequence[str]) -> Iterator[StatusObservation]:
    """What is wrong by the report, then a summary of it."""
    return _READERS[report](lines)
