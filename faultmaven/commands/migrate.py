"""`faultmaven migrate`: bring the database to this version's tables."""

from __future__ import annotations

import asyncio

from faultmaven.output import print_line
from faultmaven.settings import load_settings
from faultmaven.wiring import prepare_database


def run() -> int:
    """Upgrade; running it again changes nothing."""
    asyncio.run(prepare_database(load_settings()))
    print_line("The database is up to date.")
    return 0
