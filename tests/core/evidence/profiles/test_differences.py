from __future__ import annotations

from dataclasses import replace

import pytest

from core.evidence.profiles.differences import MOST_GROWN, ProfilePair, grown, growth_finding
from core.evidence.profiles.digests import StoredShares, digest_data, read_digest
from core.evidence.profiles.model import ProfileBuilder, ProfileKind, StackProfile, WeightUnit
from core.evidence.profiles.shares import function_shares
from core.redaction.engine import Redactor
from tests.core.evidence.profiles.recorded import SAMPLES, extracted


def profile(kind: ProfileKind, unit: WeightUnit, **weights: float) -> StackProfile:
    builder = ProfileBuilder(kind, unit)
    for place, (name, weight) in enumerate(weights.items(), start=1):
        builder.add(["main", name], weight, place)
    return builder.build()


def stored(unit: WeightUnit = WeightUnit.SAMPLES, /, **weights: float) -> StoredShares:
    kind = ProfileKind.HEAP if unit is WeightUnit.BYTES else ProfileKind.CPU
    shares = profile(kind, unit, **weights)
    own = {share.function: share.own for share in function_shares(shares) if share.own}
    places = dict.fromkeys(own, 7)
    return StoredShares(kind=kind, unit=unit, whole=shares.weight, own=own, places=places)


def sentences(older: StoredShares, newer: StoredShares) -> list[str]:
    pair = ProfilePair(
        older=older, newer=newer, older_file="a.pb", newer_file="b.pb", service="shop"
    )
    return [growth_finding(growth, pair).text.text for growth in grown(older, newer)]


def test_of_time_shares_are_compared_however_long_a_profile_took() -> None:
    older, newer = stored(price=10, draw=90), stored(price=300, draw=300)
    assert sentences(older, newer) == ["`price` grew: 10 % → 50 % of CPU time (before: a.pb)"]


def test_of_memory_amounts_are_compared() -> None:
    older = stored(WeightUnit.BYTES, cart=1e6, cache=1e6)
    newer = stored(WeightUnit.BYTES, cart=2e6, cache=2e6)
    assert len(sentences(older, newer)) == 2
    assert sentences(older, newer)[0] == (
        "`cache` grew: 1.0 MB → 2.0 MB of memory in use (before: a.pb)"
    )


def test_what_was_not_there_is_new() -> None:
    (text,) = sentences(stored(draw=90), stored(draw=60, price=40))
    assert text == "`price` is new: 40 % of CPU time (none in a.pb)"


def test_profiles_of_two_programs_are_not_compared() -> None:
    assert grown(stored(draw=90, x=10), stored(parse=90, x=10)) == []
    assert grown(stored(draw=90), stored(draw=95)) == []


def test_few_are_told() -> None:
    names = [f"f{n}" for n in range(12)]
    newer = stored(draw=10, **dict.fromkeys(names, 7.0))
    assert len(grown(stored(draw=10), newer)) == MOST_GROWN


def test_what_is_stored_is_read_again() -> None:
    cpu = profile(ProfileKind.CPU, WeightUnit.SECONDS, price=0.25, draw=1.5)
    digest = next(
        finding for finding in extracted(SAMPLES / "go-cpu.pb.gz").findings if finding.is_digest
    )
    shares = read_digest(digest)
    assert shares is not None
    assert shares.own["main.price"] == pytest.approx(1.07)
    assert (shares.kind, shares.unit) == (ProfileKind.CPU, WeightUnit.SECONDS)
    data = digest_data(cpu, function_shares(cpu), Redactor(b"key"))
    assert data["draw"] == "1.5|2"


def test_weights_outlive_redaction_and_what_is_damaged_is_left_out() -> None:
    cpu = profile(ProfileKind.CPU, WeightUnit.SECONDS, price=0.123456)
    data = digest_data(cpu, function_shares(cpu), Redactor(b"key"))
    kept = {name: Redactor(b"key").clean(str(value)).text for name, value in data.items()}
    finding = next(each for each in extracted(SAMPLES / "go-cpu.pb.gz").findings if each.is_digest)
    shares = read_digest(replace(finding, data={**data, **kept, "@whole": 0.1, "draw": "gone"}))
    assert shares is not None
    assert shares.own == {"price": pytest.approx(0.123456)}
