"""`faultmaven analytics`: how fast cases are resolved, of what, and how well causes are ranked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from api.analytics import analytics_answer
from core.text import quantities
from core.workflows.analytics import case_figures
from faultmaven.output import print_json, print_line, print_table
from faultmaven.settings import load_settings
from faultmaven.wiring import wire

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from core.cases.figures import CaseFigures, Course, Durations

MOST = 10  # services and causes that are printed
NONE = "-"


def run(*, since: datetime | None, until: datetime | None, as_json: bool) -> int:
    """Print the figures of the cases that were opened in that time. Raises WrongUsage."""
    opened_from, opened_before = since, until
    figures = asyncio.run(_figures(opened_from, opened_before))
    if as_json:
        answer = analytics_answer(figures, opened_from, opened_before)
        print_json(answer.model_dump(mode="json"))
    elif not figures.total:
        print_line("No case was opened in that time.")
    else:
        print_table(["times", "cases", "mean", "median", "90 %"], list(_times(figures)))
        print_line("")
        print_table(["cases by", "name", "cases"], list(_counts(figures)))
        print_line("")
        print_line(_ranking(figures))
    return 0


async def _figures(since: datetime | None, until: datetime | None) -> CaseFigures:
    async with wire(load_settings(), audiences=()) as installation:
        return await case_figures(since, until, services=installation.services)


def _times(figures: CaseFigures) -> Iterator[list[str]]:
    courses = {"to acknowledge": figures.acknowledged, "to resolve": figures.resolved}
    for name, course in courses.items():
        yield [name, *_row(course.whole)]
        yield from _weeks(course)


def _weeks(course: Course) -> Iterator[list[str]]:
    for week, times in course.weeks:
        yield [f"  week of {week.isoformat()}", *_row(times)]


def _row(times: Durations | None) -> list[str]:
    if times is None:
        return ["0", NONE, NONE, NONE]
    lengths = (times.mean, times.median, times.p90)
    return [f"{times.count:,}", *(quantities.span(length).text for length in lengths)]


def _counts(figures: CaseFigures) -> Iterator[list[str]]:
    groups = {
        "state": figures.states,
        "severity": figures.severities,
        "service": figures.services,
        "cause": figures.causes,
    }
    for group, counts in groups.items():
        for name, count in counts[:MOST]:
            yield [group, name or NONE, f"{count:,}"]
        if rest := counts[MOST:]:
            yield [group, f"{len(rest)} others", f"{sum(count for _, count in rest):,}"]


def _ranking(figures: CaseFigures) -> str:
    if figures.accuracy is None:
        return "No hypothesis was confirmed by a person in these cases."
    return (
        f"The confirmed hypothesis was ranked first in {figures.led:,} of {figures.confirmed:,}"
        f" cases ({figures.accuracy:.0%})."
    )
