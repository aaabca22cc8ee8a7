"""What replaced what: members of lists, and blocks under another name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.evidence.configuration.changes import is_of_settings, path_of
from tests.core.investigation.test_configuration_changes import compared

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.model import Finding

pytestmark = pytest.mark.unit


def moved(changes: list[Finding]) -> set[tuple[str, object, object]]:
    return {
        (path_of(each), each.data["old"], each.data["new"])
        for each in changes
        if is_of_settings(each)
    }


def test_a_block_whose_words_changed_is_one_change(tmp_path: Path) -> None:
    text = (
        "virtual_server 10.1.1.1 80 {\n  lb_algo rr\n"
        "  real_server 10.0.0.7 80 {\n    weight 1\n    TCP_CHECK {\n      retry 3\n    }\n  }\n"
        "  real_server 10.0.0.8 80 {\n    weight 2\n  }\n}\n"
    )
    changes = compared(
        tmp_path,
        ("before/keepalived.conf", text),
        ("after/keepalived.conf", text.replace("10.0.0.7 80", "10.0.0.7 8080")),
    )
    assert moved(changes) == {
        ("virtual_server[10.1.1.1 80].real_server[]", "10.0.0.7 80", "10.0.0.7 8080")
    }


def test_each_line_is_told_with_the_one_most_like_it(tmp_path: Path) -> None:
    before = (
        "check process atd with pidfile /run/atd.pid\nif 5 restarts within 5 cycles then timeout\n"
    )
    after = (
        "check process atd with pidfile /run/at.pid\nif 5 restarts within 50 cycles then timeout\n"
    )
    changes = compared(
        tmp_path, ("before/conf.d/atd", f"{{}}\n{before}"), ("after/conf.d/atd", f"{{}}\n{after}")
    )
    assert {(old, new) for _, old, new in moved(changes)} == set(
        zip(before.splitlines(), after.splitlines(), strict=True)
    )


def test_of_a_long_value_the_part_that_differs_is_shown(tmp_path: Path) -> None:
    words = " ".join(f"--option-{at}=on" for at in range(12))
    text = f"[Service]\nExecStart=/usr/bin/app {words} --cache 256m\n"
    (change,) = compared(
        tmp_path, ("a.service.old", text), ("a.service", text.replace("256m", "16m"))
    )
    assert "--cache 256m → …" in change.text.text
    assert "--cache 16m" in change.text.text
