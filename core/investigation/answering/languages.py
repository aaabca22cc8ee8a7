"""The language of a text that is not English, and what works, said in that language."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.investigation.answering.typos import word_list
from core.text.redacted import RedactedText, worded

_DATA = Path(__file__).with_name("languages.toml")
_WORD = re.compile(r"[^\W\d_][\w'-]*")
_LEAST = 0.4  # of the words of a text that tell its language
_ENGLISH = word_list("english")


@dataclass(frozen=True, kw_only=True)
class Language:
    """A language by its script or its words; `ask` are words and signs of questions in it."""

    line: RedactedText
    words: frozenset[str]
    script: str
    ask: tuple[str, ...]

    def asks(self, text: str) -> bool:
        """Whether a text in it is a question, and not talk."""
        folded = text.casefold()
        if self.script:
            return any(sign in folded for sign in self.ask)
        return "?" in text or folded.startswith(self.ask)


def language_of(text: str) -> Language | None:
    """The language of a text; None for English, and for what is too short to tell."""
    folded = text.casefold().replace("\u2019", "'")
    by_script = (each for each in _languages() if each.script)
    for language in by_script:
        if re.search(f"[{language.script}]", folded):
            return language
    words = _WORD.findall(folded)
    if not words or sum(word in _ENGLISH for word in words) * 2 >= len(words):
        return None
    shares = [
        (sum(word in language.words for word in words) / len(words), language)
        for language in _languages()
        if not language.script
    ]
    share, best = max(shares, key=lambda pair: pair[0])
    return best if share >= _LEAST and len(words) > 1 else None


@cache
def _languages() -> tuple[Language, ...]:
    table = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    return tuple(
        Language(
            line=worded(row["line"], {}),
            words=frozenset(row.get("words", ())),
            script=row.get("script", ""),
            ask=tuple(row["ask"]),
        )
        for row in table.values()
    )
