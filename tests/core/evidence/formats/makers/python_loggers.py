"""Writes python_*.log and structlog.* into the folder given: `python python_loggers.py FOLDER`."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

ORDERS = 12
_FORMATS = {
    "python_basic.log": logging.BASIC_FORMAT,
    "python_asctime.log": "%(asctime)s - %(name)s - %(levelname)s - %(message)s",
    "python_bracketed.log": "[%(asctime)s] %(levelname)s in %(module)s: %(message)s",
    "python_pipes.log": "%(asctime)s | %(levelname)-8s | %(name)s:%(funcName)s:%(lineno)d - "
    "%(message)s",
}


class PoolTimeoutError(Exception):
    """No connection was free in time."""


def connect(pool: str) -> None:
    """Never succeeds."""
    reason = f"{pool}: 10 of 10 connections in use"
    raise PoolTimeoutError(reason)


def charge(order: int) -> None:
    """Never succeeds, and says for which order."""
    try:
        connect("orders")
    except PoolTimeoutError as error:
        reason = f"order {order} was not charged"
        raise RuntimeError(reason) from error


def serve(log: logging.Logger) -> None:
    """Some orders; every fourth one fails."""
    for order in range(ORDERS):
        log.info(
            "order %d taken, trace_id=%032x", order, 0x4BF92F3577B34DA6A3CE929D0E0E4700 + order
        )
        if order % 4 == 3:
            log.warning("pool orders is at %d %%", 90 + order // 4)
            try:
                charge(order)
            except RuntimeError:
                log.exception("charging order %d failed", order)


def plain(path: Path, form: str) -> None:
    """By the standard library's logging."""
    handler = logging.FileHandler(path, mode="w")
    handler.setFormatter(logging.Formatter(form))
    log = logging.getLogger("shop.orders")
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.DEBUG)
    serve(log)
    handler.close()


def structured(path: Path, renderer: Callable[..., str | bytes]) -> None:
    """By structlog."""
    with path.open("w") as file:
        structlog.configure(
            processors=[
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso"),
                structlog.processors.format_exc_info,
                renderer,
            ],
            logger_factory=structlog.WriteLoggerFactory(file=file),
            cache_logger_on_first_use=False,
        )
        log = structlog.get_logger(service="orders")
        for order in range(ORDERS):
            bound = log.bind(request_id=f"req-{order:04d}")
            bound.info("order taken", order=order)
            if order % 4 == 3:
                try:
                    charge(order)
                except RuntimeError:
                    bound.exception("charging failed", order=order)


def main(folder: Path) -> None:
    """Write all of them."""
    for name, form in _FORMATS.items():
        plain(folder / name, form)
    structured(folder / "structlog.json", structlog.processors.JSONRenderer())
    structured(folder / "structlog.logfmt", structlog.processors.LogfmtRenderer())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
