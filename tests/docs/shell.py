"""Runs the blocks of a page as its reader would: one folder, one environment, one after another."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from tests.docs.pages import FencedBlock, assert_said
from tests.house.tree import ROOT
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

START_S, RUN_S, STOP_S = 90.0, 200.0, 90.0
ENVIRONMENT = "env -0 >"


@dataclass
class PageReader:
    """Somebody who types what a page says. What one block exports the next ones see."""

    folder: Path
    environment: dict[str, str]
    printed: str = ""
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def follow(self, block: FencedBlock) -> None:
        """Do with the block what its task says."""
        match (block.language, block.task):
            case ("sh", "test background"):
                self._start(block)
            case ("sh", task) if task.startswith("test"):
                self.printed = self.run(block.text, where=block.where)
            case ("text", "output"):
                assert_said(block.text, self.printed, where=block.where)
            case ("text", "chat"):
                self._chat(block)
            case (_, task):
                assert not task, f"{block.where}: no task is called {task!r}"

    def run(self, script: str, *, where: str, typed: str = "") -> str:
        """What the script printed; it has to succeed."""
        after = self.folder / "environment"
        done = subprocess.run(
            ("bash", "-euo", "pipefail", "-c", f"{script}\n{ENVIRONMENT} {after}"),
            cwd=self.folder,
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=RUN_S,
            check=False,
        )
        assert done.returncode == 0, f"{where}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        pairs = (pair.partition("=") for pair in after.read_text().split("\0") if pair)
        self.environment = {name: value for name, _, value in pairs}
        return done.stdout

    def stop(self) -> None:
        """Everything that was started is told to end, and ends."""
        for process in reversed(self.running):
            process.terminate()
            assert process.wait(STOP_S) == 0
        self.running.clear()

    def leave(self) -> None:
        """Whatever still runs is of no interest any more."""
        for process in self.running:
            process.kill()
            process.wait()

    @property
    def port(self) -> str:
        return self.environment["FAULTMAVEN_PORT"]

    def _start(self, block: FencedBlock) -> None:
        log = (self.folder / f"log-{len(self.running)}").open("wb")
        with log:
            process = subprocess.Popen(
                ("bash", "-euc", f"exec {block.text.strip()}"),
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        self.running.append(process)
        listens = block.text.split()[1] in {"up", "serve"}
        url = f"http://127.0.0.1:{self.port}/readiness" if listens else None
        _wait_for(process, Path(log.name), url=url)

    def _chat(self, block: FencedBlock) -> None:
        lines = block.text.splitlines()
        typed = "".join(f"{line[2:]}\n" for line in lines if line.startswith("> "))
        expected = "\n".join(line for line in lines if not line.startswith("> "))
        self.printed = self.run("faultmaven chat", where=block.where, typed=typed)
        assert_said(expected, self.printed, where=block.where)


@contextlib.contextmanager
def reader(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[PageReader]:
    """A reader with an installation of their own; relative paths are those of the repository."""
    programs = Path(sys.executable).parent
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FAULTMAVEN_")}
    for name in ("faultmaven", "manifests"):
        (folder / name).symlink_to(ROOT / name)
    own = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "120",
        "FAULTMAVEN_DATA_DIR": str(folder / "data"),
        "FAULTMAVEN_PORT": str(free_port()),
    }
    reading = PageReader(folder, kept | own | dict(settings or {}))
    try:
        yield reading
    finally:
        reading.leave()


def _wait_for(process: subprocess.Popen[bytes], log: Path, *, url: str | None) -> None:
    """Until it answers at `url`; what listens nowhere says in its log that it works."""
    until = time.monotonic() + START_S
    # One client: each loads all certificates, which takes from the start that is waited for.
    with httpx.Client(timeout=5) as client:
        while time.monotonic() < until and process.poll() is None:
            if _answers(client, url) if url else b'"event": "working"' in log.read_bytes():
                return
            time.sleep(0.1)
    raise AssertionError(log.read_text(errors="replace"))


def _answers(client: httpx.Client, url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return client.get(url).is_success
    return False
