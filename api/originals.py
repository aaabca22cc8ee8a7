"""Originals as they came, behind the operator's token."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import StreamingResponse

from api.original_streams import stream_of
from core.workflows.operations import hand_out_numbered
from core.workflows.services import Services

User = Annotated[str, Header(alias="X-FaultMaven-User")]


def add_originals(router: APIRouter, services: Services) -> None:
    """`GET /cases/{number}/files/{file}`, where `file` is the 3 of `e3`."""

    @router.get("/cases/{number}/files/{file}")
    async def download(number: int, file: int, by: User = "operator") -> StreamingResponse:
        evidence, original = await hand_out_numbered(number, file, by=by, services=services)
        return StreamingResponse(
            await stream_of(original, 0, original.size),
            media_type="application/octet-stream",
            headers={"Content-Length": str(evidence.size), "X-Content-SHA256": evidence.blob},
        )
