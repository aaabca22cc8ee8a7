"""What holds for every body that a source of alerts sends? Types that read it, and one error.

Unknown keys are ignored, and no text of ours quotes anything of a body.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from core.clock import EPOCH
from core.errors import UnparsableDelivery

DEEPEST_NAME = 3  # of `alerts.0.startsAt`; below that, names are the sender's own


def _in_utc(value: datetime) -> datetime | None:
    """None for Go's zero time, which stands for "not known"."""
    if value.year < EPOCH.year:
        return None
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        message = "beyond the year 9999"
        raise ValueError(message) from error


def without_nul(text: str) -> str:
    """PostgreSQL cannot store NUL in text, and one of it would make its delivery fail for ever."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


Text = Annotated[str, AfterValidator(without_nul)]
# Go writes an empty map as null where nobody made it.
Texts = Annotated[dict[Text, Text], BeforeValidator(lambda value: {} if value is None else value)]
Moment = Annotated[datetime, AfterValidator(_in_utc)]


class Sent(BaseModel):
    """The base of what is read from a body."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)


Model = TypeVar("Model", bound=Sent)


def read_sent(model: type[Model], body: bytes) -> Model:
    """Raises UnparsableDelivery, which names the place that is wrong."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"][:DEEPEST_NAME])
        message = f"{where}: {first['msg']}" if where else first["msg"]
        raise UnparsableDelivery(message) from None
