"""Findings of what changed between two versions of a configuration file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from core.evidence.configuration.differences import Difference
from core.evidence.model import Finding, FindingKind, Level, Locus
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText
from core.text.sentences import sentences

say = sentences("evidence.configuration")

SIGNAL = "configuration_change"
_KEPT = Redactor(b"settings that were kept")  # they were redacted when they were stored
_MAX_SHOWN = 120  # characters of a value
_PATH, _OLD, _NEW, _WEIGHT = "path", "old", "new", "weight"


@dataclass(frozen=True, kw_only=True)
class ConfigurationChange:
    """A difference and the files it is between, by name. is_directed: whether `newer` is newer."""

    difference: Difference
    older: str
    newer: str
    is_directed: bool
    service: str | None = None


def change_finding(change: ConfigurationChange) -> Finding:
    """The change, at the line of the newer version. When it was made, no file says."""
    difference = change.difference
    subject = say("subject", name=_kept(change.service)) if change.service else RedactedText.EMPTY
    text = say(
        "changed" if change.is_directed else "differs",
        subject=subject,
        path=_kept(difference.path),
        old=_value(difference.old),
        new=_value(difference.new),
        file=_kept(change.older),
        line=RedactedText.tag("", difference.old_line),
    )
    return Finding(
        kind=FindingKind.CHANGE,
        level=Level.INFO,
        text=text,
        locus=Locus(
            file=change.newer, line_start=difference.new_line, line_end=difference.new_line
        ),
        service=change.service,
        signals=(SIGNAL,) if change.is_directed else (),
        data={
            _PATH: difference.path,
            _OLD: difference.old,
            _NEW: difference.new,
            _WEIGHT: difference.weight,
        },
    )


def is_of_settings(finding: Finding) -> bool:
    """Whether a finding is the change of a setting, not a line that tells of a change."""
    return finding.kind is FindingKind.CHANGE and _PATH in finding.data


def path_of(finding: Finding) -> str:
    """The path of the setting that changed."""
    return str(finding.data.get(_PATH, ""))


def weight_of(finding: Finding) -> float:
    """How likely the change matters to how something runs."""
    weight = finding.data.get(_WEIGHT, 0.0)
    return float(weight) if isinstance(weight, int | float) else 0.0


def _value(value: str | None) -> RedactedText:
    if value is None:
        return say("unset")
    return _kept(value).cut(_MAX_SHOWN) if value else say("empty")


@lru_cache(maxsize=16_384)  # a turn compares the same files again
def _kept(text: str) -> RedactedText:
    return _KEPT.clean(text).line()
