"""The paths of members: made harmless, told apart, and ranked by what they promise."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count

LONGEST = 200  # characters of a path: the last ones, which tell the most
UNNAMED = "unnamed"
_DRIVE = re.compile(r"[A-Za-z]:")

_NO_EVIDENCE_FOLDERS = frozenset(
    {".git", ".svn", ".hg", ".idea", ".vscode", "__macosx", "__pycache__", "node_modules"}
)
_NO_EVIDENCE_NAMES = re.compile(r"(?i)\.ds_store|thumbs\.db|desktop\.ini|\._.*")
_PICTURE = re.compile(r"(?i)\.(?:png|jpe?g|gif|bmp|webp)$")  # those that are read
_NO_EVIDENCE_SUFFIX = re.compile(
    r"(?i)\.(?:png|jpe?g|gif|bmp|ico|webp|svgz?|tiff?|heic|psd|mp[34]|mov|avi|mkv|wav|ogg|flac"
    r"|ttf|otf|woff2?|eot|jar|war|ear|class|pyc|pyo|so(?:\.\d+)*|dll|exe|dylib|o|a|ko|bin|img|iso"
    r"|qcow2|vmdk|rpm|deb|apk|whl|pdf|docx?|xlsx?|pptx?|css|map|min\.js)"
)
_PACKED = re.compile(r"(?i)\.(?:gz|bz2|xz|zst)$")
_LOG = re.compile(
    r"(?i)(?:^|/)(?:logs?|journal)(?:/|$)"
    r"|\.(?:log|out|err|trace)(?:[-.]\d[\d.-]*)?$"
    r"|(?:^|/)(?:messages|syslog|secure|dmesg|kern|cron|boot|journalctl[^/]*|events)"
    r"(?:[-._][^/]*)?$"
)
_TEXT = re.compile(
    r"(?i)\.(?:txt|json|jsonl|ndjson|csv|tsv|xml|conf|cfg|cnf|ini|toml|properties|env|md|prom)$"
)
_MANIFEST = re.compile(r"(?i)\.ya?ml$")
_ARCHIVE = re.compile(r"(?i)\.(?:zip|tar|tgz|tbz2?|txz|7z)$|\.tar\.\w{2,4}$")


class MemberRank(IntEnum):
    """How much the path of a member promises, the most first."""

    LOG = 0
    TEXT = 1
    ARCHIVE = 2
    UNKNOWN = 3
    PICTURE = 4
    MANIFEST = 5  # a cluster's dump has thousands of them for each log


def is_picture(path: str) -> bool:
    """Return whether a member is a picture by its name, of a format that is read."""
    return _PICTURE.search(path) is not None


def is_no_evidence(path: str, *, with_pictures: bool = False) -> bool:
    """Return whether a member is left out by its name. with_pictures: whether pictures are not."""
    *folders, name = path.lower().split("/")
    is_hidden = not _NO_EVIDENCE_FOLDERS.isdisjoint(folders) or _NO_EVIDENCE_NAMES.fullmatch(name)
    if is_hidden or (with_pictures and is_picture(name)):
        return bool(is_hidden)
    return (
        _NO_EVIDENCE_SUFFIX.fullmatch(name[name.find(".", 1) :]) is not None
        or _NO_EVIDENCE_SUFFIX.fullmatch(name[name.rfind(".") :]) is not None
    )


def rank_of(path: str) -> MemberRank:
    """How likely a member is to tell something."""
    if _ARCHIVE.search(path):
        return MemberRank.ARCHIVE
    plain = _PACKED.sub("", path)
    if is_picture(plain):  # also one in a folder of logs
        return MemberRank.PICTURE
    for pattern, rank in ((_LOG, MemberRank.LOG), (_MANIFEST, MemberRank.MANIFEST)):
        if pattern.search(plain):
            return rank
    return MemberRank.TEXT if _TEXT.search(plain) else MemberRank.UNKNOWN


def harmless(name: str) -> str:
    """A relative path, whatever an archive says: nothing in it leads out, up or elsewhere.

    It is a name to be shown, and no file is ever opened by it.
    """
    parts = (_plain(part) for part in name.replace("\\", "/").split("/"))
    path = "/".join(part for part in parts if part and not _DRIVE.fullmatch(part))
    if len(path) > LONGEST:
        path = f"…{path[1 - LONGEST :]}"
    return path or UNNAMED


def _plain(part: str) -> str:
    """Without what is no character of a name: controls, marks of direction, half characters."""
    shown = "".join("_" if unicodedata.category(each)[0] == "C" else each for each in part)
    return "" if shown.strip() in {"", ".", ".."} else shown.strip()


@dataclass(frozen=True)
class DistinctPaths:
    """Gives each member a path of its own: a second `app.log` is `2/app.log`."""

    taken: set[str] = field(default_factory=set)

    def take(self, path: str) -> str:
        """The path, or the first numbered one that is free."""
        if path in self.taken:
            numbered = (f"{number}/{path}" for number in count(2))
            path = next(free for free in numbered if free not in self.taken)
        self.taken.add(path)
        return path
