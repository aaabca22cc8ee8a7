"""`docker-compose.yml` as Compose reads it: variables filled in, one value object a service.

Only the forms that the file uses are known; anything else is an error, not a guess.
Source: https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from tests.house.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(
    r"\$(?:(?P<escaped>\$)|\{(?P<name>\w+)(?:(?P<how>:[-?])(?P<rest>[^}]*))?\}|(?P<odd>))"
)
SECONDS = {"s": 1, "m": 60}
DURATION = re.compile(r"(?P<number>\d+)(?P<unit>[sm])")


class MissingVariable(Exception):
    """Compose would refuse to start, and say this."""


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """test: as written, `CMD` or `CMD-SHELL` first."""

    test: tuple[str, ...]
    timeout_s: float

    @property
    def command(self) -> tuple[str, ...]:
        kind, *words = self.test
        return ("sh", "-c", *words) if kind == "CMD-SHELL" else tuple(words)


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service. environment: what its processes see; a setting that is not set is not in it."""

    name: str
    is_ours: bool
    command: tuple[str, ...]
    environment: Mapping[str, str]
    health: HealthCheck | None
    ports: tuple[str, ...]
    after: Mapping[str, str]  # name of a service to its condition
    restart: str
    stop_within_s: float


def document(variables: Mapping[str, str]) -> Any:
    """The file with its variables filled in. Raises MissingVariable."""
    return _filled(yaml.safe_load(FILE.read_text(encoding="utf-8")), variables)


def services(variables: Mapping[str, str]) -> dict[str, Service]:
    """Those that start where no profile is asked for. Raises MissingVariable."""
    written = document(variables)["services"]
    return {
        name: _service(name, entry, variables)
        for name, entry in written.items()
        if "profiles" not in entry
    }


def wanted() -> dict[str, str]:
    """Every variable that the file takes from `.env`, and what it says where it must have it."""
    loaded = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    names: dict[str, str] = {}
    for text in _texts(loaded):
        for match in VARIABLE.finditer(text):
            if match["name"]:
                names[match["name"]] = match["rest"] if match["how"] == ":?" else ""
    for entry in loaded["services"].values():
        names |= {name: "" for name, value in entry["environment"].items() if value is None}
    return names


def seconds(duration: str) -> float:
    match = DURATION.fullmatch(duration)
    assert match, duration
    return float(match["number"]) * SECONDS[match["unit"]]


def _filled(value: Any, variables: Mapping[str, str]) -> Any:
    match value:
        case str():
            return VARIABLE.sub(lambda match: _value(match, variables), value)
        case list():
            return [_filled(each, variables) for each in value]
        case dict():
            return {name: _filled(each, variables) for name, each in value.items()}
    return value


def _value(match: re.Match[str], variables: Mapping[str, str]) -> str:
    if match["escaped"]:
        return "$"
    assert match["name"], f"Compose refuses this: {match.string}"
    value = variables.get(match["name"], "")
    if value or not match["how"]:
        return value
    if match["how"] == ":?":
        raise MissingVariable(match["rest"])
    return str(match["rest"])


def _service(name: str, entry: Mapping[str, Any], variables: Mapping[str, str]) -> Service:
    given = {
        key: variables.get(key) if value is None else str(value)
        for key, value in entry["environment"].items()
    }
    health = entry.get("healthcheck", {})
    return Service(
        name=name,
        is_ours="build" in entry,
        command=tuple(entry.get("command", ())),
        environment={key: value for key, value in given.items() if value is not None},
        health=None if "test" not in health else _health(health),
        ports=tuple(entry.get("ports", ())),
        after={other: wish["condition"] for other, wish in entry.get("depends_on", {}).items()},
        restart=entry["restart"],
        stop_within_s=seconds(entry.get("stop_grace_period", "10s")),
    )


def _health(written: Mapping[str, Any]) -> HealthCheck:
    return HealthCheck(test=tuple(written["test"]), timeout_s=seconds(written["timeout"]))


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for each in value:
                yield from _texts(each)
        case dict():
            yield from _texts(list(value.values()))
