"""Who holds a lock of PostgreSQL, read from lines as server 15 writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.evidence.extractor import Detected
from core.evidence.extractors.log import LogExtractor
from core.evidence.model import DataType
from tests.core.evidence.exhibits import exhibit

if TYPE_CHECKING:
    from pathlib import Path

AT = "2026-03-04 02:17:01.807 UTC"
STARTED = f"{AT} [1] LOG:  database system is ready to accept connections"
ASKED = "[228] portal@shop/portal"
WAIT = f"{AT} {ASKED} LOG:  process 228 still waiting for ShareLock on relation 7 after 1000.1 ms"
DETAIL = f"{AT} {ASKED} DETAIL:  Process holding the lock: 1263. Wait queue: 228, 229."
SEVERAL = f"{AT} {ASKED} DETAIL:  Processes holding the lock: 1263, 9. Wait queue: 228."
QUERY = f"{AT} {ASKED} STATEMENT:  SELECT id"


def waits_told(path: Path, lines: list[str]) -> list[str]:
    path.write_text("\n".join([STARTED, *lines]) + "\n", encoding="utf-8")
    log = exhibit(path, Detected(DataType.LOG, 0.95, "log"), name="db.log", service="db")
    texts = (finding.text.text for finding in LogExtractor().extract(log).findings)
    return [text for text in texts if "still waiting" in text]


@pytest.mark.parametrize(
    ("own", "who"),
    [
        (f"{AT} [1263] billing@shop/[unknown] LOG:  connection authorized", " (billing@shop)"),
        (f"{AT} [1263] dana@shop psql LOG:  statement: lock table seats", " (dana@shop psql)"),
        (f"{AT} [126] dana@shop/psql LOG:  statement: select 1", ""),
        (f"{AT} [1263] LOG:  process 1263 acquired ShareLock", ""),
    ],
)
@pytest.mark.parametrize("detail", [DETAIL, SEVERAL])
def test_the_holder_is_told_with_the_wait(tmp_path: Path, own: str, who: str, detail: str) -> None:
    (text,) = waits_told(tmp_path / "db.log", [own, WAIT, detail, QUERY])
    assert text == f"{WAIT}; held by process 1263{who}"


def test_what_the_holder_says_later_tells_who_it_is(tmp_path: Path) -> None:
    later = f"{AT} [1263] dana@shop LOG:  duration: 6004.016 ms  statement: select pg_sleep(6)"
    (text,) = waits_told(tmp_path / "db.log", [WAIT, DETAIL, *[QUERY] * 50, later])
    assert text.endswith("; held by process 1263 (dana@shop)")


def test_a_wait_whose_holder_is_not_named_is_told_as_it_stands(tmp_path: Path) -> None:
    assert waits_told(tmp_path / "db.log", [WAIT, QUERY, QUERY, QUERY, DETAIL]) == [WAIT]
