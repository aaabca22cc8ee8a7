"""Checks of the installation itself for `doctor`: its server, account, files, secrets and clock."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
import string
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

import faultmaven
from bot.platform import Checked
from core.errors import DatabaseTaken
from faultmaven.operator_endpoint import (
    ENDPOINT_FILE,
    LOCK,
    NO_CERTIFICATES,
    find_endpoint,
    read_endpoint,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import SecretStr

    from faultmaven.settings import Settings

ENOUGH_DISK_BYTES = 2 * 2**30
CLOCK_TOLERANCE = timedelta(seconds=30)
SHORTEST_SECRET = 16
FEWEST_CHARACTERS = 6  # that differ
REPEATED = re.compile(r"(.+?)\1+.{0,3}", re.DOTALL)  # `changemechangeme`
# What the examples of manuals hold, and people leave so.
OF_AN_EXAMPLE = re.compile(r"(?i)change[-_ ]?(?:me|this)|password|example|your[-_ ]")
ROWS = (
    string.digits + string.ascii_lowercase,
    "1234567890",
    "qwertyuiopasdfghjklzxcvbnm",  # pragma: allowlist secret
)
LEAST_OF_A_ROW = 10  # characters in the order of the alphabet, or of a keyboard
READINESS_S = 10.0
HOUR_S = 3_600
WRITABLE = (
    "See why (dmesg: a disk with errors is mounted read-only), then: mount -o remount,rw; or set"
    " FAULTMAVEN_DATA_DIR to another disk."
)
OTHERS = stat.S_IRWXG | stat.S_IRWXO
FRESH_ONE = "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"


def server_finding(settings: Settings) -> Checked:
    """Whether one runs here, and what it says of itself."""
    endpoint = find_endpoint(settings.data_dir)
    if endpoint is None:
        return _silent_server(settings.data_dir)
    try:
        url = f"{endpoint.url}/readiness"
        answer = httpx.get(url, timeout=READINESS_S, verify=NO_CERTIFICATES, trust_env=False)
        parts: dict[str, str] = answer.json().get("parts", {})
    except (httpx.HTTPError, ValueError) as error:
        parts = {"readiness": f"no answer ({type(error).__name__})"}
    bad = [f"{name}: {state}" for name, state in parts.items() if state != "ok"]
    if bad:
        says = f"running at {endpoint.url}, not ready: {'; '.join(bad)}"
        return Checked(check="server", says=says, advice="Do that; deliveries are sent again.")
    return Checked(check="server", says=f"running at {endpoint.url}")


def _silent_server(data_dir: Path) -> Checked:
    endpoint = read_endpoint(data_dir)
    if endpoint is not None and _is_locked(data_dir):
        says = f"process {endpoint.pid} holds the data directory, and does not answer"
        advice = f"Look at its log; then: kill {endpoint.pid}, and start it again."
        return Checked(check="server", says=f"{says} at {endpoint.url}", advice=advice)
    return Checked(check="server", says="not running here (start it with: faultmaven up)")


def lost_database_finding(settings: Settings) -> Checked | None:
    """A server whose file is gone from its place; to open that would begin another there."""
    file = settings.sqlite_file
    if file is None or file.exists() or not _is_locked(settings.data_dir):
        return None
    says = f"{file} was deleted while FaultMaven runs on it"
    return Checked(check="database", says=says, advice=DatabaseTaken.next_step)


def _is_locked(data_dir: Path) -> bool:
    """Whether an `up` runs on it; the kernel unlocks it when that ends."""
    try:
        with (data_dir / LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def account_finding(settings: Settings) -> Checked:
    """Which account the server runs as, or would."""
    uid, whose = _account(settings.data_dir)
    if uid != 0:
        return Checked(check="account", says=f"{whose} has no rights beyond its own")
    advice = (
        "Give it an account of its own: docs/how-to/run-as-a-service.md; in a container, --user."
    )
    return Checked(check="account", says=f"{whose} is root", advice=advice, is_warning=True)


def _account(data_dir: Path) -> tuple[int, str]:
    """Of the running server; else of whoever owns the data, or is about to."""
    endpoint = find_endpoint(data_dir)
    with suppress(OSError):
        if endpoint is not None:
            return Path(f"/proc/{endpoint.pid}").stat().st_uid, "the account of the server"
    if data_dir.exists():
        return data_dir.stat().st_uid, "the owner of the data directory"
    return os.geteuid(), "this account"


def disk_findings(settings: Settings) -> Iterator[Checked]:
    """Room on each disk that something is written to; one may be mounted twice, once read-only."""
    seen: set[tuple[int, bool]] = set()
    file = settings.sqlite_file
    for folder in (settings.data_dir, file.parent if file else None, settings.files_dir):
        there = folder and _nearest(folder)
        is_read_only = bool(there and os.statvfs(there).f_flag & os.ST_RDONLY)
        if not there or (there.stat().st_dev, is_read_only) in seen:
            continue
        seen.add((there.stat().st_dev, is_read_only))
        if is_read_only or (there == folder and not os.access(there, os.W_OK)):
            yield Checked(check="disk", says=f"{folder} is on a read-only disk", advice=WRITABLE)
            continue
        free = shutil.disk_usage(there).free
        says = f"{_size(free)} free in {folder}"
        advice = (
            ""
            if free >= ENOUGH_DISK_BYTES
            else (
                "Free some space, or set FAULTMAVEN_DATA_DIR to a larger disk; "
                "deliveries are refused with 503 while it is full, and sent again."
            )
        )
        yield Checked(check="disk", says=says, advice=advice)


def _nearest(folder: Path) -> Path | None:
    """The folder, or the one above it that is there."""
    return next((path for path in (folder, *folder.parents) if path.exists()), None)


def _size(free: int) -> str:
    return f"{free / 2**30:,.1f} GiB" if free >= 2**30 else f"{free / 2**20:,.0f} MiB"


def permission_findings(settings: Settings) -> list[Checked]:
    """What others of this machine can read or change."""
    data = settings.data_dir
    file = settings.sqlite_file
    files = [data / "secret.key"]  # also behind a closed folder: they go with copies of that
    if file:
        files += sorted(file.parent.glob(f"{file.name}*"))
    if _is_open(data):
        files.append(data / ENDPOINT_FILE)
    shared = not settings.uses_sqlite  # by processes that may have accounts of their own
    folders = [(data, OTHERS), (settings.files_dir, stat.S_IRWXO if shared else OTHERS)]
    bad = [_open_to_others(path, mask, private="700") for path, mask in folders]
    bad += [_open_to_others(path, OTHERS, private="600") for path in files]
    findings = [finding for finding in bad if finding]
    well = Checked(check="permissions", says="only its own account reads the data")
    return findings or [well]


def _is_open(folder: Path) -> bool:
    """Whether others reach what is in it."""
    with suppress(OSError):
        return bool(folder.stat().st_mode & (stat.S_IXGRP | stat.S_IXOTH))
    return False


def _open_to_others(path: Path, mask: int, *, private: str) -> Checked | None:
    try:
        mode = path.stat().st_mode
    except OSError:
        return None  # not there; or another check says so
    if not mode & mask:
        return None
    what = "change" if mode & mask & (stat.S_IWGRP | stat.S_IWOTH) else "read"
    says = f"others can {what} {path} (mode {stat.S_IMODE(mode):04o})"
    advice = f"chmod {private} {path}"
    if path.name == "secret.key":
        advice += "; if others use this machine, change the secret: FAULTMAVEN_OLD_SECRET_KEYS"
    return Checked(check="permissions", says=says, advice=advice)


def secret_findings(settings: Settings) -> list[Checked]:
    """Secrets that can be guessed. None is quoted."""
    bad = [
        Checked(
            check="secrets",
            says=f"{name} {weakness}",
            advice=f"Take another, on both sides: {FRESH_ONE}",
        )
        for name, value in _secrets(settings)
        if (weakness := _weakness(value))
    ]
    return bad or [Checked(check="secrets", says="none that can be guessed")]


def _secrets(settings: Settings) -> Iterator[tuple[str, str]]:
    given: list[tuple[str, SecretStr | None]] = [
        ("FAULTMAVEN_ALERTMANAGER_TOKEN", settings.alertmanager_token),
        ("FAULTMAVEN_SLACK_SIGNING_SECRET", settings.slack_signing_secret),
        ("FAULTMAVEN_SECRET_KEY", settings.secret_key),
    ]
    given += [
        ("a secret of FAULTMAVEN_PAGERDUTY_WEBHOOK_SECRETS", secret)
        for secret in settings.pagerduty_webhook_secrets
    ]
    for name, secret in given:
        if secret is not None:
            yield name, secret.get_secret_value()
    with suppress(OSError, UnicodeDecodeError):
        if settings.secret_key is None:
            yield "secret.key in the data directory", (settings.data_dir / "secret.key").read_text()
    endpoint = read_endpoint(settings.data_dir)
    if endpoint is not None:
        yield f"the operator's token in {ENDPOINT_FILE}", endpoint.token


def _weakness(secret: str) -> str:
    length = len(secret.strip())
    if length < SHORTEST_SECRET:
        characters = "1 character" if length == 1 else f"{length} characters"
        return f"has {characters}; {SHORTEST_SECRET} are the least"
    if len(set(secret)) < FEWEST_CHARACTERS:
        return "repeats a few characters"
    if REPEATED.fullmatch(secret.strip()):
        return "repeats one text"
    if OF_AN_EXAMPLE.search(secret):
        return "is made of an example's words"
    if _follows_a_row(secret.lower()):
        return "follows the alphabet or a keyboard"
    return ""


def _follows_a_row(secret: str) -> bool:
    """Whether a long piece of it is one of a row of characters that everybody knows."""
    return any(
        secret[at : at + LEAST_OF_A_ROW] in row
        for row in ROWS
        for at in range(len(secret) - LEAST_OF_A_ROW + 1)
    )


def clock_finding(settings: Settings) -> Checked | None:
    """A clock that is behind what was written here before; None where nothing speaks against it."""
    now = time.time()
    written = [Path(faultmaven.__file__)]
    if settings.sqlite_file:
        written.append(settings.sqlite_file)
    for path in written:
        with suppress(OSError):
            ahead = path.stat().st_mtime - now
            if ahead > CLOCK_TOLERANCE.total_seconds():
                says = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC is {_span(ahead)} before"
                return Checked(
                    check="clock",
                    says=f"{says} {path.name} was written",
                    advice="Set the clock (timedatectl), then look at the newest cases.",
                )
    return None


def _span(seconds: float) -> str:
    return f"{seconds:,.0f} s" if seconds < 2 * HOUR_S else f"{seconds / HOUR_S:,.0f} h"
