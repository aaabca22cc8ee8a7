"""Where nothing hashes passwords: nobody signs in."""

from __future__ import annotations

from core.errors import NotAllowedNow


class NoPasswords:
    """Of processes that serve nobody who signs in."""

    async def hash(self, password: str) -> str:
        raise _nobody()

    async def matches(self, password: str, hashed: str) -> bool:
        raise _nobody()


def _nobody() -> NotAllowedNow:
    return NotAllowedNow("nobody signs in with a password here")
