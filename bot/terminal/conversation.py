"""A conversation at a terminal: lines in, cards out, and what changes by itself meanwhile."""

from __future__ import annotations

import asyncio
import re
import shlex
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

from bot.terminal.backend import Backend
from bot.terminal.screen import Screen
from bot.terminal.uploads import uploads
from core.conversation.cards.card import Card, Mark
from core.conversation.cards.reply_cards import note, refusal
from core.conversation.commands.parsing import take_apart
from core.conversation.commands.vocabulary import VERBS
from core.errors import (
    FaultMavenError,
    NotFound,
    Refused,
    Unavailable,
    UnreadableEvidence,
    WrongUsage,
)
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_A_PATH = re.compile(r"(?:/|\./|\.\./|~/|file:)\S+")
GOODBYES = frozenset({"quit", "exit", "bye"})
POLL_S = 20.0
RETRY_S = 1.0
PATIENCE_S = 60.0  # how long a script waits for what one line of it caused


async def converse(
    backend: Backend, *, screen: Screen, lines: AsyncIterator[str], patience_s: float = PATIENCE_S
) -> None:
    """Carry out each line; draw replies, answers and changed cards, until the lines end.

    Where the screen is no terminal a script is talking: each line waits for what it caused.
    Raises Unavailable where the backend does not answer at the very start.
    """
    listener = _Listener(backend, screen)
    await listener.catch_up()
    listening = asyncio.create_task(listener.listen())
    try:
        async for line in lines:
            if line.strip().lower() in GOODBYES:
                break
            if line.strip():
                screen.reply(await _replies(backend, line.strip(), screen.followed))
            if not screen.in_place:
                await listener.settle(patience_s)
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        screen.close()


@dataclass
class _Listener:
    """Follows changes at the backend. `turns`: cases whose next card is due, as a file was read."""

    backend: Backend
    screen: Screen
    after: int = 0
    turns: set[int | None] = field(default_factory=set)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def catch_up(self) -> None:
        """Mark earlier cards as known; show the followed case, where there is one."""
        cards, self.after = await self.backend.messages(after=0, wait_s=0)
        for card in cards:
            self.screen.knows(card)
        shown = await self.backend.dispatch("status", self.screen.followed)
        none_open = self.screen.followed is None and any(
            card.mark is Mark.REFUSED for card in shown
        )
        self.screen.reply((_WELCOME,) if none_open else shown)

    async def listen(self) -> None:
        """Draw changes until cancelled; report once that a backend does not answer."""
        silent = False
        while True:
            try:
                cards, self.after = await self.backend.messages(after=self.after, wait_s=POLL_S)
            except Unavailable as error:
                if not silent:
                    self.screen.reply((_refused(error),))
                silent = True
                await asyncio.sleep(RETRY_S)
                continue
            silent = False
            for card in cards:
                self._hear(card)

    async def settle(self, patience_s: float) -> None:
        """Wait until nothing that was asked for is under way."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while self.screen.waiting or self.turns:
                    self.heard.clear()
                    await self.heard.wait()

    def _hear(self, card: Card) -> None:
        if card.mark.is_glanced:
            self.turns.discard(card.case_number)
        elif card.key.startswith("file:") and card.mark is not Mark.PROGRESS:
            self.turns.add(card.case_number)
        self.screen.update(card)
        self.heard.set()


def dropped(line: str) -> list[Path]:
    """Files that a line names, as terminals write a dropped one: quoted, escaped or as a URL.

    A folder stands for the files in it.
    """
    spoken = take_apart(line)
    verb = spoken.verb.lower()
    if verb in VERBS and verb != "evidence":
        return []
    written = spoken.argument if verb == "evidence" else line
    try:
        words = shlex.split(written)
    except ValueError:  # an apostrophe is no quotation
        return []
    paths = [_path(word) for word in words]
    if not paths or not all(_is_there(path) for path in paths):
        return []
    return [upload.path for upload in uploads(paths)]


async def _replies(backend: Backend, line: str, followed: int | None) -> tuple[Card, ...]:
    try:
        files = dropped(line)
        if not files:
            _must_not_miss(line)
            return await backend.dispatch(line, followed)
        case = take_apart(line).case_number or followed
        if case is None:
            raise WrongUsage(_WHICH, next_step="Put its number in front: #128 evidence db.log")
        return tuple([await _uploaded(backend, file, case) for file in files])
    except FaultMavenError as error:
        return (_refused(error),)


async def _uploaded(backend: Backend, file: Path, case: int) -> Card:
    """What becomes of one file, or why nothing does: the others are not its prisoners."""
    try:
        return await backend.upload(file, case)
    except (Refused, UnreadableEvidence) as error:
        return _refused(type(error)(f"{file.name}: {error}", next_step=error.next_step))


def _must_not_miss(line: str) -> None:
    """Raises NotFound where `evidence` names a file that does not exist."""
    spoken = take_apart(line)
    if spoken.verb.lower() == "evidence" and _A_PATH.fullmatch(spoken.argument):
        message = f"there is no file {spoken.argument}, or no file in it"
        raise NotFound(message, next_step="Check the path; or paste the lines themselves.")


def _path(word: str) -> Path:
    url = urlparse(word)
    return Path(unquote(url.path)) if url.scheme == "file" else Path(word)


def _is_there(path: Path) -> bool:
    try:
        return path.is_file() or (len(path.parts) > 1 and path.is_dir())
    except OSError:  # a sentence is no file name: too long
        return False


def _refused(error: FaultMavenError) -> Card:
    return refusal(error, redactor=Redactor(b"terminal"))


_WHICH = "several cases are open, or none: whose evidence is this?"
_WELCOME = note(
    "welcome",
    RedactedText.format("No case is open. Alerts open theirs by themselves."),
    RedactedText.format("To open one: open checkout is slow · `help` for the rest"),
)
