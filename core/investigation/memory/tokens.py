"""How many tokens does a text take? An estimate without a tokenizer.

Tokenizers of language models keep common words whole, cut long and rare ones, take figures three
by three, and most marks one by one. So does this count. On chat in English it is within a few per
cent of word-and-mark counts (`python -m benchmarks.memory` prints the error); on identifiers and
hashes models differ among themselves by more than that.
"""

from __future__ import annotations

import re

# A word of the Latin alphabet is one token up to 11 letters; three figures are one, or two letters
# of another script, or a mark.
_TOKEN = re.compile(r"[A-Za-z]{1,11}|[0-9]{1,3}|[^\W\d_]{1,2}|[^\w\s]|_|\d{1,3}")


def estimate(text: str) -> int:
    """Tokens, an estimate; 0 for nothing. Takes time linear in the text."""
    return len(_TOKEN.findall(text))
