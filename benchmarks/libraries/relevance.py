"""Stems and BM25: ours, which are PyStemmer's, beside snowballstemmer and bm25s.

    pip install snowballstemmer bm25s
    python -m benchmarks.libraries.relevance --data DIR

DIR is that of `benchmarks.memory`. Each variant replaces a part of the product's memory and answers
the same questions; `stems` are the pairs of the tests.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bm25s
import numpy as np
import Stemmer
from snowballstemmer.english_stemmer import EnglishStemmer

from benchmarks import memory as talks
from benchmarks.libraries.footprint import cost, seconds_each
from core.investigation.memory import recall, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SAME = (
    "deploy deploys deployed deploying",
    "retry retries retried",
    "cache caches cached caching",
    "run runs running ran",
    "lose lost losing",
    "batch batches",
    "connection connections connected",
    "migrate migrated migrating migration migrations",
    "creates created creating creation",
    "stop stopped stopping",
    "child children kids",
)
OTHER = ("pool poll", "cash cache", "status stats", "err error", "10 100")
OURS = words.stem
SNOWBALL = EnglishStemmer().stemWord  # `stemmer()` would take PyStemmer where it is
PORTER = Stemmer.Stemmer("english").stemWord
STEMMERS: dict[str, Callable[[str], str]] = {
    "ours": OURS,
    "PyStemmer without irregular forms": PORTER,
    "snowballstemmer, in Python": lambda word: SNOWBALL(words._IRREGULAR.get(word, word)),
    "none": lambda word: word,
}


def main() -> int:
    """Print one JSON document."""
    logging.getLogger("bm25s").setLevel(logging.ERROR)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    conversations = talks._read(parser.parse_args().data)
    document = {
        "stems": {name: _stems(stem) for name, stem in STEMMERS.items()},
        "kept": {name: _kept(conversations, stem=stem) for name, stem in STEMMERS.items()}
        | {"bm25s in place of our lexicon": _kept(conversations, lexicon=Lexicon)},
        "bm25s by itself": _alone(conversations),
        "cost": {
            "snowballstemmer": cost("snowballstemmer"),
            "PyStemmer": cost("PyStemmer", "Stemmer"),
            "bm25s": cost("bm25s"),
        },
    }
    print(json.dumps(document, indent=1))
    return 0 if conversations else 1


class Lexicon(recall._Lexicon):
    """Ours, with an index of bm25s for the weights: Lucene's formula is ours but for a factor."""

    def __init__(self, texts: Any, terms_of: Any) -> None:
        super().__init__(texts, terms_of)
        self._index = bm25s.BM25(method="lucene", k1=1.2, b=0.5)
        documents = [[term for word in words for term in terms_of(word)] for words in texts]
        self._index.index(documents, show_progress=False)

    def weights(self, asked: Iterable[str]) -> Any:
        terms = sorted({term for word in asked for term in self._terms_of(word)})
        known = [term for term in terms if term in self._index.vocab_dict]
        if not known:
            return np.zeros((len(self._said), 1))
        columns = [self._index.get_scores([term]) for term in known]
        return np.stack(columns, axis=1).astype(np.float64)


def _stems(stem: Callable[[str], str]) -> dict[str, Any]:
    met = sum(len({stem(form) for form in forms.split()}) == 1 for forms in SAME)
    apart = sum(len({stem(form) for form in forms.split()}) > 1 for forms in OTHER)
    plain = getattr(stem, "__wrapped__", stem)
    every = [form for forms in (*SAME, *OTHER) for form in forms.split()] * 200
    each = seconds_each(lambda: [plain(word) for word in every]) / len(every)
    right = f"{met + apart} of {len(SAME) + len(OTHER)}"
    return {"right": right, "us_each_uncached": round(each * 1e6, 2)}


def _kept(conversations: Any, **parts: Any) -> dict[str, float]:
    before = {name: getattr(recall, name) for name in ("stem", "_Lexicon")}
    recall.stem = parts.get("stem", before["stem"])
    recall._Lexicon = parts.get("lexicon", before["_Lexicon"])  # type: ignore[misc]
    try:
        began = time.perf_counter()
        shares = [
            float(np.mean(talks._retained(conversations, talks._by_memory, budget)))
            for budget in talks.BUDGETS
        ]
        took = time.perf_counter() - began
    finally:
        recall.stem, recall._Lexicon = before["stem"], before["_Lexicon"]  # type: ignore[misc]
    asked = sum(len(conversation.questions) for conversation in conversations) * len(talks.BUDGETS)
    return {
        **{
            f"{budget:.0%}": round(share, 4)
            for budget, share in zip(talks.BUDGETS, shares, strict=True)
        },
        "ms_a_question": round(took / max(1, asked) * 1e3, 1),
    }


def _alone(conversations: Any) -> dict[str, float]:
    """Ranked by bm25s with Snowball's stems and its stop words, later turns before earlier."""
    kept: dict[float, list[float]] = {budget: [] for budget in talks.BUDGETS}
    for talk in conversations:
        texts = [f"{turn['speaker']} {turn['text']}" for turn in talk.turns]
        cut = {"stopwords": "en", "stemmer": PORTER_OF, "show_progress": False}
        index = bm25s.BM25()
        index.index(bm25s.tokenize(texts, **cut), show_progress=False)
        for question in talk.questions:
            asked = bm25s.tokenize([question["question"]], return_ids=False, **cut)[0]
            known = [word for word in asked if word in index.vocab_dict]
            scores = index.get_scores(known) if known else np.zeros(len(texts))
            ranked = sorted(range(len(texts)), key=lambda at: (-scores[at], -at))
            for budget, shares in kept.items():
                shares.append(talk.retained(question, talk.within(ranked, budget)))
    return {f"{budget:.0%}": round(float(np.mean(shares)), 4) for budget, shares in kept.items()}


PORTER_OF = Stemmer.Stemmer("english")

if __name__ == "__main__":
    sys.exit(main())
