"""What the program says of itself: structured logs on stderr, redacted whoever wrote them."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from core.clean import Clean
from core.redaction.engine import Redactor

Entry = MutableMapping[str, Any]


def configure_logging(*, secret: bytes, json: bool) -> None:
    """Route every library's records through one redacting formatter to stderr."""
    redactor = Redactor(secret)

    def redact(
        _logger: object, _method: str, entry: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        return {key: _clean(value, redactor) for key, value in entry.items()}

    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_plain)
    )
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for library in ("httpx", "alembic", "uvicorn", "arq"):  # their every step is no news
        logging.getLogger(library).setLevel(logging.WARNING)


def _clean(value: object, redactor: Redactor) -> object:
    if isinstance(value, Clean):
        return value.text
    return redactor.clean(value).text if isinstance(value, str) else value


def _plain(stream: Any, exc_info: Any) -> None:
    structlog.dev.plain_traceback(stream, exc_info)
