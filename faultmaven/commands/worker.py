"""`faultmaven worker`: one process of the arq pool."""

from __future__ import annotations

import uvloop

from faultmaven.processes import run_worker
from faultmaven.settings import load_settings


def run() -> int:
    """Run until SIGTERM or Ctrl-C."""
    uvloop.run(run_worker(load_settings()))
    return 0
