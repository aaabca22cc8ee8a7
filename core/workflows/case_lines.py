"""Reads lines of a case's files for a model: redacted, around a line or by their words."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.evidence.events.answers import CaseSources
from core.evidence.events.window import EventQuery
from core.investigation.consultation.tools import NumberedLine
from core.workflows.event_queries import find_sources, look_up_text
from core.workflows.services import Services

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.events.answers import EventAnswer
    from core.evidence.model import EvidenceFile

_ROOM = 400  # characters of a line


@dataclass
class CaseLines:
    """Implements `LineReader` for one case. Its files are opened when they are first asked for."""

    case_id: str
    services: Services
    _opened: CaseSources | None = None

    async def around(self, file: EvidenceFile, line: int, *, each: int) -> Sequence[NumberedLine]:
        sources = await self._sources()
        original = next(
            (each.source.text for each in sources.readable if each.file.id == file.id), None
        )
        if original is None:
            return ()
        from core.evidence.events.answers import read_numbered_lines  # noqa: PLC0415 - needs polars

        lines = await asyncio.to_thread(
            read_numbered_lines,
            original,
            max(1, line - each),
            line + each,
            redactor=self.services.redactor(self.case_id),
            room=_ROOM,
        )
        return [NumberedLine(number=number, text=text) for number, text in lines]

    async def containing(
        self, files: Sequence[EvidenceFile], words: str, *, most: int
    ) -> Sequence[tuple[EvidenceFile, NumberedLine]]:
        sources, ids = await self._sources(), {file.id for file in files}
        chosen = tuple(each for each in sources.readable if each.file.id in ids)
        file_of = {each.source.name: each.file for each in chosen}
        sources = replace(sources, readable=chosen)
        answer = await self._search(sources, words, most)
        apart = words.split()
        if not answer.events and len(apart) > 1:
            answer = await self._search(sources, max(apart, key=len), most)
        return [
            (
                file_of[event.locus.file],
                NumberedLine(number=event.locus.line_start, text=event.text),
            )
            for event in answer.events
            if all(word in event.text.text.casefold() for word in apart)
        ]

    async def _search(self, sources: CaseSources, phrase: str, most: int) -> EventAnswer:
        sought = EventQuery(limit=most, oldest_first=True)
        return await look_up_text(self.case_id, sought, phrase, sources, services=self.services)

    async def _sources(self) -> CaseSources:
        if self._opened is None:
            self._opened = await find_sources(self.case_id, services=self.services)
        return self._opened
