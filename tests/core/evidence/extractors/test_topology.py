from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.errors import UnreadableEvidence
from core.evidence.extractor import Detected
from core.evidence.extractors.topology import TopologyExtractor
from core.evidence.model import DataType, FindingKind
from tests.core.evidence.exhibits import exhibit

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.model import Extraction

DETECTED = Detected(DataType.CONFIG, 0.95, "topology")


def extract(path: Path) -> Extraction:
    return TopologyExtractor().extract(exhibit(path, DETECTED, name="calls.json"))


def test_each_call_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "t").write_text('{"calls": [["web", "api"], ["api", "db"]], "note": "mine"}')
    findings = extract(tmp_path / "t").findings
    assert [finding.kind for finding in findings] == [FindingKind.CALL] * 2
    assert findings[1].data == {"caller": "api", "callee": "db"}
    assert findings[0].text.text == "web calls api"


@pytest.mark.parametrize("text", ['{"calls": [["web"]]}', '{"calls": [[1, 2]]}', '{"calls": ['])
def test_what_is_no_topology_says_what_one_is(tmp_path: Path, text: str) -> None:
    (tmp_path / "t").write_text(text)
    with pytest.raises(UnreadableEvidence, match="caller"):
        extract(tmp_path / "t")
