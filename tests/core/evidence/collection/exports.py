"""What systems export in JSON, and profiles as text."""

from __future__ import annotations

import cProfile
import io
import json
import pstats

START = 1_794_883_267


def files() -> dict[str, dict[str, str | bytes]]:
    return {
        "trace": {name: json.dumps(document, indent=1) for name, document in _traces().items()},
        "metric": {name: json.dumps(document) for name, document in _metrics().items()},
        "log": {name: json.dumps(document, indent=2) for name, document in _logs().items()},
        "code": {"analysis": json.dumps(_NOTEBOOK, indent=1)},
        "profile": _profiles(),
    }


_RESOURCE = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
_NOTEBOOK = {
    "cells": [{"cell_type": "code", "source": ["1 + 1"], "outputs": [], "metadata": {}}],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def _traces() -> dict[str, object]:
    span = {"traceId": "ab" * 16, "spanId": "cd" * 8, "name": "GET /basket", "kind": 2}
    nanos = {"startTimeUnixNano": f"{START}000000000", "endTimeUnixNano": f"{START}900000000"}
    jaeger = {
        "traceID": "ab" * 8,
        "spanID": "cd" * 8,
        "operationName": "put",
        "references": [],
        "startTime": START * 1_000_000,
        "duration": 1200,
        "tags": [],
        "logs": [],
        "processID": "p1",
    }
    zipkin = {
        "traceId": "ab" * 8,
        "id": "cd" * 8,
        "name": "put",
        "timestamp": START * 1_000_000,
        "duration": 900,
        "localEndpoint": {"serviceName": "shop"},
    }
    return {
        "spans": {
            "resourceSpans": [
                {"resource": _RESOURCE, "scopeSpans": [{"spans": [{**span, **nanos}]}]}
            ]
        },
        "trace.txt": {
            "data": [
                {
                    "traceID": "ab" * 8,
                    "spans": [jaeger] * 3,
                    "processes": {"p1": {"serviceName": "shop", "tags": []}},
                }
            ]
        },
        "zipkin.log": [zipkin] * 3,
        "nested": [[zipkin] * 2, [zipkin]],
        "flat.json": [
            {"trace_id": "ab", "span_id": str(n), "parent_span_id": "1", "duration_ms": n}
            for n in range(9)
        ],
    }  # fmt: skip


def _metrics() -> dict[str, object]:
    points = [[START + 15 * n, str(n % 5)] for n in range(20)]
    return {
        "range": {
            "status": "success",
            "data": {
                "resultType": "matrix",
                "result": [{"metric": {"job": "a"}, "values": points}],
            },
        },
        "now.json": {
            "status": "success",
            "data": {"resultType": "vector", "result": [{"metric": {}, "value": points[0]}]},
        },
        "cloud": {
            "MetricDataResults": [
                {
                    "Id": "m1",
                    "Label": "cpu",
                    "Timestamps": ["2026-11-17T02:00:00Z"],
                    "Values": [4.2],
                }
            ]
        },
        "render": [{"target": "shop.cpu", "datapoints": [[1.5, START], [None, START + 60]]}],
        "otlp": {
            "resourceMetrics": [
                {
                    "resource": _RESOURCE,
                    "scopeMetrics": [{"metrics": [{"name": "cpu", "gauge": {}}]}],
                }
            ]
        },
    }


def _logs() -> dict[str, object]:
    return {
        "otlp-records": {
            "resourceLogs": [
                {"resource": _RESOURCE, "scopeLogs": [{"logRecords": [{"severityText": "INFO"}]}]}
            ]
        },
        "loki": {
            "status": "success",
            "data": {
                "resultType": "streams",
                "result": [{"stream": {"app": "shop"}, "values": [[f"{START}000000000", "up"]]}],
            },
        },
        "hits": {
            "took": 3,
            "hits": {
                "hits": [{"_source": {"@timestamp": "2026-11-17T02:00:00Z", "message": "up"}}]
            },
        },
        "cloud-events": {
            "events": [{"timestamp": START * 1000, "message": "up", "ingestionTime": 1}]
        },
        "records": [
            {"timestamp": "2026-11-17T02:00:00Z", "level": "info", "message": "up", "traceId": "ab"}
        ],
    }


def _profiles() -> dict[str, str | bytes]:
    frame = {"functionName": "put", "scriptId": "1", "url": "", "lineNumber": 3, "columnNumber": 1}
    node = {"id": 1, "callFrame": frame, "hitCount": 4, "children": []}
    return {
        "folded": "".join(f"main;serve;put_{n};lock {n + 1}\n" for n in range(9)),
        "node.cpuprofile": json.dumps(
            {"nodes": [node], "startTime": 1, "endTime": 9, "samples": [1], "timeDeltas": [4]}
        ),
        "scope.json": json.dumps(
            {
                "$schema": "https://www.speedscope.app/file-format-schema.json",
                "shared": {"frames": [{"name": "put"}]},
                "profiles": [{"type": "sampled", "name": "a", "samples": [[0]], "weights": [1]}],
            }
        ),
        "chrome": json.dumps(
            {"traceEvents": [{"name": "put", "ph": "X", "ts": n, "dur": 2, "pid": 1, "tid": 1}
                             for n in range(9)]}
        ),
        "valgrind.out": "version: 1\ncreator: callgrind\npid: 8\ncmd: ./shop\npositions: line\n"
        "events: Ir\n\nfl=basket.c\nfn=main\n9 40\ncfn=put\ncalls=2 14\n9 300\n\nfn=put\n14 150\n",
        "perf.txt": "".join(
            f"shop {n} [001] 81.{n:06}: cycles:u: \n\t    55d{n} put+0x1f (/usr/bin/shop)\n"
            f"\t    44e{n} main+0x9 (/usr/bin/shop)\n\n" for n in range(9)
        ),
        "stats": _by_cprofile(),
        "top": "Showing nodes accounting for 900ms, 90% of 1000ms total\n"
        "      flat  flat%   sum%        cum   cum%\n"
        "     500ms 50.00% 50.00%      600ms 60.00%  put\n"
        "     400ms 40.00% 90.00%      400ms 40.00%  runtime.lock\n",
    }  # fmt: skip


def _by_cprofile() -> str:
    profile = cProfile.Profile()
    profile.runcall(sorted, range(100), key=str)
    output = io.StringIO()
    pstats.Stats(profile, stream=output).print_stats()
    return output.getvalue()
