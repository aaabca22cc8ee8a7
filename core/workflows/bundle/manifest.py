"""Which members does a bundle have, and whose word is it? One list, signed at the head of the log.

The signature is Ed25519 (RFC 8032) over the manifest, which holds the hash of the newest event
and that of every member. It is made where the installation's secret is; core only says of what.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import Tampered, Unreadable, WrongUsage
from core.workflows.bundle.model import (
    AGAIN,
    CASE,
    EVENTS,
    FORMAT,
    MANIFEST,
    NAMES,
    SIGNATURE,
    Listed,
    canonical,
    read_rows,
    read_value,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Sign = Callable[[bytes], bytes]
IsSigned = Callable[[bytes, bytes, bytes], bool]  # public key, message, signature

_ALGORITHM = "Ed25519"
_PREFIX = "ed25519:"
_KEY_BYTES = 32
_CONTEXT = f"{FORMAT} manifest\n".encode()  # a signature of ours says nothing else


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a bundle says of itself. head: the hash of its newest event."""

    case_id: str
    number: int
    events: int
    head: str
    made_by: str  # version of FaultMaven
    members: tuple[Listed, ...]

    def dump(self) -> bytes:
        """Its member, in bytes."""
        return canonical(
            {
                "format": FORMAT,
                "made_by": self.made_by,
                "case": {"id": self.case_id, "number": self.number},
                "events": self.events,
                "head": self.head,
                "members": [vars(one) for one in self.members],
            }
        )


def listed(name: str, content: bytes) -> Listed:
    """A member that is at hand."""
    return Listed(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())


def manifest_of(
    members: Mapping[str, bytes], originals: Sequence[Listed], *, made_by: str
) -> Manifest:
    """Of a case's members as `contents` makes them, and of its originals."""
    case = read_value(CASE, members[CASE])["case"]
    return Manifest(
        case_id=case["id"],
        number=case["number"],
        events=len(read_rows(EVENTS, members[EVENTS])),
        head=case["head"],
        made_by=made_by,
        members=(*(listed(name, content) for name, content in members.items()), *originals),
    )


def read_manifest(content: bytes) -> Manifest:
    """Raises Unreadable for what we do not write."""
    value = read_value(MANIFEST, content)
    if value.get("format") != FORMAT:
        message = f"{MANIFEST}: the format is not {FORMAT}"
        raise Unreadable(message, next_step="A newer FaultMaven may know it.")
    try:
        found = Manifest(
            case_id=value["case"]["id"],
            number=value["case"]["number"],
            events=value["events"],
            head=value["head"],
            made_by=value["made_by"],
            members=tuple(Listed(**one) for one in value["members"]),
        )
        is_ours = found.dump() == content and all(map(_is_ours, found.members))
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"{MANIFEST}: not as we write it", next_step=AGAIN) from error
    if not is_ours:
        raise Tampered(f"{MANIFEST}: not as we write it", next_step=AGAIN)
    return found


def _is_ours(member: Listed) -> bool:
    named = NAMES.fullmatch(member.name) and member.name not in (MANIFEST, SIGNATURE)
    return bool(named) and member.size >= 0


def signature_of(manifest: bytes, public: bytes, sign: Sign) -> bytes:
    """The member that holds it."""
    signature = base64.b64encode(sign(_CONTEXT + manifest)).decode()
    return canonical(
        {"algorithm": _ALGORITHM, "public_key": spell_key(public), "signature": signature}
    )


def check_signature(manifest: bytes, member: bytes, is_signed: IsSigned) -> str:
    """The public key that signed, spelt. Raises Unreadable, Tampered."""
    value = read_value(SIGNATURE, member)
    try:
        public = read_key(value["public_key"])
        signature = base64.b64decode(value["signature"], validate=True)
    except (KeyError, TypeError, ValueError, WrongUsage) as error:
        raise Unreadable(f"{SIGNATURE}: not as we write it", next_step=AGAIN) from error
    if not is_signed(public, _CONTEXT + manifest, signature):
        message = f"{SIGNATURE}: it does not fit {MANIFEST}: one of them was changed"
        raise Tampered(message, next_step=AGAIN)
    if member != signature_of(manifest, public, lambda _: signature):
        raise Tampered(f"{SIGNATURE}: not as we write it", next_step=AGAIN)
    return spell_key(public)


def spell_key(public: bytes) -> str:
    """As people copy it: `ed25519:` and base64."""
    return _PREFIX + base64.b64encode(public).decode()


def read_key(spelt: str) -> bytes:
    """The 32 bytes of a public key. Raises WrongUsage."""
    try:
        public = base64.b64decode(spelt.strip().removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        public = b""
    if len(public) != _KEY_BYTES:
        step = "`faultmaven export --public-key` prints it where the case was exported."
        raise WrongUsage(f"{spelt[:80]!r} is no public key", next_step=step)
    return public


def secret_mark(secret: bytes) -> str:
    """Tells whether two processes have the same secret, without telling it."""
    return hmac.digest(secret, b"faultmaven:secret-mark", hashlib.sha256).hex()[:16]


def readme(case_number: int, public: str) -> bytes:
    """What whoever opens the bundle by hand has to know."""
    return _README.format(number=case_number, key=public).encode()


_README = f"""# Case #{{number}}, exported by FaultMaven

Check it, without a network, a model or a database, in any installation of FaultMaven:

    faultmaven verify BUNDLE --key {{key}}

Take the key from whoever runs the installation, not from here: a forger writes a key, too.

By hand: `unzip`, then compare the SHA-256 of each member with `{MANIFEST}`. `{SIGNATURE}` holds
the Ed25519 signature of `{FORMAT} manifest`, a line feed, and `{MANIFEST}`, byte by byte. Each line
of `{EVENTS}` is an event; its `hash` is the SHA-256 of the JSON array [previous, case_id, seq,
kind, at, actor, data] with sorted keys and without spaces, in UTF-8; `previous` is the hash of the
event before, and the newest one is the `head` in `{MANIFEST}`.

- `{CASE}`: what the events amount to, with the hypotheses and the lines for and against them
- `texts.jsonl`: what was said, by the SHA-256 that events refer to it by; null where it was erased
- `files.jsonl`, `findings.jsonl`: the evidence by the SHA-256 of its content, and what is in it
- `citations.jsonl`: each line that a claim rests on, with content hash and span
- `evidence/`: these lines; `originals/`: the files as they came, where they were asked for

Everything is redacted but `originals/`.
"""
