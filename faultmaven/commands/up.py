"""`faultmaven up`: everything in one process."""

from __future__ import annotations

from faultmaven.processes import run_forever, run_up


def run(*, host: str | None, port: int | None, as_json: bool = False) -> int:
    """Run until SIGTERM or Ctrl-C. as_json: print one document when it is ready."""
    return run_forever(run_up, as_json=as_json, host=host, port=port)
