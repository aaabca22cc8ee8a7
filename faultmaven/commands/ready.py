"""`faultmaven ready`: whether the worker or the bot of this data directory can work."""

from __future__ import annotations

from faultmaven.heartbeat import check_heartbeat
from faultmaven.output import print_json, print_line
from faultmaven.settings import load_settings


def run(*, process: str, as_json: bool) -> int:
    """0 where it is. Raises SourceUnavailable, which says what is in the way."""
    check_heartbeat(process, load_settings().data_dir)
    if as_json:
        print_json({"process": process, "ready": True})
    else:
        print_line(f"`{process}` is ready.")
    return 0
