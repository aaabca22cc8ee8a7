"""What the cases add up to: `/api/v1/analytics`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import Query

from api.bodies import ApiAnswer, WireTime
from api.bounded_routes import api_router
from api.guard import Reader, TheServices
from api.parameters import Moment
from core.cases.figures import CaseFigures, Course, Durations
from core.workflows.analytics import case_figures

router = api_router("/api/v1/analytics", "analytics")

Since = Annotated[Moment | None, Query(alias="from", description="Cases opened then or later")]
Until = Annotated[Moment | None, Query(alias="to", description="Cases opened before")]


class TimesAnswer(ApiAnswer):
    """How long it took, in seconds. median_s, p90_s: each the time of one case."""

    count: int
    mean_s: float
    median_s: float
    p90_s: float


class WeekAnswer(TimesAnswer):
    """The same, of what ended in the week from this Monday on, in UTC."""

    week: date


class CourseAnswer(ApiAnswer):
    """Durations over all and by week. Without any, the figures are null, not zero."""

    count: int
    mean_s: float | None
    median_s: float | None
    p90_s: float | None
    weeks: list[WeekAnswer]


class CountAnswer(ApiAnswer):
    """How many cases. name: null for those that have none."""

    name: str | None
    cases: int


class RankingAnswer(ApiAnswer):
    """How often the hypothesis that a person confirmed was ranked first when they did.

    accuracy: 0 to 1; null where nobody confirmed any.
    """

    confirmed: int
    first: int
    accuracy: float | None


class AnalyticsAnswer(ApiAnswer):
    """Of the cases that the caller sees, archived ones too.

    time_to_acknowledge: until a person took part, of cases that alerts opened. time_to_resolve: of
    resolved cases. Counts are ordered, the largest first. causes: by the fault of the confirmed
    hypothesis.
    """

    opened_from: WireTime | None
    opened_before: WireTime | None
    cases: int
    time_to_acknowledge: CourseAnswer
    time_to_resolve: CourseAnswer
    states: list[CountAnswer]
    severities: list[CountAnswer]
    services: list[CountAnswer]
    causes: list[CountAnswer]
    ranking: RankingAnswer


@router.get("", summary="How fast cases are taken up and resolved, of what, and how well we rank")
async def analytics(
    caller: Reader, services: TheServices, since: Since = None, until: Until = None
) -> AnalyticsAnswer:
    figures = await case_figures(since, until, account=caller.account, services=services)
    return analytics_answer(figures, since, until)


def analytics_answer(
    figures: CaseFigures, since: datetime | None, until: datetime | None
) -> AnalyticsAnswer:
    """The figures on the wire."""
    return AnalyticsAnswer(
        opened_from=since,
        opened_before=until,
        cases=figures.total,
        time_to_acknowledge=_course(figures.acknowledged),
        time_to_resolve=_course(figures.resolved),
        states=_counts(figures.states),
        severities=_counts(figures.severities),
        services=_counts(figures.services),
        causes=_counts(figures.causes),
        ranking=RankingAnswer(
            confirmed=figures.confirmed, first=figures.led, accuracy=figures.accuracy
        ),
    )


def _course(course: Course) -> CourseAnswer:
    weeks = [WeekAnswer(week=week, **_times(times)) for week, times in course.weeks]
    if course.whole is None:
        return CourseAnswer(count=0, mean_s=None, median_s=None, p90_s=None, weeks=weeks)
    return CourseAnswer(weeks=weeks, **_times(course.whole))


def _times(times: Durations) -> dict[str, float]:
    return {
        "count": times.count,
        "mean_s": times.mean.total_seconds(),
        "median_s": times.median.total_seconds(),
        "p90_s": times.p90.total_seconds(),
    }


def _counts(counts: tuple[tuple[str, int], ...]) -> list[CountAnswer]:
    return [CountAnswer(name=name or None, cases=count) for name, count in counts]
