"""How often the first suggestion is what mends the case, early and late in a stream of cases.

    python -m benchmarks.learning [--cases 96] [--seed 7] [--predictions FILE]

A stream of incidents (`benchmarks/parts/incident_stream.py`) goes through the product on a store in
memory: an alert is delivered, a log pasted, the cause confirmed, the fix marked as done or the case
resolved in words, the alert ends. `ours` is by how many points the share of cases whose first
suggestion is the fix that mends them rises from the first quarter to the last, more than it does in
the control: the same stream, with all that was learned forgotten after each case.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.parts.incident_stream import RECURRING, Incident, Note, stream
from core.cases.investigation_state import SolutionState
from core.conversation.commands.command import Command
from core.workflows.command_dispatch import dispatch
from core.workflows.delivery_intake import DeliveryBody, Journal, accept
from tests.core.alerts.desk import a_body, an_alert
from tests.fakes.chat import HOME, House, in_memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.parts.incident_stream import RecurringFault
    from core.cases.projection import CaseView

GATE_POINTS = 30.0
QUARTERS = 4
APART = timedelta(hours=36)
LINES = 20
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Suggested:
    """What was suggested first in a case. by_experience: in the words of a past case."""

    incident: Incident
    text: str
    by_experience: bool
    diagnosed: bool

    @property
    def is_right(self) -> bool:
        return self.text in self.incident.right


def main() -> int:
    """Print one JSON document; 1 where the gate does not hold."""
    options = _options()
    result = asyncio.run(measured(options.seed, options.cases))
    if options.predictions:
        options.predictions.write_text(json.dumps(result))
    print(json.dumps(result, indent=2))
    return 0 if result["ours"] >= GATE_POINTS else 1


async def measured(
    seed: int, cases: int, causes: Sequence[RecurringFault] = RECURRING
) -> dict[str, Any]:
    """The document of one stream, run with what is learned and without."""
    incidents = list(stream(seed, cases, causes))
    ours = await _run(incidents, learns=True)
    control = await _run(incidents, learns=False)
    rise = _rise(ours) - _rise(control)
    return {
        "benchmark": "learning",
        "ours": round(rise, 1),
        "unit": "points that the share of right first suggestions rises more than without learning",
        "n": len(incidents),
        "seed": seed,
        "gate": GATE_POINTS,
        "quarters": {"ours": _quarters(ours), "control": _quarters(control)},
        "recurring": sum(incident.recurs for incident in incidents),
        "poisoned": sum(incident.note is not Note.RIGHT for incident in incidents),
        "diagnosed": sum(suggested.diagnosed for suggested in ours),
        "suggested_by_experience": sum(suggested.by_experience for suggested in ours),
        "poison_suggested": sum(_is_poison(suggested, incidents) for suggested in ours),
    }


def _is_poison(suggested: Suggested, incidents: Sequence[Incident]) -> bool:
    poison = {incident.words for incident in incidents if incident.note is not Note.RIGHT}
    return suggested.text in poison


def _rise(suggested: Sequence[Suggested]) -> float:
    quarters = _quarters(suggested)
    return quarters[-1] - quarters[0]


def _quarters(suggested: Sequence[Suggested]) -> list[float]:
    """Per cent of right first suggestions, quarter by quarter."""
    size = len(suggested) // QUARTERS
    parts = [suggested[at * size : (at + 1) * size] for at in range(QUARTERS)]
    return [round(100 * sum(each.is_right for each in part) / size, 1) for part in parts]


async def _run(incidents: Sequence[Incident], *, learns: bool) -> list[Suggested]:
    with tempfile.TemporaryDirectory() as folder:
        episodes = _Episodes(in_memory(Path(folder)))
        episodes.house.clock.at = BEGAN
        suggested = []
        for incident in incidents:
            suggested.append(await episodes.take(incident))
            if not learns:
                await episodes.forget()
            episodes.house.clock.at += APART
        return suggested


@dataclass
class _Episodes:
    """Plays incidents through the product, one after the other."""

    house: House
    number: int = 0

    async def take(self, incident: Incident) -> Suggested:
        """The whole of one case; what was suggested first."""
        self.number += 1
        began = self.house.clock.at
        await self._alert(incident, began)
        await self._say("evidence", _log(incident, began))
        cause = next(
            (h for h in (await self._view()).hypotheses if h.cause.fault == incident.fault), None
        )
        if cause is not None:
            await self._say("confirm", f"{cause.number} anyway")
        suggested = await self._suggested(incident, diagnosed=cause is not None)
        await self._mend(incident, suggested, began)
        return suggested

    async def forget(self) -> None:
        """Nothing was learned."""
        async with self.house.services.unit() as unit:
            for memory in await unit.memories.page(limit=1_000):
                await unit.memories.remove(memory.case_id)

    async def _mend(self, incident: Incident, suggested: Suggested, began: datetime) -> None:
        if suggested.is_right and incident.note is Note.RIGHT:
            await self._fix(incident, began)
            return
        if suggested.text and not suggested.is_right and incident.tries_suggestion:
            began = await self._try_in_vain(incident, began)
        await self._end(incident, began)
        await self._say("resolve", incident.words)
        if incident.note is Note.WRONG:
            self._wait(hours=3)
            await self._say("reopen")
            await self._say("resolve", incident.right[0])

    async def _fix(self, incident: Incident, began: datetime) -> None:
        """What was suggested is done, the alert ends, and quiet shows that it helped."""
        await self._say("fixed")
        self._wait(minutes=5)
        await self._end(incident, began)
        for _ in range(2):
            self._wait(minutes=15)
            await self.house.work()
        if (await self._view()).case.state.is_open:
            await self._say("resolve")

    async def _try_in_vain(self, incident: Incident, began: datetime) -> datetime:
        """The alert ends and fires again; since when."""
        await self._say("fixed")
        self._wait(minutes=2)
        await self._end(incident, began)
        self._wait(minutes=3)
        again = self.house.clock.at
        await self._alert(incident, again)
        self._wait(minutes=5)
        return again

    async def _suggested(self, incident: Incident, *, diagnosed: bool) -> Suggested:
        view = await self._view()
        waiting = [
            solution
            for solution in view.investigation.solutions
            if solution.state is SolutionState.PROPOSED
        ]
        return Suggested(
            incident=incident,
            text=waiting[0].text.text if waiting else "",
            by_experience=bool(waiting and waiting[0].record),
            diagnosed=diagnosed,
        )

    async def _alert(self, incident: Incident, at: datetime) -> None:
        await self._deliver(
            incident, an_alert(incident.alert, service=incident.service, starts_at=at)
        )

    async def _end(self, incident: Incident, began: datetime) -> None:
        now = self.house.clock.at
        ended = an_alert(incident.alert, service=incident.service, starts_at=began, ended_at=now)
        await self._deliver(incident, ended)

    async def _deliver(self, incident: Incident, alert: dict[str, Any]) -> None:
        content = a_body(alert, group=incident.alert)
        services = self.house.services
        body = DeliveryBody(
            kept=content, size=len(content), sha256=hashlib.sha256(content).hexdigest()
        )
        await accept(body, journal=Journal(services.store), services=services)
        await self.house.work()

    async def _say(self, verb: str, argument: str = "") -> None:
        command = Command(
            verb=verb, argument=argument, by="dana", place=HOME, case_number=self.number
        )
        await dispatch(command, services=self.house.services)
        await self.house.work()

    async def _view(self) -> CaseView:
        async with self.house.services.reading() as unit:
            return await unit.cases.view((await unit.cases.by_number(self.number)).id)

    def _wait(self, *, minutes: float = 0, hours: float = 0) -> None:
        self.house.clock.at += timedelta(minutes=minutes, hours=hours)


def _log(incident: Incident, began: datetime) -> str:
    """Calm lines, then the fault's, around the moment when the alert began."""
    calm = [
        f"{began - timedelta(seconds=30 * nth):%Y-%m-%d %H:%M:%S},000 INFO {incident.service}: ok"
        for nth in range(LINES, 0, -1)
    ]
    failing = [
        f"{began + timedelta(seconds=nth):%Y-%m-%d %H:%M:%S},000 ERROR {incident.service}:"
        f" {incident.line}"
        for nth in range(LINES)
    ]
    return "\n".join([*calm, *failing])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="not needed: the stream is made here")
    parser.add_argument("--cases", type=int, default=96)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--predictions", type=Path, help="write the same document here")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
