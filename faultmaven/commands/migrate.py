"""`faultmaven migrate`: bring the database to this version's tables, and to the secret of now."""

from __future__ import annotations

import asyncio

from core.text.quantities import counted
from faultmaven.output import print_json, print_line
from faultmaven.settings import load_settings
from faultmaven.wiring import prepare_database


def run(*, as_json: bool, begin_anew: bool = False) -> int:
    """Upgrade; running it again changes nothing.

    begin_anew: make an empty database though originals of a lost one are there.
    """
    settings = load_settings()
    prepared = asyncio.run(prepare_database(settings, begin_anew=begin_anew, thorough=True))
    if as_json:
        print_json({"up_to_date": True, "moved_rows": prepared.moved_rows})
        return 0
    if prepared.moved_rows:
        rows = counted(prepared.moved_rows, "row", "rows").text
        print_line(f"{rows} of an earlier secret moved to the one of now.")
    print_line("The database is up to date.")
    return 0
