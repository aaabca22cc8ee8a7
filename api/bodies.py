"""What bodies of requests and answers have in common."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer

from core.clock import wire_time

WireTime = Annotated[datetime, PlainSerializer(wire_time, return_type=str)]


class ApiBody(BaseModel):
    """A request: what it has beside its fields is ignored, and null is as if it were missing."""

    model_config = ConfigDict(extra="ignore")


class ApiAnswer(BaseModel):
    """An answer; its times end in `Z`."""

    model_config = ConfigDict(frozen=True)
