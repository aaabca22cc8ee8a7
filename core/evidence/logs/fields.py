"""Finds the fields of JSON lines or logfmt that hold time, level, service and message."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.evidence.logs.field_values import level_field, message_field, time_field
from core.evidence.logs.journal_records import UNIT, UNIT_FIELD
from core.evidence.logs.levels import LEVEL_OF

if TYPE_CHECKING:
    import polars as pl

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
_GROUP = re.compile(r"(?<!\\)\((?!\?)")  # in a pattern, around what is taken
_LEAST_LETTERS = 3  # of a name that is known however it is written: `_service`, `ServiceName`
_NO_LETTER = re.compile(r"[^a-z]")
# Of Serilog's compact lines: its time and its message; the level is left out where it is this one.
_COMPACT, _UNSAID = ({"@t"}, {"@m", "@mt"}), "Information"
# The id of a container, or an interface of a provider, as audits of clouds name it.
_NOBODY = re.compile(r"[0-9a-f]{12,64}|[\w.-]{2,80}\.(?:googleapis|amazonaws)\.com")
_KEEPERS = frozenset({"log", "MESSAGE"})  # fields of those who keep the lines of others
_TOO_COMMON = frozenset({"name", "id", "type", "host", "process"})  # to mean it within another
# Values of JSON, then of logfmt.
_QUOTED, _NUMBER = r'"((?:[^"\\]|\\.)*)"', r"(-?[0-9][0-9.eE+]*)"
_WORDS, _WORD = r'("(?:[^"\\]|\\.)*"|[^ "]*)', "([^ ]*)"
_LOGFMT = re.compile(r'(?:^| )([A-Za-z_@][\w.@-]*)=("(?:[^"\\]|\\.)*"|[^ "]*)')


@dataclass(frozen=True)
class FieldPatterns:
    """One pattern per field with one group around its value; empty where there is none.

    `unsaid` is the level of lines that leave it out.
    """

    time: str
    level: str
    service: str
    message: str
    error: str = ""
    program: str = ""
    host: str = ""
    keeps: bool = False  # the lines of others
    unsaid: str = ""


def find_fields(sample: Sequence[str]) -> FieldPatterns | None:
    """The fields of JSON or logfmt lines; None where most lines are neither, or have no message."""
    for read, write in _KINDS:
        records = _read_all(sample, read)
        if records and read is _read_json:
            fields = name_fields(records, write)
        else:
            message = _best(_spelled(MESSAGES, records), records) if records else None
            fields = _patterns(records, write, message) if message else None
        if fields is not None:
            return fields
    return None


def name_fields(records: Sequence[Mapping[str, object]], write: _Write) -> FieldPatterns | None:
    """The fields by their names, else by their values; None where there is no message."""
    message = _best(_spelled(MESSAGES, records), records) or message_field(records)
    if message is None:
        return None
    fields = _patterns(records, write, message)

    def written(name: str | None) -> str:
        return write(name, records) if name else ""

    return replace(
        fields,
        time=fields.time or written(time_field(records)),
        level=fields.level or written(level_field(records, LEVEL_OF)),
    )


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

    services = [name for name in _spelled(SERVICES, records) if not _names_nobody(name, records)]
    is_compact = all(any(names & record.keys() for record in records) for names in _COMPACT)
    return FieldPatterns(
        pattern(_spelled(TIMES, records)),
        pattern(_spelled(LEVELS, records), 1 if is_compact else _SOME),
        _of_unit(pattern(services)),
        write(message, records),
        pattern(ERRORS, 1),
        pattern(PROGRAMS),
        pattern(_spelled(HOSTS, records)),
        message in _KEEPERS,
        _UNSAID if is_compact else "",
    )


def _of_unit(service: str) -> str:
    """The pattern of a field of services; of units of systemd, it takes their names alone."""
    return UNIT if UNIT_FIELD in service else service


def _spelled(names: Sequence[str], records: Sequence[Mapping[str, object]]) -> Sequence[str]:
    """The names, then those of the records' fields that are the same but for case and signs."""
    known = {_letters(name) for name in names if len(_letters(name)) >= _LEAST_LETTERS}
    written = dict.fromkeys(name for record in records for name in record)
    return [*names, *(name for name in written if name not in names and _letters(name) in known)]


def _letters(name: str) -> str:
    return _NO_LETTER.sub("", name.lower())


def _names_nobody(name: str, records: Sequence[Mapping[str, object]]) -> bool:
    """Whether no value of a field is the name of somebody here."""
    values = [str(record[name]) for record in records if name in record]
    return bool(values) and all(map(_NOBODY.fullmatch, values))


def pattern_within(field: str, pattern: str) -> str:
    """The pattern of a field whose value holds what `pattern` says, which is what is taken."""
    before = _GROUP.split(field, maxsplit=1)[0]
    return f'{before}"?[^"]{{0,40}}?({pattern})'


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
    wanted = set(names)
    had = Counter(
        name
        for record in records
        for name in wanted & record.keys()
        if isinstance(record[name], str | int | float)
    )
    best = max(names, key=lambda name: had[name])
    return best if had[best] >= (least if least >= 1 else least * len(records)) else None


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
