"""What values mean: amounts with their units, switches, and marks that tools generate."""

from __future__ import annotations

import math
import re

_AMOUNT = re.compile(r"([-+]?\d{1,18}(?:\.\d{1,9})?)\s?([A-Za-z%]{0,12})")
_DURATIONS = {
    unit: seconds
    for seconds, units in (
        (1e-9, "ns"),
        (1e-6, "us µs"),
        (1e-3, "ms millis milliseconds msec"),
        (1.0, "s sec secs second seconds"),
        (60.0, "min mins minute minutes"),
        (3600.0, "h hr hour hours"),
        (86400.0, "d day days"),
    )
    for unit in units.split()
}
_SIZES = {
    unit + ending: 1024.0**power if binary else 1000.0**power
    for power, unit in enumerate("kmgtp", 1)
    for ending, binary in (("", False), ("b", False), ("i", True), ("ib", True))
}
_SWITCHES = {
    **dict.fromkeys(("true", "yes", "on", "enabled", "enable"), "on"),
    **dict.fromkeys(("false", "no", "off", "disabled", "disable"), "off"),
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[T _]\d\d[:-]?\d\d.*)?|1\d{9}(?:\d{3})?|\d{8}T?\d{4,6}Z?")
_IDENTIFIER = re.compile(
    r"(?i)[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}|(?:sha\d{1,3}[:-])?(?=[a-f]*\d)(?=\d*[a-f])[\da-f]{7,128}"
)
_NO_DIGITS = re.compile(r"[^\d]{1,60}(?=\d)")
_OCTAL = re.compile(r"0o?[0-7]{3,4}")
_COMBINED = re.compile(r"(?:\d{1,6}(?:\.\d{1,3})?(?:h|m|s|ms)){2,4}")
_PART = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(ms|h|m|s)")
_PART_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3}


def amount(value: str) -> tuple[str, float] | None:
    """A number with what it counts: `30s` is ("s", 30.0), `256Mi` bytes, `250m` plain 0.25.

    `m` is a thousandth, as Kubernetes writes it: where it means minutes, it does in both versions.
    """
    value = value.strip()
    if _COMBINED.fullmatch(value):
        return "s", sum(
            float(number) * _PART_SECONDS[unit] for number, unit in _PART.findall(value)
        )
    match = _AMOUNT.fullmatch(value)
    if match is None:
        return None
    number, unit = float(match[1]), match[2]
    if not unit or unit == "%":
        return unit, number
    if unit == "m":
        return "", number / 1000
    if unit.lower() in _DURATIONS and unit != "M":
        return "s", number * _DURATIONS[unit.lower()]
    size = _SIZES.get(unit.lower())
    return ("bytes", number * size) if size else None


def seconds(value: str, path: str = "") -> float | None:
    """A duration in seconds; path: names of settings tell the unit of a plain number."""
    value = value.strip()
    if minutes := re.fullmatch(r"(\d{1,5})m", value):
        return 60.0 * float(minutes[1])
    counted = amount(value)
    if counted is None or counted[0] not in ("", "s"):
        return None
    unit, number = counted
    if unit == "s":
        return number
    is_ms = re.search(r"(?i)(?:ms|millis(?:econds)?)$", path) or number > 600  # noqa: PLR2004
    return number / 1000 if is_ms else number


def is_same(old: str, new: str) -> bool:
    """Whether two values mean the same: `1Gi` and `1024Mi`, `"on"` and `true`."""
    if old == new:
        return True
    if (switch := _SWITCHES.get(old.lower())) and switch == _SWITCHES.get(new.lower()):
        return True
    if _is_same_mode(old, new):
        return True
    one, other = amount(old), amount(new)
    if one and other and one[0] == other[0]:
        return math.isclose(one[1], other[1], rel_tol=1e-9)
    return "".join(old.split()) == "".join(new.split())


def moved_part(old: str, new: str) -> tuple[str, str, str]:
    """The words around the only one that differs, and that one of both, from its first digit on.

    Of `-Xms1g -Xmx4g` and `-Xms1g -Xmx1g` that is (`-Xms1g -Xmx`, `4g`, `1g`); the whole of both
    where more differs.
    """
    before, after = old.split(), new.split()
    places = [at for at, pair in enumerate(zip(before, after, strict=False)) if len({*pair}) > 1]
    if len(before) != len(after) or len(places) != 1:
        return "", old, new
    one, other = before.pop(places[0]), after[places[0]]
    prefix = _NO_DIGITS.match(one)
    shared = prefix[0] if prefix and other.startswith(prefix[0]) else ""
    return " ".join([*before, shared]), one.removeprefix(shared), other.removeprefix(shared)


def _is_same_mode(one: str, other: str) -> bool:
    """Whether two are the rights of a file: `0440` in octal is 288."""
    octal, plain = sorted((one, other), key=lambda value: not value.startswith("0"))
    is_octal = _OCTAL.fullmatch(octal) is not None and plain.isdecimal()
    return is_octal and int(octal.replace("o", ""), 8) == int(plain)


def is_switched(old: str, new: str) -> bool:
    """Whether something was switched on or off."""
    states = {_SWITCHES.get(old.lower()), _SWITCHES.get(new.lower())}
    return states == {"on", "off"}


def times_more(old: str, new: str) -> float | None:
    """By how much an amount grew or shrank, 1 or more; None where these are no two amounts."""
    one, other = amount(old), amount(new)
    if one is None or other is None or one[0] != other[0]:
        return None
    if one[1] <= 0 or other[1] <= 0:
        return math.inf
    return max(one[1] / other[1], other[1] / one[1])


def is_generated(value: str) -> bool:
    """Whether a tool made the value up: a time, a digest, an id."""
    return bool(_MOMENT.fullmatch(value) or _IDENTIFIER.fullmatch(value))
