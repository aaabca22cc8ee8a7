"""Which lines does a stack trace have that stands escaped in one line of JSON or logfmt?"""

from __future__ import annotations

import re

from core.evidence.logs.quoting import unescaped

# A line feed and what a frame begins with. Backslashes are more where JSON stands within JSON.
_FEED = r"\\{1,3}n"
ESCAPED = (
    rf"{_FEED}(?:\\{{1,3}}t|[ \t])*"
    r"(?:at [\w.$<]|File \\{0,3}\"|from \S{1,200}\.rb:|\S{1,200}\.(?:go|rb|s):[0-9])"
)
VALUE_END = r'(?:[^"\\]|\\.)*'  # the rest of the field's value
_ESCAPED = re.compile(ESCAPED)
_FEEDS = re.compile(_FEED)
_TABS = re.compile(r"\\{1,3}t")
_QUOTES = re.compile(r'\\{1,3}"')
# Its quote may be missing, and nothing is given back: each character is looked at once.
_VALUE = re.compile(r'"((?:[^"\\]|\\.)*+)"?')
_MAX_LINES = 60
_LOOK_AT = 64_000  # characters


def lines_within(line: str) -> list[str]:
    """The lines of the field that holds the trace; the whole line's, where no field is found."""
    value = _value(line[:_LOOK_AT])
    if value.startswith("{"):  # a container runtime's record holds a record of JSON
        value = _value(unescaped(value))
    found = (_QUOTES.sub('"', _TABS.sub("\t", one)) for one in _FEEDS.split(value))
    return [one for one in found if one][:_MAX_LINES]


def _value(line: str) -> str:
    fields = (match[1] for match in _VALUE.finditer(line))
    return next((text for text in fields if _ESCAPED.search(text)), line)
