"""How many tokens does a text take? An estimate without a tokenizer.

Tokenizers of language models keep common words whole, cut long and rare ones, take figures three
by three, and most marks one by one. So does this count. On chat in English it is within a few per
cent of word-and-mark counts (`python -m benchmarks.memory` prints the error); on identifiers and
hashes models differ among themselves by more than that.
"""

from __future__ import annotations

import re

_PIECES = re.compile(r"[A-Za-z]+|[0-9]+|[^\W\d_]+|[^\w\s]|_|\d+")
_WORD = 11  # letters of a Latin word that is still one token
_FIGURES = 3
_OTHER = 2  # letters of another script in a token


def estimate(text: str) -> int:
    """Tokens, an estimate; 0 for nothing. Takes time linear in the text."""
    return sum(_of(piece) for piece in _PIECES.findall(text))


def _of(piece: str) -> int:
    if piece[0].isdigit():
        per = _FIGURES
    elif piece.isascii():
        per = _WORD
    else:
        per = _OTHER
    return -(-len(piece) // per)
