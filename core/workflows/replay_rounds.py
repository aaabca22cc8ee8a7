"""What a model was asked about in a case, rebuilt from the log of the case and its evidence.

The steps of a turn are deleted when it ends. What remains is enough: events say which alerts,
files, messages and hypotheses there were when an opinion was recorded, findings and originals are
kept as they came, and every tool reads only these. What was deleted or read again since cannot be
rebuilt; a round names it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.cases.events import CaseEvent, EventKind
from core.cases.investigation_state import OPINION, SPENT, Usage
from core.cases.opinion import Opinion
from core.cases.projection import fold
from core.investigation.decision import Situation
from core.investigation.joined_files import with_joined_files
from core.investigation.memory.messages import TALK, messages_of
from core.investigation.phases import weighed
from core.investigation.situation import topology
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.alerts.model import Occurrence
    from core.cases.ports import Dossier
    from core.context import Rules

say = sentences("workflows.replay")

_READ = frozenset({EventKind.FILE_PROCESSED, EventKind.FILE_CANCELLED, EventKind.FILE_DELETED})
# What is done to a file, by which its evidence is not what it was.
_ALTERED = {
    EventKind.FILE_DELETED: say.later("deleted"),
    EventKind.FILE_AGAIN: say.later("read_again"),
    EventKind.FILE_OWNED: say.later("owned"),
    EventKind.FILE_LET_GO: say.later("let_go"),
}


@dataclass(frozen=True, kw_only=True)
class RecordedRound:
    """One round in which a model weighed the evidence, or would have.

    situation: as it was then. opinion: None where no model was asked. spent: by the whole turn.
    altered: what became of its files since, in words; empty where they are as they were.
    """

    situation: Situation
    opinion: Opinion | None
    spent: Usage
    altered: tuple[RedactedText, ...] = ()


def recorded_rounds(dossier: Dossier, rules: Rules) -> list[RecordedRound]:
    """The rounds in which a model gave an opinion; else the last that weighed new evidence."""
    opined = [event for event in dossier.events if event.kind is EventKind.OPINED]
    return [_round(dossier, event, rules) for event in opined or _last_weighed(dossier.events)]


def _last_weighed(events: Sequence[CaseEvent]) -> list[CaseEvent]:
    ended = (event for event in events if event.kind is EventKind.TURN_ENDED)
    return [event for event in ended if "weighed" in event.data][-1:]


def _round(dossier: Dossier, event: CaseEvent, rules: Rules) -> RecordedRound:
    """The round that led to this event: an opinion, or the end of a turn without one."""
    spelt, opinion = event.data.get("opinion"), None
    if spelt is not None:
        opinion = OPINION.validate_python(spelt, context={"texts": dossier.texts})
    digest = opinion.weighed if opinion else event.data["weighed"]
    then = _with_evidence_of(digest, _situation(dossier, event, rules), dossier.events)
    altered = tuple(_altered(dossier, event))
    if weighed(then) != digest:
        altered = altered or (say("unlike"),)
    return RecordedRound(
        situation=then, opinion=opinion, spent=_spent(dossier.events, event), altered=altered
    )


def _situation(dossier: Dossier, event: CaseEvent, rules: Rules) -> Situation:
    """What was known just before the event; whoever waited for an answer then has it by now."""
    before = dossier.events[: event.seq - 1]
    view = fold(before, dossier.texts)
    read = {each.data["file_id"] for each in before if each.kind in _READ}
    files = tuple(file for file in dossier.files if file.id in read)
    findings = {file.id: dossier.findings.get(file.id, ()) for file in files}
    talk = [each for each in before if each.kind in TALK]
    return Situation(
        at=event.at,
        occurrences=tuple(_occurrences(dossier, event)),
        files=files,
        findings=findings,
        hypotheses=view.hypotheses,
        investigation=view.investigation,
        calls=topology(finding for of_file in findings.values() for finding in of_file),
        messages=messages_of(talk, dossier.texts),
        case=view,
        hold=rules.resolve_after,
        rule=rules.root_cause,
    )


def _occurrences(dossier: Dossier, event: CaseEvent) -> Iterator[Occurrence]:
    """Those that had begun, firing where they had not ended yet."""
    begun, ended = dict[str, int](), dict[str, int]()
    for each in dossier.events:
        if each.kind is EventKind.ALERT_FIRED:
            begun.setdefault(each.data["occurrence_id"], each.seq)
        elif each.kind is EventKind.ALERT_RESOLVED:
            ended.setdefault(each.data["occurrence_id"], each.seq)
    for occurrence in dossier.occurrences:
        if begun.get(occurrence.id, 0) < event.seq:
            is_over = ended.get(occurrence.id, event.seq) < event.seq
            yield occurrence if is_over else replace(occurrence, ended_at=None)


def _with_evidence_of(digest: str, situation: Situation, events: Sequence[CaseEvent]) -> Situation:
    """Without the files that were read after the round had looked, before it was recorded."""
    order = {event.data["file_id"]: event.seq for event in reversed(events) if event.kind in _READ}
    files = sorted(situation.files, key=lambda file: order[file.id])
    for count in range(len(files), 0, -1):
        kept = {file.id for file in files[:count]}
        narrowed = with_joined_files(_only(kept, situation))
        if weighed(narrowed) == digest:
            return narrowed
    return with_joined_files(situation)


def _only(kept: set[str], situation: Situation) -> Situation:
    findings = {name: of_file for name, of_file in situation.findings.items() if name in kept}
    return replace(
        situation,
        files=tuple(file for file in situation.files if file.id in kept),
        findings=findings,
        calls=topology(finding for of_file in findings.values() for finding in of_file),
    )


def _spent(events: Sequence[CaseEvent], event: CaseEvent) -> Usage:
    """By the turn that the event belongs to."""
    later = events[event.seq - 1 :]
    ended = next((each for each in later if each.kind is EventKind.TURN_ENDED), None)
    return SPENT.validate_python(ended.data["spent"]) if ended else Usage()


def _altered(dossier: Dossier, event: CaseEvent) -> Iterator[RedactedText]:
    """Each file that was read by then, and what was done to it last."""
    numbers = {file.id: file.number for file in dossier.files}
    known = {each.data["file_id"] for each in dossier.events[: event.seq] if each.kind in _READ}
    altered = dict[str, RedactedText]()
    for each in dossier.events[event.seq :]:
        file_id = str(each.data.get("file_id"))
        if each.kind in _ALTERED and file_id in known:
            number = numbers.get(file_id) or each.data["number"]  # of a deleted one
            tag = RedactedText.tag("e", number)
            altered[file_id] = say("altered", file=tag, what=_ALTERED[each.kind]())
    yield from altered.values()
