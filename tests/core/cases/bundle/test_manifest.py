"""Keys as people copy them, and a signature that fits one manifest only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from core.cases.bundle.manifest import (
    Listed,
    Manifest,
    canonical,
    check_signature,
    read_key,
    read_manifest,
    secret_mark,
    signature_of,
    spell_key,
)
from core.errors import FaultMavenError, Tampered, Unreadable, WrongUsage
from storage.sealing.signatures import is_signed
from tests.core.cases.bundle.samples import KEY, SIGNER

if TYPE_CHECKING:
    from typing import Any

MANIFEST = Manifest(
    case_id="case_1",
    number=1,
    events=3,
    head="ab" * 32,
    made_by="0.1.0",
    members=(Listed(name="events.jsonl", size=3, sha256="cd" * 32),),
)


def test_a_key_is_read_as_it_was_spelt_with_or_without_its_prefix() -> None:
    assert read_key(spell_key(SIGNER.public)) == SIGNER.public
    assert read_key(f" {KEY.removeprefix('ed25519:')}\n") == SIGNER.public


@pytest.mark.parametrize("spelt", ["", "ed25519:", "ed25519:AAAA", "nonsense", "ä" * 44])
def test_what_is_no_key_is_wrong_usage(spelt: str) -> None:
    with pytest.raises(WrongUsage, match="no public key"):
        read_key(spelt)


def test_a_manifest_is_read_as_it_was_written() -> None:
    assert read_manifest(MANIFEST.dump()) == MANIFEST


@pytest.mark.parametrize(
    "change",
    [
        {"format": "faultmaven-case/2"},
        {"members": None},
        {"members": [{"name": "../x", "size": 1, "sha256": ""}]},
        {"members": [{"name": "manifest.json", "size": 1, "sha256": ""}]},
        {"members": [{"name": "events.jsonl", "size": -1, "sha256": ""}]},
        {"members": [{"name": "events.jsonl", "size": "1", "sha256": ""}]},
        {"members": [{"name": "events.jsonl", "mode": 1}]},
        {"case": 1},
        {"more": 1},
    ],
    ids=str,
)
def test_a_manifest_that_nobody_would_write(change: dict[str, Any]) -> None:
    with pytest.raises(FaultMavenError, match=r"manifest\.json: "):
        read_manifest(canonical(json.loads(MANIFEST.dump()) | change))


def test_a_signature_is_of_one_manifest_and_spelt_in_one_way() -> None:
    content = MANIFEST.dump()
    member = signature_of(content, SIGNER.public, SIGNER.sign)
    assert check_signature(content, member, is_signed) == KEY
    with pytest.raises(Tampered, match="does not fit"):
        check_signature(content + b"\n", member, is_signed)
    with pytest.raises(Tampered, match="not as we write it"):
        check_signature(content, member + b"\n", is_signed)
    odds: list[dict[str, object]] = [{"signature": "?"}, {"signature": 1}, {"public_key": 1}]
    for odd in odds:
        written = {"public_key": KEY, "signature": "AAAA"} | odd
        with pytest.raises(Unreadable):
            check_signature(content, canonical(written), is_signed)


def test_a_mark_tells_secrets_apart_and_nothing_of_them() -> None:
    assert secret_mark(b"one") == secret_mark(b"one") != secret_mark(b"two")
    assert len(secret_mark(b"one")) == 16
