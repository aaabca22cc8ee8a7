"""A runbook that nobody wrote yet: what cases of an alert taught, with the case of each line.

A draft, for a person to review: nothing of it is found or shown before somebody brings it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.cases.memories import CaseMemory
from core.cases.ports import Dossier
from core.conversation.reports.markdown import items, quoted_line, section, spaced
from core.conversation.reports.report import follow_ups
from core.investigation.precedents import Precedent, check_suggestion
from core.text import quantities
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from core.cases.model import Check

_PLAIN = re.compile(r"[\w .:/-]+")
_MOST_CHECKS, _MOST_FIXES = 8, 8
_WIDTH = 300  # characters of a fix or of a check


@dataclass(frozen=True)
class TaughtCase:
    """A case that is over: what it taught, and all that is kept of it."""

    memory: CaseMemory
    dossier: Dossier

    @property
    def number(self) -> int:
        return self.memory.number


def runbook_draft(
    alert: RedactedText, cases: Sequence[TaughtCase], fixes: Sequence[Precedent]
) -> RedactedText:
    """Markdown. cases: the newest first, at least one. fixes: the most promising first."""
    worked = [fix for fix in fixes if not fix.is_doubted and fix.record.worked]
    doubted = [fix for fix in fixes if fix not in worked]
    none = [RedactedText.format("No case tells. Write it down here.")]
    sections = [
        _head(alert, cases),
        section(RedactedText.format("Meaning"), items(_meaning(cases))),
        section(RedactedText.format("Diagnosis"), list(_diagnosis(cases)) or none),
        section(RedactedText.format("Mitigation"), list(_numbered(worked)) or none),
    ]
    if doubted:
        lines = [_fix_text(fix) for fix in doubted[:_MOST_FIXES]]
        sections.append(section(RedactedText.format("What did not help"), items(lines)))
    todo = [RedactedText.format("- [ ] {task}", task=task) for task in _follow_ups(cases)]
    sections.append(section(RedactedText.format("Follow-ups"), todo))
    return spaced([line for lines_of in sections for line in lines_of])


def _head(alert: RedactedText, cases: Sequence[TaughtCase]) -> list[RedactedText]:
    name = alert.line()
    title = name if _PLAIN.fullmatch(name.text) else name.code()
    count = quantities.counted(len(cases), "resolved case", "resolved cases")
    return [
        RedactedText.format("# {title}", title=title),
        RedactedText.EMPTY,
        RedactedText.format(
            "> Draft, made of {count} ({tags}). Review it, take this line out, then bring it:"
            " `faultmaven learn FILE`",
            count=count,
            tags=_tags(case.number for case in cases),
        ),
        RedactedText.EMPTY,
    ]


def _meaning(cases: Sequence[TaughtCase]) -> Iterator[RedactedText]:
    """What it was, how it showed, and how long it took."""
    causes: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for case in cases:
        if case.memory.fault is not None:
            causes[case.memory.fault, case.memory.service or ""].append(case.number)
    for (fault, service), numbers in sorted(causes.items(), key=lambda each: -len(each[1])):
        yield _cited(_cause_text(cases, fault, service), numbers)
    for case in cases:
        if case.memory.took is not None:
            took = quantities.span(case.memory.took)
            yield _cited(RedactedText.format("Open for {took}", took=took), [case.number])


def _tags(numbers: Iterable[int]) -> RedactedText:
    return RedactedText.join(", ", [RedactedText.tag("#", n) for n in sorted(set(numbers))])


def _cited(text: RedactedText, numbers: Iterable[int]) -> RedactedText:
    return RedactedText.format("{text} ({tags})", text=text, tags=_tags(numbers))


def _numbered(fixes: Sequence[Precedent]) -> Iterator[RedactedText]:
    for number, fix in enumerate(fixes[:_MOST_FIXES], start=1):
        yield RedactedText.format("{n}. {fix}", n=number, fix=_fix_text(fix))


def _fix_text(fix: Precedent) -> RedactedText:
    """`pool size set to 40`, worked 3 of 4 times (#1, #4)."""
    text = RedactedText.format(
        "{fix}, worked {worked} of {tried} times",
        fix=fix.text.line().cut(_WIDTH).code(),
        worked=fix.record.worked,
        tried=fix.record.tried,
    )
    return _cited(text, fix.cases)


def _diagnosis(cases: Sequence[TaughtCase]) -> Iterator[RedactedText]:
    """The checks that decided, those of most cases first, and what it was not."""
    checks: dict[str, Check] = {}
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for case in cases:
        for asked in case.dossier.view.investigation.checks:
            if asked.check.name in case.memory.checks:
                kind = check_suggestion(asked.check.name).text
                checks.setdefault(kind, asked.check)
                numbers[kind].append(case.number)
    ranked = sorted(checks, key=lambda kind: -len(set(numbers[kind])))[:_MOST_CHECKS]
    for nth, kind in enumerate(ranked, start=1):
        ask = checks[kind].ask.line().cut(_WIDTH).code()
        yield RedactedText.format("{n}. {check}", n=nth, check=_cited(ask, numbers[kind]))
        command = checks[kind].command
        yield from quoted_line(command) if command else ()
    yield from _rejected(cases)


def _rejected(cases: Sequence[TaughtCase]) -> Iterator[RedactedText]:
    """What was believed in a case and was not it."""
    for case in cases:
        for hypothesis in case.dossier.view.hypotheses:
            if not hypothesis.is_alive:
                statement = hypothesis.statement.line().cut(_WIDTH).code()
                text = RedactedText.format("It was not: {cause}", cause=statement)
                yield RedactedText.format("- {line}", line=_cited(text, [case.number]))


def _follow_ups(cases: Sequence[TaughtCase]) -> Iterator[RedactedText]:
    yield RedactedText.format("Review this draft, and name who answers for it")
    for case in cases:
        for task in follow_ups(case.dossier):
            yield _cited(task, [case.number])


def _cause_text(cases: Sequence[TaughtCase], fault: str, service: str) -> RedactedText:
    """In the words of the newest case that it was confirmed in."""
    for case in cases:
        for hypothesis in case.dossier.view.hypotheses:
            if (hypothesis.cause.fault, hypothesis.cause.service or "") == (fault, service):
                return hypothesis.statement.line().cut(_WIDTH).code()
    return RedactedText.format("A cause that was confirmed")
