"""Which fields of JSON lines or logfmt hold the time, level, service and message?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_Read = Callable[[str], Mapping[str, object]]
_Write = Callable[[str, Sequence[Mapping[str, object]]], str]

_NEARLY_ALL = 0.8
_SOME = 0.3
_LEAST_FIELDS = 2  # of a line in logfmt

TIMES = (
    "timestamp", "@timestamp", "time", "ts", "$date", "t", "datetime", "date", "asctime", "@t",
    "eventTime", "Timestamp", "timeMillis", "__REALTIME_TIMESTAMP",
)  # fmt: skip
LEVELS = (
    "level", "severity", "lvl", "loglevel", "log.level", "levelname", "@l", "s", "LogLevel",
    "severity_text", "PRIORITY",
)  # fmt: skip
MESSAGES = (
    "message", "msg", "@m", "@mt", "MESSAGE", "log", "body", "event", "text", "Message",
)  # fmt: skip
SERVICES = (
    "service", "service.name", "service_name", "svc", "app", "application", "serviceName",
    "container_name", "_SYSTEMD_UNIT", "SYSLOG_IDENTIFIER",
)  # fmt: skip
ERRORS = (
    "error", "err", "exception", "error.message", "exc_info", "stack_trace", "stack", "cause",
    "reason", "@x", "exc",
)  # fmt: skip
_LOGFMT = re.compile(r'(?:^| )([A-Za-z_@][\w.@-]*)=("(?:[^"\\]|\\.)*"|[^ "]*)')


@dataclass(frozen=True)
class FieldPatterns:
    """One pattern per field with one group around its value; empty where there is none."""

    time: str
    level: str
    service: str
    message: str
    error: str = ""


def find_fields(sample: Sequence[str]) -> FieldPatterns | None:
    """The fields of JSON or logfmt lines; None where most lines are neither, or have no message."""
    for read, write in _KINDS:
        records = [record for line in sample if (record := read(line))]
        if len(records) < _NEARLY_ALL * len(sample):
            continue
        message = _best(MESSAGES, records)
        if message:
            others = (_best(names, records) for names in (TIMES, LEVELS, SERVICES))
            time, level, service = (write(name, records) if name else "" for name in others)
            error = _best(ERRORS, records, least=1)
            return FieldPatterns(
                time,
                level,
                service,
                write(message, records),
                write(error, records) if error else "",
            )
    return None


def read_words(line: str) -> str:
    """What a line of fields says in words: its message and its error, without escapes."""
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
        found = json.loads(line)
    except ValueError:
        return {}
    return dict(_flat(found)) if isinstance(found, dict) else {}


def _flat(record: Mapping[str, object]) -> Iterable[tuple[str, object]]:
    """Fields with those of nested objects after them; the pattern finds the first of a name."""
    yield from record.items()
    for value in record.values():
        if isinstance(value, dict):
            yield from ((key, inner) for key, inner in value.items() if key not in record)


def _read_logfmt(line: str) -> dict[str, str]:
    found: dict[str, str] = dict(_LOGFMT.findall(line))
    return found if len(found) >= _LEAST_FIELDS else {}


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
    quoted = sum(isinstance(record.get(name), str) for record in records)
    key = rf'"{re.escape(name)}"\s*:\s*'
    return key + (r'"((?:[^"\\]|\\.)*)"' if quoted else r"(-?[0-9][0-9.eE+]*)")


def _logfmt_pattern(name: str, records: Sequence[Mapping[str, object]]) -> str:
    values = [str(record[name]) for record in records if name in record]
    key = rf"(?:^| ){re.escape(name)}="
    if any(value.startswith('"') for value in values):
        return key + r'("(?:[^"\\]|\\.)*"|[^ "]*)'
    return key + "([^ ]*)"


_KINDS: tuple[tuple[_Read, _Write], ...] = (
    (_read_json, _json_pattern),
    (_read_logfmt, _logfmt_pattern),
)
