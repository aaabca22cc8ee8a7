"""Structured logs on stderr, redacted whichever library wrote them."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from core.redaction.engine import Redactor
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from types import TracebackType

Entry = MutableMapping[str, Any]
PLAIN = (bool, int, float, type(None))


def configure_logging(*, secret: bytes, json: bool) -> None:
    """Route every library's records, warnings and last words through one redacting formatter."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_plain)
    )
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
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
                partial(_redact, Redactor(secret)),  # last, so that nothing gets past it
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for library in ("httpx", "alembic", "uvicorn", "arq"):  # their every step is no news
        logging.getLogger(library).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = _last_words


def _redact(redactor: Redactor, _logger: object, _method: str, entry: Entry) -> Entry:
    return {name: _clean(value, name, redactor) for name, value in entry.items()}


def _clean(value: object, name: str, redactor: Redactor) -> object:
    """The value as it may be shown; what is neither text nor number is shown as its `repr`."""
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, RedactedText):
        return value.text
    if isinstance(value, Mapping):
        return {str(key): _clean(item, str(key), redactor) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item, name, redactor) for item in value]
    return _clean_text(value if isinstance(value, str) else repr(value), name, redactor)


def _clean_text(text: str, name: str, redactor: Redactor) -> str:
    """Redact text together with its field's name: `password` marks `hunter2` as a secret."""
    cleaned = redactor.clean(f"{name}={text}").text
    return cleaned.removeprefix(f"{name}=") if cleaned.startswith(f"{name}=") else "(redacted)"


def _last_words(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger(__name__).critical("stopped", exc_info=(kind, error, trace))


def _plain(stream: Any, exc_info: Any) -> None:
    structlog.dev.plain_traceback(stream, exc_info)
