"""How words are compared: in lower case, short forms written out, misspelt ones as known ones."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHORT_FORMS = Path(__file__).with_name("short_forms.toml")
_LISTS = Path(__file__).with_name("words.toml")
_SHORTEST = 4  # letters of a word that may be misspelt: `tine` is nearer to `line` than to nothing
_LONG = 7  # letters of a word in which two slips are likely


_BETWEEN_PARTS = re.compile(r"[-_]")


@cache
def word_list(name: str) -> frozenset[str]:
    """The words of one list of `words.toml`."""
    return frozenset(tomllib.loads(_LISTS.read_text(encoding="utf-8"))[name].split())


def fold(text: str) -> str:
    """Lower case, straight apostrophes, single spaces, `whats` as `what's`."""
    short_forms = _short_forms()
    words = text.casefold().replace("\u2019", "'").replace("\u2018", "'").split()
    return " ".join(short_forms.get(word, word) for word in words)


def joined(text: str, names: frozenset[str]) -> str:
    """The text with names of several words as they are spelt: `eta-worker` for `eta worker`.

    names: as the case knows them. One that was written in one piece with a slip is put right, too.
    """
    for name in sorted(names, key=len, reverse=True):
        parts = [re.escape(part) for part in _BETWEEN_PARTS.split(name)]
        if len(parts) > 1:
            text = re.sub(rf"(?<![\w-]){'[ _]'.join(parts)}(?![\w-])", name, text)
    return " ".join(_put_right(word, names) for word in text.split())


def _put_right(word: str, names: frozenset[str]) -> str:
    """`eta-worker` for `eta-woker`: where every part is known or a slip of the one name's."""
    core = word.strip("?!.,;:()[]")
    if core in names or "-" not in core or not core.replace("-", "").isalpha():
        return word
    near = [name for name in names if _is_slip(core, name)]
    return word.replace(core, near[0]) if len(near) == 1 else word


def _is_slip(word: str, name: str) -> bool:
    """Whether the letters of both, without what stands between their parts, are nearly the same."""
    whole = _BETWEEN_PARTS.sub("", name)
    return nearest(_BETWEEN_PARTS.sub("", word), frozenset({whole})) is not None


@lru_cache(maxsize=4096)
def nearest(word: str, vocabulary: frozenset[str]) -> str | None:
    """The known word that this one nearly is; None for a name, or where nothing is near.

    A slip is a letter too few, too many or wrong, or two that are swapped (optimal string
    alignment); short words may have one, long ones two, and the first letter is right.
    """
    if word in vocabulary:
        return word
    if not word.isascii() or not word.isalpha() or word in word_list("left_alone"):
        return None
    if len(word) < _SHORTEST:
        return _swapped(word, vocabulary)
    slips = 2 if len(word) >= _LONG else 1
    candidates = [known for known in _by_initial(vocabulary).get(word[0], ()) if _fits(known, word)]
    return _swapped(word, vocabulary) or _extract(word, candidates, slips)


def _fits(known: str, word: str) -> bool:
    return len(known) >= _SHORTEST and abs(len(known) - len(word)) <= 2  # noqa: PLR2004 - slips


def _swapped(word: str, vocabulary: frozenset[str]) -> str | None:
    """`hte`, `fial`, `boht`: the same letters in another order, the first in its place."""
    same = (known for known in _by_letters(vocabulary).get("".join(sorted(word)), ()))
    return next((known for known in same if known[0] == word[0] or len(word) == 3), None)  # noqa: PLR2004 - `hte`


def _extract(word: str, candidates: list[str], slips: int) -> str | None:
    # It takes 45 ms to load: not before somebody misspells something.
    from rapidfuzz import process  # noqa: PLC0415 - see above
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - see above

    match = process.extractOne(word, candidates, scorer=OSA.distance, score_cutoff=slips)
    return str(match[0]) if match else None


@cache
def _by_initial(vocabulary: frozenset[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for word in sorted(vocabulary):
        groups.setdefault(word[0], []).append(word)
    return groups


@cache
def _by_letters(vocabulary: frozenset[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for word in sorted(vocabulary):
        groups.setdefault("".join(sorted(word)), []).append(word)
    return groups


@cache
def _short_forms() -> Mapping[str, str]:
    table = tomllib.loads(_SHORT_FORMS.read_text(encoding="utf-8"))
    return {short: whole for whole, forms in table.items() for short in forms}
