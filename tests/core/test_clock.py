"""Times survive being stored, and ids sort by the time they were made."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import SystemClock, SystemRandom, from_iso, from_micros, micros, new_id, wire_time
from tests.fakes.clock import SeededRandom, SetClock

MOMENTS = st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001 - the zone is added
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))]),
)


@given(MOMENTS)
def test_a_stored_time_is_the_same_moment(moment: datetime) -> None:
    again = from_micros(micros(moment))
    assert again == moment
    assert again.tzinfo is UTC


@given(MOMENTS)
def test_the_wire_has_utc_only(moment: datetime) -> None:
    written = wire_time(moment)
    assert written.endswith("Z")
    assert datetime.fromisoformat(written) == moment


@given(MOMENTS)
def test_iso_is_read_as_utc_with_a_zone_or_without(moment: datetime) -> None:
    there = moment.astimezone(UTC)
    assert from_iso(moment.isoformat()) == from_iso(there.replace(tzinfo=None).isoformat()) == there


@pytest.mark.parametrize("text", ["", "null", "1767225600", "0001-01-01T00:00:00+05:00"])
def test_what_is_no_time_in_iso_is_none(text: str) -> None:
    assert from_iso(text) is None


@given(MOMENTS, MOMENTS)
def test_order_is_kept(moment: datetime, other: datetime) -> None:
    assert (moment < other) == (micros(moment) < micros(other))


def test_an_id_is_a_uuid_of_version_7() -> None:
    clock = SetClock(datetime(2026, 11, 20, 8, 0, 0, 123_000, tzinfo=UTC))
    prefix, _, digits = new_id("case", clock=clock, random=SeededRandom(1)).partition("_")
    value = uuid.UUID(digits)
    assert (prefix, value.version, value.variant) == ("case", 7, uuid.RFC_4122)
    assert value.int >> 80 == micros(clock.at) // 1000


def test_ids_sort_by_time_and_are_never_alike() -> None:
    clock, chance = SetClock(), SeededRandom()
    ids = []
    for _ in range(200):
        ids.append(new_id("job", clock=clock, random=chance))
        clock.advance(0.001)
    assert ids == sorted(set(ids))
    same = {new_id("job", clock=clock, random=chance) for _ in range(1000)}
    assert len(same) == 1000


def test_chance_with_a_seed_repeats() -> None:
    rng, other = SeededRandom(7), SeededRandom(7)
    drawn = [rng.bits(62), rng.fraction()]
    assert [other.bits(62), other.fraction()] == drawn
    assert [SeededRandom(8).bits(62), SeededRandom(8).fraction()] != drawn


def test_the_machines_own_are_of_the_same_kind() -> None:
    assert SystemClock().now().tzinfo is UTC
    assert 0 <= SystemRandom().bits(12) < 2**12
    assert 0 <= SystemRandom().fraction() < 1


def test_a_set_clock_moves_when_told() -> None:
    clock = SetClock()
    before = clock.now()
    assert clock.now() == before
    clock.advance(90)
    assert clock.now() - before == timedelta(seconds=90)
