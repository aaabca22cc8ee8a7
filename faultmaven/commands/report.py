"""`faultmaven report`: a case as a document to keep: Markdown, PDF, or a post-mortem to finish."""

from __future__ import annotations

import asyncio
from pathlib import Path

from core.errors import StoreUnavailable, WrongUsage
from core.workflows.case_report import ReportForm, WrittenReport, write_report
from faultmaven.output import print_json, print_line
from faultmaven.settings import load_settings
from faultmaven.whole_file import whole_file
from faultmaven.wiring import wire


def run(*, case: int, form: str, out: Path | None, as_json: bool) -> int:
    """Write the report: all of it, or nothing. Raises WrongUsage for a form that is none."""
    if form not in set(ReportForm):
        message = f"{form} is no form of a report"
        raise WrongUsage(message, next_step=f"One of: {', '.join(ReportForm)}.")
    report = asyncio.run(_written(case, ReportForm(form)))
    path = out or Path(report.name)
    _write(report, path)
    if as_json:
        size, media_type = len(report.body), report.media_type
        print_json({"case": case, "path": str(path), "media_type": media_type, "size": size})
    else:
        print_line(f"{path}: {len(report.body):,} bytes; everything in it is redacted.")
    return 0


async def _written(case: int, form: ReportForm) -> WrittenReport:
    async with wire(load_settings(), audiences=()) as installation:
        return await write_report(case, form=form, services=installation.services)


def _write(report: WrittenReport, path: Path) -> None:
    try:
        with whole_file(path) as file:
            file.write(report.body)
    except OSError as error:
        message = f"{path} could not be written: {error.strerror}"
        step = "Choose another place with --out; nothing was kept."
        raise StoreUnavailable(message, next_step=step) from error
