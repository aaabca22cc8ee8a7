"""What did somebody mean to type? Words that are nearly one of those that are known."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache

_CLOSE_ENOUGH = 0.8
_SHORTEST = 4  # letters of a word that may be misspelt: `tine` is nearer to `line` than to nothing
_PLAIN = re.compile(rf"[a-z]{{{_SHORTEST},20}}")


# How people who are tired write what the rest of us write with an apostrophe, or in full.
_SHORT = {
    **{
        f"{word}s": f"{word}'s" for word in ("what", "when", "where", "who", "how", "that", "there")
    },
    **{
        word.replace("'", ""): word
        for word in (
            *("don't", "didn't", "doesn't", "isn't", "wasn't", "aren't", "can't", "couldn't"),
            *("haven't", "hasn't", "won't", "i'm", "i've", "we've", "you've", "let's"),
        )
    },
    **dict.fromkeys(("wat", "wut", "wot", "waht", "hwat", "wha", "whta", "wht"), "what"),
    **dict.fromkeys(("wats", "wuts", "wots", "wahts", "whta's", "wht's"), "what's"),
    **dict.fromkeys(("shw", "sho", "shwo", "hsow"), "show"),
    **dict.fromkeys(("frm", "fom", "fromt", "form"), "from"),
    **dict.fromkeys(("teh", "hte", "th"), "the"),
    **dict.fromkeys(("wich", "whihc", "whcih"), "which"),
    **dict.fromkeys(("pls", "plz", "plse", "pleas"), "please"),
    **dict.fromkeys(("err", "errs", "eror", "erors", "errros", "erorrs"), "errors"),
    **dict.fromkeys(("b4", "befor", "bfore"), "before"),
    **dict.fromkeys(("btw", "btwn", "betw", "bw"), "between"),
    **dict.fromkeys(("aft", "aftr"), "after"),
    **dict.fromkeys(("lst", "alst", "latst"), "last"),
    **dict.fromkeys(("hr", "hrs", "huor", "hors", "hour's"), "hour"),
    "n": "and",
    "&": "and",
    "u": "you",
    "r": "are",
    "y": "why",
    "gimme": "give me",
    "wuz": "was",
    "reqs": "requests",
    "req": "request",
    "reqid": "request id",
    "reqids": "request ids",
    "msgs": "messages",
    "msg": "message",
    "svc": "service",
    "warns": "warnings",
    "srv": "server",
    "yday": "yesterday",
    "tdy": "today",
    "sinc": "since",
    "snce": "since",
    "untl": "until",
    "id's": "ids",
    "whatchanged": "what changed",
    "showme": "show me",
    "mny": "many",
    "w": "with",
    "w/": "with",
    "bth": "both",
    "chnged": "changed",
}


def expanded(said: str) -> str:
    """The same with short forms written out: `whats` is `what's`, `y` is `why`. In lower case."""
    return " ".join(_SHORT.get(word, word) for word in said.split())


def respelt(said: str, known: frozenset[str]) -> str:
    """The same with each word replaced by the known one that it nearly is. said: in lower case.

    Names with digits, dots and dashes are left alone.
    """
    return " ".join(_nearest(word, known) for word in said.split())


@lru_cache(maxsize=4096)  # of what one line says, several ask
def _nearest(word: str, known: frozenset[str]) -> str:
    if word in known or not _PLAIN.fullmatch(word):
        return word
    long_enough = [one for one in known if len(one) >= _SHORTEST]
    swapped = (one for one in long_enough if one[0] == word[0] and sorted(one) == sorted(word))
    if (found := next(swapped, None)) is not None:  # `fial`, `boht`
        return found
    return next(iter(get_close_matches(word, sorted(long_enough), n=1, cutoff=_CLOSE_ENOUGH)), word)
