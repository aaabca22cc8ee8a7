from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.evidence.logs.templates import mine_templates
from core.evidence.model import Level, PlainFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from core.evidence.logs.templates import Labels, MinedLog

REFERENCE = datetime(2026, 11, 20, tzinfo=UTC)
START = datetime(2026, 11, 17, 2, 0, tzinfo=UTC)


def log(path: Path, *lines: str) -> MinedLog:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return mine_templates(PlainFile(path), reference=REFERENCE, keep_places=True)


def timed(seconds: float, text: str) -> str:
    return f"{START + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S.%fZ} {text}"


def test_counts_times_and_places_of_each_kind(tmp_path: Path) -> None:
    lines = [timed(30 * n, f"INFO api: request {n} took {n * 3} ms") for n in range(10)]
    lines[4] = timed(120, "ERROR api: pool is empty after 30000 ms")
    mined = log(tmp_path / "log", *lines)
    assert (mined.lines, mined.records) == (10, 10)
    assert (mined.first, mined.last) == (START, START + timedelta(seconds=270))
    usual, error = mined.templates
    assert (usual.pattern, usual.level, usual.count) == ("request * took *", Level.INFO, 9)
    assert (error.level, error.line, error.example) == (Level.ERROR, 5, lines[4])
    assert (error.first, error.last) == (START + timedelta(minutes=2),) * 2
    minute = int(START.timestamp()) // 60
    assert usual.minutes == {minute: 2, minute + 1: 2, minute + 2: 1, minute + 3: 2, minute + 4: 2}
    assert mined.places == (0, 0, 0, 0, 1, 0, 0, 0, 0, 0)
    raw = (tmp_path / "log").read_bytes()
    assert raw[error.byte_start : error.byte_end].decode() == lines[4] + "\n"


def test_the_same_message_at_another_level_is_another_kind(tmp_path: Path) -> None:
    mined = log(tmp_path / "log", timed(0, "INFO api: no answer"), timed(1, "WARN api: no answer"))
    assert [template.level for template in mined.templates] == [Level.INFO, Level.WARNING]


def test_lines_that_go_on_are_counted_with_their_record(tmp_path: Path) -> None:
    lines = []
    for n in range(5):
        lines += [timed(n, f"ERROR api: call {n} failed"), "java.io.IOException: closed"]
        lines += ["\tat com.shop.Api.call(Api.java:31)", "\tat com.shop.Main.main(Main.java:7)"]
    mined = log(tmp_path / "log", *lines)
    assert (mined.lines, mined.records) == (20, 5)
    starts = [template for template in mined.templates if template.start]
    assert [template.pattern for template in starts] == ["call * failed"]
    thrown = next(t for t in mined.templates if t.pattern.startswith("java.io"))
    assert thrown.first == START  # it has the time of its record
    assert thrown.level is Level.ERROR


def test_labels_keep_kinds_apart(tmp_path: Path) -> None:
    def label(lines: Sequence[tuple[str, Level | None]]) -> list[Labels]:
        return [("disk",) if "no space" in text else () for text, _ in lines]

    path = tmp_path / "log"
    words = ("memory", "space", "thing", "other", "host", "name")
    path.write_text("".join(timed(0, f"ERROR api: there is no {word} left\n") for word in words))
    mined = mine_templates(PlainFile(path), reference=REFERENCE, label=label)
    assert {(template.labels, template.count) for template in mined.templates} == {
        ((), 5),
        (("disk",), 1),
    }


