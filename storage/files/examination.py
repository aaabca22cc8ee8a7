"""Examination of the originals: whether each can be opened by those who hold it, and is whole."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import FaultMavenError
from storage.files.local import TenantFiles, blobs_of

if TYPE_CHECKING:
    from pathlib import Path

    from storage.files.blob import Blob
    from storage.sealing.keys import Keyring

PIECE = 2**20
MOST_PROBLEMS = 5


@dataclass(frozen=True, kw_only=True)
class Originals:
    """What cannot be opened, how many were looked at, and whether those were all."""

    damage: Sequence[str]
    count: int = 0
    is_whole: bool = True
    unread: str = ""  # each says for itself what is wrong with it


def originals_in(folder: Path, keyring: Keyring, *, within_s: float) -> Originals:
    """Read the originals of all tenants, the newest first, for so long. Changes nothing."""
    until = time.monotonic() + within_s
    tenants = (
        [path for path in sorted(folder.iterdir()) if path.is_dir()] if folder.is_dir() else []
    )
    blobs = [
        TenantFiles(tenant, tenant.name, keyring).blob(name)
        for tenant in tenants
        for name in blobs_of(tenant)
    ]
    damage, count = list[str](), 0
    for blob in sorted(blobs, key=_written, reverse=True):
        if time.monotonic() > until:
            break
        problem = _problem(blob)
        if problem:
            damage.append(f"{blob.path.name[:12]}…: {problem}")
        count += 1
    return Originals(damage=damage[:MOST_PROBLEMS], count=count, is_whole=count == len(blobs))


def _written(blob: Blob) -> float:
    return blob.path.stat().st_mtime if blob.path.is_file() else 0.0


def _problem(blob: Blob) -> str:
    """Empty where every holder opens it, and all of it is as it was sealed."""
    if not blob.path.is_file():
        return (
            "its content is gone" if set(blob.slots.names()) - set(blob.slots.unclaimed()) else ""
        )
    if not blob.is_sealed:
        return "" if blob.is_plain else "it is neither sealed nor what its name says"
    names = blob.slots.names()
    if not names:
        return "no key of it is left"
    try:
        for name in names:
            blob.slots.open(name)
        with blob.original(names[0]).open() as content:
            while content.read(PIECE):
                pass
    except FaultMavenError as error:
        return str(error)
    return ""
