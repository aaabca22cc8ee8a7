"""Pictures of a case: `/api/v1/cases/{case_id}/timeline/picture` and `…/causes/picture`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from fastapi import Response

from api.bounded_routes import api_router
from api.cases import CaseId
from api.guard import Reader, TheServices
from core.workflows import case_pictures

if TYPE_CHECKING:
    from core.evidence.pictures.style import Picture

router = api_router("/api/v1/cases", "cases")

MEDIA_TYPES = {"png": "image/png", "svg": "image/svg+xml"}


@router.get(
    "/{case_id}/timeline/picture",
    summary="What happened when, a lane for each service",
    response_class=Response,
)
async def timeline_picture(
    case_id: CaseId, caller: Reader, services: TheServices, form: Literal["png", "svg"] = "svg"
) -> Response:
    return picture_answer(
        await case_pictures.timeline_picture(case_id, caller.account, form=form, services=services)
    )


@router.get(
    "/{case_id}/causes/picture",
    summary="The causes as a graph of services, callers left of what they call",
    response_class=Response,
)
async def causes_picture(
    case_id: CaseId, caller: Reader, services: TheServices, form: Literal["png", "svg"] = "svg"
) -> Response:
    return picture_answer(
        await case_pictures.causes_picture(case_id, caller.account, form=form, services=services)
    )


def picture_answer(picture: Picture) -> Response:
    """Nothing in it may run: an SVG opened by itself is a page."""
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "Cache-Control": "private, no-store",
    }
    return Response(picture.content, media_type=MEDIA_TYPES[picture.form], headers=headers)
