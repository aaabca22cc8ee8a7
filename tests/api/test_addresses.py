"""Whose calls count together."""

from __future__ import annotations

import pytest

from api.addresses import UNKNOWN, network_of


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2::3", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("", UNKNOWN),
        ("x7", UNKNOWN),
        ("203.0.113.7:8000", UNKNOWN),
    ],
)
def test_an_address_counts_with_its_network(host: str, network: str) -> None:
    assert network_of(host) == network
