"""What the library keeps open is closed with each test, in the loop that opened it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from integrations.llm import seam

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture(autouse=True)
async def closed_connections() -> AsyncIterator[None]:
    yield
    await seam.close()
