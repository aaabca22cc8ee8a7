"""Collects the ids that a file holds: of requests, sessions, pods, hosts and releases.

No id is kept as it is spelt: each is a hash under a key of the case, which shows that two files
hold the same one and not which. Of very many, those with the smallest hashes are kept: two files
keep the same ones then, and what they share can be estimated (Broder, "On the resemblance and
containment of documents", 1997).
"""

from __future__ import annotations

import hashlib
import heapq
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import polars as pl

from core.evidence.logs.masks import bare_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from core.evidence.logs.masks import IdMatches

HASH_BITS = 48
EVERY_HASH = 1 << HASH_BITS  # all are below it
MAX_KEPT = 4_000  # ids of a file that are kept, of requests and sessions together
MAX_PLACES = 300  # hosts, pods and releases of a file that are kept, of each
_MAX_HASHED = 300_000  # different ids of a file that are looked at: a second of work
_MAX_PLACES_HASHED = 5_000
_LEAST_LENGTH = 4
_LEAST_DIGITS = 7  # of a plain number: shorter ones mean something else in each file
_SAMPLED = 200  # lines of a block that are searched for pods and releases, evenly chosen
_LOOK_AT = 2_000  # characters of such a line
# The names that a ReplicaSet and a Job give their pods: `api-7d9c5b6f4-x2x9q`.
_POD = re.compile(
    r"(?<![\w.-])([a-z][a-z0-9-]{1,50}-[a-f0-9]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5})(?![\w-])"
)
_RELEASE = re.compile(
    r"(?i)\b(?:version|release|revision|deploy(?:ed|ment|ing)?|rollout|image|tag|commit|sha|build)"
    r"(?:[\"']?[=: ]{1,3}[\"']?(?:version |revision |commit )?|\s)(?:[\w./-]{1,80}:)?"
    r"(v?\d{1,4}(?:\.\d{1,5}){1,3}(?:-[\w.]{1,20})?|(?=[a-f]*\d)[a-f0-9]{7,40})(?![\w.]*\w)"
)
_HOST_LABELS = ("host", "hostname", "node", "nodename", "instance")
_POD_LABELS = ("pod", "pod_name", "kubernetes_pod_name", "k8s_pod_name")
_RELEASE_LABELS = ("version", "release", "revision", "image_tag", "commit")


class IdentifierKind(StrEnum):
    """What an id is of, as one letter."""

    TRACE = "t"
    REQUEST = "r"
    OTHER = "i"  # a UUID that no name stands before
    SESSION = "s"
    POD = "p"
    HOST = "h"
    RELEASE = "v"


PLACES = frozenset({IdentifierKind.POD, IdentifierKind.HOST, IdentifierKind.RELEASE})


@dataclass(frozen=True, slots=True)
class SeenIdentifier:
    """The kind of an id, and when a file first has it, in s since 1970; 0 where nothing tells."""

    kind: IdentifierKind
    at: int = 0


