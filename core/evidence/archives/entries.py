"""Entries of an archive, as its table of contents has them, and why one is left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

say = sentences("evidence.archives")

NAMED = 3  # entries of each sort
SHOWN = 60  # characters of a path: the last ones


class Omission(StrEnum):
    """Why an entry is left out."""

    LINK = "link"
    DEVICE = "device"
    ENCRYPTED = "encrypted"
    METHOD = "method"  # of compression
    SPARSE = "sparse"
    NO_EVIDENCE = "no_evidence"  # by its name
    NO_TEXT = "no_text"
    EMPTY = "empty"
    DAMAGED = "damaged"
    CUT_OFF = "cut_off"  # what there is of it is read
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    TOO_MUCH = "too_much"  # of all together
    PICTURES = "pictures"  # more of them than are read
    TOO_LATE = "too_late"
    TOO_NESTED = "too_nested"


@dataclass(frozen=True, kw_only=True)
class ArchiveEntry:
    """One member as its archive describes it; nothing of that need be true.

    position: among all entries. size: bytes when it is unpacked; packed_size: before. omission: why
    it cannot be read, where that is known beforehand.
    """

    position: int
    name: str
    size: int
    packed_size: int
    omission: Omission | None = None


class ArchiveReader(Protocol):
    """One format. Raises nothing: what is damaged ends early, and `problem` says so."""

    problem: str | None

    def entries(self) -> Iterator[ArchiveEntry]:
        """All but folders."""

    def contents(
        self, positions: Collection[int]
    ) -> Iterator[tuple[ArchiveEntry, Iterator[bytes]]]:
        """Those entries with their content in pieces, each to be read before the next one.

        Reading a content raises MemberDamaged.
        """


class MemberDamaged(Exception):
    """The content of a member is not what its archive says.

    omission: CUT_OFF where what came of it is right.
    """

    def __init__(self, omission: Omission) -> None:
        super().__init__(omission)
        self.omission = omission


@dataclass(frozen=True)
class Omissions:
    """What is left out of an archive, by the reason; a few of each are named."""

    counts: Counter[Omission] = field(default_factory=Counter)
    names: dict[Omission, list[str]] = field(default_factory=dict)

    def add(self, omission: Omission, path: str) -> None:
        """path: as it is shown."""
        self.counts[omission] += 1
        named = self.names.setdefault(omission, [])
        if len(named) < NAMED:
            named.append(path if len(path) <= SHOWN else f"…{path[1 - SHOWN :]}")

    def text(self, read: int) -> str | None:
        """`14 of 17 files read, left out: 2 linked (a, b), 1 encrypted (c)`; None for none.

        Empty files are not worth a word. read: how many were.
        """
        reasons = [self._reason(omission) for omission in Omission if self._is_told(omission)]
        if not reasons:
            return None
        untold = self.counts[Omission.EMPTY] + self.counts[Omission.CUT_OFF]
        total = read + self.counts.total() - untold
        return say.raw("read_and_left_out", read=read, all=total, reasons=", ".join(reasons))

    def _is_told(self, omission: Omission) -> bool:
        return bool(self.counts[omission]) and omission in _REASONS

    def _reason(self, omission: Omission) -> str:
        count, names = self.counts[omission], self.names[omission]
        listed = ", ".join(names) + (", …" if count > len(names) else "")
        return say.raw("reason", n=count, why=_REASONS[omission]().text, names=listed)


_REASONS = {
    Omission.LINK: say.later("link"),
    Omission.DEVICE: say.later("device"),
    Omission.ENCRYPTED: say.later("encrypted"),
    Omission.METHOD: say.later("method"),
    Omission.SPARSE: say.later("sparse"),
    Omission.NO_EVIDENCE: say.later("no_evidence"),
    Omission.NO_TEXT: say.later("no_text"),
    Omission.DAMAGED: say.later("damaged"),
    Omission.CUT_OFF: say.later("cut_off"),
    Omission.TOO_LARGE: say.later("too_large"),
    Omission.TOO_MANY: say.later("too_many"),
    Omission.TOO_MUCH: say.later("too_much"),
    Omission.PICTURES: say.later("pictures"),
    Omission.TOO_LATE: say.later("too_late"),
    Omission.TOO_NESTED: say.later("too_nested"),
}
