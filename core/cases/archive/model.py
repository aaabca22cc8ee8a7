"""What an archive holds: rows of tables, and for each case which version of it they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

Value = str | int | float | bool | None


@dataclass(frozen=True, kw_only=True)
class ArchivedRow:
    """A row of a table, its values as they rest, but not sealed."""

    table: str
    values: Mapping[str, Value]


@dataclass(frozen=True, kw_only=True)
class ArchivedFile:
    """A file of a case whose content is kept. blob: its SHA-256."""

    id: str
    blob: str
    size: int
    decoded: bool


@dataclass(frozen=True, kw_only=True)
class ArchivedCase:
    """A case as it was archived. version: how many events it had. head: the hash of the newest."""

    id: str
    number: int
    version: int
    head: str
    files: tuple[ArchivedFile, ...] = ()


class ImportStanding(StrEnum):
    """How the case here stands to the archived one."""

    NEW = "new"  # there is none here
    BEHIND = "behind"  # it went on where the archive was made
    SAME = "same"
    AHEAD = "ahead"  # it went on here
