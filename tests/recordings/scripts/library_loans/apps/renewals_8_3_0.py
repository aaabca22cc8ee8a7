"""The date until which a loan is extended, with the days of grace of the member's privileges."""

from datetime import datetime, timedelta
from typing import Any

PERIOD = timedelta(days=28)


def due_after(due: datetime, member: dict[str, Any]) -> datetime:
    return due + PERIOD + timedelta(days=member["privileges"]["grace_days"])
