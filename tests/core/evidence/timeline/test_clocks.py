"""What is stated of clocks survives as findings, and gives one time."""

from __future__ import annotations

from datetime import timedelta

from core.evidence.model import FindingKind
from core.evidence.timeline import ClockSkew, align_clocks, describe_skew, file_skews, skew_finding
from core.redaction.engine import Redactor

REDACTOR = Redactor(b"key")


def skew(name: str, other: str, seconds: float, *, is_zone: bool = False) -> ClockSkew:
    return ClockSkew(
        one=name,
        other=other,
        seconds=seconds,
        low=seconds - 0.5,
        high=seconds + 0.5,
        ids=12,
        is_bounded=False,
        is_zone=is_zone,
    )


def test_a_skew_is_a_finding_and_back() -> None:
    measured = skew("api.log", "web.log", 3.25)
    names = REDACTOR.clean("api.log"), REDACTOR.clean("web.log")
    finding = skew_finding(measured, one=names[0], other=names[1])
    assert finding.kind is FindingKind.SKEW
    assert finding.locus.file == "api.log"
    assert file_skews([finding]) == [measured]
    assert "api.log is likely ahead of that of web.log by 3.25 s" in finding.text.text


def test_a_zone_is_asked_about() -> None:
    measured = skew("api.log", "web.log", 3600.0, is_zone=True)
    text = describe_skew(measured, one=REDACTOR.clean("api.log"), other=REDACTOR.clean("web.log"))
    assert "a time zone?" in text.text


def test_differences_add_up_along_a_chain() -> None:
    clocks = align_clocks([skew("b", "a", 10), skew("c", "b", 5)])
    assert clocks.ahead == {"b": timedelta(seconds=10), "c": timedelta(seconds=15)}
    assert align_clocks([]).ahead == {}
