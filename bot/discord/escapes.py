"""Escapes text from outside so that Discord shows it exactly as it is. Pure.

Nothing of it may mention, link, quote, format or unfurl anything. Sources: Discord, "Markdown
Text 101" (support article 210298617) and reference, "Message Formatting"; a backslash before any
punctuation takes its meaning away.
"""

from __future__ import annotations

import re

from core.text.redacted import legible, one_line

_ALWAYS = re.compile(r"([\\*_~|`\[<])")
_LINE_START = re.compile(r"^([^\S\n]*)(?=(?:#{1,3}|-#|>{1,3}|[+-])(?:\s|$))", re.MULTILINE)
_NUMBERED = re.compile(r"^([^\S\n]*\d+)(?=[.)](?:\s|$))", re.MULTILINE)
# `https://x` is a link. `:x:` is drawn as an emoji, `02:41:07` is not; two names of emoji are made
# of digits alone.
_COLON = re.compile(r"(?<=\w):(?=//)|:(?=(?:100|1234|[^\s:]*[^\s:\d][^\s:]*):)")
# Allowed mentions are none in all we send; this is for the eye, and for whoever quotes us.
_EVERYONE = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_MENTION = re.compile(r"(?<=\\<)@")
_UNSEEN = "\u200b"
FENCE = "```"  # begins and ends a block of code


def escaped(text: str) -> str:
    """The text as Discord markdown that shows exactly that text; lines stay lines."""
    safe = _ALWAYS.sub(r"\\\1", legible(text))
    safe = _MENTION.sub(r"\\@", safe)
    safe = _EVERYONE.sub(f"@{_UNSEEN}", safe)
    safe = _COLON.sub(r"\\:", safe)
    safe = _NUMBERED.sub(r"\1\\", safe)
    return _LINE_START.sub(r"\1\\", safe)


def code(text: str) -> str:
    """One line in fixed width, with no markdown in it; empty for an empty text."""
    inner = one_line(text).replace("`", "'")
    return f"`{inner}`" if inner else ""


def code_block(text: str) -> str:
    """Lines in fixed width; Discord shows a button for copying beside them.

    Three backticks would end it, so a space nobody sees stands between them.
    """
    inner = legible(text).replace(FENCE, f"`{_UNSEEN}`{_UNSEEN}`")
    return f"{FENCE}\n{inner}\n{FENCE}"
