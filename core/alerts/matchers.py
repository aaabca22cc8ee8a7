r"""What does a line of matchers say? Alertmanager's own grammar, the UTF-8 and the classic one.

As in Alertmanager since 0.27, a value in quotes is read both ways: where only one of them
understands it, that one counts, and where they disagree the classic one (`=~"[0-9]+\.js"`). What
stands without quotes has to be a plain word; Alertmanager warns of anything else, we refuse it.
Source: Alertmanager docs/configuration.md (matchers), matcher/parse, matcher/compat/parse.go.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from core.alerts.routing import Matcher
from core.errors import WrongUsage

if TYPE_CHECKING:
    from collections.abc import Callable

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


_Read = list[tuple[str, str, str]]


def _either(text: str) -> _Read:
    braces = _BRACES.fullmatch(text)
    inside = braces["inside"] if braces else text
    modern, classic = _read(inside, _UTF8, _unquoted), _read(inside, _CLASSIC, _unescaped)
    found = modern if classic is None else classic
    if found is None:
        message = f"{text.strip()} cannot be read as a matcher"
        raise WrongUsage(message, next_step=_advice(text))
    return found


def _read(text: str, grammar: re.Pattern[str], unquote: Callable[[str], str]) -> _Read | None:
    """None where the grammar does not understand it."""
    found, at = list[tuple[str, str, str]](), 0
    while text[at:].strip():
        match = grammar.match(text, at)
        if match is None:
            return None
        try:
            found.append((unquote(match["name"]), match["operator"], unquote(match["value"])))
        except _NotThisGrammar:
            return None
        at = match.end()
    return found


def _advice(text: str) -> str:
    """What to write instead."""
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
