"""What people drop beside logs: each is told from what it looks like at first."""

import time

import pytest

from core.evidence.extractor import Head, extractors
from core.evidence.pipeline import detect

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
_LEEF = "LEEF:2.0|Acme|IDS|1.9|4|^|src=10.0.0.1^dst=10.9.9.9^sev=5\n" * 3
_W3C = "#Version: 1.0\n#Fields: date time sc-status\n2026-11-03\t14:01:13\t200\n" * 3
_FLOW = "2 1234 eni-1 10.0.1.4 10.0.2.7 4001 5432 6 3 290 1762178531 1762178591 REJECT OK\n" * 4
_PANIC = "panic: nil map\n\ngoroutine 1 [running]:\nmain.main()\n\t/a/q.go:3 +0x2e\nexit status 2\n"
_GROUP = (
    "  + Exception Group Traceback (most recent call last):\n"
    '  |   File "/a.py", line 3, in f\n  | X: x\n'
)
_SANITIZER = (
    "=====\n==22==ERROR: AddressSanitizer: use-after-free on 0x6\n    #0 0x4c1 in push /a.c:8\n"
)
_JVM = (
    "#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n#  SIGSEGV (0xb)\n"
)
_SWIFT = "Fatal error: nil: file A.swift, line 1\n0   App   0x0000000104a1b2c3 Cart.add + 120\n"
_LS = "total 8\ndrwxr-xr-x 2 root root 4096 Nov 20 14:15 a\n-rw-r--r-- 1 root root 9 May 1 2025 b\n"
_PLAN = (
    " Seq Scan on a  (cost=0.00..35.50 rows=10 width=4)\n   Filter: (id > 3)\n Planning Time: 0.1\n"
)
_ASSEMBLER = (
    "main:\n\tpushq\t%rbp\n\tmovq\t%rsp, %rbp\n\tcall\tputs\n\tret\n\t.size\tmain, .-main\n"
)
_LIMITS = "* soft nofile 65536\n@ops hard nproc unlimited\nroot - maxlogins 4\n"
_ZONE = "$TTL 86400\n@ IN SOA a. b. ( 1 2 3 4 5 )\nwww IN A 10.0.0.3\n"
_SPANS_OF_TIME = (
    "--- Execution profile ---\nTotal samples : 9\n\n--- 40 ns (50.7%), 4 samples\n  [ 0] a.b\n"
)


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
        ("devices.txt", _LEEF, "log"),
        ("edge", _W3C, "log"),
        ("flow.txt", _FLOW, "log"),
        ("crash", _PANIC, "log"),
        ("group", _GROUP, "log"),
        ("sanitizer.txt", _SANITIZER, "log"),
        ("jvm", _JVM, "log"),
        ("died.txt", _SWIFT, "log"),
        ("files.txt", _LS, "text"),
        ("plan", _PLAN, "text"),
        ("a.s", _ASSEMBLER, "code"),
        ("limits", _LIMITS, "config"),
        ("zone", _ZONE, "config"),
        ("hot", _SPANS_OF_TIME, "profile"),
        ("one", "nameserver 10.0.0.53\n", "config"),
        ("settings", "port 6379\ntimeout 0\nappendonly yes\nmaxmemory 2gb\n", "config"),
        ("words.txt", "alice\nbob\ncarol\n", "text"),
        ("said.txt", "bad at it.\n", "text"),
    ],
)
def test_what_is_dropped_beside_logs(name: str, text: str, kind: str) -> None:
    assert detect(Head(text.encode(), name), extractors()).data_type.value == kind


@pytest.mark.parametrize("line", ["A" + "  A" * 20_000 + "!", "A " * 30_000 + "!", ", " * 30_000])
def test_a_long_heading_takes_no_longer_than_other_lines(line: str) -> None:
    began = time.process_time()
    detect(Head(line.encode(), "list"), extractors())
    assert time.process_time() - began < 5
