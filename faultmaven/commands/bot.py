"""`faultmaven bot`: the process that sends to chat."""

from __future__ import annotations

from faultmaven.processes import run_bot, run_forever


def run(*, as_json: bool = False) -> int:
    """Run until SIGTERM or Ctrl-C. as_json: print one document when it is ready."""
    return run_forever(run_bot, as_json=as_json)
