"""Findings of dangerous settings, each with the sentence that says why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from core.evidence.configuration.digests import redacted_value
from core.evidence.configuration.hazards import Hazard, HazardReason, hazards_of
from core.evidence.model import Finding, FindingKind, Level, Locus
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from core.evidence.configuration.objects import ConfigurationObject
    from core.evidence.configuration.tree import Setting
    from core.redaction.engine import Redactor

say = sentences("evidence.hazards")

MAX_HAZARDS = 40  # of one file
_MAX_PATH = 160
_FOR_DEVELOPMENT = re.compile(
    r"(?i)(?:^|[/._-])(?:dev(?:elopment)?|test(?:s|ing)?|local|sandbox|example|sample|ci)(?:$|[/._-])"
)

_ANYWHERE = frozenset(
    {
        HazardReason.LIMIT_BELOW_REQUEST,
        HazardReason.POOL_MAX_BELOW_MIN,
        HazardReason.TIMEOUT_INVERTED,
    }
)


@dataclass(frozen=True, kw_only=True)
class HazardWords:
    """What the sentence of a hazard names: its path and value, and those that it contradicts."""

    path: RedactedText
    value: RedactedText
    other: RedactedText
    limit: RedactedText


_SENTENCES: dict[HazardReason, Callable[[HazardWords], RedactedText]] = {
    HazardReason.IMAGE_LATEST: lambda words: say(
        "image_latest", path=words.path, value=words.value
    ),
    HazardReason.TAG_LATEST: lambda words: say("tag_latest", path=words.path, value=words.value),
    HazardReason.DEBUG_ON: lambda words: say("debug_on", path=words.path, value=words.value),
    HazardReason.TLS_UNVERIFIED: lambda words: say(
        "tls_unverified", path=words.path, value=words.value
    ),
    HazardReason.TLS_OFF: lambda words: say("tls_off", path=words.path, value=words.value),
    HazardReason.SECRET_IN_CLEAR: lambda words: say(
        "secret_in_clear", path=words.path, value=words.value
    ),
    HazardReason.POOL_OF_ONE: lambda words: say("pool_of_one", path=words.path, value=words.value),
    HazardReason.POOL_MAX_BELOW_MIN: lambda words: say(
        "pool_max_below_min",
        path=words.path,
        value=words.value,
        other=words.other,
        limit=words.limit,
    ),
    HazardReason.POOL_ABOVE_SERVER: lambda words: say(
        "pool_above_server",
        path=words.path,
        value=words.value,
        other=words.other,
        limit=words.limit,
    ),
    HazardReason.TIMEOUT_INVERTED: lambda words: say(
        "timeout_inverted", path=words.path, value=words.value, other=words.other, limit=words.limit
    ),
    HazardReason.RETRIES_WITHOUT_PAUSE: lambda words: say(
        "retries_without_pause", path=words.path, value=words.value
    ),
    HazardReason.REPLICAS_0: lambda words: say("replicas_0", path=words.path, value=words.value),
    HazardReason.REPLICAS_1: lambda words: say("replicas_1", path=words.path, value=words.value),
    HazardReason.LIMIT_BELOW_REQUEST: lambda words: say(
        "limit_below_request",
        path=words.path,
        value=words.value,
        other=words.other,
        limit=words.limit,
    ),
    HazardReason.NO_LIMIT: lambda words: say("no_limit", path=words.path),
}


def hazard_findings(
    objects: Sequence[ConfigurationObject],
    settings: Sequence[Sequence[Setting]],
    *,
    file: str,
    starts: Sequence[int],
    redactor: Redactor,
) -> Iterator[Finding]:
    """A finding for each hazard, in the order of the file. settings: those of each object."""
    hazards = list(chain.from_iterable(map(hazards_of, objects, settings)))
    if _FOR_DEVELOPMENT.search(file):
        hazards = [hazard for hazard in hazards if hazard.reason in _ANYWHERE]
    for hazard in sorted(hazards, key=lambda hazard: hazard.setting.line)[:MAX_HAZARDS]:
        yield _finding(hazard, file=file, starts=starts, redactor=redactor)


def _finding(hazard: Hazard, *, file: str, starts: Sequence[int], redactor: Redactor) -> Finding:
    setting, other = hazard.setting, hazard.other
    line = min(setting.line, len(starts) - 1)
    words = HazardWords(
        path=redactor.clean(setting.path).cut(_MAX_PATH),
        value=redactor.clean(redacted_value(setting, redactor)),
        other=redactor.clean(other.path if other else "").cut(_MAX_PATH),
        limit=redactor.clean(redacted_value(other, redactor) if other else ""),
    )
    return Finding(
        kind=FindingKind.HAZARD,
        level=Level.WARNING,
        text=_SENTENCES[hazard.reason](words),
        locus=Locus.of_line(file, line, starts=starts),
        data={"path": redactor.clean(setting.path).text, "hazard": hazard.reason},
    )
