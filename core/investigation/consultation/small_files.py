"""The small files of a case, line by line: a diary of changes, a chat, a dump of sockets.

What no rule knows often stands in them, and a part of ten lines tells less than all ten. What
people and tools wrote goes before logs, which can be searched; the smallest come first, as many as
there is room for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.model import DataType
from core.investigation.memory.messages import estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.model import EvidenceFile
    from core.investigation.consultation.evidence_reader import EvidenceReader, NumberedLine

WIDTH = 400  # characters of a line
_MOST_LINES, _MOST_BYTES = 80, 4_000
_READABLE = frozenset({DataType.LOG, DataType.CONFIG, DataType.CODE, DataType.TEXT})


async def read_small_files(
    files: Sequence[EvidenceFile], reader: EvidenceReader, *, room: int
) -> list[tuple[EvidenceFile, list[NumberedLine]]]:
    """The lines of each, blank ones aside. room: tokens that all together may have."""
    left = room
    read: list[tuple[EvidenceFile, list[NumberedLine]]] = []
    for file in sorted(
        filter(_is_small, files), key=lambda file: (file.data_type is DataType.LOG, file.size)
    ):
        around = await reader.around(file, 1, each=_MOST_LINES)
        lines = [line for line in around if line.text.text.strip()]
        tokens = sum(estimate(line.text.text[:WIDTH]) + 1 for line in lines)
        if tokens > left:
            break
        left -= tokens
        if lines:
            read.append((file, lines))
    return read


def _is_small(file: EvidenceFile) -> bool:
    return (
        file.data_type in _READABLE and file.lines <= _MOST_LINES and 0 < file.size <= _MOST_BYTES
    )
