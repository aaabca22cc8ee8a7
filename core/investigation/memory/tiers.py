"""Which messages of a case are sent, and which rest? Hot, warm and cold, inside a token budget.

Hot are the newest. Warm are older ones that are about what is asked now: by relevance for their
tokens, until the budget is full. The rest is cold: it stays in the case and is not sent. Tiers are
worked out anew for every question, so that a cold turn which becomes relevant again is promoted,
and one that stops being so is demoted (`Memory.since` tells which).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.investigation.memory.model import Limits, Memory, Said
from core.investigation.memory.relevance import Scores, relevance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# A long turn is worth less than a short one of the same relevance, not in proportion: by tokens to
# this power. 1 would be value for money, which lets a crowd of short courtesies in.
THRIFT = 0.2
# The newest, but for these few, yield to older turns that are at least so relevant, compared with
# the best, for so much of the budget.
LEAST, CLEARLY, ROOM = 3, 0.15, 0.9


def organise(messages: Sequence[Said], cue: str, *, limits: Limits | None = None) -> Memory:
    """The three tiers of a conversation, for what is asked now.

    messages: in the order in which they were said. cue: the question, or what the turn is about.
    """
    limits = limits or Limits()
    whole = sum(one.tokens for one in messages)
    budget = limits.budget(whole, messages=len(messages))
    if whole <= budget:
        return _all_of(messages, limits, budget)
    ranked = _by_worth(messages, relevance(cue, messages))
    last = messages[len(messages) - min(limits.hot, len(messages)) :]
    hot = _newest(last, ranked, budget)
    left = budget - sum(one.tokens for one in messages if one.seq in hot)
    older = (one for one, _ in ranked if one.seq not in hot)
    warm = {one.seq for one in _fitting(older, left)}
    return Memory(
        hot=tuple(one for one in messages if one.seq in hot),
        warm=tuple(one for one in messages if one.seq in warm),
        cold=tuple(one for one in messages if one.seq not in hot | warm),
        budget=budget,
    )


def _all_of(messages: Sequence[Said], limits: Limits, budget: int) -> Memory:
    """Nothing has to rest."""
    older = max(0, len(messages) - limits.hot)
    return Memory(hot=tuple(messages[older:]), warm=tuple(messages[:older]), budget=budget)


def _by_worth(messages: Sequence[Said], scores: Scores) -> list[tuple[Said, float]]:
    """Those with anything in common with the cue, by relevance for their tokens, newest first.

    Each with its relevance.
    """
    scored = [(one, float(score)) for one, score in zip(messages, scores, strict=True) if score > 0]
    return sorted(scored, key=lambda one: (-one[1] / one[0].tokens ** THRIFT, -one[0].seq))


def _newest(
    last: Sequence[Said], ranked: Sequence[tuple[Said, float]], budget: int
) -> frozenset[int]:
    """The newest, as far as they leave room for older ones that are clearly about the cue."""
    newest = {one.seq for one in last}
    clearly = CLEARLY * max((score for _, score in ranked), default=0.0)
    older = (one for one, score in ranked if one.seq not in newest and score >= clearly)
    wanted = sum(one.tokens for one in _fitting(older, int(budget * ROOM)))
    certain = _leading(reversed(last[-LEAST:]), budget // 2)
    kept = _leading(reversed(last), budget - wanted)
    return frozenset(one.seq for one in max(certain, kept, key=len))


def _leading(messages: Iterable[Said], budget: int) -> list[Said]:
    """From the first on, until one does not fit."""
    taken, left = list[Said](), budget
    for one in messages:
        if one.tokens > left:
            break
        taken.append(one)
        left -= one.tokens
    return taken


def _fitting(messages: Iterable[Said], budget: int) -> list[Said]:
    """Each that still fits, in the order given."""
    taken, left = list[Said](), budget
    for one in messages:
        if one.tokens <= left:
            taken.append(one)
            left -= one.tokens
    return taken
