"""What did people and we do in a case? Its own events, told in a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.events import HYPOTHESES, Event, EventKind
from core.cases.hypotheses import Outcome
from core.cases.investigation_events import CHECK, SCORES, SOLUTION
from core.cases.model import CaseState
from core.clock import from_micros
from core.text.redacted import ERASED, Clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from core.cases.hypotheses import Hypothesis
    from core.evidence.model import EvidenceFile
    from core.redaction.engine import Redactor

# Who does things in a case without being a person, as people call them.
_OURS = {
    "system": Clean.say("FaultMaven"),
    "alertmanager": Clean.say("Alertmanager"),
    "pagerduty": Clean.say("PagerDuty"),
}

_OUTCOMES = {
    Outcome.HELD: Clean.say("for"),
    Outcome.FAILED: Clean.say("against"),
    Outcome.UNTESTED: Clean.say("nothing about"),
}


def history(
    events: Iterable[Event],
    texts: Mapping[str, Clean],
    files: Iterable[EvidenceFile],
    *,
    redactor: Redactor,
) -> Iterator[tuple[datetime, Clean]]:
    """What the case's own events tell, and when: people's deeds, and each new lead."""
    teller = _Teller(texts, {file.id: file for file in files}, redactor)
    for event in events:
        text = teller.tell(event)
        if text is not None:
            yield _time_of(event), text


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
        self._checks: dict[str, Clean] = {}
        self._fixes: dict[int, Clean] = {}
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
            case EventKind.RANKED:
                return self._ranked(event)
            case EventKind.JUDGED:
                return self._judged(by, event)
            case EventKind.CORRECTED:
                said = self._text(event.data.get("text"))
                return Clean.say("{by} corrected: {said}", by=by, said=said)
            case EventKind.PHASE_ENTERED | EventKind.ESCALATED:
                return self._of_phases(event)
            case EventKind.CHECK_ASKED | EventKind.CHECK_SCORED:
                return self._of_checks(by, event)
            case _:
                return self._of_solutions(by, event)

    def _of_phases(self, event: Event) -> Clean | None:
        """That a cause was named, that it did not hold, that people are called."""
        why = self._text(event.data["why"])
        if event.kind is EventKind.ESCALATED:
            return Clean.say("FaultMaven cannot go on alone: {why}", why=why)
        if event.data["phase"] == CaseState.ANALYZING:
            return Clean.say("Root cause named: {why}", why=why)
        return Clean.say("Looking for the cause again: {why}", why=why)

    def _of_checks(self, by: Clean, event: Event) -> Clean | None:
        if event.kind is EventKind.CHECK_ASKED:
            check = CHECK.validate_python(event.data["check"], context={"texts": self._texts})
            if check.name in self._checks:
                return None
            self._checks[check.name] = check.ask.line()
            return Clean.say("Asked for: {ask}", ask=check.ask.line())
        file = self._files.get(str(event.data["answered_by"]))
        asked = self._checks.get(event.data["name"], ERASED)
        scores = [self._score(*one) for one in SCORES.validate_python(event.data["scores"])]
        told = Clean.join("; ", scores) or Clean.say("it separates nothing")
        return Clean.say(
            "{by} answered {asked}: {told}", by=file.tag if file else by, asked=asked, told=told
        )

    def _score(self, number: int, outcome: Outcome) -> Clean:
        said = self._statements.get(number, Clean.EMPTY).line()
        return Clean.say("{what} {n}. {said}", what=_OUTCOMES[outcome], n=number, said=said)

    def _of_solutions(self, by: Clean, event: Event) -> Clean | None:
        """A fix, from its proposal to what came of it."""
        match event.kind:
            case EventKind.SOLUTION_PROPOSED:
                known = {"texts": self._texts}
                fix = SOLUTION.validate_python(event.data["solution"], context=known)
                self._fixes[fix.number] = fix.text.line()
                return Clean.say("Fix proposed: {fix}", fix=fix.text.line())
            case EventKind.SOLUTION_CONFIRMED:
                return Clean.say("{by} made the fix: {fix}", by=by, fix=self._fix(event))
            case EventKind.SOLUTION_SETTLED if event.data["worked"]:
                return Clean.say("The fix helped: {fix}", fix=self._fix(event))
            case EventKind.SOLUTION_SETTLED:
                return Clean.say("The fix did not help: {fix}", fix=self._fix(event))
            case _:
                return self._of_files(by, event)

    def _fix(self, event: Event) -> Clean:
        return self._fixes.get(event.data["number"], ERASED)

    def _of_files(self, by: Clean, event: Event) -> Clean | None:
        file = self._files.get(str(event.data.get("file_id")))
        match event.kind:
            case EventKind.FILE_DELETED:
                tag, name = Clean.tag("e", event.data["number"]), self._text(event.data["name"])
                return Clean.say("{by} deleted {tag} {name}", by=by, tag=tag, name=name.line())
            case EventKind.FILE_RECEIVED if file:
                name = file.name.line()
                return Clean.say("{by} brought {tag} {name}", by=by, tag=file.tag, name=name)
            case EventKind.FILE_HANDED_OUT if file:
                return Clean.say("{by} took the original of {tag}", by=by, tag=file.tag)
            case _:
                return None

    def _by(self, event: Event) -> Clean:
        if event.actor in _OURS:
            return _OURS[event.actor]
        return self._redactor.clean(event.actor).line()

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
