"""Which messages are about what is asked, by what they say and when.

Hot are the newest. Warm are older ones that are about what is asked now: by relevance for their
tokens, until the budget is full. The rest is cold: it stays in the case and is not sent. Tiers are
worked out anew for every question, so that a cold turn which becomes relevant again is promoted,
and one that stops being so is demoted (`Memory.since` tells which).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.investigation.memory.messages import CaseMessage, Memory, MemoryLimits
from core.investigation.memory.relevance import Scores, Talk, relevance
from core.investigation.memory.words import names, spoken, stem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


RECALLED = 5
_ENOUGH = 0.5  # of the best one's relevance
_COVERED = 0.2  # of the question's words, or nobody spoke about it
# Words of questions about talk, which are not what the talk was about.
_WORDS = (
    "say tell mention think write ask answer suggest propose talk discuss note remember recall"
    " again earlier anybody anyone somebody someone people everybody about thing message"
    " remind word comment claim report"
)
_ASKING = frozenset(stem(word) for word in _WORDS.split())


def recall(
    question: str, messages: Sequence[CaseMessage], *, most: int = RECALLED
) -> tuple[CaseMessage, ...]:
    """The messages about a question, most relevant first; empty if there are none.

    If the question names people who spoke, only their messages; if it names no topic, the newest.
    The question itself, if it is among the messages, is left out.
    """
    folded = _folded(question)
    others = [message for message in messages if _folded(message.text.text) != folded]
    by_named = [message for message in others if message.called & names(question)]
    called = frozenset[str]().union(*(message.called for message in messages))
    topics = [word for word in spoken(question, without=called) if stem(word) not in _ASKING]
    if not topics:
        return tuple(reversed(by_named))[:most]
    covered = Talk(others).coverage(topics)
    scores = {message.seq: float(score) for message, score in zip(others, covered, strict=True)}
    eligible = by_named or others
    best = max((scores[message.seq] for message in eligible), default=0.0)
    if best < _COVERED:
        return ()
    relevant = [message for message in eligible if scores[message.seq] >= _ENOUGH * best]
    return tuple(sorted(relevant, key=lambda message: (-scores[message.seq], -message.seq))[:most])


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


# A long turn is worth less than a short one of the same relevance, not in proportion: by tokens to
# this power. 1 would be value for money, which lets a crowd of short courtesies in.
THRIFT = 0.2
# The newest, but for these few, yield to older turns that are at least so relevant, compared with
# the best, for so much of the budget.
LEAST, CLEARLY, ROOM = 3, 0.15, 0.9


def organise(
    messages: Sequence[CaseMessage], cue: str, *, limits: MemoryLimits | None = None
) -> Memory:
    """The three tiers of a conversation, for what is asked now.

    messages: in the order in which they were said. cue: the question, or what the turn is about.
    """
    limits = limits or MemoryLimits()
    whole = sum(message.tokens for message in messages)
    budget = limits.budget(whole, messages=len(messages))
    if whole <= budget:
        return _all_of(messages, limits, budget)
    ranked = _by_worth(messages, relevance(cue, messages))
    last = messages[len(messages) - min(limits.hot, len(messages)) :]
    hot = _newest(last, ranked, budget)
    left = budget - sum(message.tokens for message in messages if message.seq in hot)
    older = (message for message, _ in ranked if message.seq not in hot)
    warm = {message.seq for message in _fitting(older, left)}
    return Memory(
        hot=tuple(message for message in messages if message.seq in hot),
        warm=tuple(message for message in messages if message.seq in warm),
        cold=tuple(message for message in messages if message.seq not in hot | warm),
        budget=budget,
    )


def _all_of(messages: Sequence[CaseMessage], limits: MemoryLimits, budget: int) -> Memory:
    """Nothing has to rest."""
    older = max(0, len(messages) - limits.hot)
    return Memory(hot=tuple(messages[older:]), warm=tuple(messages[:older]), budget=budget)


def _by_worth(messages: Sequence[CaseMessage], scores: Scores) -> list[tuple[CaseMessage, float]]:
    """Those with anything in common with the cue, by relevance for their tokens, newest first.

    Each with its relevance.
    """
    scored = [
        (message, float(score))
        for message, score in zip(messages, scores, strict=True)
        if score > 0
    ]
    return sorted(scored, key=lambda pair: (-pair[1] / pair[0].tokens ** THRIFT, -pair[0].seq))


def _newest(
    last: Sequence[CaseMessage], ranked: Sequence[tuple[CaseMessage, float]], budget: int
) -> frozenset[int]:
    """The newest, as far as they leave room for older ones that are clearly about the cue."""
    newest = {message.seq for message in last}
    clearly = CLEARLY * max((score for _, score in ranked), default=0.0)
    older = (message for message, score in ranked if message.seq not in newest and score >= clearly)
    reserved = sum(message.tokens for message in _fitting(older, int(budget * ROOM)))
    certain = _leading(reversed(last[-LEAST:]), budget // 2)
    kept = _leading(reversed(last), budget - reserved)
    return frozenset(message.seq for message in max(certain, kept, key=len))


def _leading(messages: Iterable[CaseMessage], budget: int) -> list[CaseMessage]:
    """From the first on, until one does not fit."""
    taken, left = list[CaseMessage](), budget
    for message in messages:
        if message.tokens > left:
            break
        taken.append(message)
        left -= message.tokens
    return taken


def _fitting(messages: Iterable[CaseMessage], budget: int) -> list[CaseMessage]:
    """Each that still fits, in the order given."""
    taken, left = list[CaseMessage](), budget
    for message in messages:
        if message.tokens <= left:
            taken.append(message)
            left -= message.tokens
    return taken
