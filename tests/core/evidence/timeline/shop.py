"""Two logs of one incident: api's clock is 40 s ahead of web's. It breaks at 12:20:00 by web's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

BEGAN = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)
BREAKS = BEGAN + timedelta(minutes=20)
AHEAD = timedelta(seconds=40)
EVERY = timedelta(seconds=5)
REQUESTS = 360
PASSWORD = "hunter2-value-of-mine"  # noqa: S105 - planted


def web() -> str:
    return _log("web", timedelta(), begins_ms=0, ends_ms=900)


def api() -> str:
    return _log("api", AHEAD, begins_ms=100, ends_ms=700)


def _log(service: str, ahead: timedelta, *, begins_ms: int, ends_ms: int) -> str:
    lines = []
    for number in range(REQUESTS):
        at = BEGAN + number * EVERY
        broken = at >= BREAKS
        says = f'msg="order lost" password={PASSWORD}' if broken else 'msg="order kept"'
        records = (
            (begins_ms, "info", 'msg="order begun"'),
            (ends_ms, "error" if broken else "info", says),
        )
        for after_ms, level, text in records:
            time = (at + ahead + timedelta(milliseconds=after_ms)).isoformat(
                timespec="milliseconds"
            )
            clock = time.replace("+00:00", "Z")
            lines.append(
                f"time={clock} level={level} service={service} {text} request_id=req-{number:05}"
            )
    return "\n".join(lines) + "\n"
