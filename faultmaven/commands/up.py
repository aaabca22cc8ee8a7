"""`faultmaven up`: everything in one process."""

from __future__ import annotations

from faultmaven.processes import run_forever, run_up


def run(*, host: str | None, port: int | None) -> int:
    """Run until SIGTERM or Ctrl-C."""
    return run_forever(run_up, host=host, port=port)
