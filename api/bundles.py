"""What goes into an exported case, for the operator's command line, which signs it."""

from __future__ import annotations

import asyncio
import importlib
import io
from functools import partial
from typing import TYPE_CHECKING

from fastapi import APIRouter, Response

from core.cases.bundle.container import Member, pack
from core.cases.bundle.manifest import secret_mark
from core.workflows.services import Services

if TYPE_CHECKING:
    from collections.abc import Mapping


def add_bundles(router: APIRouter, services: Services) -> None:
    """`GET /cases/{number}/bundle`: its members as a zip, redacted; no manifest, no signature.

    `X-FaultMaven-Secret` marks the secret of this process: whoever signs needs the same one.
    """

    @router.get("/cases/{number}/bundle")
    async def bundle(number: int) -> Response:
        # It loads polars, which takes a moment: in a thread, and when somebody first exports.
        await asyncio.to_thread(importlib.import_module, "core.workflows.case_export")
        from core.workflows.case_export import contents  # noqa: PLC0415 - see above

        members = await contents(number, services=services)
        packed = await asyncio.to_thread(_packed, members)
        return Response(
            packed,
            media_type="application/zip",
            headers={"X-FaultMaven-Secret": secret_mark(services.secret)},
        )


def _packed(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    pack(
        (Member(name=name, open=partial(io.BytesIO, content)) for name, content in members.items()),
        out,
    )
    return out.getvalue()
