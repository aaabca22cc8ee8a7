"""A check of the server of vectors for `doctor`: whether it answers, and what that costs."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from bot.platform import Checked
from core.errors import SourceUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from faultmaven.settings import Settings

CHECK = "vectors"
INSTALL = "pip install 'faultmaven[qdrant]'"


class VectorServer(Protocol):
    """What is asked of it here."""

    def count_collections(self) -> int:
        """Raises SourceUnavailable."""


async def vectors_finding(
    settings: Settings, *, open_server: Callable[[Settings], VectorServer | None]
) -> Checked:
    """One line, where a server is set. open_server: None where its client is not installed."""
    address = urlsplit(settings.qdrant_url).netloc
    server = open_server(settings)
    if server is None:
        says = f"in memory: the client of Qdrant at {address} is not installed"
        return Checked(check=CHECK, says=says, advice=INSTALL, is_warning=True)
    began = time.monotonic()
    try:
        collections = await asyncio.to_thread(server.count_collections)
    except SourceUnavailable as error:
        says = f"Qdrant at {address} does not answer: runbooks are found by their words alone"
        return Checked(check=CHECK, says=says, advice=error.next_step, is_warning=True)
    seconds = time.monotonic() - began
    says = f"Qdrant at {address} answers in {seconds:.1f} s; {collections} collections"
    return Checked(check=CHECK, says=says)
