"""Logs of imaginary systems whose templates are known: each line with the message that wrote it.

Each `NAME.txt` holds the messages of one system, with `{kind}` where a value goes. Lines are drawn
from them by a generator that always draws the same: a few messages write most lines, most
messages a few, as in real logs.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from tests.core.evidence.corpus.headers import HEADERS
from tests.core.evidence.corpus.values import filled

LINES = 2_000
_STEEPNESS = 1.2  # of the law by which messages share the lines


@dataclass(frozen=True)
class Labelled:
    """Lines of one system with and without their headers, and the message of each by number."""

    name: str
    raw: list[str]
    content: list[str]
    truth: list[int]


def systems() -> list[str]:
    """Names of the imaginary systems."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.txt"))


def labelled(name: str, *, lines: int = LINES, seed: int = 0) -> Labelled:
    """What the system of this name writes in a few hours; on another day with another `seed`."""
    chance = random.Random(f"{name} {seed}")  # noqa: S311 - the same lines every time
    text = (Path(__file__).parent / f"{name}.txt").read_text(encoding="utf-8")
    messages = [line for line in text.splitlines() if line and not line.startswith("# ")]
    chance.shuffle(messages)
    weights = [(rank + 1) ** -_STEEPNESS for rank in range(len(messages))]
    truth = chance.choices(range(len(messages)), weights, k=lines)
    content = [filled(messages[number], chance) for number in truth]
    header = HEADERS[name]
    moment = 1_793_500_000.0
    raw = []
    for message in content:
        moment += chance.expovariate(0.5)
        raw.append(header(moment, message, chance))
    return Labelled(name, raw, content, truth)
