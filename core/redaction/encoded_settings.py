"""Settings with a secret that are encoded as a whole: base64 or hexadecimal of `DB_PASSWORD=…`.

Cloud-init, Kubernetes and pipelines carry files that way. Nothing around such a run says what it
holds, so that it is decoded; few lines hold a word of secrets as these encodings write it.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from core.redaction.rules import reading
from core.redaction.secret_values import is_nothing, is_word

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS = [
    "pass",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "access_key",
    "private_key",
    "creden",
]
_RUN = re.compile(r"(?<![A-Za-z0-9+/_-])(?P<v>[A-Za-z0-9+/_-]{24,}={0,2})(?![A-Za-z0-9+/_=-])")
_HEXADECIMAL = re.compile(r"(?:[0-9a-fA-F]{2})+")
_SHORTEST_HINT = 4  # characters: fewer are in every base64
_MOST_DECODED = 32_000  # characters, a multiple of 4
_SETTING = re.compile(
    r"(?im)(?:^|[\s,;&?{(\"'<-])(?:export[ ])?[\w.-]{0,40}?"
    r"(?:pass(?:w(?:or)?d|wd|phrase|code)?|pwd|secret|token|api_?key|access_?key|private_?key|credentials?)[\w.-]{0,12}[\"']?"
    r"(?:[ \t]{0,4}(?:[:=]|=>)[ \t]{0,4}|>|[ \t]{1,4}(?=\S+\s*$))[\"']?(?P<v>[^\s\"'<>]{3,})"
)
_CONTENT = re.compile(
    r"PRIVATE KEY-----|://[^\s/:@]{1,64}:[^\s/@]{3,128}@|\bchpasswd\b|:\$[0-9a-z]{1,4}\$[^\s:]{12,}"
)


def _encoded_words() -> Iterator[str]:
    """The words as base64 writes them at each of its three places, and as hexadecimal."""
    for word in _WORDS:
        for written in {word, word.upper(), word.title()}:
            yield written.encode().hex()
            for place in range(3):
                code = base64.b64encode(b"\0" * place + written.encode()).decode().rstrip("=")
                # The first and the last character also hold bits of what stands beside the word.
                inner = code[(0, 2, 3)[place] :]
                yield inner[: -1 if (place + len(word)) % 3 else None].lower()


def encoded_settings(text: str) -> Iterator[tuple[int, int]]:
    """Where runs stand that hold settings with a secret."""
    for match in _RUN.finditer(text):
        if _holds_secret(match["v"].rstrip("=")[:_MOST_DECODED]):
            yield match.span("v")


def _holds_secret(run: str) -> bool:
    decoded = _decoded(run)
    if _CONTENT.search(decoded):
        return True
    return any(
        not (is_nothing(setting["v"]) or is_word(setting["v"]))
        for setting in _SETTING.finditer(decoded)
    )


def _decoded(run: str) -> str:
    """The text that it encodes; none where it is none."""
    try:
        if _HEXADECIMAL.fullmatch(run):
            raw = bytes.fromhex(run)
        else:
            standard = run.replace("-", "+").replace("_", "/")
            standard = standard[: len(standard) - (len(standard) % 4 == 1)]
            raw = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        return ""
    text = raw.decode("utf-8", errors="ignore")
    if "\0" in text:  # UTF-16, as PowerShell encodes a command
        text = raw.decode("utf-16-le", errors="ignore")
    printable = sum(character.isprintable() or character in "\r\n\t" for character in text)
    return text if printable >= len(text) - 1 else ""


RULES = (
    reading(
        "|".join(sorted({word for word in _encoded_words() if len(word) >= _SHORTEST_HINT})),
        encoded_settings,
        screen=r"[A-Za-z0-9+/_-]{24}",
    ),
)
