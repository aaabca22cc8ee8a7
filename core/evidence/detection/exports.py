"""Which system exported this JSON? Spans, log records, measurements, profiles, or settings.

Formats are known by the keys that their documentation names; where none fits, what an object has
tells: a span has a trace, an own id and a duration, a record of a log a time and a message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from core.evidence.detection.outline import ROOT, outline
from core.evidence.model import DataType

if TYPE_CHECKING:
    from core.evidence.detection.outline import Outline
    from core.evidence.extractor import Head

_KNOWN = 0.97
_BY_FIELDS = 0.93
_SETTINGS = 0.75
_CUT_OFF = 0.05  # less sure where the end was not seen


@dataclass(frozen=True)
class Export:
    """What a JSON text is, how sure that is, and why. `flat`: records lie in one list or line."""

    data_type: DataType
    confidence: float
    reason: str
    flat: bool = False


# A key that only this sort of export has, as a part of where something is.
_PLACES: tuple[tuple[re.Pattern[str], DataType, str], ...] = tuple(
    (re.compile(rf"(?:^|[.\]]){place}(?:$|\.|\[)"), data_type, reason)
    for place, data_type, reason in (
        ("resourceSpans", DataType.TRACE, "it is an OTLP export of spans"),
        ("scopeSpans", DataType.TRACE, "it is an OTLP export of spans"),
        ("resourceLogs", DataType.LOG, "it is an OTLP export of log records"),
        ("scopeLogs", DataType.LOG, "it is an OTLP export of log records"),
        ("resourceMetrics", DataType.METRIC, "it is an OTLP export of measurements"),
        ("scopeMetrics", DataType.METRIC, "it is an OTLP export of measurements"),
        (r"resourceProfiles", DataType.PROFILE, "it is an OTLP export of profiles"),
        (r"nodes\[\]\.callFrame", DataType.PROFILE, "it is a CPU profile of V8"),
        (r"head\.callFrame", DataType.PROFILE, "it is a heap profile of V8"),
        (r"snapshot\.meta\.node_fields", DataType.PROFILE, "it is a heap snapshot of V8"),
        (r"shared\.frames", DataType.PROFILE, "it is a profile of speedscope's"),
        (r"threads\[\]\.(?:samples|stackTable)", DataType.PROFILE, "it is a profile of Firefox"),
        (r"traceEvents", DataType.PROFILE, "it is a recording of trace events"),
        ("root_frame", DataType.PROFILE, "it is a profile of pyinstrument's"),
        (r"log\.entries\[\]\.request", DataType.LOG, "it is an archive of HTTP requests"),
        ("MetricDataResults", DataType.METRIC, "it is an answer of CloudWatch"),
        (r"Datapoints\[\]", DataType.METRIC, "it is an answer of CloudWatch"),
        (r"timeSeries\[\]\.points", DataType.METRIC, "it is an answer of Cloud Monitoring"),
        (r"Segments\[\]\.Document", DataType.TRACE, "it is an export of X-Ray"),
    )
)
_KEYS: tuple[tuple[frozenset[str], DataType, str], ...] = tuple(
    (frozenset(keys.split()), data_type, reason)
    for keys, data_type, reason in (
        ("traceID spanID operationName", DataType.TRACE, "it is an export of Jaeger's"),
        ("traceID spans", DataType.TRACE, "it is an export of Jaeger's"),
        ("traceId id localEndpoint", DataType.TRACE, "it is an export of Zipkin's"),
        ("traceId id timestamp duration", DataType.TRACE, "it is an export of Zipkin's"),
        ("traceId id annotations", DataType.TRACE, "it is an export of Zipkin's"),
        ("trace_id id start_time name", DataType.TRACE, "it is a segment of X-Ray's"),
        ("trace_id span_id trace_state", DataType.TRACE, "it is a span of OpenTelemetry's"),
        ("resultType result", DataType.METRIC, "it is an answer of Prometheus"),
        ("target datapoints", DataType.METRIC, "it is an answer of Graphite"),
        ("metric dps", DataType.METRIC, "it is an answer of OpenTSDB"),
        ("metric pointlist", DataType.METRIC, "it is an answer of Datadog"),
        ("series statement_id", DataType.METRIC, "it is an answer of InfluxDB"),
        ("frames samples mode", DataType.PROFILE, "it is a profile of stackprof's"),
        ("cells nbformat", DataType.CODE, "it is a notebook"),
        ("ph ts pid", DataType.PROFILE, "it is a recording of trace events"),
        ("requestURI verb stageTimestamp", DataType.LOG, "it is an audit log of Kubernetes"),
        ("eventTime eventName eventSource", DataType.LOG, "it is an audit log of a cloud"),
    )
)


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_TIMES = _set(
    "time timestamp ts date datetime starttime endtime starttimeunixnano start startedat "
    "starttimemillis begin startdatetime end endtimeunixnano"
)
_STAMPS = _set(
    "time timestamp ts @timestamp t date datetime eventtime timemillis asctime $date "
    "lasttimestamp realtimetimestamp"
)
_MESSAGES = _set("message msg log body event text messages line content summary")
_LEVELS = _set("level severity lvl loglevel levelname priority severitytext s")
_TRACES = frozenset(("traceid",))
_SPANS = frozenset(("spanid",))
_OF_SPANS = _set(
    "duration durationms durationnano durationnanos durationus endtime endtimeunixnano "
    "starttimeunixnano operationname operation parentid parentspanid spankind references "
    "startepochnanos latency"
)
_VALUES = _set("value values average sum mean count avg min max p99 p95 maximum")
_PUNCTUATION = re.compile(r"[-_. ]")


@lru_cache(maxsize=1)  # every extractor asks about the same head
def find_export(head: Head) -> Export | None:
    """None where the text is no JSON. What is JSON and no export holds settings, most likely."""
    text = head.seen.strip().removeprefix("\ufeff")
    if not text.startswith(("{", "[")):
        return None
    found = outline(text)
    if not found.sound or not (found.objects or found.lists):
        return None
    export = _streamed(found) or _by_place(found) or _by_keys(found) or _by_fields(found)
    if export is not None:
        return export
    if found.documents > 1 or (head.whole and not found.whole and found.documents == 0):
        return Export(DataType.CONFIG, 0.4, "it is JSON")
    sure = _SETTINGS if found.whole else _SETTINGS - _CUT_OFF
    return Export(DataType.CONFIG, sure if found.objects else 0.4, "it is one JSON document")


def _streamed(found: Outline) -> Export | None:
    """Loki answers with log lines in the form of Prometheus."""
    if "streams" in (found.values.get("data.resultType"), found.values.get("resultType")):
        return Export(DataType.LOG, _KNOWN, "it is an answer of Loki")
    return None


def _by_place(found: Outline) -> Export | None:
    places = {*found.objects, *found.lists}
    places |= {f"{place}.{key}" for place, keys in found.objects.items() for key in keys}
    joined = "\n".join(place.lstrip(".") for place in sorted(places))
    for pattern, data_type, reason in _PLACES:
        if any(pattern.search(line) for line in joined.split("\n")):
            return Export(data_type, _KNOWN, reason)
    return None


def _by_keys(found: Outline) -> Export | None:
    for needed, data_type, reason in _KEYS:
        if any(needed <= keys for keys in found.objects.values()):
            return Export(data_type, _KNOWN, reason)
    return None


def _by_fields(found: Outline) -> Export | None:
    for place, keys in found.objects.items():
        if place != ROOT and not place.endswith("[]") and "[]." not in place:
            continue
        export = _of_record({_plain(key) for key in keys}, place)
        if export is not None and (place != ROOT or found.documents > 1):
            return export
    return None


def _of_record(keys: set[str], place: str) -> Export | None:
    """keys: in small letters, without punctuation."""
    speaks = keys & _MESSAGES or keys & _LEVELS
    if keys & _TRACES and keys & _SPANS and keys & _OF_SPANS and not speaks:
        return Export(DataType.TRACE, _BY_FIELDS, "it lists spans")
    if keys & _STAMPS and speaks:
        flat = place in {ROOT, "[]"}
        return Export(DataType.LOG, _BY_FIELDS, "it lists records with a time and a message", flat)
    if keys & (_STAMPS | _TIMES) and keys & _VALUES:
        return Export(DataType.METRIC, 0.8, "it lists values with a time")
    return None


def _plain(key: str) -> str:
    return _PUNCTUATION.sub("", key).lower() if key != "@timestamp" else key
