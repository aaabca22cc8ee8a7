"""The manifest of a bundle: its members, their limits, and the signature.

The signature is Ed25519 (RFC 8032) over the manifest, which holds the hash of the newest event
and that of every member. It is made where the installation's secret is; core only says of what.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from core.errors import Tampered, Unreadable, WrongUsage

FORMAT = "faultmaven-case/1"

README = "README.md"
MANIFEST = "manifest.json"
SIGNATURE = "signature.json"
CASE = "case.json"  # the view that the events fold into
EVENTS = "events.jsonl"
TEXTS = "texts.jsonl"  # the texts that events refer to, by digest
FILES = "files.jsonl"
FINDINGS = "findings.jsonl"
CITATIONS = "citations.jsonl"  # every line that a claim rests on, and how it resolves
RENDITIONS = "evidence/"  # e1.jsonl: the cited lines of that file, redacted
ORIGINALS = "originals/"  # e1: as it came, nothing redacted

RECORDS = (CASE, EVENTS, TEXTS, FILES, FINDINGS, CITATIONS)
NAMES = re.compile(
    r"(?:README\.md|(?:manifest|signature|case)\.json|(?:events|texts|files|findings|citations)"
    r"\.jsonl|evidence/e[1-9][0-9]{0,5}\.jsonl|originals/e[1-9][0-9]{0,5})"
)

MOST_MEMBERS = 10_000
LARGEST_RECORDS = 256 * 2**20  # bytes of all members but originals: they are read into memory
DEEPEST = 60  # levels of one value: deeper than anything we write, and far from Python's own limit
Sign = Callable[[bytes], bytes]
IsSigned = Callable[[bytes, bytes, bytes], bool]  # public key, message, signature
AGAIN = "Do not rely on it: get the bundle again from where it was exported."
Json = dict[str, Any]
_ALGORITHM = "Ed25519"
_PREFIX = "ed25519:"
_KEY_BYTES = 32
_CONTEXT = f"{FORMAT} manifest\n".encode()  # binds the signature to this use
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


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A member as the manifest lists it. size: in bytes. sha256: of its content."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A bundle's description of itself. head: the hash of its newest event."""

    case_id: str
    number: int
    events: int
    head: str
    made_by: str  # version of FaultMaven
    members: tuple[Listed, ...]

    def dump(self) -> bytes:
        """The content of the manifest's member."""
        return canonical(
            {
                "format": FORMAT,
                "made_by": self.made_by,
                "case": {"id": self.case_id, "number": self.number},
                "events": self.events,
                "head": self.head,
                "members": [vars(member) for member in self.members],
            }
        )


def canonical(value: object) -> bytes:
    """One line of JSON, identical for equal values, with its line feed."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode() + b"\n"


def rows(values: Iterable[object]) -> bytes:
    """JSON lines, one per value."""
    return b"".join(map(canonical, values))


def read_value(name: str, content: bytes) -> Json:
    """The JSON object that a member holds. Raises Unreadable."""
    try:
        value = orjson.loads(content)
    except ValueError as error:
        message = f"{name}: no JSON ({error})"
        raise Unreadable(message, next_step=AGAIN) from error
    if not isinstance(value, dict) or _is_deep(value):
        message = f"{name}: not an object that a bundle may hold"
        raise Unreadable(message, next_step=AGAIN)
    return value


def read_rows(name: str, content: bytes) -> list[Json]:
    """The JSON objects that a member holds, one per line. Raises Unreadable."""
    return [
        read_value(f"{name}: line {number}", line)
        for number, line in enumerate(content.splitlines(), start=1)
    ]


def missing(name: str) -> Tampered:
    """The error for a required member that is absent."""
    return Tampered(f"{name}: it is missing", next_step=AGAIN)


def require(members: Mapping[str, bytes], name: str) -> bytes:
    """The content of the member. Raises Tampered where it is absent."""
    if name not in members:
        raise missing(name)
    return members[name]


def listed(name: str, content: bytes) -> Listed:
    """The manifest's entry for a member with this content."""
    return Listed(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())


def manifest_of(
    members: Mapping[str, bytes], originals: Sequence[Listed], *, made_by: str
) -> Manifest:
    """The manifest of a case's members, as `contents` makes them, and its originals."""
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
    """The manifest in a member. Raises Unreadable, and Tampered where it is not as we write it."""
    value = read_value(MANIFEST, content)
    if value.get("format") != FORMAT:
        message = f"{MANIFEST}: the format is not {FORMAT}"
        raise Unreadable(message, next_step="A newer FaultMaven may know it.")
    try:
        manifest = Manifest(
            case_id=value["case"]["id"],
            number=value["case"]["number"],
            events=value["events"],
            head=value["head"],
            made_by=value["made_by"],
            members=tuple(Listed(**member) for member in value["members"]),
        )
        is_ours = manifest.dump() == content and all(map(_is_ours, manifest.members))
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"{MANIFEST}: not as we write it", next_step=AGAIN) from error
    if not is_ours:
        raise Tampered(f"{MANIFEST}: not as we write it", next_step=AGAIN)
    return manifest


def signature_of(manifest: bytes, public: bytes, sign: Sign) -> bytes:
    """The content of the signature's member."""
    signature = base64.b64encode(sign(_CONTEXT + manifest)).decode()
    return canonical(
        {"algorithm": _ALGORITHM, "public_key": spell_key(public), "signature": signature}
    )


def check_signature(manifest: bytes, member: bytes, is_signed: IsSigned) -> str:
    """The public key that signed the manifest, as text. Raises Unreadable, Tampered."""
    value = read_value(SIGNATURE, member)
    try:
        public = read_key(value["public_key"])
        signature = base64.b64decode(value["signature"], validate=True)
    except (AttributeError, KeyError, TypeError, ValueError, WrongUsage) as error:
        raise Unreadable(f"{SIGNATURE}: not as we write it", next_step=AGAIN) from error
    if not is_signed(public, _CONTEXT + manifest, signature):
        message = f"{SIGNATURE}: it does not fit {MANIFEST}: one of them was changed"
        raise Tampered(message, next_step=AGAIN)
    if member != signature_of(manifest, public, lambda _: signature):
        raise Tampered(f"{SIGNATURE}: not as we write it", next_step=AGAIN)
    return spell_key(public)


def spell_key(public: bytes) -> str:
    """The key as people copy it: `ed25519:` and base64."""
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
    """A short digest of the secret, by which processes compare it without revealing it."""
    return hmac.digest(secret, b"faultmaven:secret-mark", hashlib.sha256).hex()[:16]


def readme(case_number: int, public: str) -> bytes:
    """The README for whoever opens the bundle by hand."""
    return _README.format(number=case_number, key=public).encode()


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return False
    return True


def _is_ours(member: Listed) -> bool:
    named = NAMES.fullmatch(member.name) and member.name not in (MANIFEST, SIGNATURE)
    return bool(named) and member.size >= 0
