"""Records of systemd's journal as `journalctl -o json` prints them, told as lines of syslog.

What a daemon did stands in its message, and who it was in other fields; the signs of a change are
known from both together.

Source: systemd.journal-fields(7).
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

_IS_RECORD = re.compile(r'^\{.{0,4000}?"__REALTIME_TIMESTAMP"\s*:')
_MICROSECONDS = re.compile(r"[1-9]\d{15}")  # since 1970
# `orders` of `orders.service`, `postgresql` of `postgresql@15-main.service`.
UNIT_FIELD = "_SYSTEMD_UNIT"
UNIT = rf'"{UNIT_FIELD}"\s*:\s*"([\w.-]+?)(?:@[^"]{{0,100}})?\.service"'


def as_syslog(line: str) -> str:
    """`2026-03-04T02:17:01Z host cron[7]: the message` of a record; any other line as it is."""
    if not _IS_RECORD.match(line):
        return line
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return line
    fields = ("__REALTIME_TIMESTAMP", "_HOSTNAME", "SYSLOG_IDENTIFIER", "MESSAGE")
    moment, host, program, message = (record.get(name) for name in fields)
    process = record.get("_PID") or record.get("SYSLOG_PID")
    texts = (moment, host, program, message, process)
    if not all(isinstance(text, str) for text in texts) or not _MICROSECONDS.fullmatch(moment):
        return line
    at = datetime.fromtimestamp(int(moment[:-6]), UTC)
    return f"{at:%Y-%m-%dT%H:%M:%SZ} {host} {program}[{process}]: {message}"
