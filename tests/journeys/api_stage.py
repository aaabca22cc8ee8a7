"""A program that works over the API, as a stage beside the chat platforms."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from bot.terminal.uploads import uploads
from tests.journeys.extension import Extension
from tests.journeys.stages import as_read

if TYPE_CHECKING:
    from pathlib import Path

PACE_S = 0.8  # a hundred calls a minute are answered


@dataclass
class OverApi:
    """dana by her program: each line is a turn, and a button is what it stands for."""

    settings: ClassVar = {"FAULTMAVEN_REGISTRATION": "true"}
    panel: Extension
    case: int = 1
    replies: list[str] = field(default_factory=list)
    _ids: list[str] = field(default_factory=list)

    async def card(self) -> str:
        await asyncio.sleep(PACE_S)
        return await self.commands("status") if await self._is_there() else ""

    async def reads(self) -> str:
        return "\n".join(self.replies)

    async def says(self, line: str) -> None:
        self.replies.append(await self.commands(line))

    async def commands(self, line: str) -> str:
        await self._is_there()
        return as_read((await self.panel.turn(query=line))["agent_response"])

    async def presses(self, label: str, *, on: str) -> None:
        await self._is_there()
        path = f"/api/v1/cases/{self.panel.case_id}/feedback"
        body = {"suggestion": "runbook", "helped": label == "Helped"}
        answer = await self.panel.call("POST", path, json=body)
        assert answer.is_success, answer.text

    async def drops(self, *paths: Path) -> None:
        await self._is_there()
        for upload in uploads(paths):
            content = await asyncio.to_thread(upload.path.read_bytes)
            await self.panel.turn(files=[(upload.path.name, content)])

    async def _is_there(self) -> bool:
        """Whether the case exists; it is selected, then."""
        if len(self._ids) < self.case:
            rows: list[dict[str, Any]] = (await self.panel.get("/api/v1/cases")).json()["cases"]
            oldest_first = sorted(rows, key=lambda row: row["created_at"])
            self._ids = [row["case_id"] for row in oldest_first]
        if len(self._ids) < self.case:
            return False
        self.panel.case_id = self._ids[self.case - 1]
        return True
