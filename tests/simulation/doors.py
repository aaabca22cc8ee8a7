"""The ways in, as the world finds them: webhooks and interactions, while a process is there.

What is handled in a process dies with it; whoever called sees no answer.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.alerts.model import AlertSource
from core.errors import Unavailable
from core.workflows.delivery_intake import DeliveryBody, Journal, accept
from core.workflows.services import Services
from tests.simulation.faults import Faults
from tests.simulation.ledger import Ledger
from tests.simulation.listener import PlatformListener
from tests.simulation.process import Process

if TYPE_CHECKING:
    from tests.simulation.platform import PlatformMessage


@dataclass
class Doors:
    """Those of the processes that live now."""

    faults: Faults
    ledger: Ledger
    journals: dict[Process, tuple[Journal, Services]] = field(default_factory=dict)
    listeners: dict[Process, PlatformListener] = field(default_factory=dict)

    async def deliver(
        self, body: bytes, *, source: AlertSource = AlertSource.ALERTMANAGER, name: str = ""
    ) -> bool:
        """A webhook; False where it was not acknowledged."""
        process = next((process for process in self.journals if process.alive), None)
        if process is None:
            return False
        journal, services = self.journals[process]
        request = process.spawn(
            accept(
                DeliveryBody.of(body), source=source, name=name, journal=journal, services=services
            )
        )
        await asyncio.wait({request})
        if request.cancelled() or isinstance(request.exception(), Unavailable):
            return False
        delivery = request.result()
        self.ledger.trace.note(source, f"{delivery.id[-12:]} accepted")
        self.ledger.accepted.append(delivery.id)
        return True

    async def interact(self, line: PlatformMessage) -> None:
        """A command, button or form; the platform may tell of it twice, and never again."""
        for _ in range(2 if self.faults.happens(self.faults.repeated) else 1):
            process = next((process for process in self.listeners if process.alive), None)
            if process is None:
                return
            taking = process.spawn(self.listeners[process].take(line.heard))
            await asyncio.wait({taking})
            if not taking.cancelled() and (error := taking.exception()):
                self.ledger.trace.note(line.heard.by, f"{line.heard.key} is not taken: {error}")
