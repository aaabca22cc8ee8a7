"""The intents of what people ask, as data: examples of each, and which one a text is nearest to.

A file an intent, `NAME.toml`: its kind, which says who answers; a label for help; a sentence that
works; examples. In an example `{name}` stands for a service or file, `{fault}` for what may be
broken, `{time}`, `{n}` and `{id}` for themselves, `{word}` and `{person}` for a word nobody knows.
What people say to each other is an intent, too (`chatter`), so that it is told from questions.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise
from math import log, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from core.investigation.answering.typos import fold
from core.text.redacted import RedactedText, worded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FOLDER = Path(__file__).parent
_SUSPECTS = FOLDER.with_name("suspects.toml")
# One letter each, which nobody types and which weighs as one.
TIME, NAME, FAULT, WORD, NUMBER, ID = "\u03c4", "\u03bd", "\u03c6", "\u03c9", "\u2116", "\u03b9"
MARKS = {
    "{time}": TIME,
    "{name}": NAME,
    "{fault}": FAULT,
    "{word}": WORD,
    "{person}": WORD,
    "{n}": NUMBER,
    "{id}": ID,
}
_NEAREST, _SHARPNESS = 5, 4  # examples that vote for an intent, and how much the best ones count
_LONGEST_GRAM = 3
Scores: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
_Posting: TypeAlias = tuple[np.ndarray[tuple[int, ...], np.dtype[np.int64]], Scores]


class IntentKind(StrEnum):
    """Who answers."""

    FACT = "fact"  # a turn, from hypotheses and findings
    LINES = "lines"  # the lines of the files, at once
    MEMORY = "memory"  # what was said and done in the case
    SIMILAR = "similar"  # other cases
    RUNBOOKS = "runbooks"  # what is known of all runbooks, of no case
    VERB = "verb"  # a verb that only shows something
    GUARDED = "guarded"  # a verb that changes something: it is asked back
    COURTESY = "courtesy"  # nobody, unless our name is in front
    CHATTER = "chatter"  # nobody: people talk to each other


@dataclass(frozen=True, kw_only=True)
class Intent:
    """One thing that people want. `sentence` is one that works, `label` what it is about."""

    name: str
    kind: IntentKind
    label: RedactedText
    sentence: RedactedText
    examples: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class IntentMatch:
    """How much a text is like an intent: `certainty` is 1 where it is one of its examples."""

    intent: Intent
    certainty: float
    votes: float


@cache
def catalogue() -> Mapping[str, Intent]:
    """Every intent by its name, in the order of their files."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.toml"))}


@cache
def vocabulary() -> frozenset[str]:
    """Every word of the examples."""
    texts = (example for intent in catalogue().values() for example in intent.examples)
    return frozenset(word for text in texts for word in plain(text).split() if word.isascii())


@cache
def vocabulary_of(name: str) -> frozenset[str]:
    """The words of the examples of one intent."""
    return frozenset(" ".join(map(plain, catalogue()[name].examples)).split())


@cache
def heads_of(intent: Intent) -> frozenset[str]:
    """The words with which examples of an intent begin."""
    return frozenset(plain(example).partition(" ")[0] for example in intent.examples)


def plain(example: str) -> str:
    """An example as it is compared: marks for slots, and no punctuation but in words."""
    for slot, mark in MARKS.items():
        example = example.replace(slot, mark)
    words = (FAULT if word in suspects() else word for word in bare(fold(example)).split())
    return re.sub(rf"{FAULT}(?: {FAULT})+", FAULT, " ".join(words))


def bare(text: str) -> str:
    """The text without punctuation at the ends of its words."""
    text = re.sub(r"\b(?:please|kindly)\b", " ", text)
    return " ".join(re.sub(r"(?<!\w)[^\w\u2116+]+|[^\w\u2116]+(?!\w)", " ", text).split())


