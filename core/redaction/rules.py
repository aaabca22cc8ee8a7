"""Redaction rules: a pattern for each kind of value, the spans they match, and the placeholders."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

SECRET = "secret"  # noqa: S105 - the name of a kind

EMAIL = "email"
CARD = "card"
PHONE = "phone"
IBAN = "iban"
SSN = "ssn"
ADDRESS = "address"  # a public IP address
SITE = "site"  # a personal web site; with the strict rules, any web site
IDENTITY = "identity"  # numbers of identity documents
BIRTH = "birth"  # a date of birth

_VALUE_GROUPS = ("v", "q", "b")  # a value: in any place, in quotes, bare
Accepts = Callable[[re.Match[str]], bool]
Reads = Callable[[str], Iterable[tuple[int, int]]]


@dataclass(frozen=True, eq=False)
class RedactionRule:
    """A pattern that finds values of a `kind`; the value is the first group matched of v, q and b.

    hints: lower-case substrings; every text that the pattern can match contains one of them. An
    anchored pattern begins with a hint and is tried only where a hint occurs.
    screen: a regular expression in Rust's syntax that matches every line in which the pattern
    matches. It need not be exact, but must be fast and small: `*` costs less there than a bound.
    accepts: a predicate that examines a match more closely than a pattern can.
    reads: in place of a pattern, a function that returns where the values of a text stand.
    values: of such a function, a second screen, which matches where a line holds a value.
    """

    kind: str
    hints: tuple[str, ...]
    expression: str
    accepts: Accepts
    screen: str
    anchored: bool = True
    reads: Reads | None = None
    values: str = ""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The expression, compiled where a text first needs it: most commands need few."""
        return re.compile(self.expression)

    @cached_property
    def words(self) -> re.Pattern[str]:
        """Matches where a text in lower case holds one of the hints."""
        return re.compile("|".join(map(re.escape, self.hints)))

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The value groups that the pattern has, in the order in which they are tried."""
        return tuple(group for group in _VALUE_GROUPS if group in self.pattern.groupindex)


@dataclass(frozen=True)
class TextSpan:
    """A half-open range of characters that holds a value, and the kind of the value."""

    start: int
    end: int
    kind: str


def always(_: re.Match[str]) -> bool:
    """Accepts every match: for patterns that need no further check."""
    return True


def anchored(
    hints: str, pattern: str, accepts: Accepts = always, *, kind: str = SECRET, screen: str = ""
) -> RedactionRule:
    """A rule whose pattern begins with one of the hints (`a|b`)."""
    return _rule(kind, hints, pattern, accepts, screen, is_anchored=True)


def searching(
    hints: str, pattern: str, accepts: Accepts = always, *, kind: str = SECRET, screen: str = ""
) -> RedactionRule:
    """A rule whose pattern may begin anywhere in a text that contains one of the hints."""
    return _rule(kind, hints, pattern, accepts, screen, is_anchored=False)


def reading(hints: str, reads: Reads, *, screen: str = "", values: str = "") -> RedactionRule:
    """A rule that is a function: for what no pattern can say."""
    rule = _rule(SECRET, hints, "(?!)", always, screen, is_anchored=False)
    return replace(rule, reads=reads, values=_restrict_to_ascii(values))


def _rule(
    kind: str, hints: str, pattern: str, accepts: Accepts, screen: str, *, is_anchored: bool
) -> RedactionRule:
    words = _minimal_hints(hints.split("|"), is_anchored=is_anchored) if hints else ()
    screen = screen or "|".join(map(_match_any_case, words))
    return RedactionRule(kind, words, pattern, accepts, _restrict_to_ascii(screen), is_anchored)


def _minimal_hints(hints: list[str], *, is_anchored: bool) -> tuple[str, ...]:
    """The hints without those implied by another: no pattern is tried twice at one place."""
    stands_for = str.startswith if is_anchored else str.__contains__
    return tuple(
        hint
        for hint in hints
        if not any(stands_for(hint, other) for other in hints if other != hint)
    )


def _match_any_case(word: str) -> str:
    return f"(?i:{_escape(word)})" if word.isascii() else f"(?iu:{_escape(word)})"


def _restrict_to_ascii(screen: str) -> str:
    """The screen with ASCII classes only: Unicode classes of all rules are too large together."""
    screen = screen.replace("(?i:", "(?i-u:")
    in_class = re.sub(r"(\[[^\]]*)\\w", r"\1A-Za-z0-9_", screen)
    in_class = re.sub(r"(\[[^\]]*)\\d", r"\g<1>0-9", in_class)
    return in_class.replace(r"\d", "[0-9]").replace(r"\w", "[A-Za-z0-9_]")


def _escape(word: str) -> str:
    """The word escaped for both engines: Python's `re.escape` escapes more than Rust allows."""
    return re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", word)


