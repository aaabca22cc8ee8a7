"""The words for profiles: what a share is of, amounts in their unit, names of functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.profiles.model import ProfileKind, StackProfile, WeightUnit
from core.text import quantities
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.redaction.engine import Redactor

say = sentences("evidence.profile_words")

_WHAT = {
    ProfileKind.CPU: say.later("cpu"),
    ProfileKind.WALL: say.later("wall"),
    ProfileKind.ALLOC: say.later("alloc"),
    ProfileKind.HEAP: say.later("heap"),
    ProfileKind.LOCK: say.later("lock"),
    ProfileKind.THREADS: say.later("threads"),
}
_NAME = 120  # characters of a function in a sentence


def what_of(kind: ProfileKind) -> RedactedText:
    """What a profile of this kind tells the shares of: `CPU time`."""
    return _WHAT[kind]()


def function_name(name: str, redactor: Redactor) -> RedactedText:
    """A function as it is quoted in a sentence."""
    return redactor.clean(name).line().cut(_NAME)


def amount(value: float, unit: WeightUnit) -> RedactedText:
    """`318 samples`, `1.07 s`, `4.8 MB`."""
    match unit:
        case WeightUnit.BYTES:
            return quantities.size(round(value))
        case WeightUnit.SECONDS:
            return RedactedText.format("{n} s", n=_rounded(value))
        case WeightUnit.SAMPLES:
            return quantities.counted(round(value), "sample", "samples")
        case WeightUnit.OBJECTS:
            return quantities.counted(round(value), "object", "objects")
        case WeightUnit.THREADS:
            return quantities.counted(round(value), "thread", "threads")
        case WeightUnit.EVENTS:
            return quantities.counted(round(value), "event", "events")


def share_text(share: float) -> RedactedText:
    """`41 %` of what was measured, from 0 to 1; less than half a percent is `under 1 %`."""
    whole = round(100 * share)
    return RedactedText.format("{n} %", n=whole) if whole else say("under_one_percent")


def part_of(value: float, profile: StackProfile) -> RedactedText:
    """`318 of 776 samples`, `4.8 MB of 21 MB`."""
    whole = amount(profile.weight, profile.unit)
    if profile.unit is WeightUnit.BYTES:
        return say("part", part=amount(value, profile.unit), whole=whole)
    number = _rounded(value) if profile.unit is WeightUnit.SECONDS else round(value)
    return say("part", part=RedactedText.format("{n}", n=number), whole=whole)


def _rounded(value: float) -> float:
    """Three digits of it."""
    return float(f"{value:.3g}")
