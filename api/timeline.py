"""The timeline of a case, for the operator's scripts: as JSON, and as a picture."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from fastapi import APIRouter, Response

from api.parameters import Moment
from api.pictures import MEDIA_TYPES
from core.conversation.reports.timeline import document, until
from core.evidence.pictures.timeline import draw_timeline
from core.workflows.operations import case_timeline
from core.workflows.services import Services


def add_timeline(router: APIRouter, services: Services) -> None:
    """Add the timeline's routes to the operator's router."""

    @router.get("/cases/{number}/timeline")
    async def timeline(number: int, at: Moment | None = None) -> dict[str, Any]:
        entries, redactor = await case_timeline(number, services=services)
        return document(until(entries, at), redactor=redactor)

    @router.get("/cases/{number}/timeline/picture")
    async def picture(
        number: int, form: Literal["png", "svg"] = "png", at: Moment | None = None
    ) -> Response:
        entries, _ = await case_timeline(number, services=services)
        drawn = await asyncio.to_thread(draw_timeline, until(entries, at), form)
        return Response(drawn.content, media_type=MEDIA_TYPES[form])
