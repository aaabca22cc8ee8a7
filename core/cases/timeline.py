"""What happened when? Alerts, findings and what people did, on one line of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.events import HYPOTHESES, Event, EventKind
from core.cases.highlights import highlights
from core.clean import ERASED, Clean
from core.clock import from_micros
from core.conversation.quotes import told
from core.evidence.model import EvidenceFile, Finding, FindingKind
from core.investigation.model import Hypothesis, Moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from core.alerts.model import Occurrence
    from core.cases.dossier import Dossier
    from core.redaction.engine import Redactor

# An error rate covers a span, and a stack trace comes with the line that has the time.
_MOMENTS = (
    FindingKind.FIRST_ERROR,
    FindingKind.SIGNAL,
    FindingKind.CHANGE,
    FindingKind.BURST,
    FindingKind.METRIC,
)

# Who does things in a case without being a person, as people call them.
_OURS = {
    "system": Clean.say("FaultMaven"),
    "alertmanager": Clean.say("Alertmanager"),
    "pagerduty": Clean.say("PagerDuty"),
}


def timeline_of(dossier: Dossier, *, redactor: Redactor) -> tuple[Moment, ...]:
    """Everything with a time, oldest first: what machines saw and what people did."""
    seen = timeline(dossier.occurrences, dossier.findings.values(), redactor=redactor)
    done = _history(dossier.events, dossier.texts, dossier.files, redactor=redactor)
    return _in_order([*seen, *done])


def timeline(
    occurrences: Iterable[Occurrence],
    findings: Iterable[Sequence[Finding]],
    *,
    redactor: Redactor,
) -> tuple[Moment, ...]:
    """What machines saw, oldest first; findings whose file tells no time are left out."""
    moments: list[Moment] = []
    for one in occurrences:
        moments += _alert(one, redactor=redactor)
    for found in findings:
        moments += _findings(found)
    return _in_order(moments)


def _alert(one: Occurrence, *, redactor: Redactor) -> list[Moment]:
    name = redactor.clean(one.name).line()
    if one.service:
        name = Clean.say("{name} ({on})", name=name, on=redactor.clean(one.service).line())
    moments = [Moment(at=one.starts_at, text=Clean.say("Alert fired: {name}", name=name))]
    if one.ended_at is not None:
        moments.append(Moment(at=one.ended_at, text=Clean.say("Alert ended: {name}", name=name)))
    return moments


def _findings(found: Iterable[Finding]) -> Iterator[Moment]:
    for one in highlights(found):
        if one.kind in _MOMENTS and one.first is not None:
            yield Moment(at=one.first, text=told(one, timed=False), locus=one.locus)


def _history(
    events: Iterable[Event],
    texts: Mapping[str, Clean],
    files: Iterable[EvidenceFile],
    *,
    redactor: Redactor,
) -> list[Moment]:
    """What the case's own events tell: people's deeds, and each new lead."""
    teller = _Teller(texts, {file.id: file for file in files}, redactor)
    told = ((event, teller.tell(event)) for event in events)
    return [Moment(at=_time_of(event), text=text) for event, text in told if text is not None]


def _time_of(event: Event) -> datetime:
    """When it happened, where that is not when we heard of it."""
    occurred_at = event.data.get("occurred_at")
    return event.at if occurred_at is None else from_micros(occurred_at)


class _Teller:
    """Tells events in order; remembers the statements and the lead that later ones refer to."""

    def __init__(
        self, texts: Mapping[str, Clean], files: Mapping[str, EvidenceFile], redactor: Redactor
    ) -> None:
        self._texts, self._files, self._redactor = texts, files, redactor
        self._statements: dict[int, Clean] = {}
        self._lead: str | None = None

    def tell(self, event: Event) -> Clean | None:
        """One line, or None for what is told elsewhere or is of no interest."""
        by, text = self._by(event), event.data.get("text")
        match event.kind:
            case EventKind.OPENED:
                return Clean.say("{by} opened the case", by=by)
            case EventKind.ASKED:
                return Clean.say("{by} asked: {text}", by=by, text=self._text(text))
            case EventKind.ANSWERED:
                return Clean.say("Answer: {text}", text=self._text(text))
            case EventKind.RESOLVED:
                return Clean.say("{by} resolved the case", by=by)
            case EventKind.REOPENED:
                return Clean.say("{by} reopened the case", by=by)
            case _:
                told_there = event.kind in (EventKind.PAGED, EventKind.NOTED)
                return (self._of_pager if told_there else self._of_evidence)(by, event)

    def _of_pager(self, by: Clean, event: Event) -> Clean | None:
        """What PagerDuty told; what people say to each other in chat is left where they said it."""
        text = self._text(event.data.get("text"))
        if event.kind is EventKind.PAGED:
            return text
        if "occurred_at" not in event.data:
            return None
        return Clean.say("{by} noted in PagerDuty: {text}", by=by, text=text)

    def _of_evidence(self, by: Clean, event: Event) -> Clean | None:
        match event.kind:
            case EventKind.FILE_RECEIVED:
                return self._brought(by, str(event.data["file_id"]))
            case EventKind.RANKED:
                return self._ranked(event)
            case EventKind.JUDGED:
                return self._judged(by, event)
            case EventKind.CORRECTED:
                said = self._text(event.data.get("text"))
                return Clean.say("{by} corrected: {said}", by=by, said=said)
            case _:
                return None

    def _by(self, event: Event) -> Clean:
        if event.actor in _OURS:
            return _OURS[event.actor]
        return self._redactor.clean(event.actor).line()

    def _brought(self, by: Clean, file_id: str) -> Clean | None:
        file = self._files.get(file_id)
        if file is None:
            return None
        return Clean.say("{by} brought {tag} {name}", by=by, tag=file.tag, name=file.name.line())

    def _ranked(self, event: Event) -> Clean | None:
        ranked: Sequence[Hypothesis] = HYPOTHESES.validate_python(
            event.data["hypotheses"], context={"texts": self._texts}
        )
        self._statements.update({one.number: one.statement for one in ranked})
        best = min(ranked, key=lambda one: one.rank, default=None)
        if best is None or best.cause.key == self._lead:
            return None
        self._lead = best.cause.key
        share = max(1, min(99, round(best.confidence * 100)))
        text = best.statement.line()
        return Clean.say(
            "Most likely now: {n}. {text}, {share} %", n=best.number, text=text, share=share
        )

    def _judged(self, by: Clean, event: Event) -> Clean:
        number = int(event.data["number"])
        did = Clean.say("confirmed" if event.data["confirmed"] else "rejected")
        said = self._statements.get(number, Clean.EMPTY).line()
        why = event.data["why"]
        reason = Clean.say(": {why}", why=self._text(why)) if why else Clean.EMPTY
        return Clean.say(
            "{by} {did} {n}. {said}{why}", by=by, did=did, n=number, said=said, why=reason
        )

    def _text(self, digest: object) -> Clean:
        return self._texts.get(str(digest), ERASED).line()


def _in_order(moments: Iterable[Moment]) -> tuple[Moment, ...]:
    return tuple(sorted(moments, key=lambda moment: moment.at))
