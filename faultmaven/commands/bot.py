"""`faultmaven bot`: the process that sends to chat."""

from __future__ import annotations

import uvloop

from faultmaven.processes import run_bot
from faultmaven.settings import load_settings


def run() -> int:
    """Run until SIGTERM or Ctrl-C."""
    uvloop.run(run_bot(load_settings()))
    return 0
