"""`faultmaven serve`: the listener alone."""

from __future__ import annotations

import uvloop

from faultmaven.processes import run_serve
from faultmaven.settings import load_settings


def run(*, host: str | None, port: int | None) -> int:
    """Run until SIGTERM or Ctrl-C."""
    uvloop.run(run_serve(load_settings(host=host, port=port)))
    return 0
