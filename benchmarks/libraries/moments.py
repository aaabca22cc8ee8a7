"""Times as people write them: ours beside dateparser.

    pip install dateparser
    python -m benchmarks.libraries.moments

Each is settled against the newest event of a case, as commands and questions do it.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import dateparser

from benchmarks.libraries.footprint import cost, seconds_each
from core.errors import WrongUsage
from core.evidence.events.window import Window, parse_edge, resolve_window

if TYPE_CHECKING:
    from collections.abc import Callable

NEWEST = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
FIRST = datetime(2026, 11, 19, 22, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OF_OURS = {
    "1h": NEWEST - HOUR,
    "90m": NEWEST - 1.5 * HOUR,
    "90 min": NEWEST - 1.5 * HOUR,
    "1.5 hours": NEWEST - 1.5 * HOUR,
    "45s": NEWEST - HOUR / 80,
    "2 days": NEWEST - 2 * DAY,
    "14:05": datetime(2026, 11, 20, 14, 5, tzinfo=UTC),
    "2:05 pm": datetime(2026, 11, 20, 14, 5, tzinfo=UTC),
    "12:05am": datetime(2026, 11, 20, 0, 5, tzinfo=UTC),
    "23:00": datetime(2026, 11, 19, 23, 0, tzinfo=UTC),
    "14:05:30 UTC": datetime(2026, 11, 20, 14, 5, 30, tzinfo=UTC),
    "yesterday": datetime(2026, 11, 19, tzinfo=UTC),
    "today": datetime(2026, 11, 20, tzinfo=UTC),
    "2026-11-20": datetime(2026, 11, 20, tzinfo=UTC),
    "2026-11-20T14:05Z": datetime(2026, 11, 20, 14, 5, tzinfo=UTC),
    "2026-11-20 14:05 UTC": datetime(2026, 11, 20, 14, 5, tzinfo=UTC),
    "2026-11-20T15:05+01:00": datetime(2026, 11, 20, 14, 5, tzinfo=UTC),
}
BEYOND = {
    "an hour ago": NEWEST - HOUR,
    "20 Nov 14:05": datetime(2026, 11, 20, 14, 5, tzinfo=UTC),
    "Nov 19": datetime(2026, 11, 19, tzinfo=UTC),
    "last Thursday": datetime(2026, 11, 19, tzinfo=UTC),
    "yesterday at 23:10": datetime(2026, 11, 19, 23, 10, tzinfo=UTC),
    "gestern um 23:10": datetime(2026, 11, 19, 23, 10, tzinfo=UTC),
}
NO_TIME = (
    "soon",
    "25:00",
    "14:60",
    "2026-13-01",
    "checkout",
    "pool-3",
    "may be",
    "sun",
    "a sec",
    "42",
)
_SETTINGS = {
    "RELATIVE_BASE": NEWEST.replace(tzinfo=None),
    "TIMEZONE": "UTC",
    "RETURN_AS_TIMEZONE_AWARE": True,
    "PREFER_DATES_FROM": "past",
    "RETURN_TIME_AS_PERIOD": True,
}


def main() -> int:
    """Print one JSON document."""
    shown = {"ours": _measured(ours), "dateparser": _measured(theirs)}
    odd = {text: str(theirs(text)) for text, meant in OF_OURS.items() if theirs(text) != meant}
    taken = {text: str(at) for text in NO_TIME if (at := theirs(text))}
    document = shown | {"dateparser differs": odd | taken, "cost": cost("dateparser")}
    print(json.dumps(document, indent=1, ensure_ascii=False))
    return 0


def ours(text: str) -> datetime | None:
    """What our window begins with."""
    try:
        edge = parse_edge(text)
    except WrongUsage:
        return None
    return resolve_window(Window(since=edge), at=None, first=FIRST, newest=NEWEST).since


def theirs(text: str) -> datetime | None:
    """In English and German: with all its languages it takes longer and refuses less."""
    return dateparser.parse(text, languages=["en", "de"], settings=_SETTINGS)  # type: ignore[no-any-return]


def _measured(read: Callable[[str], datetime | None]) -> dict[str, Any]:
    every = [*OF_OURS, *BEYOND, *NO_TIME]
    took = seconds_each(lambda: list(map(read, every)), rounds=3)
    return {
        "what ours reads": _share(read, OF_OURS),
        "beyond it": _share(read, BEYOND),
        "refused": f"{sum(read(text) is None for text in NO_TIME)} of {len(NO_TIME)}",
        "us_each": round(took / len(every) * 1e6),
    }


def _share(read: Callable[[str], datetime | None], wanted: dict[str, datetime]) -> str:
    right = sum(read(text) == meant for text, meant in wanted.items())
    return f"{right} of {len(wanted)}"


if __name__ == "__main__":
    sys.exit(main())
