"""`faultmaven forget`: deletes documents of everybody. Works on the database, as `learn` does."""

from __future__ import annotations

import asyncio

from core.workflows.knowledge_sync import forget
from faultmaven.output import print_json, print_line
from faultmaven.settings import load_settings
from faultmaven.wiring import wire


def run(*, sources: list[str], as_json: bool = False) -> int:
    """Raises NotFound, StoreUnavailable."""
    deleted = asyncio.run(_forget(sources))
    if as_json:
        print_json({"deleted": deleted})
    else:
        for source in deleted:
            print_line(f"deleted  {source}")
    return 0


async def _forget(sources: list[str]) -> list[str]:
    async with wire(load_settings(), audiences=()) as installation:
        return await forget(sources, services=installation.services)
