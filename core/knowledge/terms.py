"""Which terms a text is found by: stems of its words, the parts of names, and pairs of neighbours.

`KubePodCrashLooping` is `kube`, `pod`, `crash` and `loop`, as well as itself;
`node_filesystem_free` is `node`, `filesystem` and `free`. Pairs tell `not ready` from `ready`.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from threading import local
from typing import TYPE_CHECKING, Any

from Stemmer import Stemmer  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

THESAURUS = Path(__file__).parent / "thesaurus.toml"
PAIR = " "  # between the terms of a pair: no term has one
_NAME = re.compile(r"[^\W_]+(?:_+[^\W_]+)*")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_LONGEST = 64  # characters of a name
_LITTLE = (
    "a an the and or but if of to in on at by for from with as is are was were be been has have had"
    " this that these those it its you your we can may will would should than then so"
)
_STOP = frozenset(_LITTLE.split())
_local = local()

Phrase = tuple[str, ...]


def terms(text: str) -> list[str]:
    """In the order of the text, repeated where it repeats them."""
    all_terms = list[str]()
    for name in _NAME.findall(text):
        if len(name) <= _LONGEST:
            all_terms += _terms_of_name(name)
    return all_terms


def parts(name: str) -> list[str]:
    """Those of a name, without the name as a whole where it has parts."""
    all_terms = list[str]()
    for word in _NAME.findall(name):
        of_word = _terms_of_name(word)
        all_terms += of_word[1:] if len(of_word) > 1 else of_word
    return all_terms


def pairs(terms: Iterable[str]) -> list[str]:
    """Each two neighbours, as one term."""
    return [f"{first}{PAIR}{second}" for first, second in pairwise(terms)]


@lru_cache(maxsize=65_536)
def _terms_of_name(name: str) -> tuple[str, ...]:
    """Itself first where it has parts."""
    split = _PART.findall(name)
    if len(split) == 1:
        whole = name.lower()
        return () if whole in _STOP else (stem(whole),)
    own = tuple(stem(part.lower()) for part in split if part.lower() not in _STOP)
    return (stem(name.lower().replace("_", "")), *own)


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The word, in lower case, without its endings."""
    stemmed: str = _stemmer().stemWord(word)
    return stemmed


def _stemmer() -> Stemmer:
    if not hasattr(_local, "english"):
        _local.english = Stemmer("english", 0)  # `stem` has a cache of its own
    english: Stemmer = _local.english
    return english


@cache
def synonyms() -> Mapping[str, Sequence[str]]:
    """By term, what stands for it in the texts of others."""
    others: dict[str, list[str]] = defaultdict(list)
    for group in _thesaurus()["groups"]:
        stems = list(dict.fromkeys(stem(word) for word in group.split()))
        for term in stems:
            others[term] += [other for other in stems if other != term]
    return others


def paraphrases(terms: Sequence[str]) -> Iterator[Phrase]:
    """What stands for neighbours among them, as a whole, in the texts of others."""
    for at, first in enumerate(terms):
        for phrase, others in _phrases().get(first, ()):
            if tuple(terms[at : at + len(phrase)]) == phrase:
                yield from others


@cache
def _phrases() -> Mapping[str, Sequence[tuple[Phrase, Sequence[Phrase]]]]:
    """By its first term: each phrase, and what stands for it."""
    by_first: dict[str, list[tuple[Phrase, Sequence[Phrase]]]] = defaultdict(list)
    for group in _thesaurus()["phrases"]:
        phrases = list(dict.fromkeys(tuple(terms(phrase)) for phrase in group.split(",")))
        for phrase in phrases:
            others = [other for other in phrases if other != phrase]
            by_first[phrase[0]].append((phrase, others))
    return by_first


@cache
def fillers() -> frozenset[str]:
    """Terms that say little of what is wrong, wherever they come."""
    return frozenset(stem(word) for word in _thesaurus()["fillers"].split())


@cache
def _thesaurus() -> Mapping[str, Any]:
    return tomllib.loads(THESAURUS.read_text(encoding="utf-8"))
