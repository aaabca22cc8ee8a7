"""Is the next word of these lines a column of the header, or does the message begin with it?

A component, a queue or a shard is written before whatever is said: it says little about the words
that follow. The first word of a message says most about them.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WORDS_AFTER = 3  # that tell messages apart
_LEAST_LINES = 50
_OFTEN = 6  # lines that go on alike, from which on their words can be compared
_COVERED = 0.5  # share of lines that go on as that many others do
_LEAST_KINDS = 4  # ways to go on: a log that says two things tells nothing
_FEW = 12  # different words in the column
_UNTOLD = 0.75  # share of the column's entropy that is left when one knows what follows
# What was done may be said of anything: `Starting nginx`, `Stopped nginx`, `GET /`.
_VERB = re.compile("(?i)(?:ed|ing):?$|^(?:GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS)$")
_LETTER = re.compile("[A-Za-z]")
_VALUE = re.compile(r"\S*[0-9]\S*")
_NUMBER = re.compile("[0-9]+")


def column_words(lines: Iterable[Sequence[str]]) -> list[str]:
    """Those of the column, with 0 for each number; none where the message begins.

    lines: of each the next words, the one in question first.
    """
    pairs = [
        (_NUMBER.sub("0", words[0]), " ".join(words[1 : 1 + WORDS_AFTER]))
        for line in lines
        if len(words := [word for word in line if word]) > 1
    ]
    if len(pairs) < _LEAST_LINES or not _are_few(pairs):
        return []
    follows: dict[str, list[str]] = defaultdict(list)
    for word, after in pairs:
        follows[_VALUE.sub("*", after)].append(word)
    common = [words for words in follows.values() if len(words) >= _OFTEN]
    count = sum(map(len, common))
    if len(common) < _LEAST_KINDS or count < _COVERED * len(pairs):
        return []
    left = sum(len(words) * _entropy(words) for words in common) / count
    if left <= _UNTOLD * _entropy([word for words in common for word in words]):
        return []
    return sorted({word for word, _ in pairs}, key=lambda word: (-len(word), word))


def _are_few(pairs: Sequence[tuple[str, str]]) -> bool:
    different = {word for word, _ in pairs}
    if any(_VERB.search(word) or not _LETTER.search(word) for word in different):
        return False
    return 1 < len(different) <= _FEW


def _entropy(words: Sequence[str]) -> float:
    """In bits, with what few samples miss of it (Miller and Madow, 1955)."""
    counts, total = Counter(words), len(words)
    seen = -sum(n / total * math.log2(n / total) for n in counts.values())
    return seen + (len(counts) - 1) / (2 * total * math.log(2))
