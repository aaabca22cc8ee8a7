"""What tells a path from base64, which holds a slash as well: the one is of words, the other drawn.

Letters of a path follow each other as in words, and few of its letters are capitals; in what a
machine drew any character follows any other. So each pair of neighbours speaks for the one or the
other, and a value is what most of it speaks for.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

_CLASSES = (  # of characters; what is none of them is a sign
    ("v", "aeiouy"),
    ("c", "bcdfghjklmnpqrstvwxz"),
    ("U", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("9", "0123456789"),
    ("/", "/"),
)
_SIGN = "."
_CLASS_OF = {character: name for name, characters in _CLASSES for character in characters}
# How often the second class follows the first in paths, over how often in base64, as a logarithm:
# of 2,100 paths of a Debian machine, eight of a folder at most, and of their last two and three
# parts. A row for each first class.
_EVIDENCE = {
    "v": {"v": -0.3, "c": 1.0, "U": -5.4, "9": -3.4, "/": 1.3, ".": 0.2},
    "c": {"v": 1.4, "c": 0.1, "U": -5.5, "9": -2.5, "/": 2.5, ".": 0.8},
    "U": {"v": -0.4, "c": -2.0, "U": 0.5, "9": -0.8, "/": 0.3, ".": 1.4},
    "9": {"v": -1.4, "c": -1.2, "U": -3.7, "9": 0.7, "/": 2.3, ".": 2.6},
    "/": {"v": 1.1, "c": 0.7, "U": -2.0, "9": -2.9, "/": 0.0, ".": 0.1},
    ".": {"v": 0.0, "c": 0.7, "U": -2.2, "9": -0.2, "/": 0.7, ".": 0.7},
}
# At this one in 2,000 of drawn values is taken for a path, and one in 200 of paths for drawn.
_LEAST_EVIDENCE = 2.0
_LEAST_EVIDENCE_OF_NAME = -4.0
_WORD = re.compile(r"[A-Z]?(?=[a-z]*[aeiouy])[a-z]{3,}")
_MOST_OF_WORDS = 0.55  # of the characters of what was drawn
_MOST_EXAMINED = 200  # characters
# Ids and digests are drawn, too, and stand in paths: they speak for neither.
_ID = re.compile(
    r"(?<![A-Za-z0-9])(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{7,}|[0-9a-f]{2})"
    r"(?![A-Za-z0-9])"
)
_SIGNED_BASE64 = re.compile(r"(?=[A-Za-z0-9]{0,200}[+/])[A-Za-z0-9+/]{8,}={0,2}")
_KINDS = (re.compile("[a-z]"), re.compile("[A-Z]"), re.compile("[0-9]"))
_FEWEST_KINDS = 2


@lru_cache(maxsize=4096)
def is_drawn_base64(value: str) -> bool:
    """Whether it is base64 with a slash or a plus, `Zk9/pQ2mLw`, and not the path of anything."""
    if not _SIGNED_BASE64.fullmatch(value):
        return False
    kinds = sum(kind.search(value) is not None for kind in _KINDS)
    return kinds >= _FEWEST_KINDS and _evidence_of_path(value) <= _LEAST_EVIDENCE


def is_drawn_name(value: str) -> bool:
    """Whether what stands in the place of a name was drawn: names have more capitals than paths."""
    of_words = sum(map(len, _WORD.findall(value)))
    if of_words >= _MOST_OF_WORDS * len(value):
        return False
    return _evidence_of_path(value) <= _LEAST_EVIDENCE_OF_NAME


def _evidence_of_path(value: str) -> float:
    """How much more its neighbours are those of a path; a slash stands before it and behind."""
    bare = _ID.sub("", value[:_MOST_EXAMINED]).strip("/")
    classes = [_CLASS_OF.get(character, _SIGN) for character in f"/{bare}/"]
    return sum(_EVIDENCE[first][second] for first, second in pairwise(classes))
