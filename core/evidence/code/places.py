"""Finds the function that a frame of a stack trace names among the code files of a case."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from core.evidence.code.digests import CodeFile
from core.evidence.code.outline import CodeSymbol
from core.evidence.logs.stack_frames import StackFrame

if TYPE_CHECKING:
    from collections.abc import Iterable

_SCHEME = re.compile(r"^(?:file://|webpack(?:-internal)?://\S{0,40}?/)|^[A-Za-z]:")
_INSTALLED = re.compile(
    r"(?:^|/)(?:site-packages|dist-packages|node_modules|gems|vendor|rustc|\.cargo|pkg/mod"
    r"|lib/python3?\.?\d*|usr/(?:lib|local/go|include)|nptl|internal)/"
)


class Version(Enum):
    """How the file at hand and the one that the trace came from go together."""

    SAME = "its line is in the function that the trace names"
    MOVED = "the function is at another line now"
    OTHER = "no function of that name is in it"


@dataclass(frozen=True, kw_only=True)
class CodePlace:
    """Where a frame points. function: None where the line is in none, or none has the name."""

    file: CodeFile
    frame: StackFrame
    function: CodeSymbol | None
    version: Version


@dataclass(frozen=True)
class CodeIndex:
    """The code files of a case by their base names. names: of the files, by id."""

    files: Mapping[str, Sequence[tuple[tuple[str, ...], CodeFile]]]

    @classmethod
    def of(cls, files: Iterable[CodeFile], names: Mapping[str, str]) -> CodeIndex:
        by_base: defaultdict[str, list[tuple[tuple[str, ...], CodeFile]]] = defaultdict(list)
        for file in files:
            parts = path_parts(names[file.file])
            if parts:
                by_base[parts[-1]].append((parts, file))
        return cls(by_base)

    def place_of(self, frame: StackFrame) -> CodePlace | None:
        """Where the frame points; None where no file of the case is meant, or any of several."""
        wanted = path_parts(frame.path)
        if not wanted or is_installed(frame.path):
            return None
        known = self.files.get(wanted[-1], ())
        shared = [(shared_end(parts, wanted), file) for parts, file in known]
        most = max((count for count, _ in shared), default=0)
        places = [_place(file, frame) for count, file in shared if count == most]
        certain = [place for place in places if place.version is Version.SAME] or places
        is_near = most > 1 or len(wanted) == 1
        if len(certain) != 1 or (not is_near and not certain[0].function):
            return None
        return certain[0]


def is_installed(path: str) -> bool:
    """Whether a path is that of a library or of a language's own code, not of a project's."""
    return bool(_INSTALLED.search(path.replace("\\", "/")))


def path_parts(path: str) -> tuple[str, ...]:
    """The folders and the name of a path, in small letters, without what is before its root."""
    plain = _SCHEME.sub("", path.replace("\\", "/")).lower()
    return tuple(part for part in plain.split("/") if part not in ("", ".", ".."))


def shared_end(parts: Sequence[str], wanted: Sequence[str]) -> int:
    """How many of the last parts of two paths are the same."""
    pairs = zip(reversed(parts), reversed(wanted), strict=False)
    count = 0
    for mine, theirs in pairs:
        if mine != theirs:
            break
        count += 1
    return count


def _place(file: CodeFile, frame: StackFrame) -> CodePlace:
    at_line = file.function_at(frame.line) if frame.line <= file.lines else None
    if not frame.function:
        fits = frame.line <= file.lines
        version = Version.SAME if fits else Version.OTHER
        return CodePlace(file=file, frame=frame, function=at_line, version=version)
    around = file.functions_named(frame.function)
    holding = [each for each in around if each.first <= frame.line <= each.last]
    if holding:
        nearest = min(holding, key=lambda each: each.last - each.first)
        return CodePlace(file=file, frame=frame, function=nearest, version=Version.SAME)
    only = around[0] if len(around) == 1 else None
    version = Version.MOVED if only else Version.OTHER
    return CodePlace(file=file, frame=frame, function=only, version=version)
