"""Rows that say which files of a case tell of the same requests, sessions, pods, hosts, releases.

`api.log, nginx.log and spans.csv tell of the same 212 requests (of 5,310 in all, by trace ids),
09:12 to 09:31 UTC`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

from core.conversation.cards.card import Row
from core.evidence.correlation.identifiers import IdentifierKind
from core.evidence.correlation.shared import SharedSubject
from core.text import quantities
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from core.evidence.correlation.shared import SharedIdentifiers
    from core.evidence.model import EvidenceFile

say = sentences("evidence.correlation")

SHOWN = 3  # on the card itself; the rest is folded
_MOST_NAMES = 5
_NAME = 40  # characters of a file's name
_NOUNS: dict[SharedSubject, tuple[LiteralString, LiteralString]] = {
    SharedSubject.REQUESTS: ("request", "requests"),
    SharedSubject.SESSIONS: ("session", "sessions"),
    SharedSubject.PODS: ("pod", "pods"),
    SharedSubject.HOSTS: ("host", "hosts"),
    SharedSubject.RELEASES: ("release", "releases"),
}
_KINDS = {
    IdentifierKind.TRACE: say.later("trace_ids"),
    IdentifierKind.REQUEST: say.later("request_ids"),
    IdentifierKind.OTHER: say.later("mixed_ids"),
}


def correlation_rows(
    groups: Sequence[SharedIdentifiers], files: Sequence[EvidenceFile]
) -> list[Row]:
    """A row for each group, in their order."""
    by_id = {file.id: file for file in files}
    return [Row(text=correlation_text(group, by_id)) for group in groups]


def correlation_text(group: SharedIdentifiers, files: Mapping[str, EvidenceFile]) -> RedactedText:
    """The sentence of one group. files: by id."""
    named = [files[file] for file in group.files if file in files]
    return say(
        "together", files=_names(named), what=_what(group), when=_period(group.first, group.last)
    )


def _names(files: Iterable[EvidenceFile]) -> RedactedText:
    names = [
        RedactedText.format("{tag} {name}", tag=each.tag, name=each.name.line().cut(40))
        for each in files
    ]
    if len(names) > _MOST_NAMES:
        return quantities.listed(names, most=_MOST_NAMES)
    return RedactedText.format(
        "{first} and {last}", first=RedactedText.join(", ", names[:-1]), last=names[-1]
    )


def _what(group: SharedIdentifiers) -> RedactedText:
    """`212 requests (of 5,310 in all, by trace ids)`."""
    singular, plural = _NOUNS[group.subject]
    count = quantities.counted(group.count, singular, plural)
    if group.count == 1:
        count = RedactedText.format(singular)
    if group.is_estimated:
        count = say("about", n=count)
    kind = _KINDS[group.kind]() if group.kind in _KINDS else None
    if group.total > group.count:
        spelt = say("comma_kind", kind=kind) if kind else RedactedText.EMPTY
        return say("of_all", n=count, total=group.total, kind=spelt)
    return say("of_kind", n=count, kind=kind) if kind else count


def _period(first: datetime | None, last: datetime | None) -> RedactedText:
    if first is None or last is None:
        return RedactedText.EMPTY
    end = RedactedText.at(last, "%H:%M UTC")
    if first.replace(second=0) == last.replace(second=0):
        return say("at", first=end)
    is_same_day = first.date() == last.date()
    begin = RedactedText.at(first, "%H:%M" if is_same_day else "%d %b %H:%M")
    return say(
        "between",
        first=begin,
        last=end if is_same_day else RedactedText.at(last, "%d %b %H:%M UTC"),
    )
