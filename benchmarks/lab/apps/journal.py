"""How a team's service writes its log: JSON, logfmt, plain text or like a web framework."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from typing import Any

PLAIN = "%(asctime)s %(levelname)-7s [%(name)s] %(message)s"
BRACKET = "[%(asctime)s] [%(process)d] [%(levelname)s] %(message)s"


def _stamp(record: logging.LogRecord) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{whole}.{int(record.msecs):03d}Z"


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    extra = getattr(record, "fields", None)
    return extra if isinstance(extra, dict) else {}


class JsonLines(logging.Formatter):
    """One object a line, as structlog writes them."""

    def __init__(self, service: str, host: str) -> None:
        super().__init__()
        self._base = {"service": service, "host": host}

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "timestamp": _stamp(record),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
            **self._base,
            **_extra(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _quoted(text: object) -> str:
    plain = str(text)
    return json.dumps(plain) if not plain or any(c in plain for c in ' "=\n') else plain


class Logfmt(logging.Formatter):
    """`key=value` pairs."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        pairs: dict[str, Any] = {
            "ts": _stamp(record),
            "level": record.levelname.lower(),
            "app": self._service,
            "msg": record.getMessage(),
            **_extra(record),
        }
        if record.exc_info and record.exc_info[1] is not None:
            pairs["err"] = f"{type(record.exc_info[1]).__name__}: {record.exc_info[1]}"
            pairs["stack"] = self.formatException(record.exc_info)
        return " ".join(f"{key}={_quoted(value)}" for key, value in pairs.items())


class Text(logging.Formatter):
    """A line of text, with the fields behind it in brackets or not at all."""

    def __init__(self, pattern: str) -> None:
        super().__init__(pattern, "%Y-%m-%d %H:%M:%S")
        if pattern == PLAIN:
            self.default_msec_format = "%s,%03d"
            self.datefmt = None
        self.converter = time.gmtime
        self._pattern = pattern

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        line = super().formatMessage(record)
        fields = _extra(record)
        if not fields:
            return line
        return line + " (" + ", ".join(f"{k}={v}" for k, v in fields.items()) + ")"


def open_journal(spec: dict[str, Any]) -> logging.Logger:
    """The service's logger, which writes to standard output in the style of its team."""
    styles: dict[str, logging.Formatter] = {
        "json": JsonLines(spec["name"], spec["host"]),
        "logfmt": Logfmt(spec["name"]),
        "plain": Text(PLAIN),
        "bracket": Text(BRACKET),
    }
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(styles[spec["style"]])
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(spec.get("log_level", "INFO"))
    logging.getLogger("asyncpg").setLevel(logging.WARNING)
    for noisy in ("aiohttp.access", "aiohttp.server"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    os.environ.setdefault("TZ", "UTC")
    return logging.getLogger(spec["name"].split("-")[-1])
