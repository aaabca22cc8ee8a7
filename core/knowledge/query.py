"""What is looked for, as terms with weights.

The weights, and those of `core.knowledge.index`, were chosen on one half of the answers of the
retrieval data; see docs/decisions/0048-search-without-a-model.md
and 0064-phrases-and-fillers.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from core.knowledge.terms import fillers, pairs, paraphrases, parts, synonyms, terms

MOST_TERMS = 300  # of a query; an alert with all its annotations has fewer
AGAIN = 0.5  # what each time adds that a term comes again
OF_PAIR = 0.3
OF_SYNONYM = 0.3
OF_PARAPHRASE = 0.4  # each term of what stands for a phrase
OF_ITS_PAIR = 0.6  # each two of them as neighbours: they say more than both alone
OF_FILLER = 0.4
OF_EXPRESSION = 0.75
# Of PromQL only the names of metrics say what it is about, not its comments, labels and functions.
_NOT_METRICS = re.compile(
    r"#[^\n]*|\{[^{}]*\}|\[[^\]]*\]|\"[^\"]*\""
    r"|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)"
)
_METRIC = re.compile(r"[a-zA-Z](?=[^\W_]*(?:_\w|_?:\w))\w*+(?::\w++)*")
_BETWEEN = re.compile(r"[_:]+")  # the words of such a name
_FUNCTIONS = re.compile(r"\w+_over_time|group_(?:left|right)|label_(?:replace|join)|clamp_\w+")


@dataclass(frozen=True, kw_only=True)
class SearchQuery:
    """What is looked for: by its terms with their weights, and by what the text means."""

    text: str
    terms: Mapping[str, float]

    @classmethod
    def of(cls, text: str, *, expression: str = "") -> SearchQuery:
        """expression: the PromQL of an alert, where it is known; only its metrics count."""
        spelt = (_BETWEEN.sub(" ", name) for name in metrics_of(expression))
        return cls(text=" ".join([text, *spelt]), terms=query_of(text, expression=expression))


def query_of(text: str, *, expression: str = "") -> Mapping[str, float]:
    """The weight of each term. expression: the PromQL of an alert, where it is known."""
    own, metrics = terms(text)[:MOST_TERMS], metrics_of(expression)
    query = {
        term: (1 + AGAIN * (count - 1)) * (OF_FILLER if term in fillers() else 1)
        for term, count in Counter(own).items()
    }
    of_metrics = terms(" ".join(metrics))
    for term in dict.fromkeys(of_metrics):
        query[term] = query.get(term, 0) + OF_EXPRESSION
    for term, weight in list(query.items()):
        for other in synonyms().get(term, ()):
            query[other] = max(query.get(other, 0), OF_SYNONYM * weight)
    for phrase in (*paraphrases(own), *paraphrases(of_metrics)):
        for term in phrase:
            query[term] = max(query.get(term, 0), OF_PARAPHRASE)
        for pair in pairs(phrase):
            query.setdefault(pair, OF_ITS_PAIR)
    for pair in (*pairs(own), *(pair for name in metrics for pair in pairs(parts(name)))):
        query.setdefault(pair, OF_PAIR)
    return query


def metrics_of(expression: str) -> list[str]:
    """The names of metrics in PromQL, each once."""
    names = _METRIC.findall(_NOT_METRICS.sub(" ", expression))
    return [name for name in dict.fromkeys(names) if _FUNCTIONS.fullmatch(name) is None]
