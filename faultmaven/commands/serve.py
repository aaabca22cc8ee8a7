"""`faultmaven serve`: the listener alone."""

from __future__ import annotations

from faultmaven.processes import run_forever, run_serve


def run(*, host: str | None, port: int | None) -> int:
    """Run until SIGTERM or Ctrl-C."""
    return run_forever(run_serve, host=host, port=port)
