"""Passwords hashed by bcrypt: slow for whoever guesses, never for whoever else waits."""

from __future__ import annotations

import asyncio
import time

import pytest

from core.errors import TooMany
from integrations.passwords import COST, LONGEST_QUEUE, BcryptPasswords

PASSWORD = "correct horse battery"  # noqa: S105 - of tests  # pragma: allowlist secret


async def test_only_the_password_matches_its_hash() -> None:
    passwords = BcryptPasswords(cost=4)
    hashed = await passwords.hash(PASSWORD)
    assert PASSWORD not in hashed
    assert hashed != await passwords.hash(PASSWORD)
    assert await passwords.matches(PASSWORD, hashed)
    for other in ("", PASSWORD + " ", PASSWORD[:-1], "\ud800", "é" * 300):
        assert not await passwords.matches(other, hashed)


async def test_more_than_72_bytes_count() -> None:
    passwords = BcryptPasswords(cost=4)
    hashed = await passwords.hash("x" * 200)
    assert not await passwords.matches("x" * 199, hashed)


async def test_nobody_has_no_hash_and_takes_as_long() -> None:
    passwords = BcryptPasswords()
    hashed = await passwords.hash(PASSWORD)
    assert f"${COST}$" in hashed
    assert not await passwords.matches(PASSWORD, "")
    began = time.thread_time()
    await passwords.matches(PASSWORD, hashed)
    assert time.thread_time() - began < 0.05  # the event loop computes none of it


async def test_a_crowd_is_sent_away() -> None:
    passwords = BcryptPasswords(cost=10)
    outcomes = await asyncio.gather(
        *(passwords.matches(PASSWORD, "") for _ in range(LONGEST_QUEUE + 6)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, TooMany) for outcome in outcomes) == 5
    with pytest.raises(TooMany):
        raise next(outcome for outcome in outcomes if isinstance(outcome, TooMany))
    assert not await passwords.matches(PASSWORD, "")  # and taken again
