"""Who worked at the same requests, by the ids in their logs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.evidence.model import FindingKind, PlainFile
from core.evidence.pipeline import extract
from core.investigation.causes.broken_by_change import BROKEN_BY_CHANGE
from core.investigation.reasoner import decide
from core.investigation.shared_requests import pairs_at_one_request
from tests.core.investigation.sample_situations import REDACTOR, a_file, a_situation

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.model import EvidenceFile, Finding

pytestmark = pytest.mark.unit


def a_read_log(
    folder: Path, service: str, name: str, ids: range
) -> tuple[EvidenceFile, tuple[Finding, ...]]:
    path = folder / f"{service}.log"
    lines = (f"2026-03-02T09:00:{n:02d}Z INFO {service} served {name}={n:032x}\n" for n in ids)
    path.write_text("".join(lines))
    read = extract(PlainFile(path), name=path.name, service=service, redactor=REDACTOR)
    file = a_file(path.name, service, first=read.first, last=read.last, lines=read.lines)
    return replace(file, id=service), read.findings


@pytest.mark.parametrize("name", ["rid", "request_id", "trace_id", "xid"])
def test_logs_with_the_same_ids_are_of_the_same_requests(tmp_path: Path, name: str) -> None:
    logs = (
        a_read_log(tmp_path, "web", name, range(40)),
        a_read_log(tmp_path, "orders", name, range(20, 60)),
        a_read_log(tmp_path, "mail", name, range(38, 60)),  # two with web: perhaps by chance
    )
    pairs = pairs_at_one_request(a_situation(*logs))
    assert pairs == {frozenset({"web", "orders"}), frozenset({"orders", "mail"})}


def at(seconds: int) -> str:
    return f"2026-03-02T09:{seconds // 60:02d}:{seconds % 60:02d}Z"


def test_they_tell_whose_failure_a_change_explains_where_no_topology_does(tmp_path: Path) -> None:
    """A batch closes the day too soon: stock refuses, the shop fails at the same requests."""
    shop, stock = list[str](), list[str]()
    for second in range(0, 700, 5):
        request, is_late = f"request_id={second:032x}", second >= 600
        word = "WARN refused by close-day: hall closed" if is_late else "INFO hall is free"
        stock.append(f"{at(second)} {word} {request}\n")
        shop.append(f"{at(second)} {'ERROR no ticket' if is_late else 'INFO sold'} {request}\n")
    texts = {
        "shop": "".join(shop),
        "stock": "".join(stock),
        "jobs-1": "Mar  2 09:09:58 jobs-1 CRON[7]: (stock) CMD (/opt/jobs/close-day --halls A1)\n",
    }

    def read(
        service: str, *, without_ids: bool = False
    ) -> tuple[EvidenceFile, tuple[Finding, ...]]:
        path = tmp_path / f"{service}.log"
        path.write_text(texts[service])
        known = extract(PlainFile(path), name=path.name, service=service, redactor=REDACTOR)
        file = a_file(path.name, service, first=known.first, last=known.last, lines=known.lines)
        findings = known.findings
        if without_ids:
            findings = tuple(f for f in findings if f.kind is not FindingKind.IDENTIFIERS)
        return replace(file, id=service), findings

    def explains_the_shop(*, without_ids: bool) -> bool:
        logs = [read(service, without_ids=without_ids) for service in texts]
        hypotheses = decide(a_situation(*logs, alert="shop", alert_at=640)).hypotheses
        change = next(each for each in hypotheses if each.cause.fault == BROKEN_BY_CHANGE)
        return any("explains what fails at shop" in line.why.text for line in change.supporting)

    assert explains_the_shop(without_ids=False)
    assert not explains_the_shop(without_ids=True)
