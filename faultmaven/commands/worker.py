"""`faultmaven worker`: one process of the worker pool."""

from __future__ import annotations

from faultmaven.processes import run_forever, run_worker


def run(*, as_json: bool = False) -> int:
    """Run until SIGTERM or Ctrl-C. as_json: print one document when it is ready."""
    return run_forever(run_worker, as_json=as_json)
