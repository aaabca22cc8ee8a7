"""Lines with a value planted in each: which value it was, and of which kind."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.fakes.planted.contexts import CONTEXTS
from tests.fakes.planted.letters import DIGITS, LOWER, iban_of, luhn_digit, some
from tests.fakes.planted.tokens import TOKENS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# Tokens are found wherever they stand: in a sentence, a field without a telling name, a path.
AROUND = (
    "request failed for {v}",
    "arg={v} status=401",
    '{{"level":"warn","value":"{v}"}}',
    "2026-11-20T10:00:00Z WARN client: rejected ({v})",
)


@dataclass(frozen=True)
class Planted:
    """`value` stands in `line` and must be seen nowhere else."""

    kind: str
    value: str
    line: str


def seeded(seed: str) -> random.Random:
    """The same values for the same seed."""
    return random.Random(seed)  # noqa: S311 - they are meant to be guessed


def planted(seed: int) -> list[Planted]:
    """Every kind of token and of context once."""
    return [*tokens(seed), *_in_contexts(seeded(f"{seed} contexts"))]


def tokens(seed: int) -> list[Planted]:
    """Every kind of token once."""
    chance = seeded(f"{seed} tokens")
    return [_planted(kind, make(chance), chance.choice(AROUND)) for kind, make in TOKENS.items()]


def personal(seed: int) -> list[Planted]:
    """Personal data of every kind, in a line of a log or a sentence."""
    chance = seeded(f"{seed} personal")
    return [_planted(kind, make(chance), line) for kind, (make, line) in PERSONAL.items()]


def _in_contexts(chance: random.Random) -> Iterator[Planted]:
    for kind, (make, line) in CONTEXTS.items():
        yield _planted(kind, make(chance), line)


def _planted(kind: str, value: str, line: str) -> Planted:
    return Planted(kind, value, line.format(v=value))


def _email(chance: random.Random) -> str:
    return f"{some(chance, LOWER, 6)}.{some(chance, LOWER, 7)}@{some(chance, LOWER, 8)}.example.org"


def _card(chance: random.Random) -> str:
    digits = "4" + some(chance, DIGITS, 14)
    return digits + luhn_digit(digits)


def _spaced_card(chance: random.Random) -> str:
    digits = "5" + chance.choice("12345") + some(chance, DIGITS, 13)
    digits += luhn_digit(digits)
    return " ".join(digits[at : at + 4] for at in range(0, 16, 4))


def _amex(chance: random.Random) -> str:
    digits = "37" + some(chance, DIGITS, 12)
    return digits + luhn_digit(digits)


def _german_iban(chance: random.Random) -> str:
    return iban_of("DE", some(chance, DIGITS, 18))


def _british_iban(chance: random.Random) -> str:
    plain = iban_of("GB", "WEST" + some(chance, DIGITS, 14))
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def _ssn(chance: random.Random) -> str:
    """The SSA gives out no area of 000, 666 or over 899, no group 00 and no serial 0000."""
    return f"{chance.randint(100, 599)}-{chance.randint(10, 99)}-{chance.randint(1000, 9999)}"


PERSONAL: Mapping[str, tuple[Callable[[random.Random], str], str]] = {
    "email": (_email, "mail to {v} bounced: 550 no such user"),
    "email json": (_email, '{{"user":{{"id":7,"email":"{v}"}}}}'),
    "email url": (lambda r: _email(r).replace("@", "%40"), "GET /unsubscribe?u={v} 200"),
    "card": (_card, "charge declined pan={v} code=51"),
    "card spaced": (_spaced_card, "customer gave card {v} on the phone"),
    "amex": (_amex, '"card_number":"{v}"'),
    "iban": (_german_iban, "payout to {v} failed"),
    "iban spaced": (_british_iban, "please refund to {v}, thanks"),
    "phone plus": (lambda r: "+49 30 " + some(r, "23456789", 8), "call me at {v} tonight"),
    "phone e164": (lambda r: "+1415" + some(r, "23456789", 7), "sms to {v} failed: 30003"),
    "phone us": (
        lambda r: f"({r.randint(201, 989)}) {r.randint(200, 999)}-{r.randint(1000, 9999)}",
        "customer reachable under {v}",
    ),
    "phone dashes": (
        lambda r: f"{r.randint(201, 989)}-{r.randint(200, 999)}-{r.randint(1000, 9999)}",
        "phone: {v}",
    ),
    "ssn": (_ssn, "applicant ssn {v} rejected"),
    "ssn bare": (_ssn, "form field 12 was {v}"),
}
