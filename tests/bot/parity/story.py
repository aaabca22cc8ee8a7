"""Every row of the parity table, said in one way on one platform, and what came of it."""

from __future__ import annotations

from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from core.cases.events import EventKind
from docs.writers.parity import BRINGS_LINES, Seen, Way

if TYPE_CHECKING:
    from tests.bot.parity.world import World


@dataclass(frozen=True)
class Line:
    """What dana says. `words` are in the reply, `does` is what it does to the case, if anything."""

    row: str
    verb: str
    text: str
    words: str
    does: EventKind | None = None

    @property
    def rest(self) -> str:
        """Without the verb and its number: what is typed into a form."""
        return self.text.partition(" ")[2].lstrip("0123456789 ")


NEW_LINES = "02:44 nothing to see\n02:45 still nothing"
# In this order each can be said of the case as the one before leaves it.
LINES = (
    Line("help", "help", "help", "Or just ask: why 1? what next?"),
    Line("status", "status", "status", "Open #1 · bookings fail"),
    Line("hypotheses", "hypotheses", "hypotheses", "check: "),
    Line("evidence", "evidence", "evidence", "#1 evidence · 1 log"),
    Line("ask", "ask", "ask what changed?", "asked: what changed?", EventKind.ASKED),
    Line(
        BRINGS_LINES, "evidence", f"evidence {NEW_LINES}", "e2 ", EventKind.FILE_PROCESSED
    ),
    Line("cancel", "cancel", "cancel", "stopped: 1 of 1", EventKind.CANCELLED),
    Line("correct", "correct", "correct since 14:05", "noted: since 14:05", EventKind.CORRECTED),
    Line("reject", "reject", "reject 1 it is idle", "rejected: 1", EventKind.JUDGED),
    Line("confirm", "confirm", "confirm 2 it was 2f9c", "cause confirmed: ", EventKind.JUDGED),
    Line("listen", "listen", "listen all", "Here I listen to all"),
    Line("resolve", "resolve", "resolve more memory", "Fix: more memory", EventKind.RESOLVED),
    Line("report", "report", "report", "lines of Markdown"),
    Line("reopen", "reopen", "reopen", "Open #1 · bookings fail", EventKind.REOPENED),
    Line("open", "open", "open search is slow", "Open #2 · search is slow", EventKind.OPENED),
)


class Went(Enum):
    """What became of an attempt to say something."""

    NOWHERE = auto()  # the platform, or what is shown there, has no such way
    SAID = auto()
    ASKED = auto()  # a form opened


Read = frozenset[tuple[str, str]]  # messages by id, with their words as they are now


class Stage(Protocol):
    """A platform with our adapter on it; dana acts, lee is in the same channels."""

    world: World

    async def do(self, way: Way, line: Line) -> Went:
        """Say it; when this returns it was heard."""

    def read_by_dana(self) -> Read: ...
    def read_by_lee(self) -> Read: ...


async def play(stage: Stage, way: Way) -> dict[str, Seen]:
    """For each row: who saw the reply to it."""
    return {line.row: await _attempt(stage, way, line) for line in LINES}


async def _attempt(stage: Stage, way: Way, line: Line) -> Seen:
    world = stage.world
    async with AsyncExitStack() as meanwhile:
        await _prepare(world, line)
        if line.verb == "cancel":
            await meanwhile.enter_async_context(world.a_turn_under_way(lambda: _ask(stage, way)))
        before = _now(stage), Counter(await world.events())
        went = await stage.do(way, line)
    await world.work()
    done = Counter(await world.events()) - before[1]
    dana, lee = (_new(now, then) for now, then in zip(_now(stage), before[0], strict=True))
    if went is Went.ASKED:
        assert not done
        return Seen.FORM
    if went is Went.NOWHERE:
        return Seen.NOBODY
    return _judged(line, done, dana, lee)


def _judged(line: Line, done: Counter[EventKind], dana: list[str], lee: list[str]) -> Seen:
    """Alone, where dana saw the reply in a message that lee did not see."""
    obeyed = line.does is None or bool(done[line.does])
    mine, ours = (sum(line.words in words for words in read) for read in (dana, lee))
    if not obeyed or not mine:
        assert not mine
        assert set(done) <= {EventKind.NOTED, EventKind.SPOKEN, EventKind.OWNED}, done
        return Seen.NOBODY
    return Seen.ALONE if mine > ours else Seen.EVERYONE


async def _prepare(world: World, line: Line) -> None:
    """kim brings the case into the state that the line is about."""
    is_open = (await world.case()).case.state.is_open
    if line.row in ("report", "reopen") and is_open:
        await world.kim("resolve never mind")
    if line.row not in ("report", "reopen") and not is_open:
        await world.kim("reopen")
    await world.work()


async def _ask(stage: Stage, way: Way) -> None:
    """dana asks where the case is at home."""
    question = Line("ask", "ask", "ask what next?", "")
    await stage.do(Way.TYPED if way in (Way.TYPED, Way.FILE) else Way.THREAD, question)


def _now(stage: Stage) -> tuple[Read, Read]:
    return stage.read_by_dana(), stage.read_by_lee()


def _new(now: Read, then: Read) -> list[str]:
    return [words for _, words in now - then]
