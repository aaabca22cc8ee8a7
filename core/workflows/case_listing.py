"""All cases as rows that scripts read (`faultmaven cases --json`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.clock import wire_time

if TYPE_CHECKING:
    from core.workflows.services import Services


async def list_cases(*, services: Services) -> list[dict[str, Any]]:
    """Newest first, each with the keys that `faultmaven cases --json` promises."""
    async with services.store.reading() as unit:
        return [
            {
                "id": case.id,
                "number": case.number,
                "title": case.title.text,
                "state": case.state,
                "severity": case.severity,
                "service": case.service,
                "opened_at": wire_time(case.opened_at),
                "alerts": case.alerts,
                "bindings": [
                    f"{binding.place.platform}:{binding.place.channel}"
                    for binding in await unit.conversation.bindings(case.id)
                ],
            }
            for case in await unit.cases.listing(services.rules.tenant_id)
        ]
