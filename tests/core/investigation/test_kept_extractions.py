"""What one process read is the same for the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.core.investigation.kept_extractions import RUN_FOLDER, kept_extraction
from tests.core.investigation.sample_situations import INCIDENTS, POSITIVES

if TYPE_CHECKING:
    from pathlib import Path

METRICS = INCIDENTS[0] / "metrics.json"


@pytest.mark.parametrize("path", [POSITIVES[0], METRICS], ids=lambda path: path.name)
def test_what_is_kept_equals_what_is_read(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = kept_extraction.__wrapped__  # as a process that has read nothing yet
    monkeypatch.delenv(RUN_FOLDER, raising=False)
    read = again(path, name=path.name, service="app")
    monkeypatch.setenv(RUN_FOLDER, str(tmp_path))
    assert again(path, name=path.name, service="app") == read
    assert again(path, name=path.name, service="app") == read
    (kept,) = (tmp_path / "extractions").iterdir()
    again(path, name=path.name, service="db")
    assert len([*kept.parent.iterdir()]) == 2


def test_it_is_taken_from_where_it_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    again = kept_extraction.__wrapped__
    monkeypatch.setenv(RUN_FOLDER, str(tmp_path))
    again(METRICS, name="a.json", service=None)
    (kept,) = (tmp_path / "extractions").iterdir()
    other = again(POSITIVES[0], name="b.log", service=None)
    (written,) = set((tmp_path / "extractions").iterdir()) - {kept}
    written.replace(kept)
    assert again(METRICS, name="a.json", service=None) == other
