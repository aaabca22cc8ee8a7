"""The tenant check of writes: a unit of work writes records of its own tenant only."""

from __future__ import annotations

from typing import Protocol


class Owned(Protocol):
    """A record that names its tenant."""

    @property
    def tenant_id(self) -> str: ...


def refuse_strangers(tenant_id: str, *records: Owned) -> None:
    """Raises ValueError where a record is of another tenant: the caller mixed up two contexts."""
    for record in records:
        if record.tenant_id != tenant_id:
            message = f"a unit of tenant {tenant_id!r} was given a row of {record.tenant_id!r}"
            raise ValueError(message)
