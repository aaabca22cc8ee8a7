"""The report says everything the tables hold, each claim with its line, and lets no text act."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from core.cases.model import EvidenceKind, Prediction, PredictionOutcome
from core.cases.ports import Dossier
from core.conversation.reports.report import report_of
from core.conversation.reports.report_evidence import FINDINGS_SHOWN
from core.evidence.model import Finding, Locus
from core.text.redacted import RedactedText
from tests.examples import (
    API_LOG,
    BROKEN,
    BURST,
    BY_HAND,
    BY_ITSELF,
    CHANGE,
    CHATTER,
    CONFIRMED,
    DISK,
    FIRST_ERROR,
    KNOWN,
    NOW,
    OCCURRENCES,
    QUESTION,
    REDACTOR,
    RESOLVED,
)

SECTIONS = ["Summary", "Impact", "Timeline", "Evidence", "Hypotheses", "Solution", "Follow-ups"]
FULL = Dossier(
    view=KNOWN,
    occurrences=OCCURRENCES,
    files=(API_LOG, BROKEN),
    findings={API_LOG.id: (FIRST_ERROR, BURST, CHANGE, CHATTER)},
    questions=(QUESTION,),
)
EMPTY = Dossier(view=BY_HAND)


def report(dossier: Dossier) -> str:
    return report_of(dossier, now=NOW, redactor=REDACTOR).text


def section(text: str, title: str) -> str:
    return text.partition(f"## {title}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("dossier", [FULL, EMPTY], ids=["full", "empty"])
def test_it_has_its_six_sections_in_order_and_none_is_empty(dossier: Dossier) -> None:
    text = report(dossier)
    assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == SECTIONS
    assert all(section(text, title).strip() for title in SECTIONS)
    assert "\n\n\n" not in text


def test_it_is_four_pages_at_most_however_much_there_is() -> None:
    """Two hundred lines; what is left out is counted."""
    files = tuple(replace(API_LOG, id=f"file_{n}", number=n) for n in range(1, 80))
    moments = [
        replace(FIRST_ERROR, text=REDACTOR.clean(f"failure {n} " * 30), first=NOW, count=n)
        for n in range(40)
    ]
    leader = KNOWN.hypotheses[0]
    lines = tuple(
        replace(leader.supporting[0], text=REDACTOR.clean(f"line {n}")) for n in range(30)
    )
    hypotheses = tuple(
        replace(leader, number=n, rank=n, supporting=lines, contradicting=lines)
        for n in range(1, 12)
    )
    dossier = Dossier(
        view=replace(KNOWN, hypotheses=hypotheses),
        occurrences=OCCURRENCES,
        files=files,
        findings={file.id: tuple(moments) for file in files},
    )
    text = report(dossier)
    assert len(text.split("\n")) <= 200
    assert "more: `timeline`" in text
    assert "- Nothing unusual or not listed: e16, e17, " in text
    assert "- For: 27 more lines" in text


def test_claims_carry_their_lines() -> None:
    text = report(FULL)
    assert "Cause: `The connection pool of checkout is exhausted since deploy 2f9c`" in text
    assert "72 %, not confirmed (`api.log:8812`)" in text
    assert "(`db.log:4182-4190`)" in section(text, "Hypotheses")
    assert "(`api.log:8790`)" in section(text, "Timeline")
    for line in section(text, "Evidence").splitlines():
        if line.startswith(("  - `First error", "  - `Burst", "  - `Change", "  - `Line")):
            assert line.endswith("`)"), line


def test_a_hypothesis_without_a_line_is_marked() -> None:
    assert "For: no line, unsupported" in section(report(FULL), "Hypotheses")


def test_why_a_hypothesis_was_rejected() -> None:
    text = section(report(FULL), "Hypotheses")
    assert "### 3. `The disk of db is full` — rejected by `dana`" in text
    assert "Why rejected: `df shows 40 % free`" in text


def test_what_rejected_itself_says_what_it_made_expect() -> None:
    expected = Prediction(
        text=RedactedText.format("callers of db fail"),
        kind=EvidenceKind.METRIC,
        outcome=PredictionOutcome.FAILED,
    )
    rejected = replace(DISK, verdict_by=None, verdict_why=None, predictions=(expected,))
    text = report(replace(FULL, view=replace(KNOWN, hypotheses=(rejected,))))
    assert "Why rejected: expected and not seen: callers of db fail" in text


def test_the_solution_and_who_said_it() -> None:
    text = report(replace(FULL, view=RESOLVED))
    assert "`pool size back to 40, redeployed`, said by `dana`" in section(text, "Solution")
    assert "resolved after 11 min (2026-03-04 02:41:00 to 2026-03-04 02:52:00 UTC)" in text
    assert "Not recorded: every alert ended" in report(Dossier(view=BY_ITSELF))


def test_follow_ups_are_what_is_left_to_do() -> None:
    todo = section(report(FULL), "Follow-ups")
    assert "- [ ] Confirm or refute hypothesis 1: `compare pool_in_use" in todo
    assert "- [ ] 2 alerts are still firing" in todo
    assert "- [ ] Bring `trace.json` again" in todo
    assert "- [ ] Answer what was asked: `what was the first error?`" in todo
    done = replace(FULL, view=replace(CONFIRMED, case=RESOLVED.case), files=(), questions=())
    assert "None." in section(report(done), "Follow-ups")


def test_long_files_are_counted_not_listed() -> None:
    many = tuple(
        replace(
            FIRST_ERROR,
            text=RedactedText.format("line {n}", n=number),
            locus=Locus(file="api.log", line_start=number, line_end=number),
        )
        for number in range(1, FINDINGS_SHOWN + 6)
    )
    text = section(report(replace(FULL, findings={API_LOG.id: many})), "Evidence")
    assert "- and 5 findings not listed" in text


def test_text_from_outside_means_nothing_in_markdown() -> None:
    hostile = RedactedText.format(
        "`` </code> **x** [a](javascript:b)\n# not a heading ` @channel |"
    )
    finding: Finding = replace(FIRST_ERROR, text=hostile)
    case = replace(KNOWN.case, title=hostile, service="a`b", owner="*me*")
    text = report(replace(FULL, view=replace(KNOWN, case=case), findings={API_LOG.id: (finding,)}))
    assert not re.search(r"^# not a heading", text, flags=re.MULTILINE)
    outside = re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", text)
    for mark in ("**x**", "[a](", "</code>", "@channel", "*me*"):
        assert mark not in outside


def test_what_was_not_read_or_in_part_says_why() -> None:
    part = replace(API_LOG, problem=RedactedText.format("the rest is missing"))
    text = report(replace(FULL, files=(part, replace(BROKEN, blob=""))))
    assert "- Read in part: `the rest is missing`" in section(text, "Evidence")
    assert "- Not read: " in section(text, "Evidence")
    assert section(text, "Evidence").count("SHA-256") == 1
    assert section(text, "Follow-ups").count("again in a form that can be read") == 2
