"""Codes with which somebody in chat shows whose account is theirs: short, and read aloud.

Eight consonants without `Y`: no word comes about, and no letter is taken for a digit. There are
25,600,000,000 of them; whoever guesses has five tries in an hour.
"""

from __future__ import annotations

import hmac
import re
import secrets
from itertools import islice

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8
EXAMPLE = "BCDF-GHJK"
_FORM = rf"[{LETTERS}]{{4}}[- ]?[{LETTERS}]{{4}}"
_CODE = re.compile(_FORM, re.IGNORECASE)
_CODE_IN_TEXT = re.compile(rf"(?<![A-Za-z]){_FORM}(?![A-Za-z])", re.IGNORECASE)
_MOST_IN_TEXT = 20
_PURPOSE = b"faultmaven:link:"


def new_code() -> str:
    """As it is shown: `BCDF-GHJK`."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    return f"{letters[:4]}-{letters[4:]}"


def is_code(text: str) -> bool:
    """Whether somebody may have typed a code."""
    return _CODE.fullmatch(text.strip()) is not None


def codes_in(text: str) -> list[str]:
    """What somebody may have said of codes, also in the middle of a sentence; a few of many."""
    return [match[0] for match in islice(_CODE_IN_TEXT.finditer(text), _MOST_IN_TEXT)]


def digest_of_code(code: str, *, secret: bytes) -> str:
    """What is kept of it. It is short, so that its plain hash would tell it to who can count."""
    letters = re.sub("[^A-Z]", "", code.upper())
    return hmac.digest(secret, _PURPOSE + letters.encode(), "sha256").hex()
