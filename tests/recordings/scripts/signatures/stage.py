"""Where a recording happens: private host name, network, process ids and an empty /srv.

`enter` starts this program again inside fresh namespaces; `Stage` then starts real servers and the
small services of apps/ there, and sends them a Poisson load. A log file is what a program wrote to
its output or its own log file; nothing is edited afterwards.
"""

import contextlib
import fcntl
import os
import random
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass, field
from pathlib import Path

CHANCE = random.SystemRandom()
APPS = Path(__file__).parent / "apps"
POSTGRES = Path("/usr/lib/postgresql/15/bin")
JARS = [
    "HikariCP.jar",
    "postgresql.jar",
    "slf4j-api.jar",
    "logback-classic.jar",
    "logback-core.jar",
]


def enter(name: str) -> None:
    """Run this program once more, in namespaces of its own, and stay there."""
    if os.environ.get("STAGED") == name:
        return
    command = ["unshare", "--uts", "--net", "--mount", "--pid", "--ipc", "--fork", "--mount-proc"]
    os.environ["STAGED"] = name
    program = [sys.executable, "-m", "tests.recordings.scripts.signatures.record", *sys.argv[1:]]
    os.execvp(command[0], [*command, *program])  # noqa: S606 - no shell is the point


def up(interface: str) -> None:
    request = struct.pack("16sh", interface.encode(), 0x49)
    with socket.socket() as door:
        fcntl.ioctl(door, 0x8914, request)


def mount_tmpfs(path: str, megabytes: int) -> None:
    Path(path).mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0777", "none", path], check=True
    )


def bind(source: str, target: str) -> None:
    Path(target).mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "--bind", source, target], check=True)