@dataclass
class IdentifierCollector:
    """Sees the ids of one file, in any order. key: of the case.

    seen: by hash. total: different ids of requests and sessions, also of those that are not kept.
    """

    key: bytes = field(repr=False)
    seen: dict[int, SeenIdentifier] = field(default_factory=dict)
    total: int = 0
    _places: int = 0

    def note(self, kind: IdentifierKind, spelt: str, at: int = 0) -> None:
        """Note an id. at: in s since 1970, 0 where nothing tells."""
        if not _is_telling(spelt, kind) or self._is_full(kind):
            return
        hashed = self.hash_of(spelt)
        earlier = self.seen.get(hashed)
        if earlier is None:
            self._places += kind in PLACES
            self.total += kind not in PLACES
            self.seen[hashed] = SeenIdentifier(kind, at)
        elif at and (not earlier.at or at < earlier.at):
            self.seen[hashed] = SeenIdentifier(earlier.kind, at)

    def note_matches(self, matches: IdMatches, times: pl.Series) -> None:
        """Note the ids of lines. times: of each line, UTC, null where it tells none."""
        if self.total >= _MAX_HASHED or matches.rows.is_empty():
            return
        named = pl.DataFrame({"id": matches.named, "at": times.gather(matches.rows)}).explode("id")
        firsts = named.group_by("id").agg(pl.col("at").dt.epoch("s").min())
        for spelt, at in firsts.iter_rows():
            if spelt and (bare := bare_id(spelt)):
                self.note(_kind_of(spelt, bare), bare, at or 0)

    def note_lines(self, lines: pl.Series, times: pl.Series) -> None:
        """Note pods and releases of some lines: they stand in very many. times: of each line."""
        step = max(1, len(lines) // _SAMPLED)
        for line, at in zip(lines.gather_every(step), times.gather_every(step), strict=True):
            text, second = line[:_LOOK_AT], _second(at)
            for pod in _POD.findall(text):
                self.note(IdentifierKind.POD, pod, second)
            for release in _RELEASE.findall(text):
                self.note(IdentifierKind.RELEASE, release, second)

    def note_hosts(self, hosts: pl.Series) -> None:
        """Note the hosts of some lines."""
        if hosts.null_count() < len(hosts):
            for host in hosts.drop_nulls().unique():
                self.note_host(host)

    def note_host(self, host: str) -> None:
        """Note a host; in a cluster a pod is one."""
        self.note(IdentifierKind.POD if _POD.fullmatch(host) else IdentifierKind.HOST, host)

    def note_labels(self, labels: Mapping[str, str]) -> None:
        """Note what the labels of a series say of its pod, host and release."""
        for names, kind in _LABELS:
            for name in names:
                if value := labels.get(name):
                    self.note(kind, value.partition(":")[0] if name == "instance" else value)

    def kept(self) -> dict[int, SeenIdentifier]:
        """By hash, at most MAX_KEPT of requests and sessions, and MAX_PLACES of each other kind."""
        kept = dict[int, SeenIdentifier]()
        for kinds, most in ((_REQUESTS, MAX_KEPT), *(({kind}, MAX_PLACES) for kind in PLACES)):
            hashes = (hashed for hashed, seen in self.seen.items() if seen.kind in kinds)
            kept |= {hashed: self.seen[hashed] for hashed in heapq.nsmallest(most, hashes)}
        return kept

    def hash_of(self, spelt: str) -> int:
        """The hash of an id, whatever its case; a release is the same with and without its `v`."""
        text = spelt.lower()
        plain = text.removeprefix("v") if re.match(r"v\d", text) else text
        digest = hashlib.blake2b(plain.encode(), key=self.key, digest_size=HASH_BITS // 8)
        return int.from_bytes(digest.digest(), "big")

    def _is_full(self, kind: IdentifierKind) -> bool:
        if kind in PLACES:
            return self._places >= _MAX_PLACES_HASHED
        return self.total >= _MAX_HASHED


_REQUESTS = frozenset(IdentifierKind) - PLACES
_LABELS: Iterable[tuple[tuple[str, ...], IdentifierKind]] = (
    (_POD_LABELS, IdentifierKind.POD),
    (_HOST_LABELS, IdentifierKind.HOST),
    (_RELEASE_LABELS, IdentifierKind.RELEASE),
)
_TRACE_ID = re.compile(r"[0-9a-f]{32}")
_SESSION_NAME = re.compile(r"(?i)[\w-]*(?:session|conversation)")
_REQUEST_NAME = re.compile(r"(?i)[\w-]*(?:request|req|correlation|transaction|txn)")
_TRACE_NAME = re.compile(r"(?i)[\w-]*trace")


def _kind_of(named: str, bare: str) -> IdentifierKind:
    """named: the id as it stands in its line, with its name or brackets."""
    if _TRACE_NAME.match(named) or named.startswith("00-") or _TRACE_ID.fullmatch(bare):
        return IdentifierKind.TRACE
    if _SESSION_NAME.match(named):
        return IdentifierKind.SESSION
    is_named = _REQUEST_NAME.match(named) or named.startswith(("[", ","))
    return IdentifierKind.REQUEST if is_named else IdentifierKind.OTHER


def _is_telling(spelt: str, kind: IdentifierKind) -> bool:
    if kind in PLACES:
        return bool(spelt) and spelt.lower() not in ("localhost", "127.0.0.1", "-")
    is_short = spelt.isdecimal() and len(spelt) < _LEAST_DIGITS
    return len(spelt) >= _LEAST_LENGTH and not is_short


def _second(at: datetime | None) -> int:
    return int(at.replace(tzinfo=UTC).timestamp()) if at is not None else 0
