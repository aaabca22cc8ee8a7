"""Rows that tell of a case: its alerts, the files that are read, our failures, and its status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.alerts.model import (
    Occurrence,
)
from core.alerts.notes import DESCRIPTION, gravest_first, links_of
from core.cases.investigation_state import TurnPart
from core.cases.model import Trust
from core.conversation.cards.card import Card, Link, Mark, Row
from core.evidence.model import Coverage, EvidenceFile, FileState, Finding
from core.investigation.checklist import ChecklistStep, checklist
from core.redaction.engine import Redactor
from core.text import quantities
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from core.cases.investigation_state import Defect, InvestigationState, Stall, Usage
    from core.cases.model import Case
    from core.cases.projection import CaseView

LONGEST_NAME = 25  # columns of the name of a file
_NEXT_STEPS_SHOWN = 2  # next ones
_CENT = 10_000  # millionths of a dollar
_TEXT_WIDTH = 160  # characters
_TRUST = {
    Trust.LOW: RedactedText.format("little"),
    Trust.MEDIUM: RedactedText.format("some"),
    Trust.HIGH: RedactedText.format("high"),
}
_AUTHOR_WIDTH = 112  # characters of what an alert's author wrote
_PLACE_WIDTH = 30  # of the name of a cluster
_PLACE_LABELS = (("environment", "env", "stage"), ("region", "zone"), ("namespace",))
_LINK_LABELS = {
    "runbook": RedactedText.format("Runbook"),
    "dashboard": RedactedText.format("Dashboard"),
    "graph": RedactedText.format("Graph"),
    "pagerduty": RedactedText.format("PagerDuty"),
}
_JOB_NAMES = Redactor(b"names of jobs")  # ours; they hold no secret


def left_out(defects: Sequence[Defect]) -> list[Row]:
    """`Left out: hypothesis 2 (our fault, KeyError at choosing.py:192); the rest stands`.

    A model that did not answer is no fault of ours, and has a row of its own.
    """
    models = [defect for defect in defects if defect.part is TurnPart.MODEL]
    without = [
        Row(
            text=RedactedText.format(
                "The engine went on without a model: {why}", why=defect.problem.line().cut(80)
            )
        )
        for defect in models[:1]
    ]
    defects = [defect for defect in defects if defect.part is not TurnPart.MODEL]
    if not defects:
        return without
    first, others = defects[0], len(defects) - 1
    more = RedactedText.format(" and {n} more", n=others) if others else RedactedText.EMPTY
    text = RedactedText.format(
        "Left out: {name} (our fault, {problem}){more}; the rest stands",
        name=first.name.line().cut(40),
        problem=first.problem.line().cut(40),
        more=more,
    )
    return [Row(text=text), *without]


def gaps_of(files: Sequence[EvidenceFile]) -> list[EvidenceFile]:
    """Those that were not read at all, then those read in part.

    Of an archive there is always something that is no evidence: they come last.
    """
    gaps = [file for file in files if file.coverage in (Coverage.NONE, Coverage.PART)]
    return sorted(gaps, key=lambda file: (file.is_unpacked, file.coverage is Coverage.PART))


def unread_rows(files: Sequence[EvidenceFile]) -> list[Row]:
    """`Not read: e3 trace.json, not JSON after byte 8,192; and how many more there are."""
    gaps = gaps_of(files)
    if not gaps:
        return []
    first, others = gaps[0], len(gaps) - 1
    is_part = first.coverage is Coverage.PART
    text = RedactedText.format(
        "{state}: {tag} {name}{why}{more}",
        state=RedactedText.format("Read in part" if is_part else "Not read"),
        tag=first.tag,
        name=quantities.fit(first.name.line(), LONGEST_NAME),
        why=RedactedText.format(", {why}", why=first.problem.line().cut(60))
        if first.problem
        else RedactedText.EMPTY,
        more=RedactedText.format("; {n} more: `evidence`", n=others)
        if others
        else RedactedText.EMPTY,
    )
    return [Row(text=text)]


def stalled(stalls: Sequence[Stall]) -> list[Row]:
    """The newest: `Stopped: reading e1 api.log failed (…). faultmaven jobs retry job_1`."""
    return [Row(text=_stall_text(stall)) for stall in stalls[-1:]]


def stalled_card(key: str, stall: Stall, *, version: int) -> Card:
    """In place of what said that the work is under way."""
    return Card(key=key, version=version, mark=Mark.REFUSED, rows=(Row(text=_stall_text(stall)),))


def _stall_text(stall: Stall) -> RedactedText:
    failed = RedactedText.format(
        "{work} failed ({problem})", work=stall.work.cut(30), problem=stall.problem.cut(40)
    )
    if not stall.is_over:
        return RedactedText.format("Trying again: {failed}", failed=failed)
    job = _JOB_NAMES.clean(stall.job).line()
    return RedactedText.format(
        "Stopped: {failed}. `faultmaven jobs retry {job}`", failed=failed, job=job
    )


def author_row(case: Case, occurrences: Sequence[Occurrence], *, redactor: Redactor) -> list[Row]:
    """What the author of the gravest alert wrote, where the case's title does not say it."""
    texts = (
        text
        for occurrence in gravest_first(occurrences)
        for text in ((occurrence.notes or {}).get(DESCRIPTION), occurrence.summary)
        if text
    )
    for text in dict.fromkeys(texts):  # a hundred instances say the same, and each would be cleaned
        written = redactor.clean(text).line()
        if written and written.text not in case.title.text:
            return [Row(text=written.clause(_AUTHOR_WIDTH))]
    return []


def runbook_rows(investigation: InvestigationState) -> list[Row]:
    """`Runbook: Postgres replica lag, 4 steps: runbook`."""
    runbook = investigation.runbook
    if runbook is None:
        return []
    steps = quantities.counted(runbook.steps, "step", "steps") if runbook.steps else None
    title = RedactedText.format("Runbook: {title}", title=runbook.title.line())
    parts = [title, steps, RedactedText.format("`runbook` shows it")]
    return [Row(text=RedactedText.join(" · ", [part for part in parts if part]))]


def link_rows(occurrences: Sequence[Occurrence], *, redactor: Redactor) -> list[Row]:
    """`See:  Runbook wiki.example.com  Graph prometheus.example.com`, of the gravest alert."""
    shown = tuple(
        Link(label=_LINK_LABELS[name], url=url)
        for name, url in links_of(occurrences).items()
        if redactor.clean(url).text == url
    )
    return [Row(text=RedactedText.format("See:"), links=shown)] if shown else []


def surroundings(occurrences: Sequence[Occurrence], *, redactor: Redactor) -> RedactedText:
    """`cluster eu-1, prod`, as far as labels say where it is; empty where none does."""
    labels = next((occurrence.labels for occurrence in gravest_first(occurrences)), {})
    parts = []
    if cluster := labels.get("cluster"):
        name = redactor.clean(cluster).line().cut(_PLACE_WIDTH)
        parts.append(RedactedText.format("cluster {name}", name=name))
    for group in _PLACE_LABELS:
        value = next(filter(None, (labels.get(label) for label in group)), "")
        if value:
            parts.append(redactor.clean(value).line().cut(_PLACE_WIDTH))
    return quantities.listed(parts)


def origin_text(
    case: Case,
    occurrences: Sequence[Occurrence],
    files: Sequence[EvidenceFile],
    *,
    now: datetime,
    resolve_after: timedelta,
) -> RedactedText:
    """Of alerts; of a case without them, how it began."""
    if not case.alerts:
        return _opening_text(case, files, now)
    return _alerts_text(case, occurrences, now=now, resolve_after=resolve_after)


def _alerts_text(
    case: Case, occurrences: Sequence[Occurrence], *, now: datetime, resolve_after: timedelta
) -> RedactedText:
    """`2 of 3 alerts firing since 02:41 UTC (12 min)`, or what became of them."""
    total = quantities.counted(case.alerts, "alert", "alerts")
    if case.firing:
        first_firing_at = min(
            (occurrence.starts_at for occurrence in occurrences if occurrence.firing),
            default=case.opened_at,
        )
        portion = (
            RedactedText.format("{n} of ", n=case.firing)
            if case.firing < case.alerts
            else RedactedText.EMPTY
        )
        since = quantities.since(first_firing_at, now)
        return RedactedText.format(
            "{some}{total} firing {since}", some=portion, total=total, since=since
        )
    if case.quiet_since is None:
        return RedactedText.format("{total} ended", total=total)
    ended = RedactedText.format(
        "{total} ended {at}", total=total, at=quantities.when(case.quiet_since, now)
    )
    if case.spoken_at is not None:
        return RedactedText.format("{ended} · `resolve` ends the case", ended=ended)
    due = quantities.clock(case.quiet_since + resolve_after, now)
    return RedactedText.format("{ended} · resolves by itself {due}", ended=ended, due=due)


def _opening_text(case: Case, files: Sequence[EvidenceFile], now: datetime) -> RedactedText:
    """Of a case without alerts: when somebody opened it, and since when files tell of it."""
    opened = RedactedText.format("Opened by hand {at}", at=quantities.when(case.opened_at, now))
    onsets = [file.onset for file in files if file.onset is not None]
    if not onsets:
        return opened
    return RedactedText.format(
        "{opened} · began {at}", opened=opened, at=quantities.clock(min(onsets), now)
    )


def reading_row(view: CaseView, alerts: RedactedText, files: Sequence[EvidenceFile]) -> Row:
    """What is read at present; where nothing is and nothing was, how to give it something."""
    stuck = {stall.about for stall in view.investigation.stalls}
    reading = [file for file in files if file.state is FileState.RECEIVED and file.id not in stuck]
    if not reading and stuck:
        return Row(text=alerts)
    if not reading:
        return Row(
            text=RedactedText.format("{alerts} · no evidence: drop a log here", alerts=alerts)
        )
    name, size = (
        quantities.fit(reading[-1].name.line(), LONGEST_NAME),
        quantities.size(reading[-1].size),
    )
    file = RedactedText.format("{name} ({size})", name=name, size=size)
    return Row(text=RedactedText.format("Reading {file} · {alerts}", file=file, alerts=alerts))


@dataclass(frozen=True, kw_only=True)
class Held:
    """What the tables hold of a case, as far as its five steps are filled from it."""

    occurrences: tuple[Occurrence, ...] = ()
    files: tuple[EvidenceFile, ...] = ()
    findings: Mapping[str, tuple[Finding, ...]]


def standing(view: CaseView, records: Held, *, now: datetime) -> tuple[Row, ...]:
    """What is folded below the case's card for whoever asks for its status."""
    rows = [
        *_conclusion_texts(view.investigation, now),
        *map(_checklist_text, checklist(view, records)),
    ]
    return tuple(Row(text=text) for text in [*rows, budget(view.investigation.spent)])


def budget(spent: Usage) -> RedactedText:
    """`Took 4 rounds, no model, 0.8 s`."""
    rounds = quantities.counted(spent.rounds, "round", "rounds")
    seconds = RedactedText.format("{n} s", n=round(spent.seconds, 1))
    return RedactedText.format(
        "Took {all}", all=RedactedText.join(", ", [rounds, models(spent), seconds])
    )


def _conclusion_texts(investigation: InvestigationState, now: datetime) -> Iterator[RedactedText]:
    conclusion = investigation.conclusion
    if conclusion is None:
        return
    at = quantities.clock(conclusion.updated_at, now)
    yield RedactedText.format(
        "{what} ({trust} trust, {at})",
        what=conclusion.conclusion.line(),
        trust=_TRUST[conclusion.confidence],
        at=at,
    )
    for step in conclusion.next_steps[:_NEXT_STEPS_SHOWN]:
        yield RedactedText.format("next: {step}", step=step.line().cut(_TEXT_WIDTH))


def _checklist_text(step: ChecklistStep) -> RedactedText:
    """`Timeline: since 02:41 UTC`; an open one says what would fill it."""
    if step.filled:
        return RedactedText.format(
            "{title}: {says}", title=step.title, says=step.says.line().cut(_TEXT_WIDTH)
        )
    wants = step.wants.line().cut(_TEXT_WIDTH)
    return RedactedText.format("{title}: open, wants {what}", title=step.title, what=wants)


def models(spent: Usage) -> RedactedText:
    """`no model used`, or `3 model calls, 1,204 tokens, 0.4 ¢`; a model at home has no price."""
    if not spent.calls:
        return RedactedText.format("no model used")
    calls = quantities.counted(spent.calls, "model call", "model calls")
    used = RedactedText.format("{calls}, {n} tokens", calls=calls, n=spent.tokens)
    if not spent.cost:
        return used
    return RedactedText.format("{used}, {n} ¢", used=used, n=round(spent.cost / _CENT, 1))
