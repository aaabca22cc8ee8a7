"""Originals as they came, behind the operator's token."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from api.guard import Operator
from api.original_streams import stream_of
from core.workflows.operations import hand_out_numbered
from core.workflows.services import Services


def add_originals(router: APIRouter, services: Services) -> None:
    """`GET /cases/{number}/files/{file}`, where `file` is the 3 of `e3`."""

    @router.get("/cases/{number}/files/{file}")
    async def download(number: int, file: int, call: Operator) -> StreamingResponse:
        evidence, original = await hand_out_numbered(number, file, by=call.by, services=services)
        return StreamingResponse(
            await stream_of(original, 0, original.size),
            media_type="application/octet-stream",
            headers={"Content-Length": str(evidence.size), "X-Content-SHA256": evidence.blob},
        )
