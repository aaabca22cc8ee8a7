"""What do all services look like near the onset, and who calls whom?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from core.investigation.decision import Situation
from core.investigation.ranking.complaints import complaints
from core.investigation.ranking.model import Portrait, Sign
from core.investigation.ranking.moving import movements, traffic
from core.investigation.ranking.pacing import paces

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_SPREADING = (Sign.LATENCY, Sign.ERRORS)
_ABSOLUTE = 1.5  # a callee that grew by two thirds as much explains all of it


@dataclass(frozen=True)
class Field:
    """A situation, read for what was measured of each service."""

    situation: Situation

    @cached_property
    def onset(self) -> datetime | None:
        """When alerts say it began, else the middle of what the files say."""
        told = sorted(file.onset for file in self.situation.files if file.onset)
        return self.situation.onset or (told[len(told) // 2] if told else None)

    @cached_property
    def portraits(self) -> Mapping[str, Portrait]:
        """Of every service of which anything stands out."""
        if self.onset is None:
            return {}
        levels = traffic(self.situation)
        every = [read(self.situation, self.onset) for read in (movements, paces, complaints)]
        # In the order of the files: no rank depends on how a service is called.
        names = dict.fromkeys(name for found in every for name, signs in found.items() if signs)
        return {
            name: Portrait(
                service=name,
                signs={sign: one for found in every for sign, one in found.get(name, {}).items()},
                traffic=levels.get(name),
            )
            for name in names
        }

    @cached_property
    def busiest(self) -> float:
        """The level of requests of the busiest service, 0 where none is measured."""
        return max(traffic(self.situation).values(), default=0.0)

    @cached_property
    def callees(self) -> Mapping[str, frozenset[str]]:
        return _grouped(self.situation.calls)

    @cached_property
    def callers(self) -> Mapping[str, frozenset[str]]:
        return _grouped(tuple((callee, caller) for caller, callee in self.situation.calls))

    @cached_property
    def alerted(self) -> frozenset[str]:
        """What the alerts are about."""
        return frozenset(one.service for one in self.situation.occurrences if one.service)

    @cached_property
    def reached(self) -> frozenset[str]:
        """What the alerts are about, and all that it depends on; empty where nobody tells."""
        known = self.alerted & set(self.callees)
        return frozenset().union(*(_closure(one, self.callees) for one in known))

    def dependents(self, service: str) -> frozenset[str]:
        """The service and all that depend on it."""
        return _closure(service, self.callers)

    def explained(self, service: str, sign: Sign) -> tuple[float, str | None]:
        """How much of a sign a callee shows as well (0 to 1 of it), and which callee."""
        own = self.portraits[service]
        if own.strength(sign) <= 0:
            return 0.0, None
        shares = [
            (_share(own, self.portraits[callee], sign), callee)
            for callee in sorted(self.callees.get(service, ()))
            if callee in self.portraits and service not in self.callees.get(callee, ())
        ]
        share, callee = max(shares, default=(0.0, None))
        return (share, callee) if share > 0 else (0.0, None)

    @cached_property
    def sufferers(self) -> Mapping[str, float]:
        """By service how much it suffers, where it does."""
        shown = {name: one.suffering for name, one in self.portraits.items()}
        return {name: much for name, much in shown.items() if much > 0}

    @cached_property
    def suffering(self) -> float:
        """Of all services together."""
        return sum(self.sufferers.values())


def _share(own: Portrait, callee: Portrait, sign: Sign) -> float:
    """By strength; where both are known in their unit also by how much they grew."""
    share = min(1.0, callee.strength(sign) / own.strength(sign))
    if sign in _SPREADING and own.change(sign) > 0 and share > 0:
        grown = min(1.0, callee.change(sign) / own.change(sign) * _ABSOLUTE)
        return grown if sign is Sign.LATENCY else max(share, grown)
    return share


def _grouped(calls: tuple[tuple[str, str], ...]) -> dict[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one, other in calls:
        if one != other:
            found[one].add(other)
    return {one: frozenset(others) for one, others in found.items()}


def _closure(start: str, edges: Mapping[str, frozenset[str]]) -> frozenset[str]:
    reached, waiting = {start}, [start]
    while waiting:
        fresh = edges.get(waiting.pop(), frozenset()) - reached
        reached |= fresh
        waiting += fresh
    return frozenset(reached)
