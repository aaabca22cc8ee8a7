"""`faultmaven bot`: the process that sends to chat."""

from __future__ import annotations

from faultmaven.processes import run_bot, run_forever


def run() -> int:
    """Run until SIGTERM or Ctrl-C."""
    return run_forever(run_bot)
