"""Reads a file in a process that knows this case only, away from the loop that answers people."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import TYPE_CHECKING, Self

from core.errors import OutOfLimits, UnreadableEvidence
from core.evidence.model import PlainArtifactStore, PlainFile
from core.jobs.kinds import SMALL
from storage.jobs.child import PIPELINE, Assignment, ExtractionAnswer, Request
from storage.jobs.reader import Reader, ReaderLimits
from storage.sealing.originals import SealedFile, SealedShelf

if TYPE_CHECKING:
    from core.evidence.model import ArtifactStore, Extraction, Original
    from core.redaction.rule_choice import CustomRule

AT_ONCE = 2  # with small files one is read while the other is stored
IDLE_S = 5.0  # people drop files in bursts, and starting a reader takes longer than most files


class SpawnedRunner:
    """Reads files in processes of their own. Enter it; when its block ends, so do they.

    A reader is kept for more files of its case until it has been idle for `idle_s`, a file of
    another case comes, or it is no longer fit. At most `AT_ONCE` read at a time, and of files that
    are not small one: its reader may take up to 200 MB.
    `rules` are what people want redacted besides; `entry` is the `module:function` that they call.
    """

    def __init__(
        self,
        *,
        rules: tuple[CustomRule, ...] = (),
        limits: ReaderLimits | None = None,
        entry: str = PIPELINE,
        idle_s: float = IDLE_S,
    ) -> None:
        self._rules = rules
        self._limits = limits or ReaderLimits()
        self._entry = entry
        self._idle_s = idle_s
        self._resting: dict[Reader, asyncio.TimerHandle] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False
        self._large = asyncio.Lock()  # whoever reads a file that is not small holds it
        self._reading = asyncio.Semaphore(AT_ONCE)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closed = True
        for reader in list(self._resting):
            self._dismiss(reader)
        if self._ending:
            await asyncio.wait(self._ending)

    async def expect(self, *, case_key: bytes) -> None:
        """Starts a reader, which loads its libraries while the first file is still on its way."""
        if self._resting:
            return
        self._rest(await self._start(case_key))

    async def extract(
        self,
        original: Original,
        *,
        name: str,
        service: str | None,
        case_key: bytes,
        shelf: ArtifactStore,
    ) -> Extraction:
        request = _request(original, name=name, service=service, shelf=shelf)
        async with nullcontext() if original.size <= SMALL else self._large, self._reading:
            return await self._extract(request, case_key)

    async def _extract(self, request: Request, case_key: bytes) -> Extraction:
        reader = self._idle_reader(case_key) or await self._start(case_key)
        is_fresh = reader.files == 0
        answer = await self._read(reader, request)
        if answer.extraction is None and not is_fresh:
            # What the reader had read before must not be to blame.
            answer = await self._read(await self._start(case_key), request)
        return _unwrap(answer)

    async def _start(self, case_key: bytes) -> Reader:
        assignment = Assignment(
            entry=self._entry,
            case_key=case_key.hex(),
            rules=self._rules,
            seconds=self._limits.seconds,
            memory=self._limits.memory,
            files=self._limits.files,
        )
        return await Reader.start(assignment)

    async def _read(self, reader: Reader, request: Request) -> ExtractionAnswer:
        try:
            return await reader.read(request)
        finally:
            if reader.fit and not self._closed:
                self._rest(reader)
            else:
                await asyncio.wait({self._dismiss(reader)})

    def _rest(self, reader: Reader) -> None:
        later = asyncio.get_running_loop().call_later
        self._resting[reader] = later(self._idle_s, self._dismiss, reader)

    def _idle_reader(self, case_key: bytes) -> Reader | None:
        """The idle reader of this case, if any. Idle readers of other cases are ended."""
        for reader in list(self._resting):
            if reader.case_key != case_key or not reader.fit:
                self._dismiss(reader)
        if not self._resting:
            return None
        reader, timer = self._resting.popitem()
        timer.cancel()
        return reader

    def _dismiss(self, reader: Reader) -> asyncio.Task[None]:
        timer = self._resting.pop(reader, None)
        if timer:
            timer.cancel()
        ending = asyncio.create_task(reader.end())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)
        return ending


def _request(
    original: Original, *, name: str, service: str | None, shelf: ArtifactStore
) -> Request:
    """The request for a file, which must be of a kind that another process can open."""
    if not isinstance(original, SealedFile | PlainFile):
        message = f"{type(original).__name__} has no name elsewhere"
        raise TypeError(message)
    if not isinstance(shelf, SealedShelf | PlainArtifactStore):
        message = f"{type(shelf).__name__} has no name elsewhere"
        raise TypeError(message)
    return Request(original=original, name=name, service=service, shelf=shelf)


def _unwrap(answer: ExtractionAnswer) -> Extraction:
    if answer.extraction is not None:
        return answer.extraction
    raise (OutOfLimits if answer.out_of_limits else UnreadableEvidence)(answer.problem)
