"""How much does the head of a file look like each type of evidence?

Content first; the name moves a balance, it does not decide.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from core.evidence.extractor import Detected, Head
from core.evidence.fields import find_fields
from core.evidence.levels import CLEAR
from core.evidence.model import DataType
from core.evidence.timestamps import find_format

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SAMPLE = 400  # lines
_SURE = 0.95
_MOST = 0.98
_LEAST_ROWS = 3  # of a table, its heading included
_NEARLY_ALL = 0.9
_CODE_NAME = re.compile(
    r"py|go|java|js|ts|rb|rs|c|h|cc|cpp|cs|kt|scala|sh|bash|sql|php|pl|lua|swift"
)
_CONFIG_NAME = re.compile(r"yaml|yml|toml|ini|cfg|conf|env|properties")
_PROSE_NAME = re.compile(r"md|markdown|rst|adoc")
_SHEBANG = re.compile(r"#!\s*/\S*\b(?:sh|bash|zsh|python[\d.]*|node|ruby|perl|env)\b")
_CODE = re.compile(
    r"^\s*(?:package \w|import [\w.{*\"]|from [\w.]+ import |public (?:class|interface|enum) "
    r"|func [\w(]|def \w+\(|class \w+[(:{ ]|(?:const|let|var) \w+\s*=|function \w*\("
    r"|#include [<\"]|(?i:select|insert into|update|delete from|create|alter|drop|from|where|join"
    r"|left join|group by|order by|with) |use strict|if \[|fi$|done$|return\b.*;?$"
    r"|\}\s*else\s*\{|.*[;{]$)"
)
_SETTING = re.compile(
    r"^\s*(?:-\s+)?(?:[\w.\"'/@-]+\s*[:=]\s*\S?.*|[\w.\"'/-]+:\s*|\[[\w. \"-]+\]"
    r"|[a-z_]+ [^;]*[;{]|\}|- \S.*)$"
)
_PROMETHEUS = re.compile(
    r"^(?:# (?:HELP|TYPE|EOF|UNIT)\b|[a-zA-Z_:][\w:]*(?:\{[^}]*\})? [-+\dNI][\w.+-]*(?: \d+)?$)"
)
_FOLDED = re.compile(r"^[^\s;][^;]*(?:;[^;]+)+ \d+$")
_TRACEBACK = re.compile(
    r"^(?:Traceback \(most recent|panic: |goroutine \d+ \[|Exception in thread"
    r"|Unhandled exception|\s+at [\w.$]+\()"
)
# From the start of a word only: a line may be one word of many thousand letters.
_PROSE = re.compile(r"(?<![A-Za-z,;])[A-Za-z,;]{2,}+ [a-z]{2,} [A-Za-z]{2,}.*[.!?:,]?$")
_STATED = re.compile(rf"^[\[<(]?(?:{CLEAR})[\])>:| ]")
_MARKDOWN = re.compile(r"^(?:#{1,6} \S|```|\s*[-*] \S|\d+\. \S|>\s|\|.*\|$)")
_QUERY = re.compile(r'"resultType"\s*:\s*"(?:matrix|vector)"')
_LOG_EXPORT = re.compile(r'"(?:resourceLogs|logRecords)"\s*:')
_SPANS = re.compile(r'"(?:resourceSpans|scopeSpans|traceID|traceId|parentSpanId)"\s*:')
_METRIC_EXPORT = re.compile(r'"(?:resourceMetrics|scopeMetrics)"\s*:')
_CALLS = re.compile(r'^\s*\{\s*"calls"\s*:\s*\[')
_PROFILE = re.compile(r'"(?:callFrame|shared"\s*:\s*\{\s*"frames|hitCount)"')


def log(head: Head) -> Detected | None:
    """Lines that tell the time, a level, or where a program broke."""
    if _exported(head, _LOG_EXPORT):
        return Detected(DataType.LOG, _SURE, "text", "an export of log records")
    sample = _sample(head)
    score = _log_score(sample) + 0.1 * (head.suffix == "log")
    return _found(DataType.LOG, score, "log", "its lines tell times or levels")


def metric(head: Head) -> Detected | None:
    """An answer of Prometheus, its text format, or a table of numbers over time."""
    if _exported(head, _QUERY):
        return Detected(DataType.METRIC, _SURE, "metric", "an answer of a query over a range")
    if _exported(head, _METRIC_EXPORT):
        return Detected(DataType.METRIC, _SURE, "text", "an export of measurements")
    sample = _sample(head)
    score = max(_share(sample, _PROMETHEUS) - 0.02, _table_score(sample))
    return _found(DataType.METRIC, score, "text", "a number a line, or a table of numbers")


def trace(head: Head) -> Detected | None:
    """An export of spans."""
    if _exported(head, _SPANS):
        return Detected(DataType.TRACE, _SURE, "text", "an export of spans")
    return None


def topology(head: Head) -> Detected | None:
    """A person's list of calls."""
    if _exported(head, _CALLS):
        return Detected(DataType.CONFIG, _SURE, "topology", "a list of calls")
    return None


