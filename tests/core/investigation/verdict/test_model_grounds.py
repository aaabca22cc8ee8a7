"""When what a model cites accuses somebody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.cases.model import Citation
from core.cases.opinion import OpinedCause
from core.evidence.model import Level, PlainFile
from core.evidence.pipeline import extract
from core.investigation.verdict.model_grounds import _surely_by, tells_why
from core.redaction.engine import Redactor
from tests.core.investigation.sample_situations import T0, LogLines, a_file, a_log, a_situation

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("early", "later"), [(1, timedelta(minutes=4, seconds=59)), (20, timedelta(seconds=5))]
)
def test_a_few_lines_well_before_the_rest_do_not_say_when_it_began(
    early: int, later: timedelta
) -> None:
    _, (finding,) = a_log("shop", LogLines(text="connection refused", at=5, count=100))
    minute = int(T0.timestamp()) // 60
    known = replace(finding, buckets={minute: early, minute + 4: 100 - early})
    assert _surely_by(known) == T0 + later


POOL_FULL = "[pool till] server reached pm.max_children setting (3), consider raising it"


@pytest.mark.parametrize(
    ("fault", "busy", "tells"),
    [
        pytest.param("workers_used_up", 3.0, True, id="what its log names, and is used up"),
        pytest.param("workers_used_up", 0.5, False, id="its workers are as idle as ever"),
        pytest.param("disk_full", 3.0, False, id="its log names something else"),
    ],
)
def test_its_own_word_of_long_before_counts_where_it_is_measured_to_be_so_now(
    tmp_path: Path, fault: str, busy: float, *, tells: bool
) -> None:
    rows = [(T0 + timedelta(seconds=10 * n), busy if n >= 60 else 0.5) for n in range(90)]
    series = "".join(f"{at.isoformat()},{value}\n" for at, value in rows)
    (tmp_path / "till.csv").write_text(f"time,phpfpm_listen_queue\n{series}")
    word = LogLines(text=POOL_FULL, at=60, level=Level.WARNING, count=1)
    errors = LogLines(text="GET /pay 504 upstream timed out", at=610, count=90)
    read = extract(
        PlainFile(tmp_path / "till.csv"), name="till.csv", service="till", redactor=Redactor(b"k")
    )
    figures = (
        a_file("till.csv", "till", first=rows[0][0], last=rows[-1][0], lines=91),
        read.findings,
    )
    of_till = a_log("till", word)
    logs = (of_till, a_log("edge", errors), figures)
    situation = a_situation(*logs, calls=[("edge", "till")], alert="edge")
    (finding,) = of_till[1]
    cited = Citation(text=finding.text, locus=finding.locus, weight=1.0, why=finding.text)
    cause = OpinedCause(
        service="till",
        fault=fault,
        statement=finding.text,
        probability=0.9,
        supporting=(cited,),
    )
    assert tells_why(cause, situation) is tells
