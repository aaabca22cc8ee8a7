"""Whoever logs whatever: a secret never reaches the log."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from core.text.redacted import RedactedText
from faultmaven.telemetry import configure_logging

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECRET = "hunter2-s3cr3t-value"  # noqa: S105 - planted
URL = f"postgresql://fm:{SECRET}@db/faultmaven"
library = logging.getLogger("some.library")


@pytest.fixture(params=[True, False], ids=["json", "console"])
def output(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[io.StringIO]:
    """What goes to stderr, in both forms; logging is left as it was found."""
    root, stderr = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    logging.captureWarnings(capture=False)  # a test before may have left it on
    configure_logging(secret=b"key of a test", json=request.param)
    yield stderr
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def fail() -> None:
    message = f"cannot reach {URL}"
    raise ConnectionError(message)


def log_exception() -> None:
    try:
        fail()
    except ConnectionError:
        library.exception("gave up, password=%s", SECRET)


class ConnectionWithUrl:
    def __repr__(self) -> str:
        return f"<Connection {URL}>"


WAYS: dict[str, Callable[[], object]] = {
    "message": lambda: library.warning(f"connecting with password={SECRET}"),
    "args": lambda: library.warning("connecting to %s", URL),
    "dict args": lambda: library.warning("with %(url)s", {"url": URL}),
    "object in args": lambda: library.error("lost %r", ConnectionWithUrl()),
    "exception": log_exception,
    "extra": lambda: library.warning("connecting", extra={"password": SECRET, "url": URL}),
    "stack": lambda: library.warning(f"at password={SECRET}", stack_info=True),
    "warning": lambda: warnings.warn(f"deprecated: {URL}", stacklevel=1),
    "our value": lambda: structlog.get_logger("us").info("hello", url=URL),
    "our name": lambda: structlog.get_logger("us").info("hello", password=SECRET),
    "our list": lambda: structlog.get_logger("us").info("hello", urls=[URL], more={"x": {URL}}),
    "our object": lambda: structlog.get_logger("us").info("hello", over=ConnectionWithUrl()),
    "our bytes": lambda: structlog.get_logger("us").info("hello", body=f"token={SECRET}".encode()),
    "our exception": lambda: structlog.get_logger("us").info(
        "hello", exc_info=ConnectionError(f"no {URL}")
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.filterwarnings("default")
def test_a_secret_never_gets_into_the_log(output: io.StringIO, way: str) -> None:
    WAYS[way]()
    assert output.getvalue().strip(), "it was logged"
    assert SECRET not in output.getvalue()
    if way != "extra":  # which is not printed at all
        assert "«secret-" in output.getvalue()


def entry(output: io.StringIO) -> dict[str, Any]:
    last: dict[str, Any] = json.loads(output.getvalue().splitlines()[-1])
    return last


@pytest.mark.parametrize("output", [True], indirect=True)
def test_a_record_is_one_line_of_json_that_says_what_and_when(output: io.StringIO) -> None:
    structlog.get_logger("us").warning(
        "kept",
        size=12,
        ratio=0.5,
        ok=True,
        none=None,
        title=RedactedText.format("5xx"),
        sha256="ab" * 32,
    )
    record = entry(output)
    assert record.pop("timestamp").endswith("Z")
    assert record == {
        "event": "kept",
        "level": "warning",
        "size": 12,
        "ratio": 0.5,
        "ok": True,
        "none": None,
        "title": "5xx",
        "sha256": "ab" * 32,
    }


@pytest.mark.parametrize("output", [True], indirect=True)
def test_an_exception_keeps_its_traceback(output: io.StringIO) -> None:
    log_exception()
    assert "ConnectionError: cannot reach postgresql://" in entry(output)["exception"]
    assert "in fail" in entry(output)["exception"]


@pytest.mark.integration
def test_last_words_are_redacted_too() -> None:
    program = (
        "from faultmaven.telemetry import configure_logging\n"
        "configure_logging(secret=b'k', json=True)\n"
        "raise ConnectionError('no postgresql://fm:' + 'hunter2-s3cr3t' + '-value@db/faultmaven')\n"
    )
    done = subprocess.run(
        (sys.executable, "-c", program),
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 1
    assert SECRET not in done.stderr
    assert json.loads(done.stderr)["event"] == "stopped"
