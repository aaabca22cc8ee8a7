"""Keeps the weights of a profile's functions as a finding's data, to be compared with another's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.profiles.model import ProfileKind, StackProfile, WeightUnit
from core.evidence.profiles.words import function_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.model import Finding
    from core.evidence.profiles.shares import FunctionShare
    from core.jobs.model import Scalar
    from core.redaction.engine import Redactor

MAX_FUNCTIONS = 400  # of a profile, the heaviest: they have nearly all of its weight
_KIND, _UNIT, _WHOLE = "@profile", "@unit", "@whole"
# A blank between two numbers would look like the groups of a phone's, and leave with redaction.
_APART = "|"
_ROW = re.compile(r"(?P<own>[\d.e+-]{1,30})[| ](?P<place>\d{1,12})")


@dataclass(frozen=True, kw_only=True)
class StoredShares:
    """The weights of a profile's functions by themselves, and of all of it.

    places: the line or the number of the stack that each has.
    """

    kind: ProfileKind
    unit: WeightUnit
    whole: float
    own: Mapping[str, float]
    places: Mapping[str, int]


def digest_data(
    profile: StackProfile, shares: Sequence[FunctionShare], redactor: Redactor
) -> dict[str, Scalar]:
    """The data of a finding: `WEIGHT|PLACE` by function, redacted."""
    about: dict[str, Scalar] = {
        _KIND: profile.kind.value,
        _UNIT: profile.unit.value,
        _WHOLE: profile.weight,
    }
    heaviest = [share for share in shares[:MAX_FUNCTIONS] if share.own > 0]
    rows: dict[str, Scalar] = {
        function_name(share.function, redactor).text: f"{share.own:.6g}{_APART}{share.place}"
        for share in heaviest
    }
    return {**rows, **about}


def read_digest(finding: Finding) -> StoredShares | None:
    """Parse what `digest_data` made; None for what is none."""
    about = finding.data
    whole = about.get(_WHOLE)
    rows = {
        name: match
        for name, value in about.items()
        if not name.startswith("@") and (match := _ROW.fullmatch(str(value)))
    }
    try:
        return StoredShares(
            kind=ProfileKind(str(about.get(_KIND))),
            unit=WeightUnit(str(about.get(_UNIT))),
            whole=float(whole) if isinstance(whole, int | float) else 0.0,
            own={name: float(row["own"]) for name, row in rows.items()},
            places={name: int(row["place"]) for name, row in rows.items()},
        )
    except ValueError:
        return None
