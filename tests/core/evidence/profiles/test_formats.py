from __future__ import annotations

import cProfile
from typing import TYPE_CHECKING

import orjson
import pytest

from core.evidence.extractor import Head, extractors
from core.evidence.lines import read_head
from core.evidence.model import DataType, PlainFile
from core.evidence.pipeline import detect
from core.evidence.profiles.call_events import TimedCall, events_of_calls, stacks_of_events
from core.evidence.profiles.formats import ProfileFormat, detect_format
from tests.core.evidence.profiles.recorded import SAMPLES, read_text

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.iterdir()))
def test_every_recorded_profile_is_told_from_a_name_that_says_nothing(name: str) -> None:
    head = Head(read_head(PlainFile(SAMPLES / name), 65_536), "file.log")
    detected = detect(head, extractors())
    expected = DataType.TEXT if name == "README.md" else DataType.PROFILE
    assert detected.data_type is expected
    assert (detected.extractor == "profile") is (expected is DataType.PROFILE)


def test_a_dump_of_cprofile_is_told(tmp_path: Path) -> None:
    profile = cProfile.Profile()
    profile.runcall(sorted, range(100))
    profile.dump_stats(tmp_path / "x")
    raw = (tmp_path / "x").read_bytes()
    assert detect_format(Head(raw, "x")) is ProfileFormat.PYTHON_STATS


@pytest.mark.parametrize(
    "text",
    [
        "panic: runtime error\n\ngoroutine 7 [running]:\nmain.main()\n\t/app/main.go:7 +0x1d\n",
        "2026-11-22 17:00:00 INFO Full thread dump was written to /tmp/x\n" * 3,
        "a;b 12\nno stack at all\nneither is this\n",
        "Process 12: started\nProcess 13: started\n",
        '{"nodes": [{"name": "a"}]}',
        '{"traceEvents": 3, ',
        "num,bytes\n1,2\n",
    ],
)
def test_what_only_looks_like_one_is_left_to_others(text: str) -> None:
    form = detect_format(Head(text.encode(), "x"))
    assert form is None or form is ProfileFormat.TRACE_EVENTS


def test_frames_of_speedscope_may_come_last() -> None:
    schema = {"$schema": "https://www.speedscope.app/file-format-schema.json"}
    samples = [[0]] * 30_000
    head = orjson.dumps({**schema, "profiles": [{"samples": samples}], "shared": {"frames": []}})
    assert detect_format(Head(head[:65_536], "x")) is ProfileFormat.SPEEDSCOPE


def test_complete_events_lie_within_each_other() -> None:
    calls = [
        TimedCall(0, 100, "request", 1),
        TimedCall(10, 50, "query", 2),
        TimedCall(70, 10, "draw", 3),
    ]
    stacks = {
        tuple(frames): weight for frames, weight, _ in stacks_of_events(events_of_calls(calls))
    }
    assert stacks == {("request",): 20, ("request", "query"): 50, ("request", "draw"): 10}


def test_trace_events_without_times_that_fit_are_still_read(tmp_path: Path) -> None:
    events = [
        {"ph": "E", "ts": 5, "pid": 1, "tid": 1, "name": "never began"},
        {"ph": "B", "ts": 10, "pid": 1, "tid": 1, "name": "f"},
        {"ph": "E", "ts": 2_000_010, "pid": 1, "tid": 1, "name": "f"},
        {"ph": "X", "ts": 0, "dur": 3_000_000, "pid": 1, "tid": 2, "name": "g"},
        {"ph": "M", "ts": 0, "pid": 1, "tid": 2, "name": "thread_name", "args": {"name": "x"}},
    ]
    (profile,) = read_text(tmp_path / "t", orjson.dumps({"traceEvents": events}).decode()).profiles
    assert {stack.frames: stack.weight for stack in profile.stacks} == {("f",): 2.0, ("g",): 3.0}


def test_events_of_speedscope_are_read(tmp_path: Path) -> None:
    document = {
        "shared": {"frames": [{"name": "main"}, {"name": "pay", "file": "/srv/shop/pay.py"}]},
        "profiles": [
            {
                "type": "evented",
                "unit": "milliseconds",
                "events": [
                    {"type": "O", "frame": 0, "at": 0},
                    {"type": "O", "frame": 1, "at": 100},
                    {"type": "C", "frame": 1, "at": 400},
                    {"type": "C", "frame": 0, "at": 500},
                ],
            }
        ],
    }
    (profile,) = read_text(tmp_path / "t", orjson.dumps(document).decode()).profiles
    weights = {stack.frames: stack.weight for stack in profile.stacks}
    assert weights == {
        ("main",): pytest.approx(0.2),
        ("main", "pay (shop/pay.py)"): pytest.approx(0.3),
    }
