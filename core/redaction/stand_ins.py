"""Texts in the place of a value that begin with a sign: variables, comments, anchors, templates.

A password may begin with the same sign. Variables and anchors are words; what a person or a machine
made up is a word with several digits, or changes between letters and digits.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# `$name`, `$user->password`, `&buffer[0]`; XML writes `&amp;` for the sign.
_NAMED = re.compile(
    r"(?:[$*@]|&(?:amp;|#38;)?)(?P<name>[A-Za-z_][\w-]{0,60})(?:(?:->|::|\.|\[|\().*)?@?"
)
_ENTITY = re.compile(r"&(?:(?!amp;)[a-z]{2,6}|#(?!38;)\d{1,4}|#x[0-9a-f]{1,4});.*", re.IGNORECASE)
_COINED = re.compile(r"[A-Za-z][a-z]{2,52}(?:[A-Z][a-z]{2,13}){0,3}[-_]?\d{2,6}")
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_FEWEST_LETTERS, _SHORTEST_DRAWN, _LONGEST_PART = 5, 8, 3  # characters; the last on average
# What variables are called that hold a value, in one word with others or not.
_OF_A_VARIABLE = re.compile(r"(?i)pass|pwd|secret|token|key|cred|auth|user|name|host|conf|param")
_WORDS_OF_VARIABLES = frozenset(
    {
        "arg",
        "args",
        "var",
        "val",
        "value",
        "env",
        "opt",
        "data",
        "row",
        "item",
        "file",
        "path",
        "pw",
    }
    | {"input", "output", "result", "self", "this", "request", "response", "field", "cert", "db"}
    | {
        "anchor",
        "default",
        "column",
        "line",
        "index",
        "version",
        "port",
        "worker",
        "server",
        "node",
    }
)
# A comment, a pointer into a document, a channel, a number, a colour.
_COMMENT = re.compile(
    r"#(?:|[\s#{<].*|!?/.*|[^\W\d_][^\W\d]*(?:-[^\W\d]+)*(?:[\s.,:;].*)?|\d+(?:[\s.,:;)].*)?"
    r"|[0-9A-Fa-f]{3,4}|[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?)",
    re.DOTALL,
)
_SHELL = re.compile(r"\$(?:\d{1,2}(?!\w).*|[@*?!#]|[{(\[].*|)")
_FORMAT = re.compile(r"%(?:[({].*|[sd](?![A-Za-z0-9]{4}).*|\w+%)")
_FILE = re.compile(r"@[\w./-]+@?|@[A-Z][\w.]*\(.*")
_ENCLOSED = {"<": ">", "[": "]", "{": "}"}
_TEMPLATE = re.compile(r"<[%<?!$]|\[[\"'\s]|\{\{|\{%")
_OF_A_TEMPLATE = re.compile(r"\{[\w.:-]*\}?")


def is_stand_in(value: str) -> bool:
    """Whether it begins with a sign and stands for a value, which it is not itself."""
    check = _BY_SIGN.get(value[:1])
    return check is not None and check(value)


def is_made_name(name: str) -> bool:
    """Whether nobody calls a variable so: `Of823diPQag9a`, `meadowlark29`; but `dbPass2`."""
    parts = _PART.findall(name)
    if _OF_A_VARIABLE.search(name) or not _WORDS_OF_VARIABLES.isdisjoint(map(str.lower, parts)):
        return False
    if _COINED.fullmatch(name):
        return len(name.rstrip("0123456789_-")) >= _FEWEST_LETTERS
    is_mixed = any(part.isdigit() for part in parts[:-1])
    return is_mixed and len(name) >= _SHORTEST_DRAWN and len(name) <= _LONGEST_PART * len(parts)


def _is_named(value: str) -> bool:
    """A variable, an anchor or an alias, by its name."""
    match = _NAMED.fullmatch(value)
    return match is not None and not is_made_name(match["name"])


def _is_variable(value: str) -> bool:
    return _SHELL.fullmatch(value) is not None or _is_named(value)


def _is_anchor(value: str) -> bool:
    """An anchor or an address; an entity; a sign between two commands or two parameters."""
    if _ENTITY.fullmatch(value) or _is_named(value):
        return True
    return not (any(map(str.isalpha, value)) and any(map(str.isdigit, value))) or "=" in value


def _is_file(value: str) -> bool:
    if _FILE.fullmatch(value) is None:
        return False
    return "/" in value or "." in value or _is_named(value)


def _is_enclosed(value: str) -> bool:
    """A template, a placeholder or a list, which may have been cut off at its end."""
    if value.endswith(_ENCLOSED[value[0]]) or _TEMPLATE.match(value) or " " in value:
        return True
    return not (any(map(str.isalpha, value)) and any(map(str.isdigit, value)))


def _is_braced(value: str) -> bool:
    return value.startswith("{{") or (
        _OF_A_TEMPLATE.fullmatch(value) is not None and _is_enclosed(value)
    )


_BY_SIGN: Mapping[str, Callable[[str], bool]] = {
    "$": _is_variable,
    "&": _is_anchor,
    "*": _is_named,
    "@": _is_file,
    "#": lambda value: _COMMENT.fullmatch(value) is not None,
    "%": lambda value: _FORMAT.fullmatch(value) is not None,
    "<": _is_enclosed,
    "[": _is_enclosed,
    "{": _is_braced,
}
