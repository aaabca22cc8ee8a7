"""Which ids of a file are collected, as what, and that none is kept as it is spelt."""

from __future__ import annotations

import json
from datetime import datetime

import polars as pl
import pytest

from core.evidence.correlation.digests import identifiers_finding, read_identifiers
from core.evidence.correlation.identifiers import (
    MAX_KEPT,
    IdentifierCollector,
    IdentifierKind,
)
from core.evidence.lines import FEW_LINES
from core.evidence.logs.masks import match_ids

KEY = b"a key of the case"
TRACE = "4bf92f35" * 4
POD = "orders-7d9c5b6f4d-x2x9q"


def collected(*lines: str, key: bytes = KEY) -> IdentifierCollector:
    collector = IdentifierCollector(key)
    texts = pl.Series(lines, dtype=pl.String)
    times = pl.Series([datetime(2026, 1, 1, 12, 0, n % 60) for n in range(len(lines))])  # noqa: DTZ001
    collector.note_matches(match_ids(texts), times)
    collector.note_lines(texts, times)
    return collector


LINES = [
    (f"trace_id={TRACE} order lost", IdentifierKind.TRACE),
    (f"[{TRACE}] order lost", IdentifierKind.TRACE),
    (f"traceparent: 00-{TRACE}-00f067aa0ba902b7-01", IdentifierKind.TRACE),
    ('"requestId": "req-4711"', IdentifierKind.REQUEST),
    ("X-Request-ID: 7f3a91bc", IdentifierKind.REQUEST),
    ("session_id=s-99182 logged in", IdentifierKind.SESSION),
    ("order 6fa459ea-ee8a-3ca4-894e-db77e160355e lost", IdentifierKind.OTHER),
    (f"restarted {POD} after OOM", IdentifierKind.POD),
    ("deployed version 2.4.1", IdentifierKind.RELEASE),
    ("rollout image=registry.example/shop/orders:v2.4.1 done", IdentifierKind.RELEASE),
    ("deploy 2f9c1a7 started", IdentifierKind.RELEASE),
]


@pytest.mark.parametrize(("line", "kind"), LINES)
def test_what_an_id_is_of(line: str, kind: IdentifierKind) -> None:
    assert kind in {seen.kind for seen in collected(line).seen.values()}


@pytest.mark.parametrize(
    "line",
    [
        "request_id=null",
        "request_id=1234 a number that each file counts for itself",
        "GET /index.html HTTP/1.1",
        "a-plain-word-of-some-length and more-of-them",
        "the version is fine",
    ],
)
def test_what_tells_nothing_is_left_out(line: str) -> None:
    assert not collected(line).seen


def test_a_release_is_the_same_with_its_v() -> None:
    assert collected("release v2.4.1").seen.keys() == collected("version=2.4.1").seen.keys()


def test_no_id_is_kept_as_it_is_spelt_and_keys_part_cases() -> None:
    collector = collected("session_id=dana-at-example", f"pod {POD}")
    stored = json.dumps(dict(identifiers_finding(collector, file="a.log", lines=2).data))
    assert "dana" not in stored
    assert POD not in stored
    other = collected("session_id=dana-at-example", f"pod {POD}", key=b"another")
    assert not collector.seen.keys() & other.seen.keys()


def test_a_digest_is_read_as_it_was_stored() -> None:
    collector = collected(f"trace_id={TRACE}", f"trace_id={TRACE}", f"pod {POD}")
    finding = identifiers_finding(collector, file="a.log", lines=3)
    kept = read_identifiers(finding, file="1")
    assert kept.seen == collector.seen
    assert finding.is_digest


def test_few_lines_and_many_are_collected_alike() -> None:
    lines = [f"trace_id={n:032x} request_id=req-{n // 2}" for n in range(1_000, 1_100)]
    few = collected(*lines[:30]).seen
    many = collected(*lines).seen
    assert few.items() <= many.items()
    assert len(many) == 150


def test_of_very_many_the_same_are_kept_in_each_file() -> None:
    collector, other = IdentifierCollector(KEY), IdentifierCollector(KEY)
    for n in range(2 * MAX_KEPT):
        collector.note(IdentifierKind.TRACE, f"{n:032x}")
        other.note(IdentifierKind.TRACE, f"{2 * MAX_KEPT - n:032x}")
    kept, of_other = collector.kept(), other.kept()
    assert len(kept) == MAX_KEPT
    assert len(kept.keys() & of_other.keys()) >= MAX_KEPT - 2
    finding = identifiers_finding(collector, file="a.log", lines=1)
    below = read_identifiers(finding, file="1").below
    assert below > max(kept)
    assert all(hashed in kept for hashed in collector.seen if hashed < below)


def test_labels_of_series_name_pods_hosts_and_releases() -> None:
    collector = IdentifierCollector(KEY)
    collector.note_labels({"pod": POD, "instance": "10.0.0.7:9100", "version": "2.4.1"})
    assert {seen.kind for seen in collector.seen.values()} == {
        IdentifierKind.POD,
        IdentifierKind.HOST,
        IdentifierKind.RELEASE,
    }
    assert collector.hash_of("10.0.0.7") in collector.seen


def test_a_few_lines_are_read_as_many_are() -> None:
    lines = [line for line, _ in LINES]
    many = collected(*lines * 5)
    assert len(lines) < FEW_LINES < 5 * len(lines)
    assert collected(*lines).seen == many.seen