def text(head: Head) -> Detected | None:
    """Anything that can be read: profiles, code, configuration, prose."""
    if _exported(head, _PROFILE):
        return Detected(DataType.PROFILE, _SURE, "text", "an export of a profiler")
    if _is_document(head):
        return Detected(DataType.CONFIG, 0.6, "text", "one JSON document")
    found = trace(head)
    return found or max(_texts(head), key=lambda one: one.confidence)


def _texts(head: Head) -> list[Detected]:
    sample, suffix = _sample(head), head.suffix
    prose = max(_share(sample, _PROSE), 0.9 * _share(sample, _MARKDOWN))
    is_profile = any(line.startswith(("events:", "fl=")) for line in sample)
    scores = (
        (DataType.PROFILE, max(_share(sample, _FOLDED), _SURE * is_profile), "stacks with counts"),
        (
            DataType.CODE,
            _code_score(sample) + 0.3 * bool(_CODE_NAME.fullmatch(suffix)),
            "its lines read like a program",
        ),
        (
            DataType.CONFIG,
            0.75 * _share(sample, _SETTING) + 0.3 * bool(_CONFIG_NAME.fullmatch(suffix)),
            "its lines set names to values",
        ),
        (
            DataType.TEXT,
            0.7 * prose + 0.3 * bool(_PROSE_NAME.fullmatch(suffix)) + 0.2,
            "words of a person",
        ),
    )
    return [
        Detected(data_type, round(min(_MOST, score), 2), "text", reason)
        for data_type, score, reason in scores
    ]


def _found(data_type: DataType, score: float, extractor: str, reason: str) -> Detected | None:
    if score <= 0:
        return None
    return Detected(data_type, round(min(_MOST, score), 2), extractor, reason)


def _sample(head: Head) -> Sequence[str]:
    return head.lines[:_SAMPLE]


def _exported(head: Head, pattern: re.Pattern[str]) -> bool:
    """One JSON document, as systems export them; it may be cut off."""
    start = head.text.lstrip()[:8000]
    return start.startswith(("{", "[")) and bool(pattern.search(start))


def _is_document(head: Head) -> bool:
    text = head.text.strip()
    if not text.startswith(("{", "[")) or "\n" not in text:
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _log_score(lines: Sequence[str]) -> float:
    heads = [line[:120] for line in lines]
    timed = 0.0
    if find_format(heads) is not None and not _is_table(lines):
        timed = 0.95
    stated = 0.9 * _counted(heads, lambda head: bool(_STATED.match(head)))
    return max(
        timed, stated, 0.9 * (find_fields(lines) is not None), 0.8 * any(map(_is_traced, heads))
    )


def _is_traced(line: str) -> bool:
    return bool(_TRACEBACK.match(line))


def _is_table(lines: Sequence[str]) -> bool:
    return _table_score(lines) > 0


def _table_score(lines: Sequence[str]) -> float:
    """A CSV of numbers with a time column: the first line names the columns."""
    if len(lines) < _LEAST_ROWS or "," not in lines[0]:
        return 0.0
    columns = lines[0].count(",")
    numbers = re.compile(r"^[^,]*(?:,\s*\"?-?[\d.eE+-]*\"?)+$")
    same = _counted(
        lines[1:], lambda line: line.count(",") == columns and bool(numbers.match(line))
    )
    return 0.97 * same if same > _NEARLY_ALL and not numbers.match(lines[0]) else 0.0


def _code_score(lines: Sequence[str]) -> float:
    if _SHEBANG.match(lines[0]):
        return 0.95
    return 0.8 * float(_share(lines, _CODE) ** 0.7)


def _share(lines: Sequence[str], pattern: re.Pattern[str]) -> float:
    return _counted(lines, lambda line: bool(pattern.search(line)))


def _counted(lines: Sequence[str], holds: Callable[[str], bool]) -> float:
    return sum(map(holds, lines)) / max(1, len(lines))
