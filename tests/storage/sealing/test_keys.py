"""A data key is for those it was wrapped for, under the secrets that we have."""

from __future__ import annotations

import pytest

from core.errors import StoreUnavailable
from storage.sealing.keys import SLOT_BYTES, Keyring, is_slot, key_id, new_data_key, subkey

KEY = new_data_key()
OLD, NEW = b"the secret of last year, long", b"the secret of this year, long"


def test_it_opens_for_whom_it_was_wrapped() -> None:
    slot = Keyring(OLD).wrap(KEY, holder="default:blob:case_1")
    assert len(slot) == SLOT_BYTES
    assert KEY not in slot
    assert Keyring(OLD).unwrap(slot, holder="default:blob:case_1") == KEY
    for other in ("default:blob:case_2", "default:other:case_1", "other:blob:case_1"):
        with pytest.raises(StoreUnavailable, match="opens nothing"):
            Keyring(OLD).unwrap(slot, holder=other)


def test_the_secret_can_be_changed_and_the_old_one_kept() -> None:
    slot = Keyring(OLD).wrap(KEY, holder="x")
    both = Keyring(NEW, OLD)
    assert both.unwrap(slot, holder="x") == KEY
    assert not both.is_current(slot)
    again = both.wrap(KEY, holder="x")
    assert both.is_current(again)
    assert Keyring(NEW).unwrap(again, holder="x") == KEY


def test_a_secret_that_is_not_there_is_named() -> None:
    slot = Keyring(OLD).wrap(KEY, holder="x")
    with pytest.raises(StoreUnavailable, match=key_id(OLD).hex()) as caught:
        Keyring(NEW).unwrap(slot, holder="x")
    assert "FAULTMAVEN_SECRET_KEY" in caught.value.next_step


@pytest.mark.parametrize("place", range(SLOT_BYTES))
def test_a_slot_that_was_changed_opens_nothing(place: int) -> None:
    slot = bytearray(Keyring(OLD).wrap(KEY, holder="x"))
    slot[place] ^= 1
    with pytest.raises(StoreUnavailable):
        Keyring(OLD).unwrap(bytes(slot), holder="x")


@pytest.mark.parametrize("slot", [b"", bytes(SLOT_BYTES), b"FMSLOT\x00\x01"])
def test_what_is_no_slot_is_none(slot: bytes) -> None:
    assert not is_slot(slot)
    with pytest.raises(StoreUnavailable):
        Keyring(OLD).unwrap(slot, holder="x")


def test_purposes_have_keys_of_their_own() -> None:
    keys = {subkey(OLD, "a"), subkey(OLD, "b"), subkey(NEW, "a"), subkey(OLD, "a", salt=b"x")}
    assert len(keys) == 4
    assert OLD.decode() not in repr(Keyring(OLD))
