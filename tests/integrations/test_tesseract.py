from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.errors import OutOfLimits, UnreadableEvidence
from core.evidence.model import DataType, FindingKind, PlainFile
from core.evidence.pipeline import extract
from core.evidence.screenshots.ink import ink_of
from core.evidence.screenshots.model import TextLayout
from core.redaction.engine import Redactor
from faultmaven.scratch import ScratchShelf, scratch_folder
from integrations.tesseract import Tesseract
from tests.core.evidence.screenshots.drawings import encoded, terminal
from tests.servers import program

if TYPE_CHECKING:
    from pathlib import Path

LINES = [
    "2026-11-22T10:00:01.123Z INFO api ready",
    "2026-11-22T10:00:02.456Z ERROR checkout remaining connection slots are reserved",
]


@pytest.fixture(scope="module", autouse=True)
def _tesseract() -> None:
    program("tesseract")


def fake(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program in its place."""
    path = folder / "tesseract"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_words_come_with_their_boxes() -> None:
    ink = ink_of(np.asarray(terminal(["ERROR checkout"])))
    words = Tesseract().read(ink.pixels, layout=TextLayout.BLOCK)
    assert [word.text for word in words] == ["ERROR", "checkout"]
    assert words[0].line == words[1].line
    assert words[0].right < words[1].left
    assert words[0].confidence > 0.7


def test_a_screenshot_of_a_terminal_is_read_like_its_log(tmp_path: Path) -> None:
    path = tmp_path / "shot.png"
    path.write_bytes(encoded(terminal(LINES)))
    with scratch_folder() as folder:
        shelf = ScratchShelf(folder)
        extraction = extract(
            PlainFile(path), name=path.name, service=None, redactor=Redactor(b"key"), shelf=shelf
        )
        with shelf.rendition.original().open() as text:
            assert text.read().decode().splitlines() == LINES
    assert (extraction.data_type, extraction.extractor) == (DataType.IMAGE, "image")
    assert extraction.decoded
    (known,) = [each for each in extraction.findings if each.kind is FindingKind.SIGNAL]
    assert known.locus.line_start == 2
    assert known.text.text.startswith(LINES[1])


def test_a_failure_of_the_program_is_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, "cat >/dev/null; exit 3", monkeypatch)
    with pytest.raises(UnreadableEvidence, match="exit code 3"):
        Tesseract().read(np.zeros((20, 20), dtype=np.uint8), layout=TextLayout.BLOCK)


def test_what_takes_too_long_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, "exec sleep 60", monkeypatch)
    with pytest.raises(OutOfLimits, match=r"longer than 0\.2 s"):
        Tesseract(seconds=0.2).read(np.zeros((20, 20), dtype=np.uint8), layout=TextLayout.BLOCK)


def test_no_program_means_not_available(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not Tesseract().is_available


def test_noise_is_read_in_time() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    assert len(Tesseract().read(ink_of(noise).pixels, layout=TextLayout.SCATTERED)) < 1_000


def test_it_inherits_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, f"env > {tmp_path}/seen; cat >/dev/null", monkeypatch)
    monkeypatch.setenv("FAULTMAVEN_SECRET_KEY", "hunter2")
    Tesseract().read(np.zeros((20, 20), dtype=np.uint8), layout=TextLayout.BLOCK)
    names = {line.split("=")[0] for line in (tmp_path / "seen").read_text().splitlines()}
    assert names <= {"PATH", "OMP_THREAD_LIMIT", "LC_ALL", "TESSDATA_PREFIX", "PWD", "_", "SHLVL"}
