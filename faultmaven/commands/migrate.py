"""`faultmaven migrate`: bring the database to this version's tables."""

from __future__ import annotations

import asyncio

from faultmaven.output import print_json, print_line
from faultmaven.settings import load_settings
from faultmaven.wiring import prepare_database


def run(*, as_json: bool, begin_anew: bool = False) -> int:
    """Upgrade; running it again changes nothing.

    begin_anew: make an empty database though originals of a lost one are there.
    """
    asyncio.run(prepare_database(load_settings(), begin_anew=begin_anew))
    if as_json:
        print_json({"up_to_date": True})
    else:
        print_line("The database is up to date.")
    return 0
