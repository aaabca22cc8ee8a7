"""Detects what a JSON text is: exported spans, logs, metrics or profiles, or settings.

Formats are known by the keys that their documentation names; where none fits, what an object has
tells: a span has a trace, an own id and a duration, a record of a log a time and a message.

Read token by token, without recursion: a text of brackets alone takes as long as any other.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from core.evidence.model import DataType
from core.text.sentences import Sentence, sentences

if TYPE_CHECKING:
    from core.evidence.extractor import Head

say = sentences("evidence.detection")

_KNOWN = 0.97
_BY_FIELDS = 0.93
_SETTINGS = 0.75
_CUT_OFF_PENALTY = 0.05  # subtracted where the end was not seen

# Paths of keys that only one sort of export has.
_PATHS: tuple[tuple[re.Pattern[str], DataType, Sentence], ...] = tuple(
    (re.compile(rf"(?:^|[.\]]){path}(?:$|\.|\[)"), data_type, reason)
    for path, data_type, reason in (
        ("resourceSpans", DataType.TRACE, say.later("otlp_spans")),
        ("scopeSpans", DataType.TRACE, say.later("otlp_spans")),
        ("resourceLogs", DataType.LOG, say.later("otlp_logs")),
        ("scopeLogs", DataType.LOG, say.later("otlp_logs")),
        ("resourceMetrics", DataType.METRIC, say.later("otlp_metrics")),
        ("scopeMetrics", DataType.METRIC, say.later("otlp_metrics")),
        (r"resourceProfiles", DataType.PROFILE, say.later("otlp_profiles")),
        (r"nodes\[\]\.callFrame", DataType.PROFILE, say.later("v8_cpu_profile")),
        (r"head\.callFrame", DataType.PROFILE, say.later("v8_heap_profile")),
        (r"snapshot\.meta\.node_fields", DataType.PROFILE, say.later("v8_heap_snapshot")),
        (r"shared\.frames", DataType.PROFILE, say.later("speedscope")),
        (r"threads\[\]\.(?:samples|stackTable)", DataType.PROFILE, say.later("firefox_profile")),
        (r"traceEvents", DataType.PROFILE, say.later("trace_events")),
        ("root_frame", DataType.PROFILE, say.later("pyinstrument")),
        (r"log\.entries\[\]\.request", DataType.LOG, say.later("http_archive")),
        ("MetricDataResults", DataType.METRIC, say.later("cloudwatch")),
        (r"Datapoints\[\]", DataType.METRIC, say.later("cloudwatch")),
        (r"timeSeries\[\]\.points", DataType.METRIC, say.later("cloud_monitoring")),
        (r"flamebearer", DataType.PROFILE, say.later("flame_graph")),
        (r"dhatFileVersion", DataType.PROFILE, say.later("flame_graph")),
        (r"dataForRoots\[\]\.commitData", DataType.PROFILE, say.later("flame_graph")),
        (r"(?:span|transaction)\.duration\.us", DataType.TRACE, say.later("lists_spans")),
        (r"TraceSummaries", DataType.TRACE, say.later("xray_export")),
        (r"Segments\[\]\.Document", DataType.TRACE, say.later("xray_export")),
    )
)
_KEY_SETS: tuple[tuple[frozenset[str], DataType, Sentence], ...] = tuple(
    (frozenset(keys.split()), data_type, reason)
    for keys, data_type, reason in (
        ("traceID spanID operationName", DataType.TRACE, say.later("jaeger")),
        ("traceID spans", DataType.TRACE, say.later("jaeger")),
        ("traceId id localEndpoint", DataType.TRACE, say.later("zipkin")),
        ("traceId id timestamp duration", DataType.TRACE, say.later("zipkin")),
        ("traceId id annotations", DataType.TRACE, say.later("zipkin")),
        ("trace_id id start_time name", DataType.TRACE, say.later("xray_segment")),
        ("traceId spans", DataType.TRACE, say.later("lists_spans")),
        ("traceSegmentId spans", DataType.TRACE, say.later("lists_spans")),
        ("traceID rootServiceName", DataType.TRACE, say.later("lists_spans")),
        ("SpanContext StartTime", DataType.TRACE, say.later("opentelemetry_span")),
        ("trace_id parent_id duration", DataType.TRACE, say.later("lists_spans")),
        ("trace_id id duration transaction_id", DataType.TRACE, say.later("lists_spans")),
        ("trace_id id duration span_count", DataType.TRACE, say.later("lists_spans")),
        ("trace.id id attributes", DataType.TRACE, say.later("lists_spans")),
        ("trace.id duration.ms", DataType.TRACE, say.later("lists_spans")),
        ("trace.trace_id trace.span_id", DataType.TRACE, say.later("lists_spans")),
        ("operation_Id operation_ParentId duration", DataType.TRACE, say.later("lists_spans")),
        ("trace_id span_id start_timestamp", DataType.TRACE, say.later("lists_spans")),
        ("contexts spans start_timestamp", DataType.TRACE, say.later("lists_spans")),
        ("span_guid trace_guid", DataType.TRACE, say.later("lists_spans")),
        ("t s n ts d", DataType.TRACE, say.later("lists_spans")),
        ("endpointNames duration traceIds", DataType.TRACE, say.later("lists_spans")),
        ("trace_id span_id trace_state", DataType.TRACE, say.later("opentelemetry_span")),
        ("resultType result", DataType.METRIC, say.later("prometheus")),
        ("target datapoints", DataType.METRIC, say.later("graphite")),
        ("metric dps", DataType.METRIC, say.later("opentsdb")),
        ("metric pointlist", DataType.METRIC, say.later("datadog")),
        ("series statement_id", DataType.METRIC, say.later("influxdb")),
        ("frames samples mode", DataType.PROFILE, say.later("stackprof")),
        ("name value children", DataType.PROFILE, say.later("flame_graph")),
        ("ct wt", DataType.PROFILE, say.later("flame_graph")),
        ("sampleType stringTable", DataType.PROFILE, say.later("flame_graph")),
        ("elapsed_time_sec files", DataType.PROFILE, say.later("flame_graph")),
        ("total_allocations top_locations_by_size", DataType.PROFILE, say.later("flame_graph")),
        ("cells nbformat", DataType.CODE, say.later("notebook")),
        ("ph ts pid", DataType.PROFILE, say.later("trace_events")),
        ("requestURI verb stageTimestamp", DataType.LOG, say.later("kubernetes_audit")),
        ("eventTime eventName eventSource", DataType.LOG, say.later("cloud_audit")),
    )
)
_TRACE_IDS = frozenset(("traceid",))
_SPAN_IDS = frozenset(("spanid",))
_PUNCTUATION = re.compile(r"[-_. ]")

MAX_DEPTH = 12  # deeper keys are not looked at
_TOKEN = re.compile(r'\s*+(?:"((?:[^"\\]|\\.)*+)("?)|([\[\]{},:])|([^\s\[\]{},:"]++))', re.DOTALL)
_SCALAR = re.compile(
    r"true|false|null|NaN|-?Infinity|-?(?:0|[1-9]\d*+)(?:\.\d++)?(?:[eE][-+]?\d++)?"
)
_CLOSES = {"}": "{", "]": "["}
ROOT = ""
_LONGEST_VALUE = 200
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\d{10}(?:\d{3})?$")


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


_TIMES = _words(
    "time timestamp ts date datetime starttime endtime starttimeunixnano start startedat "
    "starttimemillis begin startdatetime end endtimeunixnano"
)
_TIMESTAMPS = _words(
    "time timestamp ts @timestamp t date datetime eventtime timemillis asctime $date "
    "lasttimestamp realtimetimestamp"
)
_MESSAGES = _words("message msg log body event text messages line content summary")
_LEVELS = _words("level severity lvl loglevel levelname priority severitytext s")
_SPAN_FIELDS = _words(
    "duration durationms durationnano durationnanos durationus endtime endtimeunixnano "
    "starttimeunixnano operationname operation parentid parentspanid spankind references "
    "startepochnanos latency"
)
_VALUES = _words("value values average sum mean count avg min max p99 p95 maximum")


@dataclass(frozen=True)
class Export:
    """The type of a JSON text, with confidence and reason.

    `flat`: its records lie in one list, or one a line.
    """

    data_type: DataType
    confidence: float
    reason: str
    flat: bool = False


@lru_cache(maxsize=1)  # every extractor asks about the same head
def find_export(head: Head) -> Export | None:
    """Return what the JSON in a head is; None where the text is no JSON.

    JSON that is no known export is most likely configuration.
    """
    text = head.seen.strip().removeprefix("\ufeff")
    if not text.startswith(("{", "[")):
        return None
    document = outline(text)
    if not document.sound or not (document.objects or document.lists):
        return None
    of_lines = document.documents > 1 or "\n" not in text
    export = (
        _streamed(document)
        or _by_path(document)
        or _by_keys(document)
        or _by_fields(document, of_lines=of_lines)
    )
    if export is not None:
        return export
    if document.documents > 1 or (head.whole and not document.whole and document.documents == 0):
        return Export(DataType.CONFIG, 0.4, say.raw("json"))
    confidence = _SETTINGS if document.whole else _SETTINGS - _CUT_OFF_PENALTY
    return Export(
        DataType.CONFIG, confidence if document.objects else 0.4, say.raw("json_document")
    )


@dataclass
class Outline:
    """The structure of a text of one JSON document, or of several one after the other.

    `objects`: the path of objects (`data[].spans[]`; ROOT is the document itself) → their keys.
    `lists`: the paths of arrays. `values`: some strings, by path. `sound`: the text is valid
    JSON as far as it goes. `whole`: it is sound and ends where a document ends.
    """

    objects: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    lists: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)
    documents: int = 0
    sound: bool = True
    whole: bool = False


def outline(text: str) -> Outline:
    """Return the structure of a text that begins with a bracket."""
    reader = _OutlineReader()
    for token in _TOKEN.finditer(text):
        if not reader.take(token):
            reader.outline.sound = False
            break
    reader.outline.whole = reader.outline.sound and not reader.open and reader.outline.documents > 0
    return reader.outline


def _streamed(document: Outline) -> Export | None:
    """Recognise an answer of Loki: log lines in the format of Prometheus."""
    if "streams" in (document.values.get("data.resultType"), document.values.get("resultType")):
        return Export(DataType.LOG, _KNOWN, say.raw("loki"))
    return None


def _by_path(document: Outline) -> Export | None:
    paths = {*document.objects, *document.lists}
    paths |= {f"{path}.{key}" for path, keys in document.objects.items() for key in keys}
    joined = "\n".join(path.lstrip(".") for path in sorted(paths))
    for pattern, data_type, reason in _PATHS:
        if any(pattern.search(line) for line in joined.split("\n")):
            return Export(data_type, _KNOWN, reason().text)
    return None


def _by_keys(document: Outline) -> Export | None:
    for needed, data_type, reason in _KEY_SETS:
        if any(needed <= keys for keys in document.objects.values()):
            return Export(data_type, _KNOWN, reason().text)
    return None


def _by_fields(document: Outline, *, of_lines: bool) -> Export | None:
    """of_lines: whether a document may be a line of many; one alone must tell a moment."""
    for path, keys in document.objects.items():
        if path != ROOT and not path.endswith("[]") and "[]." not in path:
            continue
        export = _by_record({_normalised(key) for key in keys}, path)
        if export is not None and (path != ROOT or document.documents > 1):
            return export
        if export is not None and of_lines and _tells_a_moment(document):
            return export
    return None


def _tells_a_moment(document: Outline) -> bool:
    return any(
        _MOMENT.match(value)
        for path, value in document.values.items()
        if _normalised(path.lstrip(".")) in _TIMESTAMPS
    )


def _by_record(keys: set[str], path: str) -> Export | None:
    """Recognise the records of an export by their keys.

    keys: in lower case, without punctuation. path: where the records are.
    """
    has_text = keys & _MESSAGES or keys & _LEVELS
    if keys & _TRACE_IDS and keys & _SPAN_IDS and keys & _SPAN_FIELDS and not has_text:
        return Export(DataType.TRACE, _BY_FIELDS, say.raw("lists_spans"))
    if keys & _TIMESTAMPS and has_text:
        flat = path in {ROOT, "[]"}
        return Export(DataType.LOG, _BY_FIELDS, say.raw("lists_records"), flat)
    if keys & (_TIMESTAMPS | _TIMES) and keys & _VALUES:
        return Export(DataType.METRIC, 0.8, say.raw("lists_values"))
    return None


def _normalised(key: str) -> str:
    return _PUNCTUATION.sub("", key).lower() if key != "@timestamp" else key


class _OutlineReader:
    """The state of reading a JSON text: the open brackets with their paths, and what may follow."""

    def __init__(self) -> None:
        self.outline = Outline()
        self.open: list[tuple[str, str]] = []  # bracket, place
        self.key: str | None = None  # of the value to come
        self.is_named = False  # a colon came after it
        self.after_value = False

    def take(self, token: re.Match[str]) -> bool:
        text, closed, mark, bare = token.groups()
        if text is not None:
            return self._string(text) if closed else True
        if mark:
            return self._mark(mark)
        is_cut = token.end() == len(token.string) and bool(self.open)
        return self._scalar(bare) or is_cut

    def _mark(self, mark: str) -> bool:
        if mark in "{[":
            return self._open(mark)
        if mark in _CLOSES:
            return self._close(mark)
        if mark == ":":
            is_valid, self.is_named = self.key is not None and not self.is_named, True
            return is_valid
        is_valid = self.after_value and bool(self.open)
        self.after_value, self.key, self.is_named = False, None, False
        return is_valid

    def _open(self, mark: str) -> bool:
        path = self._path()
        if path is None:
            return False
        self.open.append((mark, path))
        if len(self.open) <= MAX_DEPTH:
            if mark == "{":
                self.outline.objects[path]
            else:
                self.outline.lists.add(path)
        self.key, self.after_value, self.is_named = None, False, False
        return True

    def _close(self, mark: str) -> bool:
        if not self.open or self.open[-1][0] != _CLOSES[mark] or self.key is not None:
            return False
        self.open.pop()
        self._end_value()
        return True

    def _string(self, text: str) -> bool:
        if self.open and self.open[-1][0] == "{" and self.key is None:
            self.key = text
            if len(self.open) <= MAX_DEPTH:
                self.outline.objects[self.open[-1][1]].add(text[:_LONGEST_VALUE])
            return not self.after_value
        path = self._path()
        if path is None or not self.open:
            return False
        if len(self.open) <= MAX_DEPTH:
            self.outline.values.setdefault(path, text[:_LONGEST_VALUE])
        self._end_value()
        return True

    def _scalar(self, text: str) -> bool:
        is_valid = bool(self.open) and self._path() is not None and bool(_SCALAR.fullmatch(text))
        self._end_value()
        return is_valid

    def _path(self) -> str | None:
        """Return the path of a value that comes now; None where no value may come."""
        if self.after_value and self.open:
            return None
        if not self.open:
            return ROOT
        bracket, path = self.open[-1]
        if bracket == "{" and not self.is_named:
            return None
        if len(self.open) > MAX_DEPTH:
            return path
        step = "[]" if bracket == "[" else f".{(self.key or '')[:_LONGEST_VALUE]}"
        return f"{path}{step}".lstrip(".")

    def _end_value(self) -> None:
        self.key, self.after_value, self.is_named = None, bool(self.open), False
        if not self.open:
            self.outline.documents += 1