def merged(text: str, spans: Iterable[TextSpan]) -> list[TextSpan]:
    """The spans sorted, without overlaps, and without those inside an existing placeholder.

    Overlapping spans become one, of the kind that starts first. Where several start together the
    order in which rules ran must not show: a secret comes first, a phone number, whose pattern fits
    most, last.
    """
    spans = list(spans)
    if len(spans) <= 1 and "«" not in text:
        return spans
    ordered = sorted(
        spans,
        key=lambda span: (
            span.start,
            span.kind != SECRET,
            -span.end,
            span.kind == PHONE,
            span.kind,
        ),
    )
    placeholders = [match.span() for match in PLACEHOLDER.finditer(text)] if "«" in text else []
    result: list[TextSpan] = []
    for span in ordered:
        if any(start <= span.start and span.end <= end for start, end in placeholders):
            continue
        if result and span.start < result[-1].end:
            last = result[-1]
            result[-1] = TextSpan(last.start, max(last.end, span.end), last.kind)
        else:
            result.append(span)
    return result


# What a terminal obeys and nobody reads: styles (ECMA-48), also as a log escapes them; zero widths.
INVISIBLE = re.compile(
    r"(?:\x1b|\\e|\\033|\\x1[bB]|\\u001[bB])\[[0-9;:?]{0,24}[A-Za-z]"
    "|[\u00ad\u200b-\u200d\u2060-\u2064\ufeff]"
)
SIGNS_OF_INVISIBLE = (  # one of them stands wherever the above matches
    *("\x1b[", "\\e[", "\\033[", "\\x1b[", "\\x1B[", "\\u001b[", "\\u001B["),
    *map(chr, (0xAD, *range(0x200B, 0x200E), *range(0x2060, 0x2065), 0xFEFF)),
)
# Letters, digits and signs as East Asian keyboards write them, beside what they mean.
WIDE = {
    chr(ord(narrow) + 0xFEE0): narrow
    for narrow in "".join(map(chr, range(ord("!"), ord("~") + 1)))
    if narrow.isalnum() or narrow in "=_-:@"
}
_NARROWED = str.maketrans(WIDE)


def visible_text(text: str) -> str:
    """The text as its reader takes it: wide letters are letters, what has no width is absent.

    Both may stand inside a name that a rule looks for.
    """
    if text.isascii() and "[" not in text:
        return text
    return INVISIBLE.sub("", text).translate(_NARROWED)


def spread(text: str, spans: Iterable[TextSpan]) -> list[TextSpan]:
    """The spans of the visible text, where they stand in the text itself."""
    places: list[int] = []
    at = 0
    for match in INVISIBLE.finditer(text):
        places += range(at, match.start())
        at = match.end()
    places += range(at, len(text))
    return [TextSpan(places[span.start], places[span.end - 1] + 1, span.kind) for span in spans]


# Characters of base32: 50 bits. A name must not depend on the names already given, or two workers
# would give one value two names, so every name is long enough: among 100,000 values of a case two
# share a name with a probability of 1 in 200,000 (with 6 characters, four pairs would). Two values
# that share a name read as one.
_LENGTH = 10
PLACEHOLDER = re.compile(r"«[a-z]+-[a-z2-7]{6,}»")


def placeholder(kind: str, value: str, *, key: bytes) -> str:
    """The placeholder for a value of this kind, such as `«email-k3f9q2mzt4»`.

    key: the case's own, so that one value always gets one placeholder in a case, and nobody without
    the key can test a guessed value against it.
    """
    digest = hmac.digest(key, f"{kind}:{value}".encode(errors="surrogatepass"), hashlib.sha256)
    return f"«{kind}-{base64.b32encode(digest[:_LENGTH])[:_LENGTH].decode().lower()}»"
