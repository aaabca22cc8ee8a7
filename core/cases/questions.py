"""What people asked in a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.places import Place
from core.text.redacted import Clean


@dataclass(frozen=True, kw_only=True)
class Question:
    """An entry of a case's inbox: what a person asked, and where the answer belongs."""

    id: str
    tenant_id: str
    case_id: str
    asked_by: str
    asked_at: datetime
    text: Clean
    place: Place
    answered_at: datetime | None = None
