"""A command and the line that says it was done are one change; two commands are two."""

from __future__ import annotations

from core.evidence.joined_changes import with_deeds
from core.evidence.model import Finding, FindingKind, Level, Locus
from core.text.redacted import redacted


def change(line: int, text: str, *signals: str) -> Finding:
    return Finding(
        kind=FindingKind.CHANGE,
        level=Level.INFO,
        text=redacted(text),
        locus=Locus(file="helm.log", line_start=line, line_end=line),
        signals=signals,
    )


UPGRADE = change(18, "+ helm upgrade feeds --set image.tag=8.5.0", "command_given")
DONE = change(19, 'Release "feeds" has been upgraded.', "deploy")


def test_a_command_reaches_to_the_line_that_says_it_was_done() -> None:
    (joined,) = with_deeds([UPGRADE, DONE])
    assert joined.locus.label == "helm.log:18-19"
    assert joined.text == UPGRADE.text
    assert joined.signals == ("command_given", "deploy")


def test_what_is_far_or_a_command_itself_stays_apart() -> None:
    far = change(40, 'Release "feeds" has been upgraded.', "deploy")
    another = change(19, "+ helm upgrade plays", "command_given")
    assert list(with_deeds([UPGRADE, far])) == [UPGRADE, far]
    assert list(with_deeds([UPGRADE, another])) == [UPGRADE, another]
    assert list(with_deeds([DONE, UPGRADE])) == [DONE, UPGRADE]
