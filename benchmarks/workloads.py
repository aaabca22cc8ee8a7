"""Generated logs that the reader is measured on: no two lines are the same.

Every kind is an application's log whose last tenth is a failure; they differ in what the other
lines say. `ids` is the usual one: few messages with other numbers in them.
"""

from __future__ import annotations

import base64
import json
import random
import string
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FAILS_AFTER = 0.9  # share of the log
START = datetime(2026, 11, 17, 2, 0, tzinfo=UTC)
_POOL = "HikariPool-1 - Connection is not available, request timed out after 30{byte}ms."
_LINES = (
    ("INFO", "api.Cart", "GET /api/v1/cart/{number} 200 in {small}ms request_id={uuid}"),
    ("INFO", "api.Login", "user {word} signed in from 10.{byte}.{byte}.{byte} session={hex}"),
    ("INFO", "api.Order", "order {number} of customer {word} shipped, {small} items, parcel {hex}"),
    ("DEBUG", "cache.Store", "miss key=price:{hex} shard={byte} age={small}ms"),
    ("WARN", "api.Search", "query {number} took {small} ms, threshold 500 ms"),
)
_FAILURE = (
    ("ERROR", "db.Pool", _POOL),
    ("ERROR", "api.Order", "order {number} failed: could not obtain a connection for {word}"),
)  # fmt: skip
_WORDS = tuple(
    first + last
    for first in ("al", "be", "car", "do", "el", "fa", "gi", "ho", "is", "jo", "ka", "lu")
    for last in ("ba", "cia", "den", "fred", "gor", "lia", "mir", "na", "rik", "son", "ta", "vin")
)
_FEW = _WORDS[:20]
_LONG = 30_000  # letters

Line = tuple[str, str, str]


def write_log(path: Path, *, size: int, kind: str = "ids") -> int:
    """About `size` bytes of lines of one of KINDS; returns how many lines."""
    chance = random.Random(11)  # noqa: S311 - the same log every time
    at, written, lines = START, 0, 0
    with path.open("w", encoding="ascii") as file:
        while written < size:
            at += timedelta(microseconds=chance.randrange(8_000))
            fails = written > FAILS_AFTER * size and chance.getrandbits(1)
            line = _filled(chance.choice(_FAILURE), chance) if fails else KINDS[kind](chance)
            write = _as_json if kind in _IN_JSON else _as_text
            written, lines = written + file.write(write(at, line, chance)), lines + 1
    return lines


def _filled(line: Line, chance: random.Random) -> Line:
    bits = chance.getrandbits
    level, logger, text = line
    message = text.format(
        number=bits(26),
        small=bits(9),
        byte=bits(8),
        word=chance.choice(_WORDS),
        hex=f"{bits(64):016x}",
        uuid=_uuid(chance),
    )
    return level, logger, message


def _as_text(at: datetime, line: Line, chance: random.Random) -> str:
    level, logger, message = line
    thread = f"[worker-{chance.getrandbits(6)}]"
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ} {level} {thread} {logger}: {message}\n"


def _as_json(at: datetime, line: Line, chance: random.Random) -> str:
    level, logger, message = line
    fields = {"ts": f"{at:%Y-%m-%dT%H:%M:%S.%fZ}", "level": level, "service": logger}
    return json.dumps({**fields, "thread": chance.getrandbits(6), "msg": message}) + "\n"


def _letters(chance: random.Random, length: int) -> str:
    return "".join(chance.choices(string.ascii_lowercase, k=length))


def _uuid(chance: random.Random) -> str:
    bits = chance.getrandbits
    return f"{bits(32):08x}-{bits(16):04x}-4000-8000-{bits(48):012x}"


def _ids(chance: random.Random) -> Line:
    return _filled(chance.choice(_LINES), chance)


def _words(chance: random.Random) -> Line:
    """Eight words that nobody has read before."""
    message = " ".join(_letters(chance, chance.randint(3, 9)) for _ in range(8))
    return "INFO", "api.Cart", message


def _sentences(chance: random.Random) -> Line:
    return "INFO", "api.Cart", " ".join(chance.choices(_WORDS, k=chance.randint(4, 14)))


def _few_words(chance: random.Random) -> Line:
    """Too few in each place to be values, and too many together to be messages."""
    return "INFO", "api.Cart", " ".join(chance.choices(_FEW, k=9))


def _payloads(chance: random.Random) -> Line:
    return "INFO", "api.Cart", f"payload {base64.b64encode(chance.randbytes(60)).decode()}"


def _letters_only(chance: random.Random) -> Line:
    return "INFO", "api.Cart", f"payload {_letters(chance, 80)}"


def _uuids(chance: random.Random) -> Line:
    return "INFO", "api.Cart", " ".join(_uuid(chance) for _ in range(3))


def _services(chance: random.Random) -> Line:
    return "INFO", _letters(chance, 8), f"request of {chance.choice(_WORDS)} is answered"


def _long(chance: random.Random) -> Line:
    return "INFO", "api.Cart", _letters(chance, _LONG)


def _short(chance: random.Random) -> Line:
    return "INFO", "a", _letters(chance, 3)


KINDS: dict[str, Callable[[random.Random], Line]] = {
    "ids": _ids,
    "words": _words,
    "sentences": _sentences,
    "few-words": _few_words,
    "payloads": _payloads,
    "letters": _letters_only,
    "uuids": _uuids,
    "json": _words,
    "services": _services,
    "long": _long,
    "short": _short,
}
_IN_JSON = frozenset({"json", "services"})