def test_a_log_of_distinct_words_stays_small_and_keeps_what_matters(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("w") as file:
        for n in range(40_000):
            word = "".join(chr(97 + n // 26**place % 26) for place in range(4))
            file.write(timed(n / 100, f"INFO api: user {word} did {word[::-1]} with {word[1:]}x\n"))
            if n == 20_000:
                file.write(
                    timed(n / 100, "ERROR jvm: java.lang.OutOfMemoryError: Java heap space\n")
                )
    mined = mine_templates(PlainFile(path), reference=REFERENCE, notable=["outofmemoryerror"])
    assert mined.lines == 40_001
    assert sum(template.count for template in mined.templates) == 40_001
    assert len(mined.templates) < 100
    memory = [t for t in mined.templates if "OutOfMemoryError" in t.example]
    assert [(t.line, t.count, t.level) for t in memory] == [(20_002, 1, Level.ERROR)]


def test_an_empty_file_has_nothing(tmp_path: Path) -> None:
    (tmp_path / "log").touch()
    mined = mine_templates(PlainFile(tmp_path / "log"), reference=REFERENCE)
    assert (mined.templates, mined.lines, mined.records) == ((), 0, 0)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
@given(raw=st.one_of(st.binary(max_size=2000), st.text(max_size=800).map(str.encode)))
def test_any_bytes_are_counted(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"#" + raw)
    mined = mine_templates(PlainFile(path), reference=REFERENCE, keep_places=True)
    assert sum(template.count for template in mined.templates) == mined.lines == len(mined.places)


@pytest.mark.parametrize("line", ["x" * 3_000_000, "a b " * 500_000, "1 " * 900_000])
def test_one_huge_line(tmp_path: Path, line: str) -> None:
    mined = log(tmp_path / "log", line)
    assert mined.lines == 1
    assert len(mined.templates[0].example) < 10_000


def _letters(n: int, length: int) -> str:
    """Letters that are others for each `n`."""
    return "".join(chr(97 + (n * 7919 + 31 * n * n) // 26**place % 26) for place in range(length))


KINDS: dict[str, Callable[[int], str]] = {
    "words": lambda n: f"INFO {_letters(n, 4)} {_letters(n + 1, 5)} {_letters(n * 3, 4)} up",
    "few words": lambda n: "INFO " + " ".join(_letters(n // 20**k % 20, 3) for k in range(5)),
    "payloads": lambda n: f"INFO payload {_letters(n, 12)}",
    "hex": lambda n: f"INFO sent {n * 7919:016x}",
    "services": lambda n: f"INFO [{_letters(n, 5)}] api.{_letters(n, 6)}: user {_letters(n, 4)} in",
    "short": lambda n: _letters(n, 3),
    "long": lambda n: f"INFO {_letters(n, 3) * 40}" * 2,
    "the same": lambda _: "INFO all is well",
}


def _known(lines: Sequence[tuple[str, Level | None]]) -> list[Labels]:
    return [("pool",) if "poolexhausted" in text else () for text, _ in lines]


@pytest.mark.parametrize("kind", KINDS)
def test_counts_add_up_and_a_known_failure_is_found(tmp_path: Path, kind: str) -> None:
    lines = [timed(n / 100, KINDS[kind](n)) for n in range(12_000)]
    words = KINDS[kind](9_000).split(" ")
    words[min(2, len(words) - 1)] = "poolexhausted"  # it has as many words as the others
    lines[9_000] = timed(90, " ".join(words))
    path = tmp_path / "log"
    path.write_text("\n".join(lines) + "\n")
    mined = mine_templates(
        PlainFile(path),
        reference=REFERENCE,
        notable=["poolexhausted"],
        label=_known,
        keep_places=True,
    )
    assert sum(template.count for template in mined.templates) == mined.lines == len(lines)
    assert sum(template.count for template in mined.templates if template.start) == mined.records
    assert sum(sum(t.minutes.values()) for t in mined.templates) == mined.lines
    assert len(mined.places) == mined.lines
    known = [t for t in mined.templates if "poolexhausted" in t.example]
    assert [(t.line, t.count, t.example) for t in known] == [(9_001, 1, lines[9_000])]
    raw = path.read_bytes()
    for template in mined.templates:
        line = raw[template.byte_start : template.byte_end].decode()
        assert line.removesuffix("\n") == template.example == lines[template.line - 1]


def test_failures_that_only_words_tell_are_counted_apart(tmp_path: Path) -> None:
    """Words of which no two are the same, without levels: one in a hundred failed."""
    did = [_letters(n * 7, 4) if n % 100 else "failed" for n in range(12_000)]
    lines = [timed(n, f"{_letters(n, 5)} {did[n]} {_letters(n + 9, 4)}") for n in range(12_000)]
    mined = log(tmp_path / "log", *lines)
    failed = [template for template in mined.templates if template.level is Level.ERROR]
    assert sum(template.count for template in failed) == did.count("failed")


def test_services_without_end_stay_small(tmp_path: Path) -> None:
    lines = [
        f'{{"ts":"2026-11-17T02:00:00Z","level":"{_letters(n, 4)}","app":"{_letters(n * 3, 6)}",'
        f'"msg":"request is done"}}'
        for n in range(40_000)
    ]
    lines[30_000] = lines[30_000].replace(_letters(30_000, 4), "fatal")
    mined = log(tmp_path / "log", *lines)
    assert sum(template.count for template in mined.templates) == len(lines)
    assert len(mined.templates) <= 10_000
    assert [t.line for t in mined.templates if t.level is Level.FATAL] == [30_001]


def test_statements_of_a_database_are_one_kind_and_no_other(tmp_path: Path) -> None:
    mined = log(
        tmp_path / "log",
        *(
            f"2026-11-17 02:00:0{n}.123 UTC [{n}] ann@lamps {text}"
            for n, text in enumerate(
                (
                    "ERROR:  relation does not exist at character 15",
                    "STATEMENT:  select * from lamps;",
                    "ERROR:  relation does not exist at character 12",
                    "STATEMENT:  drop table lamp;",
                    "LOG:  statement: drop table lamps;",
                )
            )
        ),
    )
    assert [template.pattern for template in mined.templates] == [
        "relation does not exist at character *",
        "STATEMENT: *",
        "statement: *",
    ]
