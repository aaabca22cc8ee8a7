"""The findings of profiles: the heaviest functions and paths, and shares to be compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.model import Finding, FindingKind, Level, Locus
from core.evidence.profiles.digests import digest_data
from core.evidence.profiles.shares import (
    FunctionShare,
    function_shares,
    heaviest_path,
    is_idle,
    is_runner,
    work_of,
)
from core.evidence.profiles.words import function_name, part_of, share_text, what_of
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.evidence.profiles.model import StackProfile
    from core.jobs.model import Scalar

say = sentences("evidence.profile_findings")

MOST_FUNCTIONS = 5
_LEAST_SHARE = 0.05
_HEAVY = 0.3  # share from which on it is worth a warning
_SHOWN_FRAMES = 6


@dataclass(frozen=True)
class ProfileFindingWriter:
    """Writes the findings of one file, under its name and redacted. is_text: places are lines."""

    file: str
    service: str | None
    redactor: Redactor
    is_text: bool

    def write(self, profiles: Sequence[StackProfile]) -> Iterator[Finding]:
        """Of each profile its heaviest functions and path, then its digest."""
        for profile in profiles:
            shares = function_shares(profile)
            whole = profile.weight
            heavy = [share for share in shares if _counts(share, whole)][:MOST_FUNCTIONS]
            yield from (self._function(share, profile) for share in heavy)
            yield from self._path(profile, whole)
            yield self._digest(profile, shares)

    def _function(self, share: FunctionShare, profile: StackProfile) -> Finding:
        own, total = share.own / profile.weight, share.total / profile.weight
        data: dict[str, Scalar] = {"role": "function", "own": own, "share": total}
        text = self._sentence(share, profile)
        return self._finding(profile, share.function, text, share.place, own, data)

    def _sentence(self, share: FunctionShare, profile: StackProfile) -> RedactedText:
        name = function_name(share.function, self.redactor)
        own, total = (
            share_text(share.own / profile.weight),
            share_text(share.total / profile.weight),
        )
        what, part = what_of(profile.kind), part_of(share.own, profile)
        caller = share.caller
        if all(len(stack.frames) == 1 for stack in profile.stacks):
            return say("of_class", share=own, what=what, name=name, part=part)
        if caller is None or is_runner(caller):
            return say("in_function", share=own, what=what, name=name, part=part)
        under = function_name(caller, self.redactor)
        if total == own:
            return say("under", share=own, what=what, name=name, caller=under, part=part)
        return say(
            "under_with_calls",
            share=own,
            what=what,
            name=name,
            caller=under,
            part=part,
            total=total,
        )

    def _path(self, profile: StackProfile, whole: float) -> Iterator[Finding]:
        path, weight = heaviest_path(profile)
        work = work_of(path)
        if len(work) < 2 or weight < _LEAST_SHARE * whole:  # noqa: PLR2004 - one frame is no path
            return
        shown = work if len(work) <= _SHOWN_FRAMES else ["…", *work[1 - _SHOWN_FRAMES :]]
        names = [
            RedactedText.format("…") if name == "…" else function_name(name, self.redactor)
            for name in shown
        ]
        text = say(
            "path",
            share=share_text(weight / whole),
            what=what_of(profile.kind),
            path=RedactedText.join(" → ", names),
        )
        place = next(s.place for s in profile.stacks if s.frames[: len(path)] == path)
        share = weight / whole
        yield self._finding(profile, work[-1], text, place, 0.0, {"role": "path", "share": share})

    def _digest(self, profile: StackProfile, shares: Sequence[FunctionShare]) -> Finding:
        data = digest_data(profile, shares, self.redactor)
        text = say("digest", n=len(data))
        return Finding(
            kind=FindingKind.PROFILE_SHARES,
            level=Level.INFO,
            text=text,
            locus=self._locus(1),
            service=self.service,
            data=data,
        )

    def _finding(
        self,
        profile: StackProfile,
        function: str,
        text: RedactedText,
        place: int,
        own: float,
        data: dict[str, Scalar],
    ) -> Finding:
        named = function_name(function, self.redactor).text
        return Finding(
            kind=FindingKind.PROFILE,
            level=Level.WARNING if own >= _HEAVY else Level.INFO,
            text=text,
            locus=self._locus(place),
            service=self.service,
            data={"profile": profile.kind.value, "function": named, **data},
        )

    def _locus(self, place: int) -> Locus:
        series = None if self.is_text else f"stack {place}"
        return Locus(file=self.file, line_start=place, line_end=place, series=series)


def _counts(share: FunctionShare, whole: float) -> bool:
    return share.own >= _LEAST_SHARE * whole and not is_idle(share.function)
