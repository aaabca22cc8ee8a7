"""Which files tell of the same requests, and what all of them have says nothing."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from core.evidence.correlation.digests import (
    FileIdentifiers,
    identifiers_finding,
    read_identifiers,
)
from core.evidence.correlation.identifiers import MAX_KEPT, IdentifierCollector, IdentifierKind
from core.evidence.correlation.shared import SharedSubject, find_shared

KEY = b"a key of the case"
NOON = 1_767_268_800  # 2026-01-01 12:00 UTC


def file(name: str, **ids: range | list[str]) -> FileIdentifiers:
    """A file with traces of these numbers, or ids as they are spelt."""
    collector = IdentifierCollector(KEY)
    for kind, spelt in ids.items():
        for each in spelt:
            text = f"{each:032x}" if isinstance(each, int) else each
            at = NOON + each if isinstance(each, int) else 0
            collector.note(IdentifierKind[kind.upper()], text, at)
    return read_identifiers(identifiers_finding(collector, file=name, lines=1), file=name)


def test_files_that_tell_of_the_same_requests() -> None:
    (group,) = find_shared(
        [
            file("api", trace=range(300)),
            file("nginx", trace=range(60, 300)),
            file("spans", trace=range(100, 280)),
            file("cron", trace=range(9_000, 9_200)),
        ]
    )
    assert group.files == ("api", "nginx", "spans")
    assert (group.count, group.total, group.is_estimated) == (180, 500, False)
    assert group.first == datetime(2026, 1, 1, 12, 1, 40, tzinfo=UTC)
    assert group.last == datetime(2026, 1, 1, 12, 4, 39, tzinfo=UTC)


def test_two_files_that_share_far_more_are_told_too() -> None:
    groups = find_shared(
        [
            file("api", trace=range(3_000)),
            file("nginx", trace=range(3_000)),
            file("spans", trace=range(20)),
        ]
    )
    assert [(group.files, group.count) for group in groups] == [
        (("api", "nginx"), 3_000),
        (("api", "nginx", "spans"), 20),
    ]


def test_the_one_host_of_a_case_tells_nothing() -> None:
    assert not find_shared([file(name, host=["web-1"]) for name in ("a", "b", "c")])
    two = [file("a", host=["web-1"]), file("b", host=["web-1"])]
    assert not find_shared(two)


def test_a_host_that_only_some_files_name_is_told() -> None:
    (group,) = find_shared(
        [
            file("a", host=["web-1", "web-2"]),
            file("b", host=["web-2"]),
            file("c", host=["web-3"]),
        ]
    )
    assert (group.subject, group.files, group.count) == (SharedSubject.HOSTS, ("a", "b"), 1)
    assert group.total == 3


def test_requests_come_before_pods() -> None:
    first, second = find_shared(
        [
            file("a", trace=range(5), pod=["p-1", "p-2", "p-3"]),
            file("b", trace=range(5), pod=["p-1", "p-2"]),
            file("c", pod=["p-9"]),
        ]
    )
    assert (first.subject, second.subject) == (SharedSubject.REQUESTS, SharedSubject.PODS)


def test_one_id_by_two_names_is_one() -> None:
    (group,) = find_shared([file("a", trace=["abcd-1"]), file("b", request=["abcd-1"])])
    assert (group.count, group.kind) == (1, IdentifierKind.TRACE)


def test_nothing_is_shared_by_one_file_or_by_strangers() -> None:
    assert not find_shared([])
    assert not find_shared([file("a", trace=range(50))])
    assert not find_shared([file("a", trace=range(50)), file("b", trace=range(50, 99))])


def test_of_very_many_ids_the_shared_ones_are_estimated() -> None:
    whole = 4 * MAX_KEPT
    (group,) = find_shared(
        [file("a", trace=range(whole)), file("b", trace=range(whole // 2, whole))]
    )
    assert group.is_estimated
    assert abs(group.count - whole / 2) < 0.1 * whole / 2


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sets(st.integers(0, 12), max_size=8), min_size=2, max_size=4))
def test_a_group_counts_what_all_its_files_have(held: list[set[int]]) -> None:
    names = [f"f{n}" for n in range(len(held))]
    digests = [
        file(name, trace=[f"id-{n}" for n in ids]) for name, ids in zip(names, held, strict=True)
    ]
    of_name = dict(zip(names, held, strict=True))
    groups = find_shared(digests)
    for group in groups:
        assert group.count == len(set.intersection(*(of_name[name] for name in group.files))) > 0
    is_any = any(a & b for i, a in enumerate(held) for b in held[i + 1 :])
    assert bool(groups) == is_any
