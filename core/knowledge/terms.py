"""Which terms a text is found by: stems of its words, and the parts of names.

`KubePodCrashLooping` is `kube`, `pod`, `crash` and `loop`, as well as itself;
`node_filesystem_free` is `node`, `filesystem` and `free`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from threading import local

from Stemmer import Stemmer  # type: ignore[import-not-found]

_NAME = re.compile(r"[^\W_]+(?:_+[^\W_]+)*")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_LONGEST = 64
_local = local()


@lru_cache(maxsize=65_536)
def terms_of_name(name: str) -> tuple[str, ...]:
    """Those of one name or word, itself first where it has parts."""
    parts = [stem(part.lower()) for part in _PART.findall(name)]
    parts = [part for part in parts if part not in STOP]
    whole = stem(name.lower())
    if len(parts) > 1:
        return (whole.replace("_", ""), *parts)
    return (whole,) if whole not in STOP else ()


def terms(text: str) -> list[str]:
    """In the order of the text, repeated where it repeats them."""
    found = list[str]()
    for name in _NAME.findall(text):
        if len(name) <= _LONGEST:
            found += terms_of_name(name)
    return found


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


_LITTLE = (
    "a an the and or but if of to in on at by for from with as is are was were be been has have had"
    " this that these those it its not no you your we can may will would should than then so"
)
STOP = frozenset(_LITTLE.split())
