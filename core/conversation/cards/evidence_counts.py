"""How many files of which kind a case has, in words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, LiteralString

from core.evidence.model import DataType, EvidenceFile, FileState
from core.text.quantities import counted
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterable


def evidence(files: Iterable[EvidenceFile], *, alerts: int) -> Clean:
    """`2 logs, 1 metric, 1 alert`; empty text where there is nothing at all."""
    kinds = Counter(_noun(file) for file in files)
    said = [counted(kinds[noun], *noun) for noun in _NOUNS.values() if noun in kinds]
    said += [counted(kinds[noun], *noun) for noun in _OTHERS if noun in kinds]
    if alerts:
        said.append(counted(alerts, "alert", "alerts"))
    return Clean.join(", ", said)


def kind(data_type: DataType | None) -> Clean:
    """`log`, `metric`."""
    one, _ = _NOUNS.get(data_type, _FILE)
    return Clean.say(one)


def _noun(file: EvidenceFile) -> _Noun:
    if file.state is FileState.FAILED:
        return _FAILED
    if file.state is FileState.CANCELLED:
        return _CANCELLED
    if file.state is FileState.RECEIVED:
        return _READING
    return _NOUNS.get(file.data_type, _FILE)


_Noun = tuple[LiteralString, LiteralString]


_FILE: _Noun = ("file", "files")


_READING: _Noun = ("being read", "being read")


_FAILED: _Noun = ("unreadable", "unreadable")


_CANCELLED: _Noun = ("not read", "not read")


_OTHERS = (_FILE, _READING, _FAILED, _CANCELLED)


_NOUNS: dict[DataType | None, _Noun] = {
    DataType.LOG: ("log", "logs"),
    DataType.METRIC: ("metric", "metrics"),
    DataType.TRACE: ("trace", "traces"),
    DataType.CONFIG: ("config", "configs"),
    DataType.TEXT: ("note", "notes"),
}
