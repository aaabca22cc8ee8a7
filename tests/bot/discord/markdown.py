"""What Discord's clients would make of a text, as far as it could be misread.

Written from the rules people see ("Markdown Text 101", "Message Formatting"), not from our code.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")
# Code is closed by as many backticks as opened it, here one; no backslash counts in it.
_ESCAPE_OR_CODE = re.compile(r"\\[^0-9A-Za-z\s]|(?<!`)`(?P<code>[^`]+)`(?!`)")
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


_BLOCK = re.compile(r"^```\n(.*?)\n```$", re.MULTILINE | re.DOTALL)

_TITLES = r"Next|Cause|Fix|Hurts|Trigger|Do now|Root cause(?:, confirmed| \d+.%)"


def live(text: str) -> list[str]:
    """Everything in it that would not be shown as it stands."""
    rest = _ESCAPE.sub(_TAKEN, text)
    return [match[0] for rule in _LIVE for match in rule.finditer(rest)]


def read(text: str) -> str:
    """What a person reads where nothing in it is live."""
    return _ESCAPE.sub(r"\1", text).replace("\u200b", "")


def without_ours(description: str) -> str:
    """A card's description without the markup that is ours: bold, struck, lists, code.

    What stands in code means nothing, so it is given as if all of it was escaped.
    """
    parts = _BLOCK.split(description)
    return "".join(_escaped(part) if nth % 2 else _lines(part) for nth, part in enumerate(parts))


def _lines(description: str) -> str:
    rest = _ESCAPE.sub(lambda match: f"\\{match[1]}", description)
    return "\n".join(map(_line, rest.split("\n")))


def _line(line: str) -> str:
    line = re.sub(r"^- ", "", line)
    line = re.sub(r"  `[^`]*`$", "", line)
    line = re.sub(r"^(\S{1,2} )?~~(.*)~~$", r"\1\2", line)
    line = re.sub(rf"^(\S{{1,2}} )?\*\*({_TITLES})\*\*(?=\\?:)", r"\1\2", line)
    line = re.sub(r"(?<=— )\*\*(\d+\xa0%|confirmed|rejected)\*\*", r"\1", line)
    line = re.sub(r"^(\S{1,2} )?\*\*(.*)\*\*$", r"\1\2", line)
    return _ESCAPE_OR_CODE.sub(_without_code, line)


def _without_code(match: re.Match[str]) -> str:
    return match[0] if match["code"] is None else _escaped(match[0])


def _escaped(text: str) -> str:
    return re.sub(r"([^0-9A-Za-z\s])", r"\\\1", text)
