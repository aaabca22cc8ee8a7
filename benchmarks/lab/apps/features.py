"""Code that teams got wrong: it fails as such code fails, with the interpreter's own words."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from decimal import Decimal
from typing import Any


def _settlement_total(order: dict[str, Any]) -> Decimal:
    lines = order["lines"]
    return sum((Decimal(line["net"]) * Decimal(line["fx_rate"]) for line in lines), Decimal(0))


def _delivery_window(address: dict[str, Any]) -> str:
    return str(address["region"]["slots"][0]["from"])


async def convert_totals(app: Any, item: Any, options: Any) -> None:
    _settlement_total({"id": item["id"], "lines": [{"net": "12.50", "qty": 2}]})


async def plan_delivery(app: Any, item: Any, options: Any) -> None:
    _delivery_window({"region": None, "city": "-"})


async def show_price(app: Any, item: Any, options: Any) -> None:
    """A library whose new version no longer has a function."""
    sys.path.insert(0, options["library"])
    pricekit = __import__("pricekit")
    pricekit.round_money(Decimal(item["id"]) / 7, "EUR")


async def remember(app: Any, item: Any, options: Any) -> None:
    """A list of everything seen that nobody empties."""
    if len(app.hoard) < options.get("most", 1_000_000):
        app.hoard.append(bytearray(os.urandom(64) * (options.get("kb", 500) * 16)))


async def audit_read(app: Any, item: Any, options: Any) -> None:
    """A connection that is taken from the pool and not given back."""
    try:
        app.hoard.append(await app.pool.acquire(timeout=2))
    except TimeoutError:
        return


async def emit_statistics(app: Any, item: Any, options: Any) -> None:
    """A socket for each request, which stays open."""
    for _ in range(options.get("count", 1)):
        app.hoard.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))


async def check_licence(app: Any, item: Any, options: Any) -> None:
    """A call that waits on the loop's own thread."""
    time.sleep(options.get("seconds", 0.4))  # noqa: ASYNC251


async def acquire_sequence(app: Any, item: Any, options: Any) -> None:
    """Something that is waited for without a limit."""
    app.log.info("waiting for lock %s", options["lock"])
    await asyncio.Event().wait()


async def read_settings(app: Any, item: Any, options: Any) -> None:
    """Settings that are read at the start and cannot be."""
    key = options["key"]
    settings = json.loads(options.get("settings", "{}"))
    if key not in settings:
        raise SystemExit(_refuse(app, key))


def _refuse(app: Any, key: str) -> int:
    app.log.critical("invalid configuration: required setting %s is not set, exiting", key)
    return 78


async def apply_discount(app: Any, item: Any, options: Any) -> None:
    """A job is read by the letter; a field that is null was not foreseen."""
    field = options["field"]
    if field in item:
        Decimal(item[field])


FEATURES = {
    "key_error": convert_totals,
    "type_error": plan_delivery,
    "attribute_error": show_price,
    "leak": remember,
    "leak_connection": audit_read,
    "leak_descriptor": emit_statistics,
    "block": check_licence,
    "hang": acquire_sequence,
    "bad_settings": read_settings,
    "poison": apply_discount,
}
