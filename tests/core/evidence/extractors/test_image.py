from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from core.evidence.events.table import COLUMNS
from core.evidence.extractor import Detected, Head
from core.evidence.extractors.image import FuzzyTable, ImageExtractor, reads_pictures
from core.evidence.extractors.text import TextExtractor
from core.evidence.model import NO_EXTRACTOR, DataType, FindingKind, Level
from core.evidence.screenshots.model import TextLayout
from tests.core.evidence.exhibits import exhibit
from tests.core.evidence.screenshots.drawings import ScriptedReader, encoded, terminal, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.evidence.extractor import Exhibit
    from core.evidence.model import Extraction

LOG = [
    "2026-11-22T10:00:01.123Z INFO api ready",
    "2026-11-22T10:00:02.456Z ERROR checkout remaining connection slots are reserved",
    "2026-11-22T10:00:03.789Z ERROR checkout password=hunter2secret refused",
]
DETECTED = Detected(DataType.IMAGE, 0.995, "image", "")


def shot(tmp_path: Path, raw: bytes | None = None) -> Exhibit:
    path = tmp_path / "shot.png"
    path.write_bytes(encoded(terminal(["any text"])) if raw is None else raw)
    return exhibit(path, DETECTED, name="shot.png")


def extracted(tmp_path: Path, lines: Sequence[str]) -> Extraction:
    reader = ScriptedReader({TextLayout.BLOCK: words_of(lines)})
    return ImageExtractor(reader).extract(shot(tmp_path))


@pytest.mark.parametrize(
    ("form", "name"),
    [("PNG", "PNG"), ("JPEG", "JPEG"), ("GIF", "GIF"), ("WEBP", "WebP"), ("BMP", "BMP")],
)
def test_it_claims_what_it_can_decode(form: str, name: str) -> None:
    claim = ImageExtractor(ScriptedReader({})).detect(Head(encoded(terminal(["a"]), form)))
    assert claim is not None
    assert (claim.data_type, claim.extractor) == (DataType.IMAGE, "image")
    assert claim.reason == f"its first bytes are those of a {name} picture"


def test_it_claims_no_text() -> None:
    assert ImageExtractor(ScriptedReader({})).detect(Head(b"BM is a bus line")) is None


def test_lines_of_a_terminal_are_findings_of_a_log(tmp_path: Path) -> None:
    extraction = extracted(tmp_path, LOG)
    assert (extraction.data_type, extraction.lines, extraction.errors) == (DataType.IMAGE, 3, 2)
    (known,) = [each for each in extraction.findings if each.kind is FindingKind.SIGNAL]
    assert (known.locus.label, known.level) == ("shot.png:2", Level.ERROR)
    assert known.signals


def test_each_finding_says_that_it_is_approximate(tmp_path: Path) -> None:
    findings = extracted(tmp_path, LOG).findings
    assert findings
    for finding in findings:
        assert finding.text.text.endswith("(read from a picture, approximate)")
        assert finding.data["approximate"] is True
        assert not finding.is_digest


def test_what_is_read_is_redacted(tmp_path: Path) -> None:
    texts = [finding.text.text for finding in extracted(tmp_path, LOG).findings]
    assert any("password=" in text for text in texts)
    assert not any("hunter2secret" in text for text in texts)


def test_text_that_is_no_log_is_a_note(tmp_path: Path) -> None:
    extraction = extracted(tmp_path, ["please look at this", "it broke after lunch"])
    assert extraction.data_type is DataType.IMAGE
    assert extraction.findings[0].kind is FindingKind.NOTE
    assert "after lunch" in extraction.findings[0].text.text


def test_ids_join_nothing() -> None:
    row = dict.fromkeys(COLUMNS) | {"ids": ["4f10015S"], "line": 1}
    seen: list[pl.DataFrame] = []

    class Table:
        def add(self, events: pl.DataFrame) -> None:
            seen.append(events)

        def close(self, kinds: dict[int, int]) -> None:
            seen.append(pl.DataFrame({"kinds": list(kinds)}))

    table = FuzzyTable(Table())
    table.add(pl.DataFrame([row], schema=COLUMNS))
    table.close({7: 1})
    assert seen[0]["ids"].to_list() == [[]]
    assert seen[1]["kinds"].to_list() == [7]


def test_without_a_reader_one_line_says_what_to_install(tmp_path: Path) -> None:
    extraction = ImageExtractor(ScriptedReader({}, is_available=False)).extract(shot(tmp_path))
    assert (extraction.extractor, extraction.findings) == (NO_EXTRACTOR, ())
    assert "apt install tesseract-ocr" in str(extraction.problem)


def test_a_picture_without_text_says_so(tmp_path: Path) -> None:
    extraction = extracted(tmp_path, [])
    assert (extraction.lines, extraction.findings) == (0, ())
    assert extraction.problem == "no text was recognised in the picture"


def test_what_stands_beside_the_pixels_is_never_shown(tmp_path: Path) -> None:
    """EXIF with an author, a comment and a place."""
    picture = terminal(["any text"])
    exif = picture.getexif()
    exif[0x013B] = "Dana Secretname"
    exif.get_ifd(0x8825)[1] = "N"
    raw = encoded(picture, "JPEG", exif=exif, comment=b"Dana Secretname")
    assert b"Secretname" in raw
    reader = ScriptedReader({TextLayout.BLOCK: words_of(LOG)})
    assert "Secretname" not in repr(ImageExtractor(reader).extract(shot(tmp_path, raw)))


@pytest.mark.parametrize("is_available", [True, False])
def test_pictures_are_read_where_a_reader_is_there(*, is_available: bool) -> None:
    picture = ImageExtractor(ScriptedReader({}, is_available=is_available))
    assert reads_pictures([TextExtractor(), picture]) is is_available
