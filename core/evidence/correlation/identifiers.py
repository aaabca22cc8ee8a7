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
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from core.evidence.lines import FEW_LINES
from core.evidence.logs.masks import bare_id, bare_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from core.evidence.logs.masks import IdMatches

HASH_BITS = 48
EVERY_HASH = 1 << HASH_BITS  # all are below it
MAX_KEPT = 4_000  # ids of a file that are kept, of requests and sessions together
MAX_PLACES = 300  # hosts, pods and releases of a file that are kept, of each
_MOST_HELD = 4 * MAX_KEPT  # before those with the larger hashes are let go of
_MAX_PLACES_SEEN = 5_000
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

    seen: by hash. below: of requests and sessions all with a hash under it are in `seen`.
    """

    key: bytes = field(repr=False)
    seen: dict[int, SeenIdentifier] = field(default_factory=dict)
    below: int = EVERY_HASH
    _requests: int = 0
    _places: int = 0

    def note(self, kind: IdentifierKind, spelt: str, at: int = 0) -> None:
        """Note an id. at: in s since 1970, 0 where nothing tells."""
        if _is_telling(spelt, kind):
            self._add(kind, self.hash_of(spelt), at)

    @cached_property
    def _keyed(self) -> hashlib.blake2b:
        return hashlib.blake2b(key=self.key, digest_size=HASH_BITS // 8)

    def _add(self, kind: IdentifierKind, hashed: int, at: int) -> None:
        is_place = kind in PLACES
        earlier = self.seen.get(hashed)
        if earlier is not None:
            if at and (not earlier.at or at < earlier.at):
                self.seen[hashed] = SeenIdentifier(earlier.kind, at)
        elif self._places < _MAX_PLACES_SEEN if is_place else hashed < self.below:
            self._places += is_place
            self._requests += not is_place
            self.seen[hashed] = SeenIdentifier(kind, at)
            if self._requests > _MOST_HELD:
                self._keep_smallest()

    def _keep_smallest(self) -> None:
        kept = self.kept()
        requests = [hashed for hashed, seen in kept.items() if seen.kind not in PLACES]
        places = {hashed: seen for hashed, seen in self.seen.items() if seen.kind in PLACES}
        self.seen, self._requests = kept | places, len(requests)
        self.below = max(requests) + 1

    def note_matches(self, matches: IdMatches, times: pl.Series) -> None:
        """Note the ids of lines. times: of each line, UTC, null where it tells none."""
        if len(matches.rows) <= FEW_LINES:
            self._note_few(matches, times)
            return
        named = pl.DataFrame({"id": matches.named, "at": times.gather(matches.rows)}).explode("id")
        firsts = named.group_by("id").agg(pl.col("at").dt.epoch("s").min().fill_null(0))
        bare = bare_ids(firsts.drop_nulls("id").with_columns(_KIND.alias("kind")))
        telling = bare.filter(pl.col("id").str.len_bytes() >= _LEAST_LENGTH, ~_IS_SHORT_NUMBER)
        for spelt, at, kind in telling.select("id", "at", "kind").iter_rows():
            self._add(_BY_LETTER[kind], self.hash_of(spelt), at)

    def _note_few(self, matches: IdMatches, times: pl.Series) -> None:
        for row, named in zip(matches.rows, matches.named, strict=True):
            second = _second(times[row])
            for each in named:
                if spelt := bare_id(each):
                    self.note(_kind_of(each), spelt, second)

    def note_lines(self, lines: pl.Series, times: pl.Series) -> None:
        """Note pods and releases of some lines: they stand in very many. times: of each line."""
        step = max(1, len(lines) // _SAMPLED)
        for line, at in zip(lines[::step], times[::step], strict=True):
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
        plain = text[1:] if text[:1] == "v" and text[1:2].isdecimal() else text
        digest = self._keyed.copy()
        digest.update(plain.encode())
        return int.from_bytes(digest.digest(), "big")


_REQUESTS = frozenset(IdentifierKind) - PLACES
_LABELS: Iterable[tuple[tuple[str, ...], IdentifierKind]] = (
    (_POD_LABELS, IdentifierKind.POD),
    (_HOST_LABELS, IdentifierKind.HOST),
    (_RELEASE_LABELS, IdentifierKind.RELEASE),
)
_BY_LETTER = {kind.value: kind for kind in IdentifierKind}
_ID = pl.col("id").str
# Of an id as it stands in its line, with its name or brackets.
_TRACE, _SESSION = r"(?i)^[\w-]*trace|^00-|\b[0-9a-f]{32}\b", r"(?i)^[\w-]*(?:session|conversation)"
_REQUEST = r"(?i)^(?:[\[,]|[\w-]*(?:request|req|correlation|transaction|txn))"
_KIND = (
    pl.when(_ID.contains(_TRACE))
    .then(pl.lit(IdentifierKind.TRACE.value))
    .when(_ID.contains(_SESSION))
    .then(pl.lit(IdentifierKind.SESSION.value))
    .when(_ID.contains(_REQUEST))
    .then(pl.lit(IdentifierKind.REQUEST.value))
    .otherwise(pl.lit(IdentifierKind.OTHER.value))
)
_KINDS_IN_PYTHON = (
    (re.compile(_TRACE), IdentifierKind.TRACE),
    (re.compile(_SESSION), IdentifierKind.SESSION),
    (re.compile(_REQUEST), IdentifierKind.REQUEST),
)
_IS_SHORT_NUMBER = _ID.contains(rf"^[0-9]{{1,{_LEAST_DIGITS - 1}}}$")


def _kind_of(named: str) -> IdentifierKind:
    kinds = (kind for pattern, kind in _KINDS_IN_PYTHON if pattern.search(named))
    return next(kinds, IdentifierKind.OTHER)


def _is_telling(spelt: str, kind: IdentifierKind) -> bool:
    if kind in PLACES:
        return bool(spelt) and spelt.lower() not in ("localhost", "127.0.0.1", "-")
    is_short = spelt.isdecimal() and len(spelt) < _LEAST_DIGITS
    return len(spelt) >= _LEAST_LENGTH and not is_short


def _second(at: datetime | None) -> int:
    return int(at.replace(tzinfo=UTC).timestamp()) if at is not None else 0
