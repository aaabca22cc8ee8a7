"""Talk of people in an incident, made up: facts that matter among much that does not."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

PEOPLE = ("dana", "lee", "noor", "ivo", "mika", "sam")
PLACES = ("ledger", "basket", "courier", "tariff", "atlas", "harbour", "quill", "meadow")
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

# What is said once, and how somebody asks for it later in words of their own.
FACTS = (
    ("I raised the pool of {s} from {a} to {b} connections on Friday", "who changed the {s} pool?"),
    ("we rolled {s} back to build {a} at lunch and it did not help", "was {s} rolled back?"),
    ("the certificate of {s} was renewed {a} days ago", "when did the {s} certificate change?"),
    ("{s} runs with a heap of {a} MB since the last release", "how much memory does {s} have?"),
    ("the vendor says their gateway dropped {a} % of calls from {s}", "what did the vendor say?"),
    ("I turned the nightly import of {s} off until Monday", "is the import of {s} running?"),
    ("disk of {s} node {a} was at 91 % this morning", "how full was the disk of {s}?"),
    ("we moved {s} to the new subnet yesterday evening", "did anybody touch the {s} network?"),
    ("flag fast_path is on for {a} % of customers in {s}", "which flags are on in {s}?"),
    ("a migration locked the {s} table for {a} minutes", "was any table of {s} locked?"),
    ("retries of {s} were doubled to {a} after last month's outage", "how often does {s} retry?"),
    ("the replica of {s} lags {a} seconds behind", "does the {s} replica keep up?"),
)
CHATTER = (
    "looking now",
    "same here, the page takes forever to load for me and for two people in support",
    "any news?",
    "thanks, that is what I thought too",
    "customers are asking on the forum, I told them that we are on it",
    "can somebody join the call in five minutes? I have to leave for the school run",
    "I see it as well, but I do not know yet what to make of it",
    "the graph looks odd since about an hour, but that may be the deploy of the dashboard itself",
    "ok",
    "who is on call for {s} tonight?",
    "I am restarting my laptop, back in a moment",
    "let us keep this thread for the incident and talk about the rota somewhere else, please",
    "what does the runbook of {s} say about this?",
    "nothing in the mail from the provider so far, I have asked them again",
    "still red on my side, {a} errors in the last ten minutes on the front page",
    "we had something like this in spring, it went away by itself and nobody found out why",
    "+1",
    "I would rather wait for the numbers before we touch anything at all",
    "status page updated, next update in {a} minutes",
    "coffee first, then I look at {s}",
)


@dataclass(frozen=True)
class TalkLine:
    """One message, not yet redacted."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True)
class TalkFact:
    """`place` is that of the message that holds it, from 0."""

    place: int
    question: str
    text: str


@dataclass(frozen=True)
class TalkMade:
    """Messages in order, and what of them is asked for."""

    messages: tuple[TalkLine, ...]
    facts: tuple[TalkFact, ...]


def a_talk(messages: int, *, seed: int) -> TalkMade:
    """So many messages, about one in twelve of which holds a fact."""
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    wanted = [(says, asks, place) for says, asks in FACTS for place in PLACES]
    rng.shuffle(wanted)
    places = set(rng.sample(range(messages), min(len(wanted), max(1, messages // 12))))
    lines, facts, at = list[TalkLine](), list[TalkFact](), MORNING
    for nth in range(messages):
        at += timedelta(seconds=rng.randint(5, 240))
        slots = {"s": rng.choice(PLACES), "a": rng.randint(2, 90), "b": 128}
        if nth in places:
            says, asks, service = wanted[len(facts)]
            slots["s"] = service
            text = says.format(**slots)
            facts.append(TalkFact(nth, asks.format(**slots), text))
        else:
            text = rng.choice(CHATTER).format(**slots)
        lines.append(TalkLine(at, rng.choice(PEOPLE), text))
    return TalkMade(tuple(lines), tuple(facts))
