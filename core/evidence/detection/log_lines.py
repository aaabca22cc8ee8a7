"""Scores how much the head of a file looks like a log: by its content; the name moves a balance."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from core.evidence.configuration.diffs import names_configuration
from core.evidence.configuration.marks import cluster_text
from core.evidence.detection.json_exports import find_export
from core.evidence.detection.prose import score_command_output
from core.evidence.detection.sample import MAX_LINES, UNLIKE, Likeness, Sample, best
from core.evidence.detection.transcripts import score_transcript
from core.evidence.extractor import Detected, Head
from core.evidence.logs.change_tables import find_change_table
from core.evidence.logs.fields import find_fields
from core.evidence.logs.levels import CLEAR
from core.evidence.logs.timestamps import find_format
from core.evidence.model import DataType
from core.evidence.status.marks import status_report
from core.text.sentences import sentences

say = sentences("evidence.detection")

_NUMBER = r"[-+]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_VALUE = rf"(?:{_NUMBER}|[-+]?Inf|NaN)"
_PROMETHEUS = re.compile(
    r"^(?:# (?:HELP|TYPE|UNIT) [a-zA-Z_:]|# EOF$"
    rf"|[a-zA-Z_:][\w:]{{0,200}}(?:\{{[^{{}}]{{0,400}}\}})?"
    rf"\s+{_VALUE}(?:\s+{_NUMBER})?(?:\s+# \{{.*)?\s*$)"
)
_DECLARED = re.compile(r"^# (?:HELP|TYPE) [a-zA-Z_:]")
_LINE_PROTOCOL = re.compile(  # Graphite, InfluxDB, StatsD, OpenTSDB
    rf"^(?:[\w-]{{1,80}}(?:\.[\w-]{{1,80}}){{1,12}}(?:;[\w.=-]{{1,200}})? {_VALUE} \d{{10}}$"
    rf"|[\w.-]{{1,100}}(?:,[\w.-]{{1,60}}=[^ ,]{{1,80}}){{0,12}}"
    rf" \w{{1,60}}=[^ ]{{1,300}}(?: \d{{10,19}})?$"
    rf"|[\w.-]{{1,200}}:{_VALUE}\|(?:c|g|ms|h|s|d)(?:\|.*)?$"
    rf"|put [\w.-]{{1,100}} \d{{10,13}} {_VALUE}(?: [\w.-]+=\S+){{0,12}}$)"
)
# The headings that procps and sysstat print: vmstat, free, top, iostat, mpstat, sar, pidstat.
_SYSTEM_TOOL_HEADING = re.compile(
    r"^(?: *r +b +swpd +free\b| +total +used +free\b|top - \d\d:\d\d:\d\d up |avg-cpu: +%user\b"
    r"|Device:? +(?:tps|r/s|rrqm/s)\b"
    r"|\d\d:\d\d:\d\d(?: [AP]M)? +(?:CPU|IFACE|DEV|UID|kbmemfree|runq-sz|pgpgin/s|tps|proc/s) )"
)
_TOKEN_NUMBER = re.compile(rf"^{_VALUE}%?[kKMGT]?i?B?$")
_TIME = re.compile(
    r"^\"?(?:\d{4}[-/.]\d\d?[-/.]\d\d?(?:[T ]\d\d?:\d\d(?::\d\d)?.{0,16})?"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}(?: \d\d?:\d\d.{0,12})?"
    r"|1\d{9}(?:\.\d+|\d{3}|\d{6}|\d{9})?|\d\d:\d\d:\d\d(?:[.,]\d+)?)\"?$"
)
_TIME_NAME = re.compile(
    r"(?i)^\W*(?:.{0,30}(?:time|date)(?:stamp)?.{0,12}|ts|t|epoch|clock|@timestamp)\W*$"
)
_MESSAGE_NAME = re.compile(
    r"(?i)^\W*(?:message|msg|content|log|text|body|event|description|line|level|severity)\W*$"
)
_OF_GOODS = re.compile(  # columns of tables of goods and people, which measure nothing
    r"(?i)^\W*(?:(?:unit_?)?price|sku|isbn|e-?mail|phone|city|address|(?:first|last)[_ ]?name)\W*$"
)
_SPAN_LINES = re.compile(  # what exporters of OpenTelemetry print to a console
    r"^Activity\.(?:TraceId|SpanId|Duration|Kind|StartTime|ParentSpanId):|^Span #\d+$"
    r"|^\s+(?:Trace|Parent) ID\s+: [\da-f]*$|^\s+traceId: '[\da-f]{32}',?$"
)
_LEAST_SPAN_LINES = 2
_SPAN_NAMES = (re.compile(r"(?i)^trace[_ ]?id$"), re.compile(r"(?i)^span[_ ]?id$"))
_DELIMITERS = (",", "\t", ";", "|")
_LEAST_ROWS = 2
_NEARLY_ALL = 0.85
_MOST_ROWS = 100  # rows
_CERTAIN = 0.9  # that lines with times are a log: what else has times in them is told apart above
_TALK = 0.85  # at most, of what people say to each other: text is the surer claim
_LOOK_AT = 120  # characters of a line in which its time and level stand
_TIMED_EARLY = 60  # characters within which a line of a log has its time
_LEAST_TIMED = 0.3
_FEWEST_STARTS = 3  # lines that are not indented
_LEADING_LEVEL = re.compile(rf"^[\[<(]?(?:{CLEAR})[\])>:| ]")
_CLOCK = re.compile(r"^\W{0,3}\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\b")
# Seconds since 1970 in hex, as OpenLDAP writes them; the labels of TAI64N.
_HEX_CLOCK = re.compile(r"^(?:@4[\da-f]{23}|(?P<seconds>[4-7][\da-f]{7})(?:\.[\da-f]{5,8})?) \S")
_UPTIME = re.compile(r"^\W{0,3}\[\s*\d{1,9}\.\d{3,9}s?\]")
_PROGRAM = re.compile(r"^[a-z][\w./-]{1,40}\[\d{1,8}\]: \S")
_SLOW_QUERY = re.compile(
    r"^# (?:Time|User@Host|Query_time|Thread_id|Schema|Rows_affected|Bytes_sent|Full_scan|Filesort"
    r"|administrator command):|^SET timestamp=\d"
)
_QUERY_LOG_HEAD = re.compile(r"(?i)^\S*(?:mysqld|mariadbd)\S*, Version: .* started with:$")
_JOURNAL = re.compile(r"^__REALTIME_TIMESTAMP=\d{16}$")
_XML_EVENT = re.compile(r"^\s*<(?:log4j:)?(?:Events?|record|event)\b[^<>]{0,200}>|^\s*<log>$")
_EVENT_FORMAT = re.compile(r"(?:^|[ >])(?:CEF:\d|LEEF:[12]\.\d)\|")  # of security devices
_W3C_FIELDS = re.compile(r"^#Fields: \S+ \S")  # W3C extended log file format
_NETWORK_FLOW = (
    re.compile(  # two addresses and a time in seconds since 1970, as in logs of network flows
        r"(?:\s\d{1,3}(?:\.\d{1,3}){3}){2}\s(?:.{0,80}\s)?1\d{9}(?:\.\d{1,9})?\s"
    )
)
_RAISED = re.compile(
    r"^(?:Traceback \(most recent|panic: |fatal error: |goroutine \d+ \[|Exception in thread "
    r"|Unhandled [Ee]xception|thread '.{1,80}' panicked at|Caused by: |Segmentation fault"
    r"|(?:[\w$]{1,60}[.:]{1,2}){0,12}\w{0,60}(?:Error|Exception|Fault)\b(?:: |$)"
    r"|\w[\w .-]{0,60}: undefined "
    r"|Fatal Python error|Fatal error: |\s{0,20}\+ Exception Group Traceback"
    r"|\*\*\* |#0 {1,2}\S|Full thread dump|.{1,120}:\d{1,6}:in ['`])"
)
_FRAME = re.compile(
    r"^\s+(?:at |from |File \"|\.\.\. \d+ |\S{1,200}:\d{1,6}(?::| \+0x|$)|\d+: )"
    r"|^\w[\w./*()$-]{1,200}\(.{0,200}\)$"
    r"|^#\d{1,4} {1,3}\S|^\s{1,8}#\d{1,4} 0x|^\d{1,4} {1,9}\S{1,80} {1,60}0x[\da-f]{6,16} "
    r"|^\s{2,40}(?:\| |\+[-+])"
)
_REPORTED = re.compile(  # the first lines of what a runtime leaves behind when it dies
    r"^(?:# A fatal error has been detected by "
    r"|Program (?:received signal|terminated with signal) SIG"
    r"|==\d{1,10}==\s?(?:ERROR|WARNING): \w+Sanitizer)"
)
_LEAST_TRACED = 0.25
_SURE_TRACED = 0.5
_LEAST_REPEATED = 20  # lines
_SURE_MEASUREMENTS = 0.9
_LOG_NAME = re.compile(
    r"(?i)(?:\.log|\.err|\.out|(?:^|/)(?:syslog|messages|dmesg))(?:\.\d+)?(?:\.gz|\.zst)?$"
)


def score_measurements(sample: Sample) -> Likeness:
    """Score text as measurements: Prometheus and similar line formats, or a table of numbers."""
    return best(
        Likeness(_prometheus(sample), say.raw("named_number_prometheus")),
        Likeness(0.95 * sample.share(_LINE_PROTOCOL) ** 2, say.raw("named_number")),
        _table_likeness(sample, DataType.METRIC),
        Likeness(_columns(sample), say.raw("number_columns")),
        Likeness(0.97 * sample.any(_SYSTEM_TOOL_HEADING), say.raw("system_tool")),
    )


def score_log_table(sample: Sample) -> Likeness:
    """Score text as a table of log records with a time and a message."""
    return _table_likeness(sample, DataType.LOG)


def score_span_table(sample: Sample) -> Likeness:
    """Score text as a table with the ids of traces and spans, or as spans printed to a console."""
    lines = [line for line in sample.lines if _SPAN_LINES.match(line)]
    is_printed = len(lines) >= _LEAST_SPAN_LINES or any("traceId: '" in line for line in lines)
    return best(
        _table_likeness(sample, DataType.TRACE),
        Likeness(0.96 * is_printed, say.raw("lists_spans")),
    )


def score_text_table(sample: Sample) -> Likeness:
    """Score text as a table of neither times nor figures: of goods, of people."""
    return _table_likeness(sample, DataType.TEXT)


def _prometheus(sample: Sample) -> float:
    share = sample.share(_PROMETHEUS)
    declared = sample.any(_DECLARED)
    return (0.97 if declared else 0.8) * share**2


def _columns(sample: Sample) -> float:
    """Score a heading of words over rows of mostly numbers, as vmstat and sar print them."""
    if len(sample.lines) < 2 + _LEAST_ROWS:
        return 0.0
    rows = [line.split() for line in sample.lines]
    numeric = [
        len(row) > 2 and sum(bool(_TOKEN_NUMBER.match(cell)) for cell in row) >= 0.6 * len(row)  # noqa: PLR2004
        for row in rows
    ]
    has_heading = not numeric[0] or not numeric[1]
    return (
        0.75 * sum(numeric) / len(numeric)
        if has_heading and sum(numeric) > 0.6 * len(rows)
        else 0.0
    )


@dataclass(frozen=True)
class _Table:
    """The column names of a table, empty where it has no heading, and its first rows."""

    names: Sequence[str]
    rows: Sequence[Sequence[str]]

    def numbers(self) -> list[bool]:
        """Return, per column, whether its values are numbers other than times."""
        return [
            self._is_mostly(column, _TOKEN_NUMBER) and not is_time
            for column, is_time in self._columns()
        ]

    def has_time(self) -> bool:
        return any(is_time for _, is_time in self._columns())

    def has_words(self) -> bool:
        """Return whether a column has values of several words."""
        return any(
            sum(value.count(" ") >= 2 for value in column) > 0.3 * len(column)  # noqa: PLR2004
            for column, is_time in self._columns()
            if not is_time
        )

    def named(self, pattern: re.Pattern[str]) -> bool:
        return any(map(pattern.match, self.names))

    def _columns(self) -> list[tuple[Sequence[str], bool]]:
        columns = list(zip(*self.rows, strict=True))
        names = self.names or [""] * len(columns)
        return [
            (
                column,
                self._is_mostly(column, _TIME)
                or (bool(_TIME_NAME.match(name)) and not self._is_mostly_words(column)),
            )
            for name, column in zip(names, columns, strict=True)
        ]

    def _is_mostly(self, column: Sequence[str], pattern: re.Pattern[str]) -> bool:
        values = [
            value.strip()
            for value in column
            if value.strip() not in {"", "NA", "null", "None", "-"}
        ]
        return bool(values) and sum(map(bool, map(pattern.match, values))) >= _NEARLY_ALL * len(
            values
        )

    def _is_mostly_words(self, column: Sequence[str]) -> bool:
        return sum(not any(map(str.isdigit, value)) for value in column) > 0.5 * len(column)


def _table_likeness(sample: Sample, wanted: DataType) -> Likeness:
    table = _read_table(sample)
    if table is None:
        return UNLIKE
    data_type, likeness = _classify_table(table)
    return likeness if data_type is wanted else UNLIKE


def _classify_table(table: _Table) -> tuple[DataType, Likeness]:
    numbers = table.numbers()
    share = sum(numbers) / len(numbers)
    if all(map(table.named, _SPAN_NAMES)):
        return DataType.TRACE, Likeness(0.95, say.raw("span_table"))
    if table.has_time() and (table.named(_MESSAGE_NAME) or table.has_words()):
        return DataType.LOG, Likeness(0.93, say.raw("record_table"))
    if table.has_time() and any(numbers):
        score = 0.96 if table.names and share >= 0.3 else 0.7  # noqa: PLR2004
        return DataType.METRIC, Likeness(score, say.raw("number_table_over_time"))
    if table.named(_OF_GOODS):
        return DataType.TEXT, Likeness(0.65, say.raw("table"))
    if table.names and share > 0.5:  # noqa: PLR2004
        return DataType.METRIC, Likeness(0.6, say.raw("number_table"))
    return DataType.TEXT, Likeness(0.6, say.raw("table"))


def _read_table(sample: Sample) -> _Table | None:
    """Parse the sample as a table; None where most lines differ from the first in width."""
    above = sum(1 for _ in takewhile(lambda line: line.startswith("#"), sample.lines))
    heading = [line.lstrip("# ") for line in sample.lines[above - 1 : above] if above]
    lines = [line for line in sample.lines[: _MOST_ROWS + 1] if not line.startswith("#")]
    if heading and lines and any(_alike(heading[0], lines[0], mark) for mark in _DELIMITERS):
        lines = [*heading, *lines]
    if len(lines) < 1 + _LEAST_ROWS:
        return None
    for delimiter in _DELIMITERS:
        if delimiter not in lines[0]:
            continue
        try:
            rows = list(csv.reader(lines, delimiter=delimiter))
        except csv.Error:
            continue
        width = len(rows[0])
        full_rows = [row for row in rows[1:] if len(row) == width]
        if width > 1 and len(full_rows) >= max(_LEAST_ROWS, 0.9 * (len(rows) - 1)):
            return (
                _Table(rows[0], full_rows)
                if _is_heading(rows[0])
                else _Table((), [rows[0], *full_rows])
            )
    return None


def _alike(heading: str, row: str, delimiter: str) -> bool:
    return heading.count(delimiter) == row.count(delimiter) > 0


def _is_heading(row: Sequence[str]) -> bool:
    return not any(_TIME.match(cell.strip()) or _TOKEN_NUMBER.match(cell.strip()) for cell in row)


def claim(head: Head) -> Detected | None:
    """Detect a log: lines with a time, a level or a stack trace, or records in JSON."""
    export = find_export(head)
    if export is not None and export.data_type is DataType.LOG:
        reader = "log" if export.flat else "text"
        return Detected(DataType.LOG, export.confidence, reader, export.reason)
    if export is not None and export.confidence >= 0.7:  # noqa: PLR2004 - a document, no lines
        return None
    sample = Sample.of(head)
    heads = Sample([line[:_LOOK_AT] for line in sample.lines])
    timed = _timed(heads) if not score_measurements(sample).score > _SURE_MEASUREMENTS else UNLIKE
    likeness = best(
        timed,
        _leveled(heads),
        Likeness(0.85 * heads.share(_CLOCK), say.raw("lines_begin_with_time")),
        _hex_timed(heads),
        Likeness(0.8 * heads.share(_PROGRAM), say.raw("lines_name_program")),
        Likeness(0.92 * heads.share(_UPTIME), say.raw("lines_begin_with_time")),
        Likeness(0.96 * (heads.share(_SLOW_QUERY) > _LEAST_TIMED), say.raw("slow_queries")),
        Likeness(0.96 * heads.any(_QUERY_LOG_HEAD), say.raw("slow_queries")),
        Likeness(0.95 * heads.any(_JOURNAL), say.raw("journal")),
        Likeness(0.96 * any(map(_XML_EVENT.match, heads.lines[:4])), say.raw("xml_events")),
        Likeness(0.96 * (heads.share(_EVENT_FORMAT) > _LEAST_TIMED), say.raw("device_events")),
        Likeness(0.97 * any(map(_W3C_FIELDS.match, heads.lines[:8])), say.raw("log_fields")),
        Likeness(0.9 * heads.share(_NETWORK_FLOW), say.raw("network_flows")),
        score_command_output(sample),
        _fielded(head),
        score_log_table(sample),
        Likeness(0.97 * (find_change_table(sample.lines) is not None), say.raw("change_table")),
        _traced(heads),
        _repeated(sample),
    )
    if score_transcript(sample).score > likeness.score:  # what people say has times, too
        likeness = Likeness(min(_TALK, likeness.score), likeness.reason)
    if _LOG_NAME.search(head.name):
        likeness = best(likeness, Likeness(0.3, say.raw("named_as_log"))).named(0.03)
    claimed = likeness.claim(DataType.LOG, "log")
    is_timed = likeness.score >= _CERTAIN and likeness.reason == timed.reason
    is_certain = is_timed and not _is_report(head)
    return replace(claimed, is_certain=is_certain) if claimed else None


def _is_report(head: Head) -> bool:
    """Whether it is what a tool reports, or a difference of settings: those tell times, too."""
    return bool(
        cluster_text(head.text) or status_report(head.seen) or names_configuration(head.seen)
    )


def _timed(heads: Sample) -> Likeness:
    """Score text in which most records have the date and time near their start."""
    time_format = find_format(heads.lines)
    if time_format is None:
        return UNLIKE
    pattern = re.compile(time_format.pattern)
    starts = [line for line in heads.lines if line[0] not in " \t"] or heads.lines
    early = _share_timed(starts, pattern)
    if len(starts) < _FEWEST_STARTS and early < 1:  # a document of settings under one key
        early = _share_timed(heads.lines, pattern)
    if early < _LEAST_TIMED:
        return Likeness(0.5, say.raw("some_lines_tell_time"))
    return Likeness(0.8 + 0.15 * min(1.0, early / 0.6), say.raw("lines_tell_time"))


def _share_timed(lines: Sequence[str], pattern: re.Pattern[str]) -> float:
    timed = (pattern.search(line) for line in lines)
    return sum(match is not None and match.start() <= _TIMED_EARLY for match in timed) / len(lines)


def _hex_timed(heads: Sample) -> Likeness:
    """Score lines that begin with a time in hex, which never runs far back."""
    clocks = [clock for line in heads.lines if (clock := _HEX_CLOCK.match(line))]
    seconds = [int(clock["seconds"] or "0", 16) for clock in clocks]
    ordered = sum(first <= second for first, second in pairwise(seconds))
    if len(clocks) < _LEAST_ROWS + 1 or ordered < _NEARLY_ALL * (len(clocks) - 1):
        return UNLIKE
    return Likeness(0.92 * len(clocks) / len(heads.lines), say.raw("lines_begin_with_time"))


def _leveled(heads: Sample) -> Likeness:
    """Score text whose lines begin with a level; lines that continue a stack trace do not count."""
    starts = [line for line in heads.lines if not _is_continuation(line)]
    leveled = sum(map(bool, map(_LEADING_LEVEL.match, starts)))
    if not leveled or leveled < _LEAST_TIMED * len(heads.lines):
        return UNLIKE
    return Likeness(0.9 * leveled / len(starts), say.raw("lines_begin_with_level"))


def _is_continuation(line: str) -> bool:
    return line[:1].isspace() or bool(_RAISED.match(line) or _FRAME.match(line))


def _fielded(head: Head) -> Likeness:
    """Score lines of JSON or logfmt that have a message."""
    try:
        fields = find_fields(head.lines[:MAX_LINES])
    except RecursionError:  # brackets without end
        return UNLIKE
    if fields is None:
        return UNLIKE
    says_more = bool(fields.time or fields.level)
    return Likeness(0.93 if says_more else 0.6, say.raw("lines_have_fields"))


def _repeated(sample: Sample) -> Likeness:
    """Score messages without a header, by how much the same few patterns repeat."""
    if len(sample.lines) < _LEAST_REPEATED or score_text_table(sample).score:
        return UNLIKE
    return Likeness(0.7 * sample.repetition, say.raw("lines_repeat"))


def _traced(heads: Sample) -> Likeness:
    """Score stack traces: what was raised, and the frames below."""
    if any(map(_REPORTED.match, heads.lines[:5])):
        return Likeness(0.95, say.raw("crash_report"))
    if not heads.any(_RAISED):
        return UNLIKE
    share = heads.counted(lambda line: bool(_RAISED.match(line) or _FRAME.match(line)))
    is_first = any(map(_RAISED.match, heads.lines[:3]))
    if share < (_LEAST_TRACED if is_first else 2 * _LEAST_TRACED):
        return Likeness(0.5 if is_first else 0.0, say.raw("program_broke"))
    is_all = is_first and share > _SURE_TRACED
    return Likeness(0.94 if is_all else 0.88, say.raw("program_broke"))
