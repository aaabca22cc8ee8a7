"""Logs and measurements, line by line."""

from __future__ import annotations

import io
import logging
import random
import traceback
from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.openmetrics import exposition

START = datetime(2026, 11, 17, 2, 41, 7, 123456, tzinfo=UTC)
_LEVELS = ("INFO", "WARN", "ERROR")
WHAT = (
    "order accepted", "cart emptied", "stock checked for 3 items", "payment declined by bank",
    "retrying upstream", "cache miss for key basket", "session closed", "worker started",
)  # fmt: skip


def files() -> dict[str, dict[str, str | bytes]]:
    return {"log": _logs() | _wrapped() | _broken(), "metric": _metrics()}


def _many(write: str, *, step: timedelta = timedelta(seconds=13), layout: str = "") -> str:
    """Forty lines: {t} is the time, {what} what happened, {n} a number."""
    dice = random.Random(7)  # noqa: S311 - words by chance
    rows = []
    for number in range(40):
        at = START + number * step
        written = at.strftime(layout) if layout else at.isoformat()
        rows.append(write.format(t=written, what=dice.choice(WHAT), n=number, epoch=at.timestamp()))
    return "\n".join(rows) + "\n"


def _logs() -> dict[str, str | bytes]:
    return {
        "shop.log": _many("{t} INFO  [basket-{n}] {what}", layout="%Y-%m-%d %H:%M:%S,%f"),
        "daemon": _many("{t} host7 basketd[81{n}]: {what}", layout="%b %d %H:%M:%S"),
        "rfc5424.txt": _many("<165>1 {t} host7 basketd 81{n} ID47 - {what}"),
        "controller.out": _many("I{t} 1 sync.go:{n}] {what}", layout="%m%d %H:%M:%S.%f"),
        "proxy": _many(
            '10.1.2.{n} - - [{t}] "GET /basket/{n} HTTP/1.1" 200 5{n} "-" "probe/1.0"',
            layout="%d/%b/%Y:%H:%M:%S +0000",
        ),
        "db": _many("{t} UTC [30{n}] LOG:  {what}", layout="%Y-%m-%d %H:%M:%S.%f"),
        "cache.1": _many("1:M {t} * {what}", layout="%d %b %Y %H:%M:%S.%f"),
        "kernel.txt": "".join(f"[{n}.{n:06}] usb 1-{n}: {WHAT[n % 8]}\n" for n in range(30)),
        "gc": "".join(f"[{n}.31{n % 10}s][info][gc] GC({n}) Pause Young 24M->4M 3.{n}ms\n"
                      for n in range(30)),
        "clock": _many("{t} INFO {what}", layout="%H:%M:%S.%f"),
        "levels": "".join(f"{_LEVELS[n % 3]}: {WHAT[n % 8]}\n" for n in range(30)),
        "colours": _many("\x1b[32m{t}\x1b[0m \x1b[1mINFO\x1b[0m {what}"),
        "epochs": _many("{epoch} basket {what}"),
        "wide.log": _many("{t} INFO {what}").encode("utf-16"),
        "narrow.log": _many("{t} INFO {what} für Jürgen").encode("latin-1"),
        "dos.log": _many("{t} INFO {what}").replace("\n", "\r\n"),
        "old-mac.log": _many("{t} INFO {what}").replace("\n", "\r"),
        "stdlib.log": _by_logging(),
        "slow-queries": "".join(
            f"# Time: 2026-11-17T02:4{n}:07Z\n# User@Host: shop[shop] @ db [10.0.0.{n}]\n"
            f"# Query_time: {n}.5  Lock_time: 0.0 Rows_sent: {n}\nselect * from basket;\n"
            for n in range(9)
        ),
    }  # fmt: skip


def _wrapped() -> dict[str, str | bytes]:
    return {
        "events.json": _many('{{"time":"{t}","level":"info","msg":"{what}","n":{n}}}'),
        "container": _many('{{"log":"{what}\\n","stream":"stdout","time":"{t}"}}'),
        "fmt": _many('ts={t} level=info msg="{what}" n={n}'),
        "pods": _many("{t} stdout F {what}"),
        "compose.txt": _many("web_1  | {t} INFO {what}"),
        "journal.export": "".join(
            f"__CURSOR=s={n}\n__REALTIME_TIMESTAMP={1763347267000000 + n}\nPRIORITY=6\n"
            f"MESSAGE={WHAT[n % 8]}\n\n" for n in range(9)
        ),
        "exported.csv": "time,level,message\n" + _many("{t},INFO,{what} once more"),
    }  # fmt: skip


def _by_logging() -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    for number in range(30):
        record = logging.LogRecord("shop", 20, "", 1, WHAT[number % 8], None, None)
        handler.handle(record)
    return stream.getvalue()


def _broken() -> dict[str, str | bytes]:
    try:
        int("basket")
    except ValueError:
        ours = traceback.format_exc()
    return {
        "stack.txt": ours,
        "java": (
            "java.lang.IllegalStateException: basket is closed\n"
            + "".join(f"\tat shop.Basket.put{n}(Basket.java:{n})\n" for n in range(9))
            + "Caused by: java.net.SocketTimeoutException: Read timed out\n\t... 9 more\n"
        ),
        "node": (
            "/srv/shop/basket.js:14\n    throw new TypeError('x')\n    ^\n\n"
            "TypeError: Cannot read properties of undefined (reading 'total')\n"
            "    at total (/srv/shop/basket.js:14:9)\n    at main (/srv/shop/index.js:3:1)\n"
        ),
        "rust": (
            "thread 'main' panicked at src/basket.rs:9:5:\nindex out of bounds: the len is 2\n"
            "stack backtrace:\n   0: rust_begin_unwind\n             at /rustc/std/src/panic.rs:9\n"
            "   1: shop::main\n             at ./src/main.rs:3\n"
        ),
    }


def _metrics() -> dict[str, str | bytes]:
    registry = CollectorRegistry()
    Gauge("basket_open", "Baskets that are open.", registry=registry).set(3)
    asked = Counter("asked", "What was asked.", ["code"], registry=registry)
    for code in range(200, 206):
        asked.labels(str(code)).inc(code)
    Histogram("took_seconds", "How long.", registry=registry).observe(0.3)
    rows = [(START + timedelta(minutes=n), 40 + n % 7, 0.25 * n) for n in range(50)]
    return {
        "scraped": generate_latest(registry),
        "open.txt": exposition.generate_latest(registry),  # type: ignore[no-untyped-call]
        "table.csv": "time,cpu,load\n" + "".join(f"{t:%Y-%m-%dT%H:%M:%SZ},{a},{b}\n"
                                                 for t, a, b in rows),
        "table.txt": "timestamp;used;free\n" + "".join(f"{int(t.timestamp())};{a};{b}\n"
                                                      for t, a, b in rows),
        "tabs": "ts\tcpu\n" + "".join(f"{int(t.timestamp() * 1000)}\t{b}\n" for t, _, b in rows),
        "graphite": "".join(f"shop.web{n % 3}.cpu.user {a} {int(t.timestamp())}\n"
                            for n, (t, a, _) in enumerate(rows)),
        "influx": "".join(f"cpu,host=web{a} usage={b},idle=3i {int(t.timestamp())}000000000\n"
                          for t, a, b in rows),
        "vmstat.txt": "procs -----memory---- ---swap-- -----io---- -cpu-\n"
        " r  b   swpd   free   si   so    bi    bo us sy id\n"
        + "".join(f" {n}  0      0 8{a}1232    0    0    1{n}   5 {a}  2 9\n"
                  for n, (_, a, _) in enumerate(rows)),
    }  # fmt: skip
