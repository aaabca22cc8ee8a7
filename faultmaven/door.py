"""Where is the running `up`? A token file in the data directory says so, to the same user only."""

from __future__ import annotations

import json
import os
import secrets
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOOR = "up.json"


@dataclass(frozen=True, kw_only=True)
class Door:
    """How the command line reaches a running server."""

    url: str
    token: str
    pid: int

    @classmethod
    def fresh(cls, url: str) -> Door:
        """A door of this process, with a token of its own."""
        return cls(url=url, token=secrets.token_urlsafe(32), pid=os.getpid())


@contextmanager
def announced(door: Door, data_dir: Path) -> Iterator[None]:
    """The door stands open while the block runs; the file is readable to its owner only."""
    path = data_dir / DOOR
    fresh = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(door), file)
    fresh.replace(path)
    try:
        yield
    finally:
        if find_door(data_dir) == door:
            path.unlink(missing_ok=True)


def find_door(data_dir: Path) -> Door | None:
    """What the file says, whether or not anyone still listens there."""
    try:
        return Door(**json.loads((data_dir / DOOR).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def open_door(data_dir: Path) -> Door | None:
    """The door of a server that answers now; None where none runs."""
    door = find_door(data_dir)
    if door is None:
        return None
    try:
        return door if httpx.get(f"{door.url}/health", timeout=3).is_success else None
    except httpx.HTTPError:
        return None
