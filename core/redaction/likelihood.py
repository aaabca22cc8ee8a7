"""How likely a value is a secret, by what it looks like and what stands around it.

The rules name what they know; this is for what nobody listed. A logistic regression over features
that a person can read: their weights stand in `likelihood.json`. `benchmarks.peers.secret_weights`
learned them from texts of which somebody said what is secret in them and what must be kept.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.redaction.rules import reading
from core.redaction.shapes import NAME_OF_AN_ID, NUMBERED, STRONG, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What announces secrets: one of these stands before a value that is looked at.
_ANNOUNCES = (
    *("pass", "pwd", "secret", "token", "key", "cred", "phrase", "login", "auth", "session", "mfa"),
    *("kennw", "clave", "contrase", "senha", "heslo", "mdp", "psk", "seed", "otp", "2fa", "ntlm"),
    *("recover", "backup", "cookie", "signature", "signing", "salt", "nonce", "user", "licen"),
    *("community", "wifi", "ssid", "unlock", "reset", "magic", "invite", "bearer", "digest"),
    *("radius", "tacacs", "priv"),
)
_ANNOUNCED = re.compile("|".join(_ANNOUNCES))
_MARKS = r"\s\"'=:;|<>()\[\]{},`@\\"
_VALUE = re.compile(rf"[^{_MARKS}]{{6,200}}")
_MADE = re.compile(  # letters and digits, letters of both cases, or signs that no name has
    r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])|(?=[^a-z]*[a-z]+[A-Z])|(?=.*[!#%^*$?&+~])(?=.*[A-Za-z])"
)
# No value of its own, a placeholder, a name of a service or of an object: `db-creds-v2`.
_NOTHING = re.compile(
    r"[*xX.•-]+|//.*|.*[«»].*|(?:[a-z]+\d{0,3}|\d{1,4})(?:[-_.](?:[a-z]+\d{0,3}|v\d{4,6}|\d{1,6}))+"
)
_IDENTIFIES = re.compile(r"(?i)cache|idempotency|\barn:|etag|checksum|fingerprint")
_BEFORE, _AFTER = 150, 30  # characters that are read around a value
_SEPARATORS_BEFORE = re.compile(rf"[{_MARKS}]*\Z")
_SEPARATORS_AFTER = re.compile(rf"[{_MARKS}]*")
_IN_SENTENCE = re.compile(r"[^\W\d_][ \t]+\Z")
_SPACES = re.compile(r"[ \t]+")
_WORD = re.compile(r"[A-Za-z][a-z]+|[A-Z]+(?![a-z])|[a-zà-ÿ]+|\d+")
_NAME = re.compile(r"([\w.-]+)[\s\"']*[=:]+[\s\"']*\Z")
_CLASSES = (("a", re.compile("[a-z]")), ("A", re.compile("[A-Z]")), ("9", re.compile(r"\d")))
_SIGN = re.compile(r"[^\w]")
_RUN = re.compile(r"(.)\1+")
_HEXADECIMAL = re.compile("[0-9a-fA-F]+")
_WORDS_BEFORE, _WORDS_AFTER, _STEM = 5, 2, 4
_LONGEST_SHAPE, _LONGEST_WORD, _SHORTEST_WORD = 8, 10, 4  # characters
_LIKELY = math.log(0.9 / 0.1)  # of what looks so, nine in ten are secrets
_WEIGHTS = Path(__file__).with_name("likelihood.json")


def values_in(text: str) -> Iterator[tuple[int, int]]:
    """Where a value stands that may be a secret, for something before it announces one."""
    announced = -_BEFORE - 1  # where the last announcement ends: far before the text
    announcements = (match.end() for match in _ANNOUNCED.finditer(text.lower()))
    following = next(announcements, None)
    for match in _VALUE.finditer(text):
        start, end = match.span()
        while following is not None and following <= start:
            announced, following = following, next(announcements, None)
        if announced >= start - _BEFORE and _may_be_secret(match[0], text, start):
            yield start, end


def _may_be_secret(value: str, text: str, start: int) -> bool:
    return (
        _MADE.match(value) is not None
        and not _NOTHING.fullmatch(value)
        and shape_of(value) >= _least_shape(text, start)
        and not _is_of_an_id(text, start)
    )


def _least_shape(text: str, start: int) -> int:
    """In a sentence stand names of systems and releases, too."""
    return STRONG if _IN_SENTENCE.search(text, max(0, start - _BEFORE), start) else NUMBERED


def _is_of_an_id(text: str, start: int) -> bool:
    line = text[max(0, start - _BEFORE) : start].rpartition("\n")[2]
    return _IDENTIFIES.search(line) is not None or NAME_OF_AN_ID.search(line) is not None


def features(text: str, start: int, end: int) -> Iterator[str]:
    """What the value looks like, and what stands around it, as names; some come twice."""
    before, after = text[max(0, start - _BEFORE) : start], text[end : end + _AFTER]
    classes = _classes_of(text[start:end])
    yield from _looks(text[start:end], classes)
    yield from _surroundings(before, after, classes)


def likely_secrets(text: str) -> Iterator[tuple[int, int]]:
    """Where values stand that are secrets, as far as their looks and places tell."""
    bias, weights = _learned()
    for start, end in values_in(text):
        names = set(features(text, start, end))
        if bias + sum(weights.get(name, 0.0) for name in names) >= _LIKELY:
            yield start, end


def _looks(value: str, classes: str) -> Iterator[str]:
    size, runs = len(value), _RUN.sub(r"\1", _shape_of(value))
    words = [word.lower() for word in _WORD.findall(value) if len(word) >= _SHORTEST_WORD]
    of_words = sum(len(word) for word in words if word.isalpha())
    yield f"drawn {shape_of(value)}"
    yield f"length {int(2 * math.log2(size + 1))}"
    yield f"classes {classes}"
    yield f"classes {classes} length {min(6, size // 6)}"
    yield f"entropy {int(10 * _entropy(value) / math.log2(size + 1))}"
    yield f"runs {min(12, len(runs))}"
    yield f"density {8 * len(runs) // size}"
    yield f"words {6 * of_words // size}"
    if _HEXADECIMAL.fullmatch(value):
        yield f"hexadecimal {size}"
    if len(runs) <= _LONGEST_SHAPE:
        yield f"shape {runs}"
    for sign in _SIGN.findall(value):
        yield f"holds {sign}"
    for word in words:
        if len(word) <= _LONGEST_WORD:
            yield f"holds {word}"


def _surroundings(before: str, after: str, classes: str) -> Iterator[str]:
    separators = _separators(_SEPARATORS_BEFORE, before)[-4:]
    yield f"after {separators}"
    yield f"before {_separators(_SEPARATORS_AFTER, after)[:2]}"
    if not before.rpartition("\n")[2].strip():
        yield "begins a line"
    words = [word.lower() for word in reversed(_WORD.findall(before)[-_WORDS_BEFORE:])]
    for distance, word in enumerate(words):
        yield f"word {distance} {word}"
        yield f"word {word}"
        yield f"stem {word[:_STEM]}"
    for word in words[:1]:
        yield f"word {word} {separators}"
        yield f"word {word} {classes}"
    if name := _NAME.search(before):
        for word in _WORD.findall(name[1]):
            yield f"name {word.lower()}"
            yield f"name {word.lower()} {classes}"
    for word in _WORD.findall(after)[:_WORDS_AFTER]:
        yield f"next {word.lower()}"


def _classes_of(value: str) -> str:
    known = "".join(name for name, pattern in _CLASSES if pattern.search(value))
    return known + "-" * (_SIGN.search(value) is not None)


def _shape_of(value: str) -> str:
    for name, pattern in _CLASSES:
        value = pattern.sub(name, value)
    return value


def _separators(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return _SPACES.sub(" ", match[0]).replace("\n", "/") if match else ""


def _entropy(value: str) -> float:
    """Bits a character."""
    shares = [count / len(value) for count in Counter(value).values()]
    return -sum(share * math.log2(share) for share in shares)


@cache
def _learned() -> tuple[float, Mapping[str, float]]:
    """What speaks for a secret before anything is known, and the weight of each feature."""
    document = json.loads(_WEIGHTS.read_text())
    return document["bias"], document["weights"]


RULES = (
    reading(
        "|".join(_ANNOUNCES),
        likely_secrets,
        values=r"[A-Za-z][^ ]*[0-9]|[0-9][^ ]*[A-Za-z]|[a-z][A-Z]|[!#%^*$?&+~]",
    ),
)
