"""What is this file? Its content decides; its name only where the content could be either."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from core.evidence.fields import find_fields
from core.evidence.levels import CLEAR
from core.evidence.model import DataType
from core.evidence.timestamps import find_format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

HEAD_BYTES = 64 * 2**10

_MAGIC = {
    DataType.IMAGE: (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*"),
    DataType.ARCHIVE: (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"),
    DataType.BINARY: (b"\x7fELF", b"SQLite format 3\0", b"%PDF", b"\xca\xfe\xba\xbe", b"PAR1"),
}
_TAR_MARK_AT = 257
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


@dataclass(frozen=True)
class Detected:
    """What a file is, how sure that is (0 to 1), and which reader takes it."""

    data_type: DataType
    confidence: float
    reader: str


def detect(head: bytes, *, name: str = "") -> Detected:
    """head: the first HEAD_BYTES of the file's text (decoded: see `core.evidence.lines`)."""
    if not head.strip():
        return Detected(DataType.EMPTY, 1.0, "none")
    for data_type, marks in _MAGIC.items():
        if head.startswith(marks):
            return Detected(data_type, 0.99, "none")
    if head.startswith(b"ustar", _TAR_MARK_AT):
        return Detected(DataType.ARCHIVE, 0.99, "none")
    if _is_binary(head):
        return _binary(head, name)
    text = head.decode("utf-8", errors="replace")
    if not text.strip():  # spaces that only Unicode knows
        return Detected(DataType.EMPTY, 1.0, "none")
    return _document(text) or _lines(
        text, PurePath(name).suffix.lstrip(".").lower(), whole=len(head) < HEAD_BYTES
    )


def _is_binary(head: bytes) -> bool:
    """Control characters that no text has; damage in a text is rarer than that."""
    control = sum(head.count(bytes([code])) for code in (*range(9), *range(14, 27), *range(28, 32)))
    return control > 0.02 * len(head) or b"\0\0\0\0" in head


def _binary(head: bytes, name: str) -> Detected:
    if name.endswith((".pprof", ".pb.gz", ".prof")) or b"cpu\x12" in head or b"nanoseconds" in head:
        return Detected(DataType.PROFILE, 0.7, "none")
    return Detected(DataType.BINARY, 0.9, "none")


def _document(text: str) -> Detected | None:
    """One JSON document, as systems export them; None where it is none, or is cut off."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    for data_type, reader, pattern in _DOCUMENTS:
        if pattern.search(text[:8000]):
            return Detected(data_type, 0.95, reader)
    try:
        json.loads(text)
    except ValueError:
        return None
    return Detected(DataType.CONFIG, 0.6, "text") if "\n" in text.strip() else None


_DOCUMENTS = (
    (DataType.METRIC, "metric", re.compile(r'"resultType"\s*:\s*"(?:matrix|vector)"')),
    (DataType.LOG, "text", re.compile(r'"(?:resourceLogs|logRecords)"\s*:')),
    (
        DataType.TRACE,
        "text",
        re.compile(r'"(?:resourceSpans|scopeSpans|traceID|traceId|parentSpanId)"\s*:'),
    ),
    (DataType.METRIC, "text", re.compile(r'"(?:resourceMetrics|scopeMetrics)"\s*:')),
    (DataType.CONFIG, "topology", re.compile(r'^\s*\{\s*"calls"\s*:\s*\[')),
    (DataType.PROFILE, "text", re.compile(r'"(?:callFrame|shared"\s*:\s*\{\s*"frames|hitCount)"')),
)


def _lines(text: str, suffix: str, *, whole: bool) -> Detected:
    lines = [line for line in text.splitlines() if line.strip()]
    if not whole and len(lines) > 1:
        lines.pop()
    best = max(_scores(lines, suffix), key=lambda scored: scored[0])
    return Detected(best[1], round(min(0.98, best[0]), 2), best[2])


def _scores(lines: Sequence[str], suffix: str) -> Iterator[tuple[float, DataType, str]]:
    """How much the lines look like each type; the name moves a balance, it does not decide."""
    sample = lines[:400]
    yield _log_score(sample) + 0.1 * (suffix == "log"), DataType.LOG, "log"
    yield _share(sample, _PROMETHEUS) - 0.02, DataType.METRIC, "text"
    yield _table_score(sample), DataType.METRIC, "text"
    yield _share(sample, _FOLDED), DataType.PROFILE, "text"
    yield (
        0.95 * any(line.startswith(("events:", "fl=")) for line in sample),
        DataType.PROFILE,
        "text",
    )
    yield _code_score(sample) + 0.3 * bool(_CODE_NAME.fullmatch(suffix)), DataType.CODE, "text"
    yield (
        0.75 * _share(sample, _SETTING) + 0.3 * bool(_CONFIG_NAME.fullmatch(suffix)),
        DataType.CONFIG,
        "text",
    )
    prose = max(_share(sample, _PROSE), 0.9 * _share(sample, _MARKDOWN))
    yield 0.7 * prose + 0.3 * bool(_PROSE_NAME.fullmatch(suffix)) + 0.2, DataType.TEXT, "text"


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
