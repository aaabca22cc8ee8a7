r"""Chooses where a case opens: the first route whose matchers fit, else where the policy says.

What can be compared value by value is; which of two regular expressions is the wider one is not
asked, so a route that is reported is unreachable, and one that is not reported may be.

Matchers are read in Alertmanager's own grammar, the UTF-8 and the classic one. As in Alertmanager
since 0.27, a value in quotes is read both ways: where only one of them understands it, that one
counts, and where they disagree the classic one (`=~"[0-9]+\.js"`). What stands without quotes has
to be a plain word; Alertmanager warns of anything else, which is refused here.
Source: Alertmanager docs/configuration.md (matchers), matcher/parse, matcher/compat/parse.go.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic_core import SchemaError, SchemaValidator, core_schema

from core.alerts.model import (
    AlertSource,
    Severity,
)
from core.errors import WrongUsage
from core.places import Destination

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

EQUAL, UNEQUAL, LIKE, UNLIKE = "=", "!=", "=~", "!~"
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
LONGEST_EXPRESSION = 4096  # characters
CURLY = "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
# matcher/parse/lexer.go: blanks and these characters end what stands without quotes.
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_WORD = rf"""(?:{_QUOTED}|[^\s{{}}!=~,\\"'`{CURLY}]+)"""
_OPERATOR = r"\s*(?P<operator>=~|!~|!=|=)\s*"
_UTF8 = re.compile(rf"\s*(?P<name>{_WORD}){_OPERATOR}(?P<value>{_WORD})\s*(?:,|\Z)", re.DOTALL)
# matcher/oldparse: another set of names, and hardly any escapes.
_NAME = r"\s*(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)"
_CLASSIC = re.compile(rf"{_NAME}{_OPERATOR}(?P<value>{_WORD})\s*(?:,|\Z)", re.DOTALL)
_BRACES = re.compile(r"\s*\{(?P<inside>.*)\}\s*", re.DOTALL)
# Go's escapes in double quotes (strconv.Unquote); a line break may not stand there itself.
_ESCAPE = re.compile(
    r"""\\(?:(?P<letter>[abfnrtv\\"])|(?P<octal>[0-3][0-7]{2})|x(?P<byte>[0-9a-fA-F]{2})"""
    r"""|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8}))"""
)
_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
# What people write instead, and what they should.
_HINTS = {
    r"^\s*\{[^}]*$|^[^{]*\}\s*$": "Write both braces, or none.",
    r"==": "Write one =.",
    rf"[{CURLY}]": 'Write straight quotes: ".',
    r"[=~]\s*['`]": 'Write double quotes: ".',
    r"^\s*[\w-]+\s*:": 'Write =, and the value in double quotes: severity="critical".',
}
_BARE = re.compile(rf"{_NAME}{_OPERATOR}(?P<value>[^\",]*?)\s*", re.DOTALL)
_Read = list[tuple[str, str, str]]


@dataclass(frozen=True, kw_only=True)
class Matcher:
    """`severity=~"critical|high"`: an Alertmanager matcher; a missing label is an empty one.

    Raises WrongUsage for a regular expression that is none, is too long, or looks around or back.
    """

    label: str
    operator: str  # = != =~ !~
    value: str
    _expression: SchemaValidator | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        is_expression = self.operator in (LIKE, UNLIKE)
        object.__setattr__(self, "_expression", _whole(self.value) if is_expression else None)

    def __str__(self) -> str:
        return f'{self.label}{self.operator}"{self.value.translate(_ESCAPES)}"'

    def fits(self, labels: Mapping[str, str]) -> bool:
        """Return whether a set of labels satisfies it. Regular expressions match whole values."""
        value = labels.get(self.label, "")
        if self._expression is None:
            is_match = value == self.value
        else:
            is_match = self._expression.isinstance_python(value)
        return is_match is not self.negates

    @property
    def negates(self) -> bool:
        """Return whether it wants anything but its value."""
        return self.operator in (UNEQUAL, UNLIKE)


@dataclass(frozen=True, kw_only=True)
class Route:
    """Cases whose labels fit every matcher open at the destinations. `line` is in the file."""

    name: str
    line: int
    matchers: tuple[Matcher, ...]
    destinations: tuple[Destination, ...]

    def misses(self, labels: Mapping[str, str]) -> tuple[Matcher, ...]:
        """The matchers that keep a case with these labels out; none where the route takes it."""
        return tuple(matcher for matcher in self.matchers if not matcher.fits(labels))


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Routes in the order they are tried, and where a case opens that none of them takes."""

    routes: tuple[Route, ...] = ()
    otherwise: tuple[Destination, ...] = ()

    def route(self, labels: Mapping[str, str]) -> Route | None:
        """The first one that takes a case with these labels."""
        return next((route for route in self.routes if not route.misses(labels)), None)

    def destinations(self, labels: Mapping[str, str]) -> tuple[Destination, ...]:
        """Return where a case with these labels opens."""
        route = self.route(labels)
        return self.otherwise if route is None else route.destinations

    def channels(self, platform: str) -> tuple[str, ...]:
        """Every channel of a platform in which a case may open, in the order of the routes."""
        everywhere = [*(destination for route in self.routes for destination in route.destinations)]
        everywhere += self.otherwise
        return tuple(
            dict.fromkeys(
                destination.channel
                for destination in everywhere
                if destination.platform == platform
            )
        )


def _whole(expression: str) -> SchemaValidator:
    """Matches whole values, as Alertmanager anchors them (pkg/labels/matcher.go).

    pydantic's engine is Rust's `regex`. Like Alertmanager's RE2 it takes time linear in the value,
    whatever the expression; what comes in from outside could keep Python's `re` busy for years.
    """
    if len(expression) > LONGEST_EXPRESSION:
        message = f"the regular expression has more than {LONGEST_EXPRESSION:,} characters"
        raise WrongUsage(message, next_step="Make several routes of it.")
    _compiled(expression)  # `a)|(b` would become an expression only by our anchors
    return _compiled(f"^(?:{expression})$")


def _compiled(expression: str) -> SchemaValidator:
    try:
        return SchemaValidator(
            core_schema.str_schema(pattern=expression, regex_engine="rust-regex", strict=True)
        )
    except SchemaError as error:
        reason = str(error).strip().splitlines()[-1].strip().removeprefix("error: ")
        reason = reason.removeprefix("SchemaError: ").rstrip(".")
        message = f"no regular expression: {reason}"
        raise WrongUsage(message, next_step="Write it as in Alertmanager (RE2).") from error


# Labels of ours that every case has, with the few values that they may have.
SCALES: Mapping[str, tuple[str, ...]] = {"severity": tuple(Severity), "source": tuple(AlertSource)}


def find_contradiction(matchers: Sequence[Matcher]) -> tuple[Matcher, Matcher] | None:
    """Two of them that no value satisfies together."""
    for matcher in matchers if len(matchers) > 1 else ():
        for other in matchers:
            values = _values(matcher)
            if other.label == matcher.label and values and not _any_fits(values, matcher, other):
                return matcher, other
    return None


def find_covering_route(route: Route, earlier: Sequence[Route]) -> Route | None:
    """The first of the earlier routes that takes every case that fits this one."""
    return next((other for other in earlier if _covers(other, route)), None)


def takes_every_case(route: Route) -> bool:
    """Return whether it takes every case there is."""
    return all(_follows(wanted, ()) for wanted in route.matchers)


def _covers(wider: Route, route: Route) -> bool:
    return all(_follows(wanted, route.matchers) for wanted in wider.matchers)


def _follows(wanted: Matcher, given: Sequence[Matcher]) -> bool:
    """Return whether every case that fits the given matchers fits the wanted one, too."""
    about = [matcher for matcher in given if matcher.label == wanted.label]
    if wanted.label in SCALES:
        left = [value for value in SCALES[wanted.label] if _all_fit(value, about)]
        return all(wanted.fits({wanted.label: value}) for value in left)
    values = [matcher.value for matcher in about if matcher.operator == EQUAL]
    return wanted in about or any(wanted.fits({wanted.label: value}) for value in values)


def _values(matcher: Matcher) -> Sequence[str]:
    """All that it can be satisfied with, where that is known."""
    if matcher.label in SCALES:
        return [value for value in SCALES[matcher.label] if _all_fit(value, [matcher])]
    return [matcher.value] if matcher.operator == EQUAL else []


def _any_fits(values: Sequence[str], *matchers: Matcher) -> bool:
    return any(_all_fit(value, matchers) for value in values)


def _all_fit(value: str, matchers: Sequence[Matcher]) -> bool:
    return all(matcher.fits({matcher.label: value}) for matcher in matchers)


# Ids as the platforms make them: Slack's begin with C (or G, of old private channels), Discord's
# are numbers of up to 20 digits. Longest names: Slack conversations.create 80, Discord
# resources/channel 100.
_CHANNELS = {
    "slack": re.compile(r"#[^\s#,&<>]{1,80}|[CG][A-Z0-9]{6,}"),
    "discord": re.compile(r"#[^\s#,]{1,100}|[0-9]{1,20}"),
}


_EXAMPLES = {"slack": "C0123ABCD", "discord": "1187654321098765432"}


PLATFORMS = tuple(_CHANNELS)


def is_channel(platform: str, channel: str) -> bool:
    """Return whether it is written like a channel; `doctor` asks the platform if there is one."""
    return _CHANNELS[platform].fullmatch(channel) is not None


def channel_advice(platform: str) -> str:
    """Return how a channel of the platform is written."""
    return f'Write "#incidents" in quotes, or the channel\'s id, such as {_EXAMPLES[platform]}.'


class _NotThisGrammar(ValueError):
    """A line that the grammar at hand does not understand."""


def read_matchers(text: str) -> tuple[Matcher, ...]:
    """The matchers in one line, separated by commas, with or without braces around all of them.

    Raises WrongUsage, whose next step says how to write it.
    """
    read = _either(text)
    if not read:
        message = "there is no matcher in it"
        raise WrongUsage(message, next_step='Write one, as in severity="critical".')
    return tuple(
        Matcher(label=label, operator=operator, value=value) for label, operator, value in read
    )


def _either(text: str) -> _Read:
    braces = _BRACES.fullmatch(text)
    inside = braces["inside"] if braces else text
    modern, classic = _read(inside, _UTF8, _unquoted), _read(inside, _CLASSIC, _unescaped)
    matchers = modern if classic is None else classic
    if matchers is None:
        message = f"{text.strip()} cannot be read as a matcher"
        raise WrongUsage(message, next_step=_advice(text))
    return matchers


def _read(text: str, grammar: re.Pattern[str], unquote: Callable[[str], str]) -> _Read | None:
    """None where the grammar does not understand it."""
    matchers, at = list[tuple[str, str, str]](), 0
    while text[at:].strip():
        match = grammar.match(text, at)
        if match is None:
            return None
        try:
            matchers.append((unquote(match["name"]), match["operator"], unquote(match["value"])))
        except _NotThisGrammar:
            return None
        at = match.end()
    return matchers


def _advice(text: str) -> str:
    """Return what to write instead."""
    for sign, hint in _HINTS.items():
        if re.search(sign, text):
            return hint
    bare = _BARE.fullmatch(text)
    if bare:
        return f"Write {bare['name']}{bare['operator']}{json.dumps(bare['value'])}."
    return 'Write label="value", with =, !=, =~ or !~ between.'


def _unquoted(word: str) -> str:
    """Raises _NotThisGrammar for an escape that Go does not know, and for bytes that are no text.

    Escapes of bytes stand for parts of characters: the whole is put together as bytes.
    """
    if not word.startswith('"'):
        return word
    inside, parts, at = word[1:-1], list[bytes](), 0
    while at < len(inside):
        escape = _ESCAPE.match(inside, at)
        if inside[at] == "\n" or (inside[at] == "\\" and escape is None):
            raise _NotThisGrammar
        parts.append(_meant(escape) if escape else inside[at].encode(errors="surrogatepass"))
        at = escape.end() if escape else at + 1
    try:
        return b"".join(parts).decode()
    except UnicodeDecodeError as error:
        raise _NotThisGrammar from error


def _meant(escape: re.Match[str]) -> bytes:
    if letter := escape["letter"]:
        return _LETTERS.get(letter, letter).encode()
    if octal := escape["octal"]:
        return bytes([int(octal, 8)])
    if byte := escape["byte"]:
        return bytes([int(byte, 16)])
    code = int(escape["short"] or escape["long"], 16)
    if code > 0x10FFFF:  # noqa: PLR2004 - the last code point
        raise _NotThisGrammar
    return chr(code).encode(errors="surrogatepass")  # a half of a pair is no text: refused above


def _unescaped(word: str) -> str:
    """Without its quotes; a backslash before anything but these three stands for itself."""
    if not word.startswith('"'):
        return word
    return re.sub(r'\\(["\\n])', lambda escape: escape[1].replace("n", "\n"), word[1:-1])
