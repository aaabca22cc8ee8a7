"""Processes of the stage: started under limits, their output written as a runtime writes it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import signal
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.lab.plan import Part

CGROUPS = Path("/sys/fs/cgroup")
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
READY = {"java": 6.0}  # seconds that a new version is given before the old one goes
OUT_OF_MEMORY, BACKOFF = 137, (1.0, 2.0, 4.0, 8.0)


def _now() -> datetime:
    return datetime.now(UTC)


def wrapped(line: str, part: Part, pid: int, *, error: bool = False) -> str:
    """The line as the container runtime or syslog keeps it, stamped when it came."""
    stream = "stderr" if error else "stdout"
    if part.wrap == "docker":
        stamp = _now().strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"
        return json.dumps({"log": line + "\n", "stream": stream, "time": stamp})
    if part.wrap == "cri":
        stamp = _now().strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"
        return f"{stamp} {stream} F {line}"
    if part.wrap == "syslog":
        return f"{_now():%b %e %H:%M:%S} {part.host} {part.name}[{pid}]: {line}"
    return line


class Group:
    """A control group of memory and cpu; without it (no rights) limits are not set."""

    def __init__(self, ident: str, part: Part) -> None:
        self._name = f"lab-{ident}-{part.name}"
        self.folders = [CGROUPS / kind / self._name for kind in ("memory", "cpu", "cpuacct")]
        for folder in self.folders:
            with contextlib.suppress(OSError):
                folder.mkdir(exist_ok=True)
        if memory := part.limits.get("memory"):
            self.write("memory.limit_in_bytes", str(memory))
        if cpu := part.limits.get("cpu"):
            self.allow(cpu)

    def write(self, key: str, value: str) -> None:
        """Set one value where the kernel has it."""
        for folder in self.folders:
            path = folder / key
            if path.exists():
                with contextlib.suppress(OSError):
                    path.write_text(value)

    def allow(self, share: float) -> None:
        """At most this share of one core."""
        self.write("cpu.cfs_period_us", "20000")
        self.write("cpu.cfs_quota_us", str(int(20000 * share)))

    def read(self, key: str) -> str:
        """One value, or nothing."""
        for folder in self.folders:
            with contextlib.suppress(OSError):
                return (folder / key).read_text()
        return ""

    def adopt(self, pid: int) -> None:
        """The process and what it starts from now on belong to the group."""
        self.write("cgroup.procs", str(pid))

    def remove(self) -> None:
        for folder in self.folders:
            with contextlib.suppress(OSError):
                folder.rmdir()


def _listening(part: Part) -> socket.socket | None:
    """The socket that a service on Node is given, so that old and new share the port."""
    if part.spec.get("runtime") != "node":
        return None
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind((part.addr, part.port))
    made.listen(128)
    made.set_inheritable(True)
    return made


class Watched:
    """One part that is kept running: started again, a little later each time, when it ends."""

    def __init__(
        self, part: Part, log: Path, group: Group, say: Callable[[str, str], None]
    ) -> None:
        self.part, self.log, self.group, self._say = part, log, group, say
        self.process: asyncio.subprocess.Process | None = None
        self.restarts = 0
        self.killed_for_memory = 0
        self.wanted = False
        self._tasks: set[asyncio.Task[None]] = set()

    def _limit(self) -> None:
        os.setsid()
        if files := self.part.limits.get("nofile"):
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        self.group.adopt(os.getpid())
        if user := self.part.limits.get("uid"):
            os.setgid(user)
            os.setuid(user)

    def _environment(self) -> dict[str, str]:
        env = {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin",
            "HOSTNAME": self.part.host,
            "TZ": "UTC",
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
        }
        clock = Path("/srv/clocks", self.part.name)
        if clock.exists():
            env |= {
                "LD_PRELOAD": FAKETIME,
                "FAKETIME_TIMESTAMP_FILE": str(clock),
                "FAKETIME_CACHE_DURATION": "1",
                "DONT_FAKE_MONOTONIC": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            }
        return env

    async def start(self, command: list[str]) -> None:
        """Run the command and keep its output; the one before goes on until `retire`."""
        self.wanted = True
        listening = _listening(self.part)
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment() | ({"LISTEN_FD": str(listening.fileno())} if listening else {}),
            pass_fds=(listening.fileno(),) if listening else (),
            cwd="/srv",
            preexec_fn=self._limit,
            limit=1 << 20,
        )
        if listening:
            listening.close()
        self.process = process
        for stream, error in ((process.stdout, False), (process.stderr, True)):
            if stream is not None:
                self._keep(self._copy(stream, process.pid, error=error))
        self._keep(self._mind(process, command))

    def _keep(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _copy(self, stream: asyncio.StreamReader, pid: int, *, error: bool) -> None:
        with self.log.open("a", encoding="utf-8") as out:
            while raw := await stream.readline():
                line = raw.decode("utf-8", "replace").rstrip("\n")
                out.write(wrapped(line, self.part, pid, error=error) + "\n")
                out.flush()

    async def _mind(self, process: asyncio.subprocess.Process, command: list[str]) -> None:
        code = await process.wait()
        if not self.wanted or process is not self.process:
            return
        if code == -signal.SIGKILL and "oom_kill 0" not in self.group.read("memory.oom_control"):
            self.killed_for_memory += 1
            reason = f"exited with code {OUT_OF_MEMORY} (OOMKilled)"
        else:
            reason = f"exited with code {code if code >= 0 else 128 - code}"
        delay = BACKOFF[min(self.restarts, len(BACKOFF) - 1)]
        self._say(self.part.name, f"{reason}, back-off restarting in {delay:.0f}s")
        await asyncio.sleep(delay)
        if self.wanted and process is self.process:
            self.restarts += 1
            await self.start(command)

    async def replace(self, command: list[str]) -> None:
        """A new process beside the old one, which is told to stop when the new one had time."""
        old = self.process
        await self.start(command)
        await asyncio.sleep(READY.get(self.part.spec.get("runtime", ""), 2.5))
        if old is not None and old.returncode is None:
            old.terminate()

    async def restart(self, command: list[str]) -> None:
        """Stop, then start."""
        old, self.process = self.process, None
        if old is not None and old.returncode is None:
            old.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(old.wait(), 5)
        await self.start(command)

    def signal(self, number: int, *, whole: bool = False) -> None:
        """To the process, or to all of its session."""
        if self.process is None or self.process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            if whole:
                os.killpg(self.process.pid, number)
            else:
                self.process.send_signal(number)

    async def stop(self) -> None:
        """For good."""
        self.wanted = False
        self.signal(signal.SIGCONT, whole=True)
        self.signal(signal.SIGKILL, whole=True)
        if self.process is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), 3)
        self.group.remove()
