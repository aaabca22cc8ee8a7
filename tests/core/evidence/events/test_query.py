"""Whatever is asked of tables: as looking at each event one by one would find it."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from core.evidence.events.query import EventFilter, Hit, find, shared_ids
from core.evidence.model import Level
from tests.core.evidence.tables import START, EventLine, write_table

LEVELS = list(Level)
ALL_IDS = ("req-1", "req-2", "req-3", "req-4", "req-5")
NAMES = st.sampled_from(["checkout", "payments", None])
IDS = st.lists(st.sampled_from(ALL_IDS), max_size=5, unique=True).map(tuple)
LINES = st.lists(
    st.builds(
        EventLine,
        at=st.none() | st.integers(-5, 15).map(float),
        level=st.sampled_from(LEVELS),
        service=NAMES,
        host=st.sampled_from(["web-1", "web-2", None]),
        ids=IDS,
        kind=st.integers(0, 2),
    ),
    max_size=12,
)
EDGES = st.none() | st.integers(-6, 16).map(lambda second: START + timedelta(seconds=second))
WANTED = st.builds(
    EventFilter,
    since=EDGES,
    until=EDGES,
    level=st.none() | st.sampled_from(LEVELS),
    services=st.sampled_from([(), ("checkout",), ("checkout", "payments"), ("nobody",)]),
    unnamed=st.booleans(),
    host=st.sampled_from([None, "web-2"]),
    id=st.sampled_from([None, "req-1"]),
    templates=st.sampled_from([(), (0,), (1, 2)]),
)


def fits(line: EventLine, wanted: EventFilter) -> bool:
    """The same question, asked of one line."""
    at = line.moment
    return all(
        (
            wanted.since is None or (at is not None and at >= wanted.since),
            wanted.until is None or (at is not None and at < wanted.until),
            wanted.level is None or LEVELS.index(line.level) >= LEVELS.index(wanted.level),
            not wanted.services
            or line.service in wanted.services
            or (wanted.unnamed and line.service is None),
            wanted.host is None or line.host == wanted.host,
            wanted.id is None or wanted.id in line.ids,
            not wanted.templates or line.kind in wanted.templates,
        )
    )


def order(
    line: EventLine, file: int, number: int, *, oldest_first: bool
) -> tuple[bool, float, int, int]:
    at = line.at or 0.0
    if oldest_first:
        return line.at is None, at, file, number
    return line.at is None, -at, file, -number


@settings(max_examples=40, deadline=None)
@given(st.tuples(LINES, LINES), WANTED, st.integers(1, 6), st.sampled_from(["oldest", "newest"]))
def test_events_of_several_files_in_one_order(
    files: tuple[list[EventLine], list[EventLine]], wanted: EventFilter, limit: int, end: str
) -> None:
    oldest_first = end == "oldest"
    with tempfile.TemporaryDirectory() as folder:
        tables = [
            write_table(Path(folder) / str(number), lines) for number, lines in enumerate(files)
        ]
        asked = [(table, wanted) for table in tables]
        total, hits = find(asked, limit=limit, oldest_first=oldest_first)
    fitting = [
        (order(line, file, number, oldest_first=oldest_first), line)
        for file, lines in enumerate(files)
        for number, line in enumerate(lines, start=1)
        if fits(line, wanted)
    ]
    best = sorted(fitting, key=lambda row: row[0])[:limit]
    assert total == len(fitting)
    assert [(hit.at, hit.level) for hit in hits] == [(line.moment, line.level) for _, line in best]
    assert [key[2] for key, _ in best] == [hit.file for hit in hits]
    assert [abs(key[3]) for key, _ in best] == [hit.line_start for hit in hits]


@settings(max_examples=25, deadline=None)
@given(st.lists(LINES, min_size=2, max_size=3), st.none() | st.sampled_from(LEVELS))
def test_ids_that_files_share(files: list[list[EventLine]], level: Level | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tables = [
            write_table(Path(folder) / str(number), lines) for number, lines in enumerate(files)
        ]
        total, shared = shared_ids(tables, level=level, of_files=2, limit=10)
        hashes = dict(zip(tables[0].hashes_of(list(ALL_IDS)), ALL_IDS, strict=True))
    loud = [[line for line in lines if fits(line, EventFilter(level=level))] for lines in files]
    counts = [Counter(id_ for line in lines for id_ in line.ids) for lines in loud]
    both = {id_ for id_ in ALL_IDS if sum(id_ in count for count in counts) >= 2}
    assert total == len(both)
    assert {hashes[shared_id.hash]: shared_id.count for shared_id in shared} == {
        id_: sum(count[id_] for count in counts) for id_ in both
    }
    for shared_id in shared:
        assert [(hit.file, hit.line_start) for hit in shared_id.hits] == first_places(
            hashes[shared_id.hash], files, level
        )


def first_places(
    wanted: str, files: list[list[EventLine]], level: Level | None
) -> list[tuple[int, int]]:
    places = dict[int, int]()
    for file, lines in enumerate(files):
        for number, line in enumerate(lines, start=1):
            if wanted in line.ids and fits(line, EventFilter(level=level)):
                places.setdefault(file, number)
    return list(places.items())


def test_a_hit_says_where_its_line_is(tmp_path: Path) -> None:
    lines = [EventLine(at=0, text="one"), EventLine(at=1, text="second", level=Level.ERROR, kind=5)]
    table = write_table(tmp_path / "t", lines, kinds={5: 3})
    _, hits = find([(table, EventFilter(level=Level.ERROR))], limit=5)
    assert hits == [
        Hit(
            file=0,
            at=START + timedelta(seconds=1),
            level=Level.ERROR,
            service=None,
            template=3,
            line_start=2,
            line_end=2,
            byte_start=4,
            byte_end=11,
        )
    ]
