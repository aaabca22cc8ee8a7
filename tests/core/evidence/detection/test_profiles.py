from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evidence.detection.profiles import detect_by_bytes, is_gperftools, is_pprof, score_profile
from core.evidence.detection.sample import Sample
from core.evidence.extractor import Head
from core.evidence.model import DataType
from tests.core.evidence.collection import binary

FILES = binary.files()
PPROF = gzip.decompress(bytes(FILES["profile"]["heap.pb.gz"]))  # type: ignore[arg-type]


def test_a_profile_of_pprof_is_known_by_its_fields_wherever_it_is_cut() -> None:
    assert is_pprof(PPROF)
    known = [end for end in range(20, len(PPROF)) if is_pprof(PPROF[:end])]
    assert len(known) > 0.2 * len(PPROF)


@pytest.mark.parametrize("kind", ["binary", "image", "archive"])
def test_other_bytes_are_no_profile(kind: str) -> None:
    for name, content in FILES[kind].items():
        raw = content.encode() if isinstance(content, str) else content
        assert not is_pprof(raw), name
        assert not is_gperftools(raw), name


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading_of_fields(raw: bytes) -> None:
    for mark in (b"", b"\x0a", PPROF[:12]):
        assert is_pprof(mark + raw) in {True, False}
        assert is_gperftools(mark + raw) in {True, False}


@given(st.binary(max_size=300))
def test_bytes_say_something_or_are_text(raw: bytes) -> None:
    detection = detect_by_bytes(Head(raw))
    assert detection is None or detection.data_type in DataType


@given(st.lists(st.text(st.sampled_from("ab;. 1\t()0x")), max_size=20))
def test_lines_are_judged_from_0_to_1(lines: list[str]) -> None:
    assert 0 <= score_profile(Sample(lines)).score <= 1
