"""Turns what curves of panels did into findings of weak weight.

They have no date, name no service, and feed no ranking: a person sees them beside the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from core.evidence.model import Finding, FindingKind, Level, Locus
from core.evidence.screenshots.moves import Direction
from core.redaction.engine import Redactor
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.evidence.screenshots.panels import Curve, GraphPanel
    from core.text.redacted import RedactedText

say = sentences("evidence.screenshots")

_DAY = 1440  # minutes


@dataclass(frozen=True)
class PanelFindingWriter:
    """Writes the findings of one picture, under its name and redacted."""

    file: str
    service: str | None
    redactor: Redactor

    def write(self, panels: Iterable[GraphPanel], *, first_line: int) -> list[Finding]:
        """A finding per curve; first_line: of the transcript, where the first stands."""
        curves = ((panel, curve) for panel in panels for curve in panel.curves)
        return [
            self._finding(panel, curve, line)
            for line, (panel, curve) in enumerate(curves, start=first_line)
        ]

    def _finding(self, panel: GraphPanel, curve: Curve, line: int) -> Finding:
        has_moved = curve.move.direction is not Direction.FLAT
        series = self.redactor.clean(curve.name).line().text if curve.name else None
        return Finding(
            kind=FindingKind.METRIC if has_moved else FindingKind.NOTE,
            level=Level.INFO,
            text=self._text(panel, curve),
            locus=Locus(file=self.file, line_start=line, line_end=line, series=series),
            service=self.service,
            data={"direction": curve.move.direction.value},
        )

    def _text(self, panel: GraphPanel, curve: Curve) -> RedactedText:
        text, move = self._move_text(panel, curve), curve.move
        if curve.at is not None and move.direction is not Direction.FLAT:
            text = say("timed", move=text, clock=self._clean(_clock(curve.at)))
        return say("titled", title=self._clean(panel.title), move=text) if panel.title else text

    def _move_text(self, panel: GraphPanel, curve: Curve) -> RedactedText:
        name = self._clean(curve.name) if curve.name else say("nameless")
        before = self._clean(_amount(curve.move.before, panel.axis.unit))
        after = self._clean(_amount(curve.move.after, panel.axis.unit))
        match curve.move.direction:
            case Direction.ROSE:
                return say("rose", name=name, before=before, after=after)
            case Direction.FELL:
                return say("fell", name=name, before=before, after=after)
            case Direction.PEAKED:
                return say("peaked", name=name, before=before, after=after)
            case Direction.DIPPED:
                return say("dipped", name=name, before=before, after=after)
            case Direction.FLAT:
                return say("flat", name=name, before=before)
            case never:
                assert_never(never)

    def _clean(self, text: str) -> RedactedText:
        return self.redactor.clean(text).line()


def _amount(value: float, unit: str) -> str:
    """With two significant digits: more cannot be read off a picture."""
    number = f"{float(f'{value:.2g}'):,.10g}"
    return f"{number}{'' if unit == '%' or not unit else ' '}{unit}"


def _clock(minutes: float) -> str:
    whole = round(minutes) % _DAY
    return f"{whole // 60:02}:{whole % 60:02}"
