"""Of the lines that tell of one change the first is named: what it does begins there."""

from __future__ import annotations

import pytest

from core.cases.model import EvidenceKind
from core.investigation.causes.broken_by_change import BrokenByChange
from core.investigation.causes.change_progress import begun_by, new_version
from core.investigation.causes.evidence_index import EvidenceIndex
from core.investigation.causes.troubles import ServiceHealth
from tests.core.investigation.causes.test_broken_by_change import FAILS, changes, situation
from tests.core.investigation.sample_situations import a_log

pytestmark = pytest.mark.unit

ROLLS = "relbot: deploying orders 2.13.4 -> 2.14.0 rolling"
LIVE = "relbot: orders 2.13.4 -> 2.14.0 live, smoke 9/9 ok"


def begun(*lines: tuple[float, str]) -> int:
    """The line where the last of these changes began."""
    scene = EvidenceIndex(situation(a_log("shop", FAILS), changes(*lines)))
    return begun_by(scene.changes[-1], scene.changes, scene.services).locus.line_start


def test_the_report_of_its_end_belongs_to_its_beginning() -> None:
    assert begun((540, ROLLS), (585, LIVE)) == 1


@pytest.mark.parametrize(
    "earlier",
    [
        (-700.0, ROLLS),
        (540.0, ROLLS.replace("orders", "tokens")),
        (540.0, ROLLS.replace("2.14.0", "2.13.9")),
        (540.0, "CHG-7 config target=orders by=dana: page size 20"),
    ],
)
def test_another_service_or_version_or_hour_is_another_change(earlier: tuple[float, str]) -> None:
    assert begun(earlier, (585, LIVE)) == 2


def test_a_version_that_comes_back_is_a_change_of_its_own() -> None:
    back = "relbot: orders 2.14.0 -> 2.13.4 rolled back"
    before = "relbot: orders 2.13.3 -> 2.13.4 live"
    assert begun((100, before), (540, ROLLS), (585, back)) == 3


def test_whom_a_change_broke_cites_where_it_began_and_weighs_the_same() -> None:
    known = situation(a_log("shop", FAILS), changes((540, ROLLS), (595, LIVE)))
    broken = BrokenByChange(EvidenceIndex(known), ServiceHealth(known))
    cited = {
        candidate.cause.service: [line for line in lines if line.kind is EvidenceKind.CHANGE]
        for candidate, lines in broken.candidates()
    }
    [line] = cited["orders"]
    assert line.locus is not None
    assert line.locus.line_start == 1
    assert line.weight == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("catalog 2.13.4 -> 2.14.0 rolling", "2.14.0"),
        ("[06:39:26.123] relbot: catalog 2.14.0 live, smoke 9/9 ok", "2.14.0"),
        ("argo app=orders rev=5.2.7->5.3.0 phase=Running", "5.3.0"),
        ("image=catalog:7.4.1 (was 7.4.0)", "7.4.1"),
        ("deploying checkout (commit 2f9c41d)", "2f9c41d"),
        ("node 10.0.0.7 drained at 09:12:01.5", None),
        ("settled 2026-11-23 for all", None),
        ("", None),
    ],
)
def test_the_new_version_of_a_line(text: str, version: str | None) -> None:
    assert new_version(text) == version
