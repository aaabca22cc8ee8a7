"""`faultmaven investigate --picture FILE`: the verdict drawn, with the series it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.terminal.uploads import uploads
from core.errors import WrongUsage
from core.evidence.model import FindingKind, PlainFile
from core.evidence.pictures.style import FORMS, Form
from faultmaven.whole_file import write_picture

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.series.model import Series
    from core.investigation.decision import Decision, Situation
    from core.redaction.engine import Redactor

_FORMS: dict[str, Form] = {f".{form}": form for form in FORMS}


def form_of(picture: Path | None) -> Form | None:
    """By the end of its name. Raises WrongUsage for anything but a .png or a .svg."""
    if picture is None:
        return None
    form = _FORMS.get(picture.suffix.lower())
    if form is None:
        message = f"a picture is a .png or a .svg, not {picture.name}"
        raise WrongUsage(message, next_step="For example: --picture verdict.png")
    return form


def draw_to(
    picture: Path,
    decision: Decision,
    situation: Situation,
    *,
    paths: list[Path],
    redactor: Redactor,
) -> None:
    """Raises WrongUsage where it cannot be written."""
    from core.investigation.verdict_picture import draw_verdict  # noqa: PLC0415 - see `_series`

    form = form_of(picture) or "png"
    series = _series(situation, paths, redactor)
    drawn = draw_verdict(decision, situation, series=series, form=form)
    write_picture(picture, drawn.content)


def _series(
    situation: Situation, paths: list[Path], redactor: Redactor
) -> dict[tuple[str, str], Series]:
    """By file and title, of the files in which a metric moved.

    What reads series, with polars and 30 MB, is imported by those alone who want a picture.
    """
    from core.evidence.series.observations import prepare_series  # noqa: PLC0415 - see above
    from core.evidence.series.readers import read_series  # noqa: PLC0415 - see above

    moved = {
        finding.locus.file
        for findings in situation.findings.values()
        for finding in findings
        if finding.kind is FindingKind.METRIC
    }
    return {
        (redactor.clean(upload.name).text, series.title(redactor).text): series
        for upload in uploads(paths)
        if redactor.clean(upload.name).text in moved
        for series in prepare_series(read_series(PlainFile(upload.path)).series)
    }
