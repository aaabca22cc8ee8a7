"""The events of a case, for the operator's scripts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.parameters import Number
from core.evidence.events.window import DEFAULT_LIMIT, EventQueryText
from core.workflows.event_sources import case_document
from core.workflows.services import Services


class EventsQuery(BaseModel):
    """Query parameters, spelt as the options of `faultmaven events`."""

    level: str | None = None
    since: str | None = None
    until: str | None = None
    at: str | None = None
    service: str | None = None
    host: str | None = None
    id: str | None = None
    kind: Number | None = None
    limit: Number = DEFAULT_LIMIT
    oldest_first: bool = False


def add_events(router: APIRouter, services: Services) -> None:
    """Add the event query to the operator's router."""

    @router.get("/cases/{number}/events")
    async def events(number: int, query: Annotated[EventsQuery, Query()]) -> dict[str, Any]:
        sought = EventQueryText(**query.model_dump()).read()
        async with services.reading() as unit:
            case = await unit.cases.by_number(number)
        return await case_document(case.id, sought, services=services)
