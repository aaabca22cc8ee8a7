"""Recalls the messages of a case that are about a question, by what they say and when.

Hot are the newest. Warm are older ones that are about what is asked now: by relevance for their
tokens, until the budget is full. The rest is cold: it stays in the case and is not sent. Tiers are
worked out anew for every question, so that a cold turn which becomes relevant again is promoted,
and one that stops being so is demoted (`Memory.since` tells which).

BM25 of stems and BM25 of character n-grams are added, each first spread over neighbouring turns of
the same stretch of talk: the answer to a question often has none of its words, the question has.
Then the words of the best turns are asked for as well (pseudo-relevance feedback), and turns of a
person or of a time that the question names get a bonus. No model, no network, no state.
BM25: Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), formula 3.15.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from core.investigation.memory.messages import CaseMessage, Memory, MemoryLimits
from core.investigation.memory.words import Moments, grams, names, spoken, stem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

RECALLED = 5
_ENOUGH = 0.5  # of the best one's relevance
_COVERED = 0.2  # of the question's words, or nobody spoke about it
# Words of questions about talk, which are not what the talk was about.
_ASKING_WORDS = (
    "say tell mention think write ask answer suggest propose talk discuss note remember recall"
    " again earlier anybody anyone somebody someone people everybody about thing message"
    " remind word comment claim report"
)
_ASKING = frozenset(stem(word) for word in _ASKING_WORDS.split())
Scores: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
SILENCE = timedelta(hours=1)  # after which a new stretch of talk begins
_SATURATION, _LENGTH = 1.2, 0.5  # BM25's k1 and b
_NEAR = (0.5, 0.25)  # what a word counts for the turns next to it, and next but one
_FEEDBACK, _BEST, _BORROWED = 0.2, 4, 15  # weight, turns it is taken from, words taken
_ASKED = 100  # words of a question that count
_NAMED = 0.15  # bonus for a turn of a person, or of a time, that the question names
_QUESTION_DEDUCTION = 0.1  # taken off a turn that only asks


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


def relevance(question: str, messages: Sequence[CaseMessage]) -> Scores:
    """One number a message, 0 for those with nothing in common with the question, at most about 1.

    messages: in the order in which they were said.
    """
    return Talk(messages).relevance(question)


class Talk:
    """Messages, prepared for any number of questions about them."""

    def __init__(self, messages: Sequence[CaseMessage]) -> None:
        self._messages = messages
        # Who is spoken to is seldom who is spoken about: names of those who talk are left out.
        self._called = frozenset[str]().union(*(message.called for message in messages))
        texts = [message.text.text for message in messages]
        words = [spoken(text, without=self._called) for text in texts]
        self._near = _Neighbours(messages)
        self._stems = _Lexicon(words, lambda word: (stem(word),))
        self._grams = _Lexicon(words, grams)
        self._asking = np.array([_only_asks(text) for text in texts], dtype=np.float64)

    def relevance(self, question: str) -> Scores:
        """One number a message, in their order."""
        if not self._messages:
            return np.zeros(0)
        words = list(dict.fromkeys(spoken(question, without=self._called)))[:_ASKED]
        by_stems = _scaled(self._near.spread(self._stems.weights(words)).sum(axis=1))
        by_grams = _scaled(self._near.spread(self._grams.weights(words)).sum(axis=1))
        scores = _scaled(by_stems + by_grams)
        if scores.any():
            scores = _scaled(scores + _FEEDBACK * _scaled(self._stems.like(scores)))
        scores = scores + _NAMED * (self._said_by(question) + self._said_at(question))
        answering: Scores = scores * (1 - _QUESTION_DEDUCTION * self._asking)
        return answering

    def coverage(self, words: Sequence[str]) -> Scores:
        """How much of these words each message has, or one beside it; all of them is about 1."""
        if not self._messages or not words:
            return np.zeros(len(self._messages))
        words = words[:_ASKED]
        shares = [
            self._near.spread(lexicon.weights(words)).sum(axis=1) / lexicon.possible(words)
            for lexicon in (self._stems, self._grams)
        ]
        covered: Scores = np.maximum(*shares)
        return covered

    def _said_by(self, question: str) -> Scores:
        named = names(question)
        return np.array([float(bool(message.called & named)) for message in self._messages])

    def _said_at(self, question: str) -> Scores:
        moments = Moments.of(question)
        return np.array([float(moments.names(message.at)) for message in self._messages])


class _Lexicon:
    """Which terms are in which message, and what each weighs there (BM25).

    terms_of: the terms of one word: its stem, or its n-grams.
    """

    def __init__(
        self, words: Sequence[Sequence[str]], terms_of: Callable[[str], Sequence[str]]
    ) -> None:
        self._said, self._terms_of = words, terms_of
        vocabulary = {word: terms_of(word) for of_message in words for word in of_message}
        self._vocabulary = vocabulary
        lengths = np.array(
            [float(sum(len(vocabulary[word]) for word in of_message)) for of_message in words]
        )
        usual = max(float(lengths.mean()), 1.0) if len(lengths) else 1.0
        self._damping = _SATURATION * (1 - _LENGTH + _LENGTH * lengths / usual)[:, None]

    def weights(self, words: Iterable[str]) -> Scores:
        """One row a message, one column a term of the words asked for."""
        return self._weighed({term for word in words for term in self._terms_of(word)})

    def possible(self, words: Iterable[str]) -> float:
        """What a message weighs that has each of them once, and is of the usual length."""
        terms = {term for word in words for term in self._terms_of(word)}
        with_it = (self._counts(terms) > 0).sum(axis=0)
        return max(float(self._rarity(with_it).sum()), 1e-9)

    def like(self, scores: Scores) -> Scores:
        """Of each message for the weightiest terms of those that were found best."""
        best = np.argsort(-scores, kind="stable")[:_BEST]
        words = {word for place in best for word in self._said[place]}
        weights = self.weights(words)
        borrowed = scores[best] @ weights[best]
        most = np.argsort(-borrowed, kind="stable")[:_BORROWED]
        alike: Scores = weights[:, most] @ borrowed[most]
        return alike

    def _weighed(self, terms: Collection[str]) -> Scores:
        counts = self._counts(terms)
        rarity = self._rarity((counts > 0).sum(axis=0))
        weighed: Scores = counts * (_SATURATION + 1) / (counts + self._damping) * rarity
        return weighed

    def _rarity(self, with_it: Scores) -> Scores:
        rarity: Scores = np.log1p((len(self._said) - with_it + 0.5) / (with_it + 0.5))
        return rarity

    def _counts(self, terms: Collection[str]) -> Scores:
        columns = {term: column for column, term in enumerate(sorted(terms))}
        counts = np.zeros((len(self._said), len(columns)))
        where = self._where(columns)
        for row, of_message in zip(counts, self._said, strict=True):
            for word in of_message:
                for column in where.get(word, ()):
                    row[column] += 1
        return counts

    def _where(self, columns: Mapping[str, int]) -> dict[str, list[int]]:
        """The columns of each word that has any."""
        columns_of = {
            word: [columns[term] for term in terms if term in columns]
            for word, terms in self._vocabulary.items()
        }
        return {word: places for word, places in columns_of.items() if places}


class _Neighbours:
    """Which turns stand beside which, within one stretch of talk."""

    def __init__(self, messages: Sequence[CaseMessage]) -> None:
        stretches = accumulate(
            (after.at - before.at > SILENCE for before, after in pairwise(messages)), initial=0
        )
        self._stretches = np.array([*stretches], dtype=np.int64)

    def spread(self, weights: Scores) -> Scores:
        """What each row's terms weigh in it or near it, whichever is most."""
        most = weights.copy()
        for distance, share in enumerate(_NEAR, 1):
            if distance < len(weights):
                same = self._stretches[distance:] == self._stretches[:-distance]
                shared = same[:, None] * share
                np.maximum(most[distance:], weights[:-distance] * shared, out=most[distance:])
                np.maximum(most[:-distance], weights[distance:] * shared, out=most[:-distance])
        return most


def _only_asks(text: str) -> bool:
    """Whether the text ends in a question. An attachment in brackets does not count."""
    spoken = text.rstrip()
    if spoken.endswith("]"):
        spoken = spoken[: spoken.rfind("[")].rstrip()
    return spoken.endswith("?")


def _scaled(scores: Scores) -> Scores:
    """The highest is 1."""
    top = float(scores.max(initial=0.0))
    return scores / top if top > 0 else scores
