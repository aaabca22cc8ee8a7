"""Commands that end soon even where we are killed meanwhile: a shell with limits becomes one.

Limits that are set from outside come after the start, and only Linux has them.
"""

from __future__ import annotations


def limited(
    command: tuple[str, ...], *, seconds: int, memory: int | None = None
) -> tuple[str, ...]:
    """The command with at most that many seconds of a processor, and bytes of addresses."""
    limits = f"ulimit -t {seconds}"
    if memory is not None:
        limits += f"; ulimit -v {memory // 2**10} 2>/dev/null"  # no Mac limits that
    return ("/bin/sh", "-c", f'{limits}; exec "$@"', "sh", *command)
