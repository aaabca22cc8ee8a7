"""What was said about it? `what did dana say about the pool?`, from the talk of a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.investigation.memory.relevance import Talk
from core.investigation.memory.words import names, spoken, stem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.investigation.memory.model import Said

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


def recall(question: str, messages: Sequence[Said], *, most: int = RECALLED) -> tuple[Said, ...]:
    """What was said about it, the most relevant first; nothing where nothing was.

    Where the question names people who spoke, only what they said; where it names no topic, the
    newest of it. The question itself, where it is among the messages, is not what was said.
    """
    asked = _folded(question)
    others = [one for one in messages if _folded(one.text.text) != asked]
    theirs = [one for one in others if one.called & names(question)]
    called = frozenset[str]().union(*(one.called for one in messages))
    topics = [word for word in spoken(question, without=called) if stem(word) not in _ASKING]
    if not topics:
        return tuple(reversed(theirs))[:most]
    covered = Talk(others).coverage(topics)
    scores = {one.seq: float(score) for one, score in zip(others, covered, strict=True)}
    wanted = theirs or others
    best = max((scores[one.seq] for one in wanted), default=0.0)
    if best < _COVERED:
        return ()
    found = [one for one in wanted if scores[one.seq] >= _ENOUGH * best]
    return tuple(sorted(found, key=lambda one: (-scores[one.seq], -one.seq))[:most])


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
