"""The date until which a loan is extended."""

from datetime import datetime, timedelta
from typing import Any

PERIOD = timedelta(days=28)


def due_after(due: datetime, member: dict[str, Any]) -> datetime:
    return due + PERIOD + (timedelta(days=7) if member["card"] == "gold" else timedelta())
