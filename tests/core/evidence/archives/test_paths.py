"""Paths of members: nothing in one leads anywhere, and each is told from the others."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evidence.archives.paths import (
    LONGEST,
    DistinctPaths,
    MemberRank,
    harmless,
    is_no_evidence,
    rank_of,
)


@settings(max_examples=30)
@given(st.lists(st.text(max_size=30) | st.sampled_from(["..", ".", "", "C:"])))
def test_no_name_leads_out(parts: list[str]) -> None:
    path = harmless("/".join(parts))
    assert path
    assert len(path) <= LONGEST
    assert all(part not in {"", ".", ".."} for part in path.split("/"))
    assert path.isprintable() or not path.isascii()
    assert "\\" not in path


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a/b.log", "a/b.log"),
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("\\\\host\\share\\a.log", "host/share/a.log"),
        ("C:\\logs\\a.log", "logs/a.log"),
        ("a\0b\x1b[31m\u202egol.log", "a_b_[31m_gol.log"),
        ("..", "unnamed"),
        ("", "unnamed"),
    ],
)
def test_names_as_they_are_shown(name: str, path: str) -> None:
    assert harmless(name) == path


def test_the_second_of_a_name_is_numbered() -> None:
    paths = DistinctPaths()
    assert [paths.take("a.log") for _ in range(3)] == ["a.log", "2/a.log", "3/a.log"]
    assert paths.take("2/a.log") == "2/2/a.log"


@pytest.mark.parametrize(
    "path",
    [
        "repo/.git/objects/ab/cdef",
        "__MACOSX/logs/._app.log",
        "logs/.DS_Store",
        "web/node_modules/x/index.json",
        "logo.PNG",
        "lib/app-1.2.jar",
        "usr/lib/libc.so.6",
        "static/app.min.js",
    ],
)
def test_what_is_no_evidence_by_its_name(path: str) -> None:
    assert is_no_evidence(path)


@pytest.mark.parametrize(
    "path",
    ["app.log", "git/app.log", "core.log", "a.json", "messages", "so.log", "app.o.log", "img"],
)
def test_what_may_be(path: str) -> None:
    assert not is_no_evidence(path)


@pytest.mark.parametrize(
    ("path", "rank"),
    [
        ("api/app.log", MemberRank.LOG),
        ("api/app.log.1", MemberRank.LOG),
        ("api/app.log.2.gz", MemberRank.LOG),
        ("app-2026-11-17.log", MemberRank.LOG),
        ("var/log/nginx/access", MemberRank.LOG),
        ("var/log/messages-20261117", MemberRank.LOG),
        ("sos_commands/logs/journalctl_--no-pager", MemberRank.LOG),
        ("namespaces/shop/core/events.yaml", MemberRank.LOG),
        ("metrics.json", MemberRank.TEXT),
        ("notes.txt", MemberRank.TEXT),
        ("inner.tar.gz", MemberRank.ARCHIVE),
        ("inner.tgz", MemberRank.ARCHIVE),
        ("sos_commands/kernel/uname", MemberRank.UNKNOWN),
        ("cluster-scoped-resources/core/nodes/web01.yaml", MemberRank.MANIFEST),
    ],
)
def test_logs_promise_the_most(path: str, rank: MemberRank) -> None:
    assert rank_of(path) is rank