@dataclass
class Stage:
    """The running servers of one recording."""

    log: Path
    host: str = "app-1"
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        python, node = os.environ["SIG_PYTHON"], os.environ["SIG_NODE"]
        socket.sethostname(self.host)
        up("lo")
        stash = Path("/mnt")
        mount_tmpfs(str(stash), 1)
        for name, source in {"python": python, "node": node}.items():
            bind(source, str(stash / name))
        mount_tmpfs("/srv", 900)
        mount_tmpfs("/tmp", 100)  # noqa: S108 - a fresh one
        for folder in ("app", "data", "log", "run", "postgres"):
            Path("/srv", folder).mkdir()
            Path("/srv", folder).chmod(0o777)
        bind("/mnt/python", "/srv/venv")
        bind("/mnt/node", "/srv/app/node_modules")
        for app in APPS.iterdir():
            shutil.copy(app, "/srv/app")
        shutil.chown("/srv/postgres", "postgres")

    # -- programs -------------------------------------------------------------------------------
    def run(
        self,
        *command: str,
        env: dict[str, str] | None = None,
        address_space_mb: int = 0,
        wait: bool = False,
        log: Path | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a program in /srv/app, its output appended to the log of this recording."""
        line = list(command)
        if address_space_mb:
            line = ["prlimit", f"--as={address_space_mb << 20}", *line]
        kept = {
            "PATH": "/srv/venv/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin",
            "HOME": "/srv/app",
            "PYTHONUNBUFFERED": "1",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
        }
        with (log or self.log).open("ab") as out:
            process = subprocess.Popen(
                line,
                cwd="/srv/app",
                env=kept | (env or {}),
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
            )
        self.started.append(process)
        if wait:
            process.wait(120)
        return process

    def quiet(self, *command: str, wait: bool = False) -> subprocess.Popen[bytes]:
        return self.run(*command, wait=wait, log=Path("/dev/null"))

    def python(self, app: str, **how: object) -> subprocess.Popen[bytes]:
        return self.run("/srv/venv/bin/python", *app.split(), **how)  # type: ignore[arg-type]

    def tests(self, file: str, logger: str, line: str, *names: str) -> None:
        """A run of pytest, with log lines, on tests of these names."""
        path = f"/srv/app/{file}"
        self.quiet("/srv/venv/bin/python", "cases.py", path, logger, line, *names, wait=True)
        shape = "--log-cli-format=%(asctime)s %(levelname)s %(name)s %(message)s"
        options = ["-v", "-p", "no:cacheprovider", "-o", "log_cli=true", "--log-cli-level=INFO"]
        self.run("/srv/venv/bin/python", "-m", "pytest", *options, shape, file, wait=True)

    def node(self, *arguments: str, **how: object) -> subprocess.Popen[bytes]:
        return self.run("/usr/bin/node", *arguments, **how)  # type: ignore[arg-type]

    def java(self, *flags: str, **how: object) -> subprocess.Popen[bytes]:
        path = ":".join(["/srv/app", *(f"/usr/share/java/{jar}" for jar in JARS)])
        self.quiet("javac", "-cp", path, "-d", "/srv/app", "/srv/app/Billing.java", wait=True)
        return self.run("java", *flags, "-cp", path, "Billing", **how)  # type: ignore[arg-type]

    def go(self, **how: object) -> subprocess.Popen[bytes]:
        environment = {"GOCACHE": "/srv/run/go", "GO111MODULE": "off"}
        self.run(
            "go",
            "build",
            "-o",
            "/srv/app/gateway",
            "/srv/app/gateway.go",
            env=environment,
            wait=True,
            log=Path("/dev/null"),
        )
        return self.run("/srv/app/gateway", **how)  # type: ignore[arg-type]

    def postgres(
        self,
        *options: str,
        log: bool = False,
        data: str = "/srv/postgres/main",
        fill: bool = True,
        address_space_mb: int = 0,
    ) -> subprocess.Popen[bytes]:
        """PostgreSQL 15 on 127.0.0.1:5432 with a shop database; its log is ours when `log`."""
        run_as = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        if not Path(data, "PG_VERSION").exists():
            self.quiet(
                *run_as,
                str(POSTGRES / "initdb"),
                "-D",
                data,
                "-A",
                "trust",
                "-U",
                "postgres",
                wait=True,
            )
        settings = [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=/srv/run",
            "fsync=off",
            "shared_buffers=16MB",
            "log_line_prefix=%m [%p] %q%u@%d ",
            *options,
        ]
        flags = [part for setting in settings for part in ("-c", setting)]
        started = [*run_as, str(POSTGRES / "postgres"), "-D", data, *flags]
        process = self.run(
            *started, address_space_mb=address_space_mb, log=None if log else Path("/dev/null")
        )
        if fill:
            self.wait_port(5432)
            self.sql("create role shop login superuser", database="postgres")
            self.sql("create database shop owner shop", database="postgres")
            self.sql(
                "create table orders as select n as id, (n * 37) % 9000 as total_cents, "
                "repeat('x', 200) as note from generate_series(1, 500) n"
            )
        return process

    def mariadb(self, *options: str, log: bool = False) -> None:
        """MariaDB on 127.0.0.1:3306 with an empty shop database; its log is ours when `log`."""
        data = "/srv/data/mariadb"
        install = ["mariadb-install-db", "--user=root", f"--datadir={data}", "--skip-test-db"]
        self.quiet(*install, wait=True)
        server = ["mariadbd", "--user=root", f"--datadir={data}", "--bind-address=127.0.0.1"]
        server += ["--socket=/srv/run/mariadb.sock", "--log-warnings=4", *options]
        self.run(*server, log=None if log else Path("/dev/null"))
        self.wait_port(3306)
        words = "create database shop; create user shop@'127.0.0.1'; "
        words += "grant all on shop.* to shop@'127.0.0.1'"
        self.quiet("mariadb", "--socket=/srv/run/mariadb.sock", "-e", words, wait=True)

    def sql(self, statement: str, *, database: str = "shop", user: str = "postgres") -> None:
        self.quiet(
            str(POSTGRES / "psql"),
            "-h",
            "127.0.0.1",
            "-U",
            user,
            "-d",
            database,
            "-c",
            statement,
            wait=True,
        )

    def redis(self, *options: str, log: bool = False) -> subprocess.Popen[bytes]:
        line = [
            "redis-server",
            "--port",
            "6379",
            "--bind",
            "127.0.0.1",
            "--dir",
            "/srv/data",
            "--save",
            "",
            *options,
        ]
        process = self.run(*line) if log else self.quiet(*line)
        self.wait_port(6379)
        return process

    def redis_say(self, *words: str) -> None:
        self.quiet("redis-cli", *words, wait=True)

    def nginx(
        self,
        servers: str,
        *,
        name: str = "/srv/app/nginx.conf",
        start: bool = True,
        access: str = "/srv/log/access.log",
    ) -> subprocess.Popen[bytes] | None:
        """nginx with its error log as this recording's log; `access` may be the same file."""
        Path(name).write_text(
            "daemon off; worker_processes 1; pid /srv/run/nginx.pid; user www-data;\n"
            f"error_log {self.log} info;\nevents {{ worker_connections 256; }}\n"
            f"http {{ access_log {access}; client_body_temp_path /srv/data/body; "
            f"proxy_temp_path /srv/data/proxy;\n{servers}\n}}\n"
        )
        return self.run("nginx", "-c", name) if start else None

    # -- load -----------------------------------------------------------------------------------
    def wait_port(self, port: int, seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    time.sleep(0.5)
                    return
            time.sleep(0.1)
        raise TimeoutError(port)

    def load(
        self,
        base: str,
        paths: list[str],
        per_second: float,
        seconds: float = 0,
        *,
        wait: bool = True,
    ) -> threading.Thread:
        """Poisson arrivals, each in its own thread: clients do not wait for each other."""

        def drive() -> None:
            until = time.monotonic() + (seconds or 1e9)
            while time.monotonic() < until and not self.stopping.is_set():
                time.sleep(CHANCE.expovariate(per_second))
                path = CHANCE.choice(paths).replace("#", str(CHANCE.randint(1, 500)))
                threading.Thread(target=get, args=(base + path,), daemon=True).start()

        thread = threading.Thread(target=drive, daemon=True)
        thread.start()
        if wait:
            thread.join()
        return thread

    def burst(self, url: str, times: int) -> None:
        for _ in range(times):
            threading.Thread(target=get, args=(url,), daemon=True).start()

    def say(self, line: str) -> None:
        """A line of ours (a deploy marker), in the way a deploy tool would append it."""
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
        with self.log.open("a") as out:
            out.write(f"{stamp},000 INFO    [deploy] release - {line}\n")

    def close(self) -> None:
        self.stopping.set()
        for process in reversed(self.started):
            if process.poll() is None:
                process.terminate()
        time.sleep(0.5)
        for process in self.started:
            if process.poll() is None:
                process.kill()


def get(url: str) -> None:
    """One request to a service on loopback; what it answers is for its own log."""
    trace = {"x-request-id": uuid.uuid4().hex[:16]}
    request = urllib.request.Request(url, headers=trace)  # noqa: S310 - http, on loopback
    with contextlib.suppress(urllib.error.URLError, OSError, ValueError):
        urllib.request.urlopen(request, timeout=20).read()  # noqa: S310 - the same