def likenesses(text: str) -> list[IntentMatch]:
    """The intents that a text is like at all, the likest first. text: with marks, as compared."""
    if not text:
        return []
    scores = _index().similarities(text)
    likest = []
    for name, rows in _rows().items():
        of_intent = scores[rows]
        best = float(of_intent.max())
        if best <= 0:
            continue
        powers = np.sort(of_intent**_SHARPNESS)[::-1][:_NEAREST]
        votes = float(powers.sum())
        likest.append(IntentMatch(intent=catalogue()[name], certainty=best, votes=votes))
    return sorted(likest, key=lambda each: (-_is_exact(each), -each.votes))


def _is_exact(likeness: IntentMatch) -> bool:
    return likeness.certainty > 1 - 1e-6


class ExampleIndex:
    """Texts by the cosine of their character n-grams and pairs of words, weighted by TF-IDF.

    The weights are those of scikit-learn's TfidfVectorizer with `char_wb` and `sublinear_tf`.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        counted = [_counts(text) for text in texts]
        seen: dict[str, int] = defaultdict(int)
        for counts in counted:
            for gram in counts:
                seen[gram] += 1
        self._rarity = {gram: log((1 + len(texts)) / (1 + n)) + 1 for gram, n in seen.items()}
        self._size = len(texts)
        postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for row, counts in enumerate(counted):
            for gram, weight in self._weights(counts).items():
                postings[gram].append((row, weight))
        self._postings: dict[str, _Posting] = {
            gram: (np.array([row for row, _ in rows]), np.array([weight for _, weight in rows]))
            for gram, rows in postings.items()
        }

    def similarities(self, text: str) -> Scores:
        """One cosine a text, 0 to 1, in their order."""
        scores: Scores = np.zeros(self._size)
        for gram, weight in self._weights(_counts(text)).items():
            if (posting := self._postings.get(gram)) is not None:
                rows, weights = posting
                scores[rows] += weight * weights
        return scores

    def _weights(self, counts: Mapping[str, int]) -> dict[str, float]:
        rarest = log(1 + self._size) + 1  # of a gram that no text has
        raw = {
            gram: (1 + log(count)) * self._rarity.get(gram, rarest)
            for gram, count in counts.items()
        }
        length = sqrt(sum(weight * weight for weight in raw.values()))
        return {gram: weight / length for gram, weight in raw.items()}


def _counts(text: str) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for gram in _grams(text):
        counts[gram] += 1
    return counts


def _grams(text: str) -> Iterator[str]:
    """Pieces of each word, and each word with the next: `is it` is not `it is`."""
    words = text.split()
    yield from (f"{word}>{following}" for word, following in pairwise(["", *words, ""]))
    for word in words:
        padded = f" {word} "
        for length in range(1, _LONGEST_GRAM + 1):
            for start in range(len(padded) - length + 1):
                yield padded[start : start + length]


@cache
def _index() -> ExampleIndex:
    return ExampleIndex(
        [plain(example) for intent in catalogue().values() for example in intent.examples]
    )


@cache
def _rows() -> Mapping[str, slice]:
    """Which rows of the index are the examples of each intent."""
    rows, begin = dict[str, slice](), 0
    for intent in catalogue().values():
        rows[intent.name] = slice(begin, begin + len(intent.examples))
        begin += len(intent.examples)
    return rows


@cache
def suspects() -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """For each word of a suspicion, the beginnings of faults and the parts of names it means."""
    table = tomllib.loads(_SUSPECTS.read_text(encoding="utf-8"))
    return {
        word: (tuple(row["faults"]), tuple(row["names"]))
        for row in table.values()
        for word in row["words"]
    }


def _read(path: Path) -> Intent:
    table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    return Intent(
        name=path.stem,
        kind=IntentKind(table["kind"]),
        label=worded(table.get("label", ""), {}),
        sentence=worded(table.get("sentence", ""), {}),
        examples=tuple(table["examples"]),
    )
