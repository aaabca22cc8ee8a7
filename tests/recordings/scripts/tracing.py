"""A trace collector that keeps all spans in one file."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.recordings.scripts import world

if TYPE_CHECKING:
    from tests.recordings.scripts.fleet import Fleet

COLLECTOR = "127.0.100.4"
SPANS = Path("/srv/traces.jsonl")
RATIO = "0.1"  # of the requests; all of them would be megabytes


def start_collector(fleet: Fleet) -> None:
    """Listen as host `collector`."""
    home = world.SERVICES / "collector"
    home.mkdir()
    shutil.copy(world.SCRIPTS / "apps" / "collector.py", home / "app.py")
    env = {"BIND": COLLECTOR, "OUT": str(SPANS)}
    fleet.start("collector", [str(world.PYTHON), str(home / "app.py")], env=env)


def settings() -> dict[str, str]:
    """What a service needs to send its spans."""
    return {"COLLECTOR_URL": "http://collector:4318", "TRACE_RATIO": RATIO}
