"""The lines that tell of one change: it rolls, is done. What it does begins with the first."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.investigation.causes.evidence_index import Feature
    from core.investigation.causes.service_directory import ServiceDirectory

_WITHIN = timedelta(minutes=15)
_WAS = re.compile(r"\(was [^()]{1,200}\)")
_VERSION = re.compile(
    r"(?<![\w.])(?<!\d:)v?(\d{1,9}(?:\.\d{1,9}){1,2}(?:[-+][A-Za-z][\w.]{0,30})?)(?![\w-]|\.\d)"
    r"|(?<![\w.-])(?=[0-9]{0,39}[a-f])(?=[a-f]{0,39}[0-9])([0-9a-f]{7,40})(?![\w-])"
)


def begun_by(change: Feature, changes: Iterable[Feature], services: ServiceDirectory) -> Feature:
    """The first line of the same change: of the same service, to the same version.

    Where another version of the service came between, what was before that is another change.
    """
    dated = [each for each in changes if each.first and change.first and each.first <= change.first]
    begun = change
    for each in sorted(dated, key=lambda each: each.moments[0], reverse=True):
        if is_same_change(each, change, services):
            begun = each
        elif _is_of_same_service(each, change, services) and new_version(each.text.text):
            break
    return begun


def is_same_change(earlier: Feature, later: Feature, services: ServiceDirectory) -> bool:
    """Whether a line tells the beginning of what a later one tells the end of."""
    if earlier.first is None or later.first is None:
        return False
    version = new_version(later.text.text)
    is_near = timedelta() <= later.first - earlier.first <= _WITHIN
    if not is_near or version is None or version != new_version(earlier.text.text):
        return False
    return _is_of_same_service(earlier, later, services)


def _is_of_same_service(earlier: Feature, later: Feature, services: ServiceDirectory) -> bool:
    names = [services.named_in(each.text.text) for each in (earlier, later)]
    if any(names):
        return bool(names[0] & names[1])
    return earlier.seen_by == later.seen_by and later.seen_by is not None


def new_version(text: str) -> str | None:
    """The version that a line tells last, which is the new one of two."""
    versions = _VERSION.findall(_WAS.sub("", text))
    return next(filter(None, versions[-1]), None) if versions else None
