from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.evidence.logs.told_versions import OTHER_VERSION_TOLD
from tests.core.evidence.logs.test_changes import changes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.evidence.logs.changes import LoggedChange

pytestmark = pytest.mark.unit


def told(tmp_path: Path, versions: Sequence[str], form: str) -> list[LoggedChange]:
    """What of a log, with a version in each line, is a change of it."""
    lines = [f"partner answered {form.format(each)} ms={at}" for at, each in enumerate(versions)]
    logged = changes(tmp_path / "orders.log", lines)
    return [change for change in logged if OTHER_VERSION_TOLD in change.signals]


@pytest.mark.parametrize(
    "form", ["apiVersion={}", '"version":"{}"', "schema_version: {}", "app.version={}"]
)
def test_the_first_line_of_another_version_is_a_change(tmp_path: Path, form: str) -> None:
    (change,) = told(tmp_path, ["2026-05-01"] * 40 + ["2026-12-01"] * 20, form)
    assert change.line == 41
    assert "2026-12-01" in change.text


@pytest.mark.parametrize(
    "versions",
    [
        ["1.2.0"] * 60,
        ["1.2.0", "1.3.0"] * 30,  # of two who talk to it
        ["1.2.0"] * 40 + ["1.3.0"] * 10 + ["1.2.0"] * 10,  # on one of two hosts
        ["1.2.0"] * 2 + ["1.3.0"] * 58,
    ],
)
def test_versions_that_lines_tell_by_turns_are_none(tmp_path: Path, versions: list[str]) -> None:
    assert told(tmp_path, versions, "version={}") == []
