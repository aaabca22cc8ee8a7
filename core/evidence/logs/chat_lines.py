"""Tells chatter from deeds: a person in a chat also asks, plans and merely names a version."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_MOSTLY = 0.6  # of the lines of a chat are what somebody says
_MOST_LINES, _FEWEST = 2_000, 3
_APART = timedelta(seconds=20)  # in the mean: a service whose lines look like this writes more
_LOOK_AT = 600  # characters
_SAID = re.compile(
    r"[\[(]?(?:\d{4}-\d\d-\d\d[T ])?\d\d?:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?[AaPp][Mm])?Z?[\])]?"
    r" {1,4}(?:#[\w-]{1,60} )?(?:<[@+%~ ]?[^<>]{1,40}>|@?[\w.-]{1,40}:) {1,4}(?P<words>\S.*)"
)
_ASKS = re.compile(r"\?(?:[\s)\"'!?]|$)")
_PLANS = re.compile(
    r"(?i)^(?:(?:ok|so|and|but|hm{1,5}),? )?(?:shall|should|could|can|may|might|would|who|what"
    r"|any(?:one|body)"
    r"|why|when|how|where|let'?s|let us|maybe|perhaps|planning|plan to|going to|gonna|not yet"
    r"|please|pls|wait|(?:i|we)(?:'?ll| will| should| could| might| would| want| plan|'?d)"
    r"|(?:do|does|did|is|are|was|has|have) (?:you|we|they|it|that|this|the|any|some)"
    r"|(?:don'?t|do not|if (?:you|we|it)))\b"
)
_WOULD = re.compile(
    r"(?i)\b(?:wäre|würden?|könnten?|sollten?|müssten?|serait|faudrait|devrai[ts]|pourrait|sería"
    r"|habría que|debería|deveria|seria|zou(?:den)?|skulle|burde)\b"
)
_DEEDS = re.compile(
    r"(?i)->|→|=>|\b[\w.-]{1,40}=\S|\b(?:(?:re)?deploy(?:s|ed|ing)?|roll(?:ed|ing|s)?"
    r"|roll(?:back|out)|releas(?:ed|ing)|ship(?:ped|ping)|push(?:ed|ing)|promot(?:ed|ing)|merg(?:ed|ing)"
    r"|chang(?:ed|ing)|set|switch(?:ed|ing)|turn(?:ed|ing)|(?:re|de)?activat(?:ed|ing)"
    r"|(?:en|dis)abl(?:ed|ing)|(?:re)?start(?:ed|ing)|stop(?:ped|ping)|scal(?:ed|ing)|rotat(?:ed|ing)"
    r"|migrat(?:ed|ing)|appl(?:ied|ying)|(?:up|down)?grad(?:ed|ing)|updat(?:ed|ing)|install(?:ed|ing)"
    r"|remov(?:ed|ing)|add(?:ed|ing)|delet(?:ed|ing)|revert(?:ed|ing)|(?:re)?creat(?:ed|ing)"
    r"|bump(?:ed|ing)|flip(?:ped|ping)|toggl(?:ed|ing)|rais(?:ed|ing)|lower(?:ed|ing)"
    r"|reduc(?:ed|ing)|increas(?:ed|ing)|resiz(?:ed|ing)|fail(?:ed|ing) over|cut(?:ting)? over"
    r"|drain(?:ed|ing)|cordon(?:ed|ing)|patch(?:ed|ing)|reload(?:ed|ing)|renew(?:ed|ing)"
    r"|mov(?:ed|ing)|replac(?:ed|ing)|rebuil(?:t|ding)|published|provisioned|(?:re)?configured"
    r"|swapped|flushed|purged|cleared|restored|imported|synced|live|done|finished|complete[d]?"
    r"|succeeded|went out|kicked off)\b"
)


def is_of_chat(lines: pl.Series, times: pl.Series) -> bool:
    """Whether lines are what people and bots say in a channel, by their form and their pace."""
    if not _FEWEST <= len(lines) <= _MOST_LINES:
        return False
    moments = [moment for moment in times.to_list() if moment]
    if len(moments) < _FEWEST or max(moments) - min(moments) < len(moments) * _APART:
        return False
    spoken = sum(_SAID.match(line[:_LOOK_AT]) is not None for line in lines)
    return spoken >= _MOSTLY * len(lines)


def asks_or_plans(line: str) -> bool:
    """Whether a line of a chat only asks, or speaks of what is not done yet."""
    spoken = _SAID.match(line[:_LOOK_AT])
    if spoken is None:
        return False
    return any(plan.search(spoken["words"]) for plan in (_ASKS, _PLANS, _WOULD))


def is_chatter(line: str) -> bool:
    """Whether a line of a chat tells of nothing that was done."""
    spoken = _SAID.match(line[:_LOOK_AT])
    return spoken is not None and (asks_or_plans(line) or _DEEDS.search(spoken["words"]) is None)
