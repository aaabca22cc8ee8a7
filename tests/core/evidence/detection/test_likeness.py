"""What people drop beside logs: each is told from what it looks like at first."""

import time

import pytest

from core.evidence.catalogue import extractors
from core.evidence.detection.choosing import detect
from core.evidence.extractor import Head

_COMMENTED_JSON = '{\n  // for editors\n  "options": {"target": "es2020", "strict": true},\n}\n'
_RST = "Title\n=====\n\n.. code-block:: sh\n\n   make up\n\nSee :ref:`there`.\n"
_LISTED = (
    "NAME    READY   STATUS    AGE\nweb-1   0/1     Pending   1h\ndb-0    1/1     Running   5d\n"
)
_SAR = (
    "Linux 6.1 (web)  11/17/2026  _x86_64_  (4 CPU)\n\n"
    "12:00:01 AM     CPU     %user   %system     %idle\n"
    "12:10:01 AM     all      5.10      1.20     93.40\n"
)
_IOSTAT = (
    "avg-cpu:  %user   %nice\n           5.10    0.00\n\nDevice  tps  kB_read/s\nsda  3.1  2.0\n"
)
_JFR = (
    "jdk.ExecutionSample {\n  startTime = 12:00:00.000\n  stackTrace = [\n    a.B.c(int)\n  ]\n}\n"
)
_CLOUD = '{"timeSeries":[{"metric":{"type":"a"},"points":[{"value":{"doubleValue":1.5}}]}]}'
_FREE = "        total   used    free\nMem:    16265   8000    1000\nSwap:    2097      0    2097\n"
_BUILD = "gcc -c a.c\na.c:3:1: error: expected ; before }\nmake: *** [Makefile:3: a.o] Error 1\n"
_EVENTS = "<Event xmlns='x'><System><Level>2</Level></System></Event>\n" * 3
_AUDIT = (
    '{"verb":"get","requestURI":"/api","stageTimestamp":"2026-11-17T02:41:07Z","level":"M"}\n' * 3
)
_SEGMENT = '{"trace_id":"1-57","id":"de","name":"api","start_time":1.5,"end_time":2.5}'
_SPAN = '{"name":"op","context":{"trace_id":"0xab","span_id":"0x1","trace_state":"[]"},"kind":"x"}'


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("options.txt", _COMMENTED_JSON, "config"),
        ("doc.rst", _RST, "text"),
        ("pods.txt", _LISTED, "text"),
        ("sar", _SAR, "metric"),
        ("iostat.log", _IOSTAT, "metric"),
        ("free.txt", _FREE, "metric"),
        ("cloud.json", _CLOUD, "metric"),
        ("jfr.txt", _JFR, "profile"),
        ("build", _BUILD, "log"),
        ("events.xml", _EVENTS, "log"),
        ("audit.json", _AUDIT, "log"),
        ("segment.json", _SEGMENT, "trace"),
        ("span.txt", _SPAN, "trace"),
    ],
)
def test_what_is_dropped_beside_logs(name: str, text: str, kind: str) -> None:
    assert detect(Head(text.encode(), name), extractors()).data_type.value == kind


@pytest.mark.parametrize("line", ["A" + "  A" * 20_000 + "!", "A " * 30_000 + "!", ", " * 30_000])
def test_a_long_heading_takes_no_longer_than_other_lines(line: str) -> None:
    began = time.process_time()
    detect(Head(line.encode(), "list"), extractors())
    assert time.process_time() - began < 5
