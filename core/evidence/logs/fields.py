"""Finds the fields of JSON lines or logfmt that hold time, level, service and message."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus

import polars as pl

from core.evidence.logs.field_values import level_field, message_field, time_field
from core.evidence.model import Level

_Read = Callable[[str], Mapping[str, object]]
_Write = Callable[[str, Sequence[Mapping[str, object]]], str]

_NEARLY_ALL = 0.8
_SOME = 0.3
_LEAST_FIELDS = 2  # of a line in logfmt

TIMES = (
    "timestamp", "@timestamp", "time", "ts", "$date", "t", "datetime", "date", "asctime", "@t",
    "eventTime", "Timestamp", "timeMillis", "__REALTIME_TIMESTAMP", "instant",
)  # fmt: skip
LEVELS = (
    "level", "severity", "lvl", "loglevel", "log.level", "levelname", "@l", "s", "LogLevel",
    "severity_text", "error_severity", "Level", "PRIORITY",
)  # fmt: skip
MESSAGES = (
    "message", "msg", "@m", "@mt", "MESSAGE", "log", "body", "event", "text", "Message",
    "short_message", "textPayload", "RenderedMessage", "MessageTemplate",
)  # fmt: skip
SERVICES = (
    "service", "service.name", "service_name", "svc", "app", "application", "serviceName",
    "container_name", "_SYSTEMD_UNIT", "container", "name",
)  # fmt: skip
PROGRAMS = ("SYSLOG_IDENTIFIER", "_COMM", "program", "process")
HOSTS = (
    "host", "hostname", "host.name", "_HOSTNAME", "HostName", "pod", "pod_name", "nodename",
    "instance",
)  # fmt: skip
ERRORS = (
    "error", "err", "exception", "error.message", "exc_info", "stack_trace", "stack", "cause",
    "reason", "@x", "exc", "thrown",
)  # fmt: skip
_DRAWN = re.compile("[0-9a-f]{12,64}")  # the id of a container
_KEEPERS = frozenset({"log", "MESSAGE"})  # fields of those who keep the lines of others
_TOO_COMMON = frozenset({"name", "id", "type", "host", "process"})  # to mean it within another
# Values of JSON, then of logfmt.
_QUOTED, _NUMBER = r'"((?:[^"\\]|\\.)*)"', r"(-?[0-9][0-9.eE+]*)"
_WORDS, _WORD = r'("(?:[^"\\]|\\.)*"|[^ "]*)', "([^ ]*)"
_LOGFMT = re.compile(r'(?:^| )([A-Za-z_@][\w.@-]*)=("(?:[^"\\]|\\.)*"|[^ "]*)')


@dataclass(frozen=True)
class FieldPatterns:
    """One pattern per field with one group around its value; empty where there is none."""

    time: str
    level: str
    service: str
    message: str
    error: str = ""
    program: str = ""
    host: str = ""
    keeps: bool = False  # the lines of others


def find_fields(sample: Sequence[str]) -> FieldPatterns | None:
    """The fields of JSON or logfmt lines; None where most lines are neither, or have no message."""
    for read, write in _KINDS:
        records = _read_all(sample, read)
        message = _best(MESSAGES, records) if records else None
        if records and message is None and read is _read_json:
            message = message_field(records)
        if message:
            known = _patterns(records, write, message)
            return _by_values(known, records) if read is _read_json else known
    return None


def _by_values(known: FieldPatterns, records: Sequence[Mapping[str, object]]) -> FieldPatterns:
    """With the time and the level of fields whose names are not known."""
    time = known.time or _written(time_field(records), records)
    level = known.level or _written(level_field(records, LEVEL_OF), records)
    return replace(known, time=time, level=level)


def _written(name: str | None, records: Sequence[Mapping[str, object]]) -> str:
    return _json_pattern(name, records) if name else ""


def _read_all(sample: Sequence[str], read: _Read) -> list[Mapping[str, object]]:
    """The records of a sample; none as soon as too many lines hold none."""
    records = []
    for count, line in enumerate(sample, start=1):
        if record := read(line):
            records.append(record)
        if len(sample) - (count - len(records)) < _NEARLY_ALL * len(sample):
            return []
    return records


def _patterns(
    records: Sequence[Mapping[str, object]], write: _Write, message: str
) -> FieldPatterns:
    def pattern(names: Sequence[str], least: float = _SOME) -> str:
        name = _best(names, records, least=least)
        return write(name, records) if name else ""

    return FieldPatterns(
        pattern(TIMES),
        pattern(LEVELS),
        pattern([name for name in SERVICES if not _is_drawn(name, records)]),
        write(message, records),
        pattern(ERRORS, 1),
        pattern(PROGRAMS),
        pattern(HOSTS),
        message in _KEEPERS,
    )


def _is_drawn(name: str, records: Sequence[Mapping[str, object]]) -> bool:
    """Whether a field has ids for values, which name nobody."""
    values = [str(record[name]) for record in records if name in record]
    return bool(values) and all(map(_DRAWN.fullmatch, values))


def pattern_within(field: str, pattern: str) -> str:
    """The pattern of a field whose value holds what `pattern` says, which is what is taken."""
    ends = (end for end in (_QUOTED, _NUMBER, _WORDS, _WORD) if field.endswith(end))
    return f'{field.removesuffix(next(ends))}"?[^"]{{0,40}}?({pattern})'


def read_words(line: str) -> str:
    """Return the message and the error of a line of fields, without escapes."""
    record = _read_json(line) or {key: _bare(text) for key, text in _read_logfmt(line).items()}
    values = (record.get(name) for names in (MESSAGES, ERRORS) for name in names)
    return " ".join(value for value in values if isinstance(value, str))


def _bare(value: str) -> str:
    """A logfmt value without its quotes and the escapes that they needed."""
    if not value.startswith('"'):
        return value
    return value.removeprefix('"').removesuffix('"').replace('\\"', '"')


def _read_json(line: str) -> dict[str, object]:
    if not line.startswith("{"):
        return {}
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):  # deeper than anything that a logger writes
        return {}
    return dict(_flat(document)) if isinstance(document, dict) else {}


def _flat(record: Mapping[str, object]) -> Iterable[tuple[str, object]]:
    """Fields with those of nested objects after them, by their own name and with a dot."""
    yield from record.items()
    for outer, value in record.items():
        if isinstance(value, dict):
            for key, inner in value.items():
                yield f"{outer}.{key}", inner
                if key not in record and key not in _TOO_COMMON:
                    yield key, inner


def _read_logfmt(line: str) -> dict[str, str]:
    values: dict[str, str] = dict(_LOGFMT.findall(line))
    return values if len(values) >= _LEAST_FIELDS else {}


def _best(
    names: Sequence[str], records: Sequence[Mapping[str, object]], *, least: float = _SOME
) -> str | None:
    """The name that most records have, the earlier one of equals; None where few have any.

    least: a share of the records, or from 1 on a number of them.
    """
    counts = {
        name: sum(isinstance(record.get(name), str | int | float) for record in records)
        for name in names
    }
    best = max(names, key=lambda name: counts[name])
    return best if counts[best] >= (least if least >= 1 else least * len(records)) else None


def _json_pattern(name: str, records: Sequence[Mapping[str, object]]) -> str:
    """The first of that name; within another field only where no line has it with its dot."""
    quoted = sum(isinstance(record.get(name), str) for record in records)
    key = rf'"{re.escape(name)}"\s*:\s*'
    outer, _, inner = name.partition(".")
    if inner and any(isinstance(record.get(outer), dict) for record in records):
        key = rf'"{outer}"\s*:\s*\{{[^{{}}]{{0,400}}?"{re.escape(inner)}"\s*:\s*'
    return key + (_QUOTED if quoted else _NUMBER)


def _logfmt_pattern(name: str, records: Sequence[Mapping[str, object]]) -> str:
    values = [str(record[name]) for record in records if name in record]
    key = rf"(?:^| ){re.escape(name)}="
    if any(value.startswith('"') for value in values):
        return key + _WORDS
    return key + _WORD


_KINDS: tuple[tuple[_Read, _Write], ...] = (
    (_read_json, _json_pattern),
    (_read_logfmt, _logfmt_pattern),
)


_MEANT = {
    r"\"": '"',
    r"\\": "\\",
    r"\/": "/",
    r"\n": "\n",
    r"\r": "",
    r"\t": "\t",
    r"\u003c": "<",
    r"\u003e": ">",
    r"\u0026": "&",
    r"\u001b": "\x1b",
}
_ESCAPE = re.compile("|".join(map(re.escape, _MEANT)))


def unescape(text: str) -> str:
    """Of one string, without the line feed that ends it."""
    return _ESCAPE.sub(lambda match: _MEANT[match[0]], text).rstrip("\n")


def unescape_all(texts: pl.Series) -> pl.Series:
    """Of many."""
    rows = texts.str.contains("\\", literal=True).fill_null(value=False).arg_true()
    if not len(rows):
        return texts
    unescaped = texts.gather(rows).str.replace_many(list(_MEANT), list(_MEANT.values()))
    unescaped = unescaped.str.strip_chars_end("\n")
    return unescaped if len(rows) == len(texts) else texts.scatter(rows, unescaped)


_NAMES = {
    Level.DEBUG: "TRACE DEBUG DBG FINE FINER FINEST VERBOSE DEBUG1 DEBUG2 DEBUG3 VRB TRC D V",
    Level.INFO: "INFO INFORMATION NOTICE LOG INF CONFIG STATEMENT DETAIL HINT SUCCESS I",
    Level.WARNING: "WARN WARNING WRN W",
    Level.ERROR: "ERROR ERR SEVERE FAIL FAILURE E",
    Level.FATAL: "FATAL CRITICAL CRIT EMERG EMERGENCY ALERT PANIC FTL F",
}
# Of programs that speak the language of their machine: PostgreSQL and Windows do.
_FOREIGN = {
    Level.INFO: "INFORMATIONEN HINWEIS INFORMATIONS INFORMACIÓN INFORMAÇÃO 情報 信息 정보",
    Level.WARNING: "WARNUNG WAARSCHUWING UYARI VARNING AVERTISSEMENT ATTENTION ADVERTENCIA AVISO"
    " AVVISO 警告 경고 ВНИМАНИЕ",
    Level.ERROR: "FEHLER FOUT FEIL BŁĄD CHYBA HATA ERREUR ERRO ERRORE エラー 错误 錯誤 오류 ОШИБКА",
    Level.FATAL: "PANIK KRITISCH CRITIQUE CRÍTICO CRITICO 重大 严重",
}
LEVEL_OF = {
    name: level
    for table in (_NAMES, _FOREIGN)
    for level, names in table.items()
    for name in names.split()
}
SYSLOG = (
    *[Level.FATAL] * 3,
    Level.ERROR,
    Level.WARNING,
    *[Level.INFO] * 2,
    Level.DEBUG,
)
# Redis: debug, verbose, notice. Its fourth, "#", is for failures and greetings alike.
_MARKS = {".": Level.DEBUG, "-": Level.DEBUG, "*": Level.INFO}
PINO = dict(zip(range(10, 61, 10), (Level.DEBUG, *Level), strict=True))

_UNNAMED = "Level [0-9]{1,2}"  # as Python's logging spells those between its own
_NAMED = sorted((name for name in LEVEL_OF if len(name) > 1), key=len, reverse=True)
WORDS = "|".join([*_NAMED, _UNNAMED])
CLEAR = (
    "TRACE|DEBUG|INFO|NOTICE|WARNING|WARN|ERROR|ERR|SEVERE|CRITICAL|FATAL|PANIC"
    "|WARNUNG|FEHLER|ERREUR"
)
# Where no header says it: a word in brackets or before a colon, or one in capitals.
_STATED = rf"((?i:{WORDS})[\])>:\"|]|(?:{CLEAR})\b)"
STATED = rf"(?:^|[\s\[(<=\"|]){_STATED}"
STATED_FIRST = f"^{_STATED}"
_FATAL = re.compile(r"(?i)\b(panic|fatal|out of memory|oom-kill|segfault|segmentation fault)\b")
_ERROR = re.compile(
    r"\b(?i:error|errors|exception|traceback|failed|failure|denied|refused|unreachable|killed|"
    r"timed out|cannot|can't|could not|couldn't|unable to|aborted|no space left)\b"
    r"|\w(?:Error|Exception)\b"
)
_FINE = re.compile(
    r"(?i)\b(0|no|without|zero) (errors?|failures?|failed|refused|denied|dropped)\b"
    r"|\b(errors?|failures?|failed)[=: ]+0\b"
)
_WARNING = re.compile(r"(?i)\b(warn(ing)?|deprecated|retry(ing)?|slow|timeout|dropped|exceeded)\b")
_BY_WORDS = ((_FATAL, Level.FATAL), (_ERROR, Level.ERROR), (_WARNING, Level.WARNING))
# For Rust's regex: word boundaries of ASCII, as those of Unicode are slow beyond it.
_FINE_ASCII = f"(?-u){_FINE.pattern}"
_BY_WORDS_ASCII = tuple((f"(?-u){pattern.pattern}", level.value) for pattern, level in _BY_WORDS)
_LOUD = "|".join(f"(?:{pattern})" for pattern, _ in _BY_WORDS_ASCII)


def read_level(text: str) -> Level | None:
    """The level that a level field spells; None for a word that is none."""
    word = text.strip(" []()<>:|\"'").upper()
    if word in LEVEL_OF:
        return LEVEL_OF[word]
    if re.fullmatch(_UNNAMED.upper(), word):
        return _between(int(word.removeprefix("LEVEL ")))
    return _numbered(int(word)) if word.isdecimal() else _MARKS.get(word)


def guess_level(message: str) -> Level:
    """The level of a line that states none, by its words."""
    if _FINE.search(message):
        return Level.INFO
    for pattern, level in _BY_WORDS:
        if pattern.search(message):
            return level
    return Level.INFO


def guess_levels(messages: pl.Series) -> pl.Series:
    """The same for many lines at once; null where it is INFO."""
    loud = messages.str.contains(_LOUD).fill_null(value=False).arg_true()
    levels = pl.Series([None], dtype=pl.String).new_from_index(0, len(messages))
    if not len(loud):
        return levels
    message, level = pl.col("message").str, pl.lit(None, pl.String)
    for pattern, stated_level in reversed(_BY_WORDS_ASCII):
        level = pl.when(message.contains(pattern)).then(pl.lit(stated_level)).otherwise(level)
    level = pl.when(~message.contains(_FINE_ASCII)).then(level)
    stated = messages.gather(loud).alias("message").to_frame().select(level.alias("level"))
    return levels.scatter(loud, stated["level"])


def level_of_status(status: int) -> Level:
    """The level of an HTTP status: what the server got wrong is an error."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Level.ERROR
    return Level.WARNING if status in {408, 425, 429} else Level.INFO


def _between(number: int) -> Level:
    """Python's level from which on this one is told: 10 is DEBUG, 50 is CRITICAL."""
    return tuple(Level)[min(max(number // 10, 1), len(Level)) - 1]


def _numbered(number: int) -> Level | None:
    """Syslog's 0-7 count down in seriousness, pino's 10-60 count up."""
    return SYSLOG[number] if number < len(SYSLOG) else PINO.get(number)


class LatestTime:
    """Sees the times of a log's lines in order, a block at a time."""

    def __init__(self) -> None:
        self._latest: datetime | None = None

    def fill(self, times: pl.Series) -> pl.Series:
        """With the latest time for lines that tell none, those of earlier blocks too."""
        if times.null_count():
            times = times.fill_null(strategy="forward")
            times = times if self._latest is None else times.fill_null(self._latest)
        if len(times):
            latest = times[-1]
            self._latest = latest if isinstance(latest, datetime) else None
        return times
