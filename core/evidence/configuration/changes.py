"""Findings of what changed between two versions of a configuration file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from core.evidence.configuration.differences import is_nudge
from core.evidence.configuration.digests import SettingDifference
from core.evidence.model import Finding, FindingKind, Level, Locus
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.configuration.patches import PatchedSetting

say = sentences("evidence.configuration")

SIGNAL = "changed_setting"
_KEPT = Redactor(b"settings that were kept")  # they were redacted when they were stored
_MAX_SHOWN = 120  # characters of a value
_LEAD = 40  # of these, before what differs in a long one
_PATH, _OLD, _NEW, _WEIGHT, _FILE = "path", "old", "new", "weight", "file"
_COMMITTED = "committed"


@dataclass(frozen=True, kw_only=True)
class ConfigurationChange:
    """A difference and the files it is between, by name. is_directed: whether `newer` is newer."""

    difference: SettingDifference
    older: str
    newer: str
    is_directed: bool
    service: str | None = None


def change_finding(change: ConfigurationChange) -> Finding:
    """The change, at the line of the newer version. When it was made, no file says."""
    place = change.difference.new_place
    locus = Locus(
        file=change.newer,
        line_start=place.line,
        line_end=place.line,
        byte_start=place.start,
        byte_end=place.end,
    )
    return _finding(change, locus)


def patch_finding(patched: PatchedSetting, *, file: str, starts: Sequence[int]) -> Finding:
    """What a diff changes, at its line of the diff. starts: the byte at which each line begins."""
    change = ConfigurationChange(
        difference=patched.difference, older=patched.older, newer=file, is_directed=True
    )
    line = min(patched.line, len(starts) - 1)
    finding = _finding(change, Locus.of_line(file, line, starts=starts))
    made = {_COMMITTED: patched.committed.isoformat()} if patched.committed else {}
    return replace(finding, first=patched.at, last=patched.at, data={**finding.data, **made})


def _finding(change: ConfigurationChange, locus: Locus) -> Finding:
    difference = change.difference
    subject = say("subject", name=_kept(change.service)) if change.service else RedactedText.EMPTY
    old, new = _shortened(difference.old, difference.new)
    text = say(
        "changed" if change.is_directed else "differs",
        subject=subject,
        path=_kept(difference.path),
        old=_value(old),
        new=_value(new),
        file=_kept(change.older),
        line=RedactedText.tag("", difference.old_place.line),
    )
    return Finding(
        kind=FindingKind.CHANGE,
        level=Level.INFO,
        text=text,
        locus=locus,
        service=change.service,
        signals=(SIGNAL,) if change.is_directed else (),
        data={
            _PATH: difference.path,
            _OLD: difference.old,
            _NEW: difference.new,
            _WEIGHT: difference.weight,
            _FILE: change.older,
        },
    )


def changed_file(finding: Finding) -> str:
    """The file whose setting changed, as its older version is called."""
    return str(finding.data.get(_FILE, ""))


def committed_at(finding: Finding) -> datetime | None:
    """When the commit was made that changed the setting; it may have gone into effect later."""
    made = finding.data.get(_COMMITTED)
    return datetime.fromisoformat(str(made)) if made else None


def is_of_settings(finding: Finding) -> bool:
    """Whether a finding is the change of a setting, not a line that tells of a change."""
    return finding.kind is FindingKind.CHANGE and _PATH in finding.data


def path_of(finding: Finding) -> str:
    """The path of the setting that changed."""
    return str(finding.data.get(_PATH, ""))


def is_slight(finding: Finding) -> bool:
    """Whether a setting moved by little, so that little can come of it."""
    path, old, new = (str(finding.data.get(key) or "") for key in (_PATH, _OLD, _NEW))
    return is_nudge(path, old, new)


def weight_of(finding: Finding) -> float:
    """How likely the change matters to how something runs."""
    weight = finding.data.get(_WEIGHT, 0.0)
    return float(weight) if isinstance(weight, int | float) else 0.0


def _shortened(old: str | None, new: str | None) -> tuple[str | None, str | None]:
    """Of long values what differs, with a few words before it."""
    if not old or not new or max(len(old), len(new)) <= _MAX_SHOWN:
        return old, new
    parts = zip(old, new, strict=False)
    shared = next((at for at, (one, other) in enumerate(parts) if one != other), len(old))
    begins = old.rfind(" ", 0, max(0, shared - _LEAD)) + 1
    return (f"…{old[begins:]}", f"…{new[begins:]}") if begins else (old, new)


def _value(value: str | None) -> RedactedText:
    if value is None:
        return say("unset")
    return _kept(value).cut(_MAX_SHOWN) if value else say("empty")


@lru_cache(maxsize=16_384)  # a turn compares the same files again
def _kept(text: str) -> RedactedText:
    return _KEPT.clean(text).line()
