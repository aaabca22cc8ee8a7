"""What of a text can be shown to a reader as it stands? Pure functions, for every renderer.

What orders a screen about, turns round or hides what is read, or cannot be sent at all gives way
to a sign that something stood there. Sources: Unicode, general categories (UAX #44) and the use
of joiners (UAX #31, section 2.3).
"""

from __future__ import annotations

import re
import unicodedata

REPLACED = "\ufffd"
UNBROKEN = "\u00a0"  # a space at which no line ends
_SPACES = "\t\u2028\u2029"  # the latter two end lines on some screens, and on others do not
# Cc: control. Cf: bidirectional overrides and what cannot be seen. Cs: half a character.
_ILLEGIBLE = {"Cc", "Cf", "Cs"}
_JOINERS = "\u200c\u200d"
_WRITTEN = "LMS"  # letters, the marks upon them, and signs such as emoji


def legible(text: str) -> str:
    """The text without what would deceive; its lines stay lines."""
    text = text.replace("\r\n", "\n")
    if text.isprintable():  # of all that is replaced, nothing is
        return text
    return "".join(one if one.isprintable() else _shown(text, at) for at, one in enumerate(text))


def one_line(text: str) -> str:
    """The same on one line: any run of white space is one space; what must not break does not."""
    return re.sub(rf"[^\S{UNBROKEN}]+", " ", legible(text)).strip()


def _shown(text: str, at: int) -> str:
    character = text[at]
    if character == "\n":
        return character
    if character in _SPACES:
        return " "
    if character in _JOINERS:
        return character if _joins(text, at) else REPLACED
    return REPLACED if unicodedata.category(character) in _ILLEGIBLE else character


def _joins(text: str, at: int) -> bool:
    """Some scripts, and emoji of several parts, cannot be written without; ASCII can."""
    beside = (*text[max(at - 1, 0) : at], *text[at + 1 : at + 2])
    return any(not one.isascii() and unicodedata.category(one)[0] in _WRITTEN for one in beside)
