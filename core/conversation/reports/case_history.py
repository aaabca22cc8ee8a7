"""The history of a case: a line for each event of interest."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from core.cases.events import CaseEvent, EventKind
from core.cases.investigation_state import CHECK, SCORES, SOLUTION
from core.cases.model import CaseState, PredictionOutcome
from core.cases.projection import HYPOTHESES
from core.clock import from_micros
from core.text.redacted import ERASED, RedactedText

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from core.cases.model import Hypothesis
    from core.evidence.model import EvidenceFile
    from core.redaction.engine import Redactor

# Who does things in a case without being a person, as people call them.
_ACTOR_NAMES = {
    "system": RedactedText.format("FaultMaven"),
    "alertmanager": RedactedText.format("Alertmanager"),
    "pagerduty": RedactedText.format("PagerDuty"),
}
# What people say of what they did; `rolled it back` as well as `rolled back 2f9c`.
_DEEDS = re.compile(
    r"(?i)\b(?:rolled(?:\s\S+){0,3}?\s(?:back|out|forward)|reverted|restarted|rebooted|redeployed|deployed"
    r"|released|scaled|resized|drained|cordoned|failed(?:\s\S+){0,2}?\sover|switched|disabled|enabled"
    r"|(?:turned|switched)\s(?:\S+\s)?o(?:n|ff)|stopped|started|killed|terminated|paused|resumed|purged"
    r"|flushed|cleared|deleted|removed|renewed|rotated|replaced|patched|bumped|raised|increased"
    r"|lowered|reduced|doubled|blocked|unblocked|silenced|freed|expanded|moved|set\s\S+\sto)\b"
)
_NO_DEED = re.compile(
    r"(?i)\b(?:did|do|does|will|would|should|could|can|may|might|shall|must|if|when|let|gonna|going\sto"
    r"|not|never|nobody|haven't|hasn't|didn't|don't|isn't|wasn't|has\sanyone|who|why|what|whether|which"
    r"|(?:want|plan|need|trying|about)\sto|to|is|are|was|were|got|gets?|been|being)\b"
)
_AT = re.compile(r"\b(?:at|since|@)\s?(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)\b")
_OUTCOMES = {
    PredictionOutcome.HELD: RedactedText.format("for"),
    PredictionOutcome.FAILED: RedactedText.format("against"),
    PredictionOutcome.UNTESTED: RedactedText.format("nothing about"),
}


def history(
    events: Iterable[CaseEvent],
    texts: Mapping[str, RedactedText],
    files: Iterable[EvidenceFile],
    *,
    redactor: Redactor,
    kinds: Container[EventKind] = frozenset(EventKind),
) -> Iterator[tuple[datetime, RedactedText]]:
    """What the case's own events tell, and when: people's deeds, and each new lead.

    kinds: of these events alone; later ones may refer to what others said.
    """
    teller = _Narrator(texts, {file.id: file for file in files}, redactor)
    for event in events:
        text = teller.tell(event)
        if text is not None and event.kind in kinds:
            yield _event_time(event, text), text


def is_deed(text: RedactedText) -> bool:
    """Whether somebody says that they did something to the system: `rolled back 2f9c at 07:25`.

    Not what they ask, plan, deny or suppose.
    """
    words = text.line().text
    deed = _DEEDS.search(words)
    if deed is None or words.rstrip().endswith("?"):
        return False
    return _NO_DEED.search(words[: deed.start()]) is None


def _event_time(event: CaseEvent, text: RedactedText) -> datetime:
    """When it happened, where that is not when we heard of it."""
    occurred_at = event.data.get("occurred_at")
    if occurred_at is not None:
        return from_micros(occurred_at)
    stated = _AT.search(text.text) if event.kind is EventKind.NOTED else None
    if stated is None:
        return event.at
    done_at = event.at.replace(
        hour=int(stated["hour"]), minute=int(stated["minute"]), second=0, microsecond=0
    )
    return done_at if done_at <= event.at else done_at - timedelta(days=1)


class _Narrator:
    """Tells events in order; remembers the statements and the lead that later ones refer to."""

    def __init__(
        self,
        texts: Mapping[str, RedactedText],
        files: Mapping[str, EvidenceFile],
        redactor: Redactor,
    ) -> None:
        self._texts, self._files, self._redactor = texts, files, redactor
        self._statements: dict[int, RedactedText] = {}
        self._checks: dict[str, RedactedText] = {}
        self._fixes: dict[int, RedactedText] = {}
        self._lead: str | None = None
        self._told: dict[int, RedactedText] = {}

    def tell(self, event: CaseEvent) -> RedactedText | None:
        """One line, or None for what is told elsewhere or is of no interest."""
        text = self._tell(event)
        if text is not None:
            self._told[event.seq] = text
        return text

    def _tell(self, event: CaseEvent) -> RedactedText | None:
        by = self._by(event)
        match event.kind:
            case EventKind.OPENED:
                return RedactedText.format("{by} opened the case", by=by)
            case EventKind.RESOLVED:
                fix = self._text(event.data["solution"]) if event.data["solution"] else None
                if fix is None:
                    return RedactedText.format("{by} resolved the case", by=by)
                return RedactedText.format("{by} resolved the case: {fix}", by=by, fix=fix)
            case EventKind.REOPENED:
                return RedactedText.format("{by} reopened the case", by=by)
            case EventKind.TAKEN_BACK:
                return self._taken_back(by, event)
            case _:
                told_there = event.kind in (EventKind.PAGED, EventKind.NOTED)
                return (self._of_pager if told_there else self._of_evidence)(by, event)

    def _of_pager(self, by: RedactedText, event: CaseEvent) -> RedactedText | None:
        """What PagerDuty told, and what people say in chat that they did; the rest is talk."""
        text = self._text(event.data.get("text"))
        if event.kind is EventKind.PAGED:
            return text
        if "occurred_at" not in event.data:
            return RedactedText.format("{by}: {text}", by=by, text=text) if is_deed(text) else None
        return RedactedText.format("{by} noted in PagerDuty: {text}", by=by, text=text)

    def _of_evidence(self, by: RedactedText, event: CaseEvent) -> RedactedText | None:
        match event.kind:
            case EventKind.RANKED:
                return self._ranked(event)
            case EventKind.JUDGED:
                return self._judged(by, event)
            case EventKind.CORRECTED:
                text = self._text(event.data.get("text"))
                return RedactedText.format("{by} corrected: {said}", by=by, said=text)
            case EventKind.PHASE_ENTERED | EventKind.ESCALATED:
                return self._of_phases(event)
            case EventKind.CHECK_ASKED | EventKind.CHECK_SCORED:
                return self._of_checks(by, event)
            case _:
                return self._of_solutions(by, event)

    def _of_phases(self, event: CaseEvent) -> RedactedText | None:
        """That a cause was named, that it did not hold, that people are called."""
        why = self._text(event.data["why"])
        if event.kind is EventKind.ESCALATED:
            return RedactedText.format("FaultMaven cannot go on alone: {why}", why=why)
        if event.data["phase"] == CaseState.ANALYZING:
            return RedactedText.format("Root cause named: {why}", why=why)
        return RedactedText.format("Looking for the cause again: {why}", why=why)

    def _of_checks(self, by: RedactedText, event: CaseEvent) -> RedactedText | None:
        if event.kind is EventKind.CHECK_ASKED:
            check = CHECK.validate_python(event.data["check"], context={"texts": self._texts})
            if check.name in self._checks:
                return None
            self._checks[check.name] = check.ask.line()
            return RedactedText.format("Asked for: {ask}", ask=check.ask.line())
        file = self._files.get(str(event.data["answered_by"]))
        asked_check = self._checks.get(event.data["name"], ERASED)
        scores = [self._score(*score) for score in SCORES.validate_python(event.data["scores"])]
        outcome = RedactedText.join("; ", scores) or RedactedText.format("it separates nothing")
        return RedactedText.format(
            "{by} answered {asked}: {told}",
            by=file.tag if file else by,
            asked=asked_check,
            told=outcome,
        )

    def _score(self, number: int, outcome: PredictionOutcome) -> RedactedText:
        statement = self._statements.get(number, RedactedText.EMPTY).line()
        return RedactedText.format(
            "{what} {n}. {said}", what=_OUTCOMES[outcome], n=number, said=statement
        )

    def _of_solutions(self, by: RedactedText, event: CaseEvent) -> RedactedText | None:
        """A fix, from its proposal to what came of it."""
        match event.kind:
            case EventKind.SOLUTION_PROPOSED:
                context = {"texts": self._texts}
                fix = SOLUTION.validate_python(event.data["solution"], context=context)
                self._fixes[fix.number] = fix.text.line()
                return RedactedText.format("Fix proposed: {fix}", fix=fix.text.line())
            case EventKind.SOLUTION_CONFIRMED:
                return RedactedText.format("{by} made the fix: {fix}", by=by, fix=self._fix(event))
            case EventKind.SOLUTION_SETTLED if event.data["worked"]:
                return RedactedText.format("The fix helped: {fix}", fix=self._fix(event))
            case EventKind.SOLUTION_SETTLED:
                return RedactedText.format("The fix did not help: {fix}", fix=self._fix(event))
            case EventKind.FEEDBACK_GIVEN:
                return self._of_feedback(by, event)
            case _:
                return self._of_files(by, event)

    def _of_feedback(self, by: RedactedText, event: CaseEvent) -> RedactedText:
        what = self._text(event.data["what"])
        if event.data["helped"]:
            return RedactedText.format("{by}: {what} helped", by=by, what=what)
        return RedactedText.format("{by}: {what} did not help", by=by, what=what)

    def _fix(self, event: CaseEvent) -> RedactedText:
        return self._fixes.get(event.data["number"], ERASED)

    def _of_files(self, by: RedactedText, event: CaseEvent) -> RedactedText | None:
        file = self._files.get(str(event.data.get("file_id")))
        match event.kind:
            case EventKind.FILE_DELETED:
                tag, name = (
                    RedactedText.tag("e", event.data["number"]),
                    self._text(event.data["name"]),
                )
                return RedactedText.format(
                    "{by} deleted {tag} {name}", by=by, tag=tag, name=name.line()
                )
            case EventKind.FILE_OWNED if file:
                service = event.data["service"]
                owner = self._redactor.clean(service or "none of the services").line()
                return RedactedText.format(
                    "{by} said that {tag} is of {owner}", by=by, tag=file.tag, owner=owner
                )
            case EventKind.FILE_RECEIVED if file:
                name = file.name.line()
                return RedactedText.format(
                    "{by} brought {tag} {name}", by=by, tag=file.tag, name=name
                )
            case EventKind.FILE_HANDED_OUT if file:
                return RedactedText.format("{by} took the original of {tag}", by=by, tag=file.tag)
            case _:
                return None

    def _by(self, event: CaseEvent) -> RedactedText:
        if event.actor in _ACTOR_NAMES:
            return _ACTOR_NAMES[event.actor]
        return self._redactor.clean(event.actor).line()

    def _ranked(self, event: CaseEvent) -> RedactedText | None:
        ranked: Sequence[Hypothesis] = HYPOTHESES.validate_python(
            event.data["hypotheses"], context={"texts": self._texts}
        )
        self._statements.update({hypothesis.number: hypothesis.statement for hypothesis in ranked})
        best = min(ranked, key=lambda hypothesis: hypothesis.rank, default=None)
        if best is None or best.cause.key == self._lead:
            return None
        self._lead = best.cause.key
        share = max(1, min(99, round(best.confidence * 100)))
        text = best.statement.line()
        return RedactedText.format(
            "Most likely now: {n}. {text}, {share} %", n=best.number, text=text, share=share
        )

    def _judged(self, by: RedactedText, event: CaseEvent) -> RedactedText:
        number = int(event.data["number"])
        verdict = RedactedText.format("confirmed" if event.data["confirmed"] else "rejected")
        statement = self._statements.get(number, RedactedText.EMPTY).line()
        why = event.data["why"]
        reason = RedactedText.format(": {why}", why=self._text(why)) if why else RedactedText.EMPTY
        return RedactedText.format(
            "{by} {did} {n}. {said}{why}", by=by, did=verdict, n=number, said=statement, why=reason
        )

    def _taken_back(self, by: RedactedText, event: CaseEvent) -> RedactedText:
        what = self._told.get(event.data["seq"], ERASED)
        return RedactedText.format("{by} took back: {what}", by=by, what=what)

    def _text(self, digest: object) -> RedactedText:
        return self._texts.get(str(digest), ERASED).line()
