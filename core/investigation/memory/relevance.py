"""Scores each message for its relevance to a question: by words, n-grams and neighbours.

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

from core.investigation.memory.words import Moments, grams, names, spoken, stem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from core.investigation.memory.messages import CaseMessage


Scores: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

SILENCE = timedelta(hours=1)  # after which a new stretch of talk begins
_SATURATION, _LENGTH = 1.2, 0.5  # BM25's k1 and b
_NEAR = (0.5, 0.25)  # what a word counts for the turns next to it, and next but one
_FEEDBACK, _BEST, _BORROWED = 0.2, 4, 15  # weight, turns it is taken from, words taken
_ASKED = 100  # words of a question that count
_NAMED = 0.15  # bonus for a turn of a person, or of a time, that the question names
_ASKING = 0.1  # taken off a turn that only asks


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
        answering: Scores = scores * (1 - _ASKING * self._asking)
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
