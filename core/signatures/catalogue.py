"""Which failures do we know, and which of their signals does a line carry?

Pure, and cheap enough for every distinct line of a log: `literals` and `prefilter` tell a reader
which lines can matter at all, `match` then looks closely at those.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import yaml

from core.evidence.model import Level
from core.signatures.model import CHANGE, Harmless, Role, Signal, Signature

if TYPE_CHECKING:
    from collections.abc import Mapping

# The same in C, ten times as fast: each extraction is a process that loads this.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HERE = Path(__file__).parent
_HARMLESS = "harmless"
_LOOK_AT = 8_000  # characters of a line that are looked at
_LEAD = 240  # characters before a match that may show it harmless
_PART = 4  # characters of a literal by which it is looked up; none is shorter
_RANKS = {level: rank for rank, level in enumerate(Level)}
_META = re.compile(r"[.*+?()|\[\]{}^$\\]")


def match(text: str, level: Level | None = None) -> tuple[str, ...]:
    """Names of the signals that a line carries, the weightiest first; () for nearly every line.

    `level` is what the line itself states, or its record; None where neither says it. A line that
    names what is behind a failed call is no sign of a failed call.
    """
    text = text[:_LOOK_AT]
    lowered = text.lower()
    named = [one for one in _named_in(lowered) if _is_loud(one, level)]
    if not named or _harmless().line.search(text):
        return ()
    found = [one for one in named if _carries(one, text)]
    if any(one.role is Role.FOR and not _is_symptom(one) for one in found):
        found = [one for one in found if not _is_symptom(one)]
    return tuple(one.name for one in sorted(found, key=_importance))


@cache
def literals() -> tuple[str, ...]:
    """Lower-case literals: a line without any of them carries no signal."""
    every = {need for signal in signals().values() for need in signal.needs}
    return tuple(sorted(one for one in every if not _holds_another(one)))


@cache
def prefilter() -> str:
    """The same as one case-insensitive pattern that Rust's regex and Python's re understand."""
    return "(?i)" + "|".join(_META.sub(r"\\\g<0>", literal) for literal in literals())


@cache
def signatures() -> Mapping[str, Signature]:
    """By fault; `change` is among them."""
    files = sorted(path for path in _HERE.glob("*.yaml") if path.stem != _HARMLESS)
    found = (Signature.model_validate(_loaded(path)) for path in files)
    return MappingProxyType({signature.fault: signature for signature in found})


@cache
def signals() -> Mapping[str, Signal]:
    """By name, which is unique over all faults."""
    every = [(name, one) for known in signatures().values() for name, one in known.signals.items()]
    if len({name for name, _ in every}) < len(every):
        message = "two signals have the same name"
        raise ValueError(message)
    return MappingProxyType(dict(every))


@cache
def _harmless() -> Harmless:
    return Harmless.model_validate(_loaded(_HERE / f"{_HARMLESS}.yaml"))


def _loaded(path: Path) -> object:
    return yaml.load(path.read_text(encoding="utf-8"), _LOADER)  # noqa: S506 - both are safe


def _importance(signal: Signal) -> tuple[bool, float]:
    return signal.role is Role.AGAINST, -signal.weight


def _is_symptom(signal: Signal) -> bool:
    return signal.fault != CHANGE and signatures()[signal.fault].symptom


def _is_loud(signal: Signal, level: Level | None) -> bool:
    return level is None or _RANKS[level] >= _RANKS[signal.at_least]


def _named_in(lowered: str) -> list[Signal]:
    """The signals that a line in lower case may carry, in the catalogue's order.

    Not each of a thousand literals is looked for: only those of which the line has a part.
    """
    parts = {lowered[at : at + _PART] for at in range(len(lowered) - _PART + 1)}
    known = _by_part()
    likely = (one for part in known.keys() & parts for one in known[part])
    found = {place for need, places in likely if need in lowered for place in places}
    return [_in_order()[place] for place in sorted(found)]


@cache
def _by_part() -> dict[str, list[tuple[str, tuple[int, ...]]]]:
    """Under the rarest part of each literal: it, and the places of the signals that need it."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, signal in enumerate(_in_order()):
        for need in signal.needs:
            places[need].append(place)
    common = Counter(part for need in places for part in _parts_of(need))
    found = defaultdict(list)
    for need, every in places.items():
        rarest = min(_parts_of(need), key=common.__getitem__)
        found[rarest].append((need, tuple(every)))
    return found


def _holds_another(literal: str) -> bool:
    """Is every line with it found by a shorter literal already?"""
    near = (one for part in _parts_of(literal) for one, _ in _by_part().get(part, ()))
    return any(one != literal and one in literal for one in near)


def _parts_of(need: str) -> list[str]:
    return [need[at : at + _PART] for at in range(len(need) - _PART + 1)]


@cache
def _in_order() -> tuple[Signal, ...]:
    return tuple(signals().values())


def _carries(signal: Signal, text: str) -> bool:
    if signal.exception is not None and signal.exception.search(text):
        return False
    return any(
        not _harmless().lead.search(text[max(0, found.start() - _LEAD) : found.start()])
        for found in signal.pattern.finditer(text)
    )
