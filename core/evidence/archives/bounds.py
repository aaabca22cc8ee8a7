"""What unpacking may cost: every bound of it, in one place."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class ArchiveBounds:
    """How much is unpacked of one archive.

    listed: entries that are looked at. members: that are read, nested: of which are archives again.
    total_bytes: that are unpacked, whether they are kept or not. member_bytes: of one member.
    ratio: to which its compressed form, or the whole archive, may be unpacked, once what comes of
    it is over `always_bytes`.
    pictures: that are read, where anything reads them; picture_bytes: of one; pictures_bytes: of
    all of them.
    directory_bytes: of the table of contents of a zip; header_bytes: of what stands before a member
    of a tar: `tarfile` takes time by the square of it. seconds: on the wall, for the names as for
    the contents; both together have to be less than a reader's process is given.
    """

    listed: int = 100_000
    members: int = 1_000
    nested: int = 20
    total_bytes: int = 2**30
    member_bytes: int = 256 * 2**20
    ratio: int = 100
    always_bytes: int = 32 * 2**20
    pictures: int = 5  # each takes a core a second or two
    picture_bytes: int = 8 * 2**20
    pictures_bytes: int = 20 * 2**20
    directory_bytes: int = 4 * 2**20
    header_bytes: int = 8 * 2**10
    seconds: float = 40.0

    def of_archive(self, size: int) -> ArchiveBounds:
        """The bounds for an archive of this size. Members of a zip may share their bytes."""
        most = max(self.always_bytes, self.ratio * size)
        return replace(self, total_bytes=min(self.total_bytes, most))

    def most_bytes(self, packed_size: int) -> int:
        """How much a member of this compressed size may unpack to."""
        return min(self.member_bytes, max(self.always_bytes, self.ratio * packed_size))


BOUNDS = ArchiveBounds()
WITHOUT_PICTURES = ArchiveBounds(pictures=0)

# Of an archive that people dropped, with all archives in it.
MAX_DEPTH = 3  # the dropped one is the first
MAX_FAMILY_FILES = 2_000
MAX_FAMILY_PICTURES = 5
MAX_FAMILY_BYTES = 2 * 2**30
