"""The ports of alerts: the journal, occurrences, and the systems that know what fires."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from core.evidence import ports as evidence_ports

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from core.alerts.model import AlertSource, CaseAlert, Delivery, DeliveryState, Occurrence


class Deliveries(Protocol):
    """The journal of what machines sent."""

    async def add(self, delivery: Delivery) -> None: ...
    async def get(self, delivery_id: str) -> Delivery:
        """Raises NotFound."""

    async def get_all(self, delivery_ids: Sequence[str]) -> list[Delivery]:
        """In the order asked for. Raises NotFound."""

    async def mark(
        self, delivery_id: str, state: DeliveryState, *, at: datetime, problem: str | None = None
    ) -> None: ...
    async def mark_all(
        self, delivery_ids: Sequence[str], state: DeliveryState, *, at: datetime
    ) -> None:
        """Raises NotFound."""

    async def since(self, moment: datetime) -> list[str]:
        """Ids of deliveries received at or after `moment`, oldest first."""

    async def of_group(self, source: AlertSource, group: str, *, since: datetime) -> list[Delivery]:
        """Those of one group that were received at or after `since`, oldest first."""

    async def count(self, state: DeliveryState, *, since: datetime | None = None) -> int:
        """Of all, or of those received at or after `since`."""

    async def purge(self, *, before: datetime) -> int:
        """Forget finished deliveries received before, with their keys; says how many."""

    async def claim_keys(
        self, source: AlertSource, keys: Collection[str], *, delivery_id: str
    ) -> bool:
        """True where this delivery is, or was before, the first to carry each of the keys.

        False where another one carried any of them; nothing is claimed then.
        """


class Occurrences(Protocol):
    """Alerts as they fire and end."""

    async def begin(self, occurrence: Occurrence) -> bool:
        """True when it was stored; False when an occurrence of its fingerprint is open already."""

    async def latest_of(self, fingerprint: str) -> Occurrence | None:
        """The one that began last, open or ended."""

    async def update(self, occurrence: Occurrence) -> None: ...
    async def open_among(self, fingerprints: Collection[str]) -> dict[str, Occurrence]:
        """Those of the fingerprints that have an open occurrence, with it."""

    async def latest_among(self, fingerprints: Collection[str]) -> dict[str, Occurrence]:
        """Those that ever had one, with the one that began last."""

    async def begin_all(self, begun: Sequence[Occurrence]) -> None:
        """Raises Conflict when one of their fingerprints has an open occurrence already."""

    async def update_all(self, changed: Sequence[Occurrence]) -> None:
        """Their counters and times (`VARYING`); what an alert said as it began stays."""

    async def of_case(self, case_id: str) -> list[Occurrence]:
        """All of a case, oldest first."""

    async def alerts_of(self, case_ids: Collection[str]) -> list[CaseAlert]:
        """What fired in these cases, without labels and texts, oldest first."""

    async def firing_in(self, case_id: str) -> list[Occurrence]:
        """Those of a case that have not ended, oldest first."""

    async def all_open(self) -> list[Occurrence]: ...


class Pager(Protocol):
    """PagerDuty, as far as we read it. Raises SourceUnavailable."""

    async def open_incidents(self) -> frozenset[str]:
        """Ids of all incidents that are triggered or acknowledged."""

    async def bodies(self, incident_id: str) -> list[str]:
        """The alert bodies of one incident, as JSON texts, oldest first."""


class AlertView(Protocol):
    """One Alertmanager as its API shows it now."""

    @property
    def url(self) -> str: ...
    async def active(self) -> frozenset[str]:
        """Fingerprints of all alerts it holds, silenced ones too. Raises SourceUnavailable."""

    async def up_since(self) -> datetime:
        """Raises SourceUnavailable."""


class AlertsUnit(evidence_ports.EvidenceUnit, Protocol):
    """A unit of work, as far as alerts and evidence go."""

    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def occurrences(self) -> Occurrences: ...
