"""The health of runbooks: `/api/v1/knowledge/health`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Query

from api.bodies import ApiAnswer, WireTime
from api.bounded_routes import api_router
from api.guard import Reader, TheServices
from core.cases.runbook_health import KnowledgeHealth, RunbookUse, StaleRunbook
from core.workflows.knowledge_health import knowledge_health

router = api_router("/api/v1/knowledge", "knowledge")

Days = Annotated[int, Query(ge=1, le=3_650)]


class UncoveredAlertAnswer(ApiAnswer):
    """An alert that no runbook fits. cases: how many had it. last: the number of the newest."""

    alert: str
    service: str | None
    cases: int
    last: int


class RunbookUseAnswer(ApiAnswer):
    """A runbook: in how many cases it was suggested and opened, and what people say of it."""

    document_id: str
    title: str
    source: str
    suggested: int
    opened: int
    helped: int
    unhelpful: int


class UnhelpfulStepAnswer(ApiAnswer):
    """A step that helped less often than not."""

    document_id: str
    source: str
    step: int
    text: str
    helped: int
    unhelpful: int


class UnseenNameAnswer(ApiAnswer):
    """A service, alert or metric that no case has had for long. last: that had it."""

    name: str
    last: int
    last_at: WireTime


class StaleRunbookAnswer(ApiAnswer):
    """A runbook that is older than what it is about.

    cases: of its services, since it was updated; none where it is not that old.
    """

    document_id: str
    title: str
    source: str
    updated_at: WireTime
    services: list[str]
    cases: list[int]
    unseen: list[UnseenNameAnswer]


class KnowledgeHealthAnswer(ApiAnswer):
    """What may be done about the runbooks. cases: how many were looked at, from `since` on."""

    runbooks: int
    cases: int
    since: WireTime | None
    uncovered: list[UncoveredAlertAnswer]
    unused: list[RunbookUseAnswer]
    unhelpful: list[RunbookUseAnswer]
    steps: list[UnhelpfulStepAnswer]
    stale: list[StaleRunbookAnswer]


@router.get("/health", summary="Which alerts have no runbook, which runbooks are not used or stale")
async def get_health(
    caller: Reader, services: TheServices, stale_days: Days = 90
) -> KnowledgeHealthAnswer:
    health = await knowledge_health(
        caller.account, stale_after=timedelta(days=stale_days), services=services
    )
    return health_answer(health)


def health_answer(health: KnowledgeHealth) -> KnowledgeHealthAnswer:
    """As it is sent."""
    return KnowledgeHealthAnswer(
        runbooks=health.runbooks,
        cases=health.cases,
        since=health.since,
        uncovered=[
            UncoveredAlertAnswer(
                alert=alert.name, service=alert.service, cases=alert.cases, last=alert.last
            )
            for alert in health.uncovered
        ],
        unused=[_use(use) for use in health.unused],
        unhelpful=[_use(use) for use in health.unhelpful],
        steps=[
            UnhelpfulStepAnswer(
                document_id=step.document.id,
                source=step.document.source.text,
                step=step.number,
                text=step.text.text,
                helped=step.tally.helped,
                unhelpful=step.tally.unhelpful,
            )
            for step in health.steps
        ],
        stale=[_stale(runbook) for runbook in health.stale],
    )


def _use(use: RunbookUse) -> RunbookUseAnswer:
    return RunbookUseAnswer(
        document_id=use.document.id,
        title=use.document.title.text,
        source=use.document.source.text,
        suggested=use.suggested,
        opened=use.opened,
        helped=use.tally.helped,
        unhelpful=use.tally.unhelpful,
    )


def _stale(runbook: StaleRunbook) -> StaleRunbookAnswer:
    document = runbook.document
    return StaleRunbookAnswer(
        document_id=document.id,
        title=document.title.text,
        source=document.source.text,
        updated_at=document.updated_at,
        services=list(runbook.services),
        cases=list(runbook.cases),
        unseen=[
            UnseenNameAnswer(name=unseen.name, last=unseen.last, last_at=unseen.last_at)
            for unseen in runbook.unseen
        ],
    )
