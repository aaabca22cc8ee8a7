"""Presidio is asked where the settings say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faultmaven.settings import Settings
from faultmaven.wiring import wire

if TYPE_CHECKING:
    from pathlib import Path

# 12 digits with a right check digit (Verhoeff): a number that only Presidio knows.
AADHAAR = "2345 6789 0124"


async def text_with(tmp_path: Path, *, presidio: bool) -> str:
    settings = Settings(data_dir=tmp_path / str(presidio), presidio=presidio)
    async with wire(settings) as installation:
        return installation.services.redactor().clean(f"a customer wrote {AADHAAR}").text


async def test_it_finds_what_rules_do_not(tmp_path: Path) -> None:
    assert AADHAAR in await text_with(tmp_path, presidio=False)
    assert AADHAAR not in await text_with(tmp_path, presidio=True)
