"""Which names are of versions of one file, and which is the newer."""

from __future__ import annotations

import pytest

from core.evidence.configuration.versions import name_without_mark

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("baseline/shop/app.yaml", "deployed/shop/app.yaml"),
        ("backup/etc/app.json", "live/etc/app.json"),
        ("config.known-good/app.ini", "config.now/app.ini"),
        ("etc-2026-11-19/shop/app.yml", "etc-2026-11-25/shop/app.yml"),
        ("release-311/shop/app.env", "release-312/shop/app.env"),
        ("server.xml.save", "server.xml"),
        ("prod-ok/app.yaml", "prod-now/app.yaml"),
        ("vorher/app.yaml", "nachher/app.yaml"),
    ],
)
def test_folders_and_endings_tell_which_is_older(older: str, newer: str) -> None:
    (one, before), (other, since) = name_without_mark(older), name_without_mark(newer)
    assert one == other
    assert before < since


def test_which_of_two_days_was_first_nobody_knows() -> None:
    one, other = (name_without_mark(f"snapshot-{day}/app.py") for day in ("monday", "friday"))
    assert one == other


@pytest.mark.parametrize("name", ["db-1/app.conf", "site-east/app.conf", "orders-v/app.conf"])
def test_hosts_and_sites_are_no_versions(name: str) -> None:
    assert name_without_mark(name)[0] == name
