"""Who calls whom, and who depends on whom."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Calls = tuple[tuple[str, str], ...]
_NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ServiceGraph:
    """The calls between services, as (caller, callee); one to itself is none."""

    calls: Calls = ()

    @property
    def named(self) -> frozenset[str]:
        """Whoever calls or is called."""
        return frozenset(name for call in self.calls for name in call)

    def callers(self, service: str | None) -> frozenset[str]:
        """Who calls it directly."""
        return self._callers.get(service or "", _NOBODY)

    def callees(self, service: str | None) -> frozenset[str]:
        """Whom it calls directly."""
        return self._callees.get(service or "", _NOBODY)

    def dependants(self, service: str) -> frozenset[str]:
        """Who calls it, directly or not."""
        return self._closure(service, self._callers, self._known_dependants)

    def dependencies(self, service: str) -> frozenset[str]:
        """Whom it calls, directly or not."""
        return self._closure(service, self._callees, self._known_dependencies)

    def is_behind(self, service: str | None, caller: str | None) -> bool:
        """Whether `caller` depends on `service`, directly or not."""
        return service is not None and caller is not None and service in self.dependencies(caller)

    @cached_property
    def _callers(self) -> Mapping[str, frozenset[str]]:
        return _grouped((callee, caller) for caller, callee in self.calls)

    @cached_property
    def _callees(self) -> Mapping[str, frozenset[str]]:
        return _grouped(self.calls)

    @cached_property
    def _known_dependants(self) -> dict[str, frozenset[str]]:
        """As far as they were asked for: the same few are asked for often."""
        return {}

    @cached_property
    def _known_dependencies(self) -> dict[str, frozenset[str]]:
        return {}

    @staticmethod
    def _closure(
        start: str, edges: Mapping[str, frozenset[str]], known: dict[str, frozenset[str]]
    ) -> frozenset[str]:
        if start not in known:
            reached, waiting = {start}, [start]
            while waiting:
                fresh = edges.get(waiting.pop(), _NOBODY) - reached
                reached |= fresh
                waiting += fresh
            known[start] = frozenset(reached - {start})
        return known[start]


def _grouped(edges: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    grouped: defaultdict[str, set[str]] = defaultdict(set)
    for start, end in edges:
        if start != end:
            grouped[start].add(end)
    return {start: frozenset(others) for start, others in grouped.items()}
