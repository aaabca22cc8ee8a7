"""What Discord's clients would make of a text, as far as it could be misread.

Written from the rules people see ("Markdown Text 101", "Message Formatting"), not from our code.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")
_TAKEN = "\x00"  # a character that an escape has taken the meaning from
_LIVE = (
    re.compile(r"[*_~|`]"),  # emphasis, spoilers, code
    re.compile(r"\[[^\]]*\]\("),  # masked links
    re.compile(r"<(@|#|/|:|a:|t:|id:|https?:)"),  # mentions, emoji, times, links
    re.compile(r"@(everyone|here)"),
    re.compile(r"\w+://\S"),
    re.compile(r":[^\s:\x00]*[a-zA-Z+][^\s:\x00]*:"),  # emoji by name
    re.compile(r":(100|1234):"),
    re.compile(r"^\s*(#{1,3}|-#|>|>>>|[-+]|\d+[.)])\s+\S", re.MULTILINE),
)


def live(text: str) -> list[str]:
    """Everything in it that would not be shown as it stands."""
    rest = _ESCAPE.sub(_TAKEN, text)
    return [match[0] for rule in _LIVE for match in rule.finditer(rest)]


def read(text: str) -> str:
    """What a person reads where nothing in it is live."""
    return _ESCAPE.sub(r"\1", text).replace("\u200b", "")


def without_ours(description: str) -> str:
    """A card's description without the markup that is ours: bold lines, lists, code at the end."""
    rest = _ESCAPE.sub(lambda match: f"\\{match[1]}", description)
    lines = [re.sub(r"^- ", "", line) for line in rest.split("\n")]
    lines = [re.sub(r"  `[^`]*`$", "", line) for line in lines]
    lines = [re.sub(r"^(\S{1,2} )?\*\*(.*)\*\*$", r"\1\2", line) for line in lines]
    return "\n".join(lines)
