"""The recorded profiles, read as the pipeline reads them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.evidence.extractor import Head
from core.evidence.lines import read_head
from core.evidence.model import PlainFile
from core.evidence.pipeline import extract
from core.evidence.profiles.formats import detect_format
from core.evidence.profiles.readers import read_profile
from core.evidence.profiles.shares import function_shares
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from core.evidence.model import Extraction
    from core.evidence.profiles.model import ProfileReading, StackProfile

SAMPLES = Path(__file__).with_name("samples")


def read(name: str) -> ProfileReading:
    return read_file(SAMPLES / name)


def read_file(path: Path) -> ProfileReading:
    form = detect_format(Head(read_head(PlainFile(path), 65_536), path.name))
    assert form is not None, path.name
    return read_profile(PlainFile(path), form)


def read_text(path: Path, text: str) -> ProfileReading:
    path.write_text(text)
    return read_file(path)


def extracted(path: Path, *, service: str | None = "shop") -> Extraction:
    return extract(PlainFile(path), name=path.name, service=service, redactor=Redactor(b"key"))


def own_shares(profile: StackProfile) -> dict[str, float]:
    return {share.function: share.own / profile.weight for share in function_shares(profile)}


def total_shares(profile: StackProfile) -> dict[str, float]:
    return {share.function: share.total / profile.weight for share in function_shares(profile)}
