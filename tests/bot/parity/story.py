"""Every row of the parity table, said in one way on one platform, and what came of it."""

from __future__ import annotations

from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from core.cases.events import EventKind
from docs.writers.parity import BRINGS_LINES, ReplyVisibility, Way

if TYPE_CHECKING:
    from tests.bot.parity.world import ParityWorld


@dataclass(frozen=True)
class SpokenLine:
    """What dana says. `words` are in the reply, `does` is what it does to the case, if anything."""

    row: str
    text: str
    words: str
    does: EventKind | None = None

    @property
    def verb(self) -> str:
        return self.text.split()[0]

    @property
    def rest(self) -> str:
        """Without the verb and its number: what is typed into a form."""
        return self.text.partition(" ")[2].lstrip("0123456789 ")


NEW_LINES = "02:44 nothing to see\n02:45 still nothing"
DROPPED = NEW_LINES.encode()
# In this order each can be said of the case as the one before leaves it.
LINES = (
    SpokenLine("help", "help", "the case on one card"),
    SpokenLine("status", "status", "Open #1 · bookings fail"),
    SpokenLine("hypotheses", "hypotheses", "Would settle it: "),
    SpokenLine("why", "why 1", "for +"),
    SpokenLine("timeline", "timeline", "#1 timeline, "),
    SpokenLine("runbook", "runbook", "No runbook fits #1"),
    SpokenLine("related", "related", "#1 no other case here is like it"),
    SpokenLine("search", "search replica lag", "Nothing found for"),
    SpokenLine("handoff", "handoff", "#1 hand-off"),
    SpokenLine("evidence", "evidence", "#1 evidence · 1 log"),
    SpokenLine("ask", "ask what changed?", "asked: what changed?", EventKind.ASKED),
    SpokenLine(BRINGS_LINES, f"evidence {NEW_LINES}", "Nothing unusual", EventKind.FILE_PROCESSED),
    SpokenLine("run", "run", "check 1: "),
    SpokenLine("helped", "helped check 1", "helped.", EventKind.FEEDBACK_GIVEN),
    SpokenLine("result", "result 1 yes", "checked: ", EventKind.CHECK_SCORED),
    SpokenLine("cancel", "cancel", "stopped: 1 of 1", EventKind.CANCELLED),
    SpokenLine("fixed", "fixed 1", "fix 1 marked as done", EventKind.SOLUTION_CONFIRMED),
    SpokenLine("correct", "correct since 14:05", "noted: since 14:05", EventKind.CORRECTED),
    SpokenLine("reject", "reject 1 it is idle", "rejected: 1", EventKind.JUDGED),
    SpokenLine("confirm", "confirm 2 anyway: 2f9c", "cause confirmed: ", EventKind.JUDGED),
    SpokenLine("undo", "undo", "taken back: confirm ", EventKind.TAKEN_BACK),
    SpokenLine("listen", "listen all", "Here I listen to all"),
    SpokenLine("resolve", "resolve more memory", "Fix: more memory", EventKind.RESOLVED),
    SpokenLine("report", "report", "lines of Markdown"),
    SpokenLine("reopen", "reopen #1", "Open #1 · bookings fail", EventKind.REOPENED),
    SpokenLine("open", "open search is slow", "Open #2 · search is slow", EventKind.OPENED),
    SpokenLine("whoami", "whoami", "No account is linked"),
    SpokenLine("link", "link BCDF-GHJK", "Not done: "),
    SpokenLine("unlink", "unlink", "linked to no account"),
)


# What has to be asked before a card has a button for it.
ASKED_FIRST = {"why": "ask why checkout?", "handoff": "ask who can help?"}


class Went(Enum):
    """What became of an attempt to say something."""

    NOWHERE = auto()  # the platform, or what is shown there, has no such way
    SAID = auto()
    ASKED = auto()  # a form opened


# What goes on in a case while nobody is obeyed.
BY_ITSELF = {
    EventKind.NOTED,
    EventKind.SPOKEN,
    EventKind.OWNED,
    EventKind.RANKED,
    EventKind.ANSWERED,
    EventKind.CHECK_ASKED,
    EventKind.CONCLUDED,
    EventKind.PHASE_ENTERED,
    EventKind.TURN_ENDED,
    EventKind.ESCALATED,
    EventKind.SOLUTION_PROPOSED,
    EventKind.SOLUTION_SETTLED,
}
Words = list[str]
Read = frozenset[tuple[str, str]]  # messages by id, with their words as they are now


class ParityStage(Protocol):
    """A platform with our adapter on it; dana acts, lee is in the same channels."""

    world: ParityWorld

    async def do(self, way: Way, line: SpokenLine) -> Went:
        """Say it; when this returns it was heard."""

    async def look(self) -> tuple[Read, Read]:
        """What dana reads now, and what lee does."""


async def play(stage: ParityStage, way: Way) -> dict[str, ReplyVisibility]:
    """For each row: who saw the reply to it."""
    return {line.row: await _attempt(stage, way, line) for line in LINES}


async def _attempt(stage: ParityStage, way: Way, line: SpokenLine) -> ReplyVisibility:
    world = stage.world
    async with AsyncExitStack() as meanwhile:
        await _prepare(world, way, line)
        if way is Way.BUTTON and line.row in ASKED_FIRST:
            await _ask(stage, way, ASKED_FIRST[line.row])
            await world.work()
        if line.verb == "cancel":
            await meanwhile.enter_async_context(world.a_turn_under_way(lambda: _ask(stage, way)))
        before = await stage.look(), Counter(await world.events())
        went = await stage.do(way, line)
    await world.work()
    done = Counter(await world.events()) - before[1]
    read = zip(await stage.look(), before[0], strict=True)
    dana, lee = ([words for _, words in now - then] for now, then in read)
    if went is Went.ASKED:
        assert not done
        return ReplyVisibility.FORM
    if went is Went.NOWHERE:
        return ReplyVisibility.NOBODY
    return _judged(way, line, done, dana, lee)


def _judged(
    way: Way, line: SpokenLine, done: Counter[EventKind], dana: Words, lee: Words
) -> ReplyVisibility:
    """Alone, where dana saw the reply in a message that lee did not see."""
    mine, ours = (sum(line.words in words for words in read) for read in (dana, lee))
    if mine and (line.does is None or done[line.does]):
        return ReplyVisibility.ALONE if mine > ours else ReplyVisibility.EVERYONE
    assert not mine, f"{line.text!r} was answered, and nothing done: {done}"
    assert set(done) <= BY_ITSELF, f"{line.text!r} was not answered, and did {done}"
    assert way is not Way.THREAD or done[EventKind.NOTED], f"{line.text!r} is kept nowhere"
    return ReplyVisibility.NOBODY


async def _prepare(world: ParityWorld, way: Way, line: SpokenLine) -> None:
    """kim brings the case into the state in which one would say that."""
    if line.row == "fixed":
        await world.propose_a_fix()
    over = line.row == "reopen" or (line.row == "report" and way is Way.BUTTON)
    if over is (await world.case()).case.state.is_open:
        await world.kim("resolve never mind" if over else "reopen")
        await world.work()


async def _ask(stage: ParityStage, way: Way, text: str = "ask what next?") -> None:
    """dana asks where the case is at home."""
    question = SpokenLine("ask", text, "")
    await stage.do(Way.TYPED if way in (Way.TYPED, Way.FILE) else Way.THREAD, question)
