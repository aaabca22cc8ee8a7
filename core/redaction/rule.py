"""What is a rule? A pattern for one kind of value, and what tells early that it cannot match."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from core.redaction.span import SECRET

EMAIL = "email"
CARD = "card"
PHONE = "phone"
IBAN = "iban"
SSN = "ssn"
ADDRESS = "address"  # of a machine in the public network
SITE = "site"  # on the web; of whomever it is where an installation asks for that
IDENTITY = "identity"  # what a state numbers people with
BIRTH = "birth"

_VALUES = ("v", "q", "b")
Accepts = Callable[[re.Match[str]], bool]


@dataclass(frozen=True)
class Rule:
    """`pattern` finds values of a `kind`; its group v, q or b (the first that matched) is one.

    hints: of which one is in every text it could match, in lower case. An anchored pattern begins
    with a hint, and is tried there only.
    screen: a regular expression of Rust that matches in every line in which the pattern does. It
    need not be exact, but it must be fast and small: `*` costs less there than a bound.
    accepts: looks at a match more closely than a pattern can.
    """

    kind: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    accepts: Accepts
    screen: str
    anchored: bool = True

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Of the pattern: those that may hold a value, in the order in which they are asked."""
        return tuple(group for group in _VALUES if group in self.pattern.groupindex)


def always(_: re.Match[str]) -> bool:
    """The pattern has said it all."""
    return True


def anchored(
    hints: str, pattern: str, accepts: Accepts = always, *, kind: str = SECRET, screen: str = ""
) -> Rule:
    """A rule whose pattern begins with one of the hints (`a|b`)."""
    return _rule(kind, hints, pattern, accepts, screen, is_anchored=True)


def searching(
    hints: str, pattern: str, accepts: Accepts = always, *, kind: str = SECRET, screen: str = ""
) -> Rule:
    """A rule whose pattern may begin anywhere in a text that has one of the hints."""
    return _rule(kind, hints, pattern, accepts, screen, is_anchored=False)


def _rule(
    kind: str, hints: str, pattern: str, accepts: Accepts, screen: str, *, is_anchored: bool
) -> Rule:
    words = _fewest(hints.split("|"), is_anchored=is_anchored) if hints else ()
    screen = screen or "|".join(map(_in_any_case, words))
    return Rule(kind, words, re.compile(pattern), accepts, _narrow(screen), is_anchored)


def _fewest(hints: list[str], *, is_anchored: bool) -> tuple[str, ...]:
    """Without those that another stands for: a pattern is not tried twice at one place."""
    stands_for = str.startswith if is_anchored else str.__contains__
    return tuple(
        hint for hint in hints if not any(stands_for(hint, one) for one in hints if one != hint)
    )


def _in_any_case(word: str) -> str:
    return f"(?i:{_plain(word)})" if word.isascii() else f"(?iu:{_plain(word)})"


def _narrow(screen: str) -> str:
    """Of ASCII only: Unicode's classes are large, and those of all rules together do not fit."""
    screen = screen.replace("(?i:", "(?i-u:")
    in_class = re.sub(r"(\[[^\]]*)\\w", r"\1A-Za-z0-9_", screen)
    in_class = re.sub(r"(\[[^\]]*)\\d", r"\g<1>0-9", in_class)
    return in_class.replace(r"\d", "[0-9]").replace(r"\w", "[A-Za-z0-9_]")


def _plain(word: str) -> str:
    """Escaped as both engines read it: Python escapes more than Rust allows."""
    return re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", word)
