"""What values are made of: letters drawn at random from an alphabet, and their check digits."""

from __future__ import annotations

import base64
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

UPPER = string.ascii_uppercase
LOWER = string.ascii_lowercase
DIGITS = string.digits
ALNUM = string.ascii_letters + DIGITS
WORD = ALNUM + "_"
SAFE = ALNUM + "-_"
HEX = "0123456789abcdef"
BASE32 = UPPER + "234567"
# What password generators mix in, without what ends a value in nearly any notation.
PASSWORD = ALNUM + "!#%*+-.^_~"


def some(chance: Random, alphabet: str, length: int) -> str:
    return "".join(chance.choices(alphabet, k=length))


def base64_of(chance: Random, size: int) -> str:
    """Standard base64 of `size` random bytes."""
    return base64.b64encode(chance.randbytes(size)).decode()


def url_base64_of(chance: Random, size: int) -> str:
    """Base64 for URLs of `size` random bytes, without padding."""
    return base64.urlsafe_b64encode(chance.randbytes(size)).rstrip(b"=").decode()


def luhn_digit(digits: str) -> str:
    """The digit that makes `digits` pass ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def iban_of(country: str, account: str) -> str:
    """With its check digits (ISO 13616: remainder 97 of the rearranged number)."""
    moved = "".join(str(int(character, 36)) for character in f"{account}{country}00")
    return f"{country}{98 - int(moved) % 97:02d}{account}"
