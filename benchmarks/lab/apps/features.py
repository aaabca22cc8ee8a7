"""Code that teams got wrong: it fails as such code fails, with the interpreter's own words."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
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


def _cursor_of(raw: str) -> int:
    return int(raw.removeprefix("c_"))


async def page_after(app: Any, item: Any, options: Any) -> None:
    """A connection that is given back only when nothing goes wrong on the way."""
    connection = await app.pool.acquire(timeout=2)
    cursor = "c_" if random.random() < options.get("odd", 0.1) else f"c_{item['id']}"  # noqa: S311
    await connection.fetch("SELECT $1::int", _cursor_of(cursor))
    await app.pool.release(connection)


async def transfer(app: Any, item: Any, options: Any) -> None:
    """Two locks of this process, taken in the order in which a request names them."""
    locks = app.extra.setdefault("locks", {})
    names = ["settlement", "reserve"] if item["id"] % 2 else ["reserve", "settlement"]
    held: list[str] = []
    try:
        for name in names:
            lock = locks.setdefault(name, asyncio.Lock())
            getting = asyncio.ensure_future(lock.acquire())
            waited = 0
            while not (await asyncio.wait([getting], timeout=2))[0]:
                waited += 2
                state = f"held={','.join(held) or 'none'} waited={waited}s"
                app.log.warning("still waiting for lock %s (%s)", name, state)
            held.append(name)
            await asyncio.sleep(options.get("between", 0.06))
    finally:
        for name in held:
            locks[name].release()


_PAGE = [{"sku": f"A-{n:05d}", "tags": ["x", "y"], "price": n / 7} for n in range(700)]


async def trace_rows(app: Any, item: Any, options: Any) -> None:
    """Each row is written out when the log is that fine; the page is made into text each time."""
    if app.log.isEnabledFor(logging.DEBUG):
        for number in range(options.get("rows", 30)):
            app.log.debug("row %d of page: %s", number, json.dumps(_PAGE)[:60])


async def beacon(app: Any, item: Any, options: Any) -> None:
    """Short connections, one for each event; the kernel keeps each port for a while."""
    for _ in range(options["count"]):
        with app.socket((socket.AF_INET, socket.SOCK_STREAM, 0)) as made:
            made.bind((app.spec["addr"], 0))
            await asyncio.get_running_loop().sock_connect(made, (options["addr"], options["port"]))


FEATURES = {
    "leak_on_error": page_after,
    "transfer": transfer,
    "beacon": beacon,
    "trace_rows": trace_rows,
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
