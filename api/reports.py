"""The report of a case, as a file: `GET /api/v1/cases/{case_id}/report`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from api.bounded_routes import api_router
from api.cases import CaseId
from api.guard import Reader, TheServices
from core.workflows.case_access import visible_case
from core.workflows.case_report import ReportForm, write_report

router = api_router("/api/v1/cases", "cases")


@router.get(
    "/{case_id}/report",
    summary="Its report: Markdown, PDF, or the draft of a post-mortem",
    response_class=Response,
)
async def report(
    case_id: CaseId,
    caller: Reader,
    services: TheServices,
    form: Annotated[ReportForm, Query(alias="format")] = ReportForm.MARKDOWN,
) -> Response:
    async with services.reading() as unit:
        view = await visible_case(unit, case_id, caller.account)
    written = await write_report(view.case.number, form=form, services=services)
    headers = {
        "Content-Disposition": f'attachment; filename="{written.name}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(written.body, media_type=written.media_type, headers=headers)
