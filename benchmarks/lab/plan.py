"""What one incident is made of, before any software runs: it is drawn from a seed alone."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Part:
    """One process of the topology.

    `software` is service, partner, postgres, redis, nginx, haproxy or dnsmasq; `spec` is what it is
    configured with. `wrap` is how its log leaves it: none, docker, cri or syslog.
    """

    name: str
    host: str
    addr: str
    port: int
    software: str
    role: str
    spec: dict[str, Any] = field(default_factory=dict)
    wrap: str = "none"
    limits: dict[str, Any] = field(default_factory=dict)
    skew: float = 0.0


@dataclass
class Evidence:
    """A pattern that a decisive line matches, and where such a line may stand.

    `of` names a part, or is `changes`. `most` bounds the lines that are named; `early` says that
    such a line may stand before the onset, as that of a trigger does.
    """

    of: str
    pattern: str
    most: int = 1
    early: bool = False
    trigger: bool = False


@dataclass
class Verdict:
    """What is true about the incident."""

    expected: str
    service: str | None
    fault: str
    sentence: str
    effect: str = "either"
    impact: list[str] = field(default_factory=list)
    innocent: list[str] = field(default_factory=list)
    also: list[str] = field(default_factory=list)
    trigger: str | None = None
    why: str | None = None


@dataclass
class Plan:
    """One incident. Times are seconds; those of `steps` count from the strike."""

    ident: str
    seed: int
    kind: str
    shape: str
    company: str
    domain: dict[str, str]
    parts: list[Part]
    calls: list[list[str]]
    load: dict[str, Any]
    normal: float
    fault: float
    steps: list[dict[str, Any]]
    evidence: list[Evidence]
    verdict: Verdict
    alert: dict[str, Any]
    herrings: list[dict[str, Any]]
    layout: dict[str, Any]

    def part(self, name: str) -> Part:
        """The part of that name."""
        return next(part for part in self.parts if part.name == name)

    def text(self) -> str:
        """As JSON, the same for the same seed."""
        return json.dumps(asdict(self), indent=1, sort_keys=True)


def plan_from(text: str) -> Plan:
    """A plan that was written by `Plan.text`."""
    raw = json.loads(text)
    raw["parts"] = [Part(**part) for part in raw["parts"]]
    raw["evidence"] = [Evidence(**line) for line in raw["evidence"]]
    raw["verdict"] = Verdict(**raw["verdict"])
    return Plan(**raw)
