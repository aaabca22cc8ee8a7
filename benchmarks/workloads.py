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
    rng = random.Random(11)  # noqa: S311 - the same log every time
    at, written, lines = START, 0, 0
    with path.open("w", encoding="ascii") as file:
        while written < size:
            at += timedelta(microseconds=rng.randrange(8_000))
            fails = written > FAILS_AFTER * size and rng.getrandbits(1)
            line = _filled(rng.choice(_FAILURE), rng) if fails else KINDS[kind](rng)
            write = _as_json if kind in _IN_JSON else _as_text
            written, lines = written + file.write(write(at, line, rng)), lines + 1
    return lines


def _filled(line: Line, rng: random.Random) -> Line:
    bits = rng.getrandbits
    level, logger, text = line
    message = text.format(
        number=bits(26),
        small=bits(9),
        byte=bits(8),
        word=rng.choice(_WORDS),
        hex=f"{bits(64):016x}",
        uuid=_uuid(rng),
    )
    return level, logger, message


def _as_text(at: datetime, line: Line, rng: random.Random) -> str:
    level, logger, message = line
    thread = f"[worker-{rng.getrandbits(6)}]"
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ} {level} {thread} {logger}: {message}\n"


def _as_json(at: datetime, line: Line, rng: random.Random) -> str:
    level, logger, message = line
    fields = {"ts": f"{at:%Y-%m-%dT%H:%M:%S.%fZ}", "level": level, "service": logger}
    return json.dumps({**fields, "thread": rng.getrandbits(6), "msg": message}) + "\n"


def _letters(rng: random.Random, length: int) -> str:
    return "".join(rng.choices(string.ascii_lowercase, k=length))


def _uuid(rng: random.Random) -> str:
    bits = rng.getrandbits
    return f"{bits(32):08x}-{bits(16):04x}-4000-8000-{bits(48):012x}"


def _ids(rng: random.Random) -> Line:
    return _filled(rng.choice(_LINES), rng)


def _words(rng: random.Random) -> Line:
    """Eight words that nobody has read before."""
    message = " ".join(_letters(rng, rng.randint(3, 9)) for _ in range(8))
    return "INFO", "api.Cart", message


def _sentences(rng: random.Random) -> Line:
    return "INFO", "api.Cart", " ".join(rng.choices(_WORDS, k=rng.randint(4, 14)))


def _few_words(rng: random.Random) -> Line:
    """Too few in each place to be values, and too many together to be messages."""
    return "INFO", "api.Cart", " ".join(rng.choices(_FEW, k=9))


def _payloads(rng: random.Random) -> Line:
    return "INFO", "api.Cart", f"payload {base64.b64encode(rng.randbytes(60)).decode()}"


def _letters_only(rng: random.Random) -> Line:
    return "INFO", "api.Cart", f"payload {_letters(rng, 80)}"


def _uuids(rng: random.Random) -> Line:
    return "INFO", "api.Cart", " ".join(_uuid(rng) for _ in range(3))


def _services(rng: random.Random) -> Line:
    return "INFO", _letters(rng, 8), f"request of {rng.choice(_WORDS)} is answered"


def _long(rng: random.Random) -> Line:
    return "INFO", "api.Cart", _letters(rng, _LONG)


def _short(rng: random.Random) -> Line:
    return "INFO", "a", _letters(rng, 3)


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
