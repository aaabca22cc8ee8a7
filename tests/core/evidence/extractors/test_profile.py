from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.evidence.model import DataType, FindingKind, Level, PlainFile
from core.evidence.pipeline import extract
from core.redaction.engine import Redactor
from tests.core.evidence.profiles.recorded import SAMPLES, extracted

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.model import Extraction


def texts(extraction: Extraction, kind: FindingKind) -> list[str]:
    return [finding.text.text for finding in extraction.findings if finding.kind is kind]


def test_a_profile_names_its_heaviest_function_with_its_caller_and_figures() -> None:
    extraction = extracted(SAMPLES / "python.folded")
    assert (extraction.data_type, extraction.extractor) == (DataType.PROFILE, "profile")
    first = texts(extraction, FindingKind.PROFILE)[0]
    assert first == (
        "61 % of CPU time is in `price.<locals>.<genexpr> (shop.py)` under `price (shop.py)`"
        " (30 of 49 samples)"
    )
    finding = extraction.findings[0]
    assert (finding.locus.label, finding.level) == ("python.folded:4", Level.WARNING)
    assert (finding.service, extraction.service) == ("shop", "shop")


def test_the_heaviest_path_goes_from_the_caller_inwards() -> None:
    path = texts(extracted(SAMPLES / "go-cpu.pb.gz"), FindingKind.PROFILE)[-1]
    assert path == "Heaviest path, 79 % of CPU time: main.main → main.renderCart → main.price"


def test_of_a_binary_format_a_finding_is_at_a_stack() -> None:
    extraction = extracted(SAMPLES / "go-heap.pb.gz")
    finding = extraction.findings[0]
    assert finding.text.text.startswith("77 % of memory in use is in `main.remember`")
    assert finding.locus.series == f"stack {finding.locus.line_start}"
    assert 1 <= finding.locus.line_start <= extraction.lines


def test_a_deadlock_names_both_threads_and_is_a_known_failure() -> None:
    extraction = extracted(SAMPLES / "java-threads.txt")
    deadlock, wanted = (
        finding for finding in extraction.findings if finding.kind is FindingKind.THREADS
    )
    assert deadlock.text.text == (
        "Deadlock of 2 threads: `reserve-1` waits for `book-1` in `Shop.reserve`;"
        " `book-1` waits for `reserve-1` in `Shop.book`"
    )
    assert (deadlock.level, deadlock.signals) == (Level.ERROR, ("deadlock_in_code",))
    assert wanted.text.text == (
        "5 threads wait in `Shop.borrow` for the lock `java.lang.Object`"
        " that `worker-0` holds in `Shop.sleep`"
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("goroutine-counts.txt", "25 of 31 goroutines wait in `main.waitForOrder`"),
        (
            "goroutines.txt",
            "4 of 31 goroutines wait in `main.waitForLock`, for up to 2 min: sync.Mutex.Lock",
        ),
        ("python-threads.txt", "4 of 7 threads wait in `reserve (stuck.py:4)`: idle"),
    ],
)
def test_crowds_of_threads_are_told(name: str, expected: str) -> None:
    assert expected in texts(extracted(SAMPLES / name), FindingKind.THREADS)


def test_a_summary_says_what_to_bring() -> None:
    extraction = extracted(SAMPLES / "java-summary.txt")
    assert extraction.findings == ()
    assert "jfr print" in (extraction.problem or "")


def test_secrets_in_names_of_functions_do_not_pass(tmp_path: Path) -> None:
    made_up = "AKIA" + "Z7Q4" * 4
    path = tmp_path / "stacks.txt"
    path.write_text(f"main;pay;call_{made_up} 31\nmain;pay;db 7\n")
    extraction = extracted(path)
    assert extraction.findings
    assert made_up not in repr(extraction)


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("checkout.cpu.pb.gz", "checkout"),
        ("checkout-heap-2.pprof", "checkout"),
        ("checkout/cpu.pb.gz", "checkout"),
        ("billing-db-2.cpu.pb.gz", "billing-db-2"),
        ("cpu.pb.gz", None),
    ],
)
def test_whose_it_is_stands_in_its_name(name: str, service: str | None) -> None:
    original = PlainFile(SAMPLES / "go-cpu.pb.gz")
    extraction = extract(original, name=name, service=None, redactor=Redactor(b"key"))
    assert extraction.service == service
    assert {finding.service for finding in extraction.findings} == {service}
