"""`faultmaven worker`: one process of the worker pool."""

from __future__ import annotations

from faultmaven.processes import run_forever, run_worker


def run() -> int:
    """Run until SIGTERM or Ctrl-C."""
    return run_forever(run_worker)
