"""What every repository has: the transaction that is open, and the tenant whose rows it sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.tenancy import refuse_strangers

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Table

    from storage.database.engine import Work
    from storage.tenancy import Owned


class Repository:
    """Rows of one tenant. Every statement of a subclass has the condition `_mine`."""

    def __init__(self, work: Work, tenant_id: str) -> None:
        self._work = work
        self._tenant_id = tenant_id

    def _mine(self, table: Table) -> ColumnElement[bool]:
        """The condition that a row is of the tenant."""
        return table.c.tenant_id == self._tenant_id

    def _of(self, **values: object) -> dict[str, object]:
        """What a statement with conditions `asked` is run with: the tenant, and these columns."""
        return {"of_tenant_id": self._tenant_id, **{f"of_{k}": v for k, v in values.items()}}

    def _refuse_strangers(self, *records: Owned) -> None:
        """Raises ValueError where a record that is to be written is of another tenant."""
        refuse_strangers(self._tenant_id, *records)
