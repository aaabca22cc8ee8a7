from __future__ import annotations

import polars as pl
import pytest

from core.evidence.masks import VALUES, WILD, mask_names


def masked(line: str) -> str:
    return mask_names(pl.Series([line]).str.replace_all(VALUES, WILD)[0])


@pytest.mark.parametrize(
    ("line", "mask"),
    [
        ("request 42 took 17 ms", "request * took *"),
        ("from 10.0.0.1:5432 to 10.0.0.2:80", "from * to *"),
        ("id 8f2c41d7-aabb-4000-8000-1234567890ab done", "id * done"),
        ("read /var/lib/data/one.db twice", "read * twice"),
        ("GET https://shop.example.com/cart?x=1 failed", "GET * failed"),
        ("mail for dana@example.com bounced", "mail for * bounced"),
        ("host db.prod.internal is gone", "host * is gone"),
        ("free 3.5 GB of 16 GB", "free * of *"),
        ("values 1, 2, 3 and 4", "values * and *"),
        ("at Sun Jul 17 15:09:15 2005", "at *"),
        ('tag="View Lock" ok', 'tag="*" ok'),
        ("no values here", "no values here"),
    ],
)
def test_values_become_wild(line: str, mask: str) -> None:
    assert masked(line) == mask
