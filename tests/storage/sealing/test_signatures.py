"""Who signed, and what: nothing but the very message, by nobody but the secret's holder."""

from __future__ import annotations

import pytest

from storage.sealing.signatures import Signer, is_signed

SIGNER = Signer(b"a secret of tests")
MESSAGE = b"case 12, as it was"
SIGNATURE = SIGNER.sign(MESSAGE)


def test_the_same_secret_has_the_same_key_and_another_one_another() -> None:
    again = Signer(b"a secret of tests")
    assert (again.public, again.sign(MESSAGE)) == (SIGNER.public, SIGNATURE)
    assert Signer(b"another secret").public != SIGNER.public


def test_what_was_signed_is_signed_and_nothing_else() -> None:
    assert is_signed(SIGNER.public, MESSAGE, SIGNATURE)
    assert not is_signed(SIGNER.public, MESSAGE + b" ", SIGNATURE)
    assert not is_signed(Signer(b"another secret").public, MESSAGE, SIGNATURE)


@pytest.mark.parametrize("public", [b"", b"short", bytes(33), b"\xff" * 32])
def test_what_is_no_key_signed_nothing(public: bytes) -> None:
    assert not is_signed(public, MESSAGE, SIGNATURE)


@pytest.mark.parametrize("at", range(64))
def test_a_changed_signature_is_none(at: int) -> None:
    changed = bytearray(SIGNATURE)
    changed[at] ^= 1
    assert not is_signed(SIGNER.public, MESSAGE, bytes(changed))
