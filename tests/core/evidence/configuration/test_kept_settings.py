"""Settings are kept redacted, however a file sets a name and its value apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.evidence.model import FindingKind, PlainFile
from core.evidence.pipeline import extract
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from pathlib import Path

LINES = {
    "https://mattermost.test/hooks/xxx7abcdefghijklmnopqrstuv": "xxx7abcdefghij",
    "address 2a02:8108:1234:5678::7": "8108:1234",
    "allow 2a02:8108:1234:5678::9;": "8108:1234",
    "tax id 12 345 678 901": "345 678",
    "date of birth 1986-04-12": "1986-04-12",
    "social security number 123456782": "123456782",
    "driver licence D1234567": "D1234567",
    "born on 4 March 1987": "4 March 1987",
}


def kept(folder: Path, text: str, name: str) -> str:
    (folder / "f").write_text(text)
    extraction = extract(PlainFile(folder / "f"), name=name, service=None, redactor=Redactor(b"k"))
    settings = [each for each in extraction.findings if each.kind is FindingKind.SETTINGS]
    assert settings
    return " ".join(f"{path} {value}" for each in settings for path, value in each.data.items())


@pytest.mark.parametrize("name", ["x.conf", "x.ini", "x.properties"])
@pytest.mark.parametrize("line", LINES)
def test_what_a_line_hides_is_hidden_in_its_setting(tmp_path: Path, name: str, line: str) -> None:
    shown = kept(tmp_path, f"pool_size = 4\n{line}\ntimeout = 30\n", name)
    assert LINES[line] not in shown
    assert "30" in shown
