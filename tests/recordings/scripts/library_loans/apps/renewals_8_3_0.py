"""Until when is a loan extended? With the days of grace that a member's privileges give."""

from datetime import datetime, timedelta
from typing import Any

PERIOD = timedelta(days=28)


def due_after(due: datetime, member: dict[str, Any]) -> datetime:
    return due + PERIOD + timedelta(days=member["privileges"]["grace_days"])
