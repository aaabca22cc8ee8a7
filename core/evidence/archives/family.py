"""What of an archive is read with all that was unpacked of the one around it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.evidence.archives.bounds import (
    MAX_DEPTH,
    MAX_FAMILY_BYTES,
    MAX_FAMILY_FILES,
    MAX_FAMILY_PICTURES,
)
from core.evidence.archives.paths import is_picture
from core.evidence.model import NO_EXTRACTOR
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from core.evidence.model import Extraction, UnpackedMember

say = sentences("evidence.archive_family")


@dataclass(frozen=True, kw_only=True)
class ArchiveFamily:
    """What was unpacked of the archive that people dropped, in which this one may be.

    depth: of this one, 1 where it was dropped itself. files, pictures, size: of all but its own
    members.
    """

    depth: int = 1
    files: int = 0
    pictures: int = 0
    size: int = 0

    def accepted(
        self, members: Iterable[UnpackedMember], *, most_bytes: int = MAX_FAMILY_BYTES
    ) -> Iterator[UnpackedMember]:
        """Those that are within the bounds, in their order. most_bytes: of one file."""
        if self.depth > MAX_DEPTH:
            return
        files, pictures, size = self.files, self.pictures, self.size
        for member in members:
            is_shown = is_picture(member.path)
            fits = member.size <= min(most_bytes, MAX_FAMILY_BYTES - size)
            fits = fits and not (is_shown and pictures >= MAX_FAMILY_PICTURES)
            if fits and files < MAX_FAMILY_FILES:
                files, pictures, size = files + 1, pictures + is_shown, size + member.size
                yield member

    def grown(self, members: Iterable[UnpackedMember]) -> ArchiveFamily:
        """With these as well."""
        family = self
        for member in members:
            family = replace(
                family,
                files=family.files + 1,
                pictures=family.pictures + is_picture(member.path),
                size=family.size + member.size,
            )
        return family

    def counted(self, extraction: Extraction, accepted: Sequence[UnpackedMember]) -> Extraction:
        """The archive's own extraction with the number of those that are read; `problem` says why.

        Its members are those no more: each is a file of its own.
        """
        missing = len(extraction.members) - len(accepted)
        if not missing:
            return replace(extraction, members=())
        reason = say.raw("too_much", n=missing)
        if self.depth > MAX_DEPTH:
            reason = say.raw("too_deep", depth=MAX_DEPTH)
        problem = "; ".join(filter(None, (reason, extraction.problem)))
        extractor = extraction.extractor if accepted else NO_EXTRACTOR
        return replace(
            extraction, members=(), events=len(accepted), extractor=extractor, problem=problem
        )
