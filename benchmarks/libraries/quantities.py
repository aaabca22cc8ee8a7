"""Sizes and spans: ours beside humanize.

pip install humanize
python -m benchmarks.libraries.quantities
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta

import humanize

from benchmarks.libraries.footprint import cost, seconds_each
from core.text.quantities import size, span

SIZES = {0: "0 B", 999: "999 B", 1_500: "1.5 kB", 212_400_000: "212 MB", 10**12: "1.0 TB"}
SPANS = {
    timedelta(seconds=40): "40 s",
    timedelta(minutes=12): "12 min",
    timedelta(hours=2): "2 h",
    timedelta(hours=3, minutes=20): "3 h 20 min",
    timedelta(days=2, hours=4, minutes=9): "2 d 4 h",
}


def main() -> int:
    """Print one JSON document."""
    sizes = {
        text: [size(number).text, humanize.naturalsize(number)] for number, text in SIZES.items()
    }
    spans = {
        text: [
            span(length).text,
            humanize.naturaldelta(length),
            humanize.precisedelta(length, minimum_unit="seconds", format="%d"),
        ]
        for length, text in SPANS.items()
    }
    rows = {**sizes, **spans}
    per = {
        "ours": seconds_each(lambda: [(size(212_400_000), span(length)) for length in SPANS]),
        "humanize": seconds_each(
            lambda: [
                (humanize.naturalsize(212_400_000), humanize.precisedelta(length))
                for length in SPANS
            ]
        ),
    }
    document = {
        "right": {
            "ours": sum(row[0] == text for text, row in rows.items()),
            "humanize": sum(text in row[1:] for text, row in rows.items()),
        },
        "n": len(rows),
        "said": rows,
        "us_each": {name: round(took / len(SPANS) * 1e6, 1) for name, took in per.items()},
        "cost": cost("humanize"),
    }
    print(json.dumps(document, indent=1, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
