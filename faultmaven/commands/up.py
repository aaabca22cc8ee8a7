"""`faultmaven up`: everything in one process."""

from __future__ import annotations

import uvloop

from faultmaven.processes import run_up
from faultmaven.settings import load_settings


def run(*, host: str | None, port: int | None) -> int:
    """Run until SIGTERM or Ctrl-C."""
    uvloop.run(run_up(load_settings(host=host, port=port)))
    return 0
