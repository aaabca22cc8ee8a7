"""One change, told in several places: where it is told best, and all lines there that tell of it.

A deploy stands in the log of deploys, in the output of the tool that ran it and in the log of the
service that came up. It is quoted from where somebody recorded it; from a service's own log only
if nobody did.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from core.cases.model import Cause, Citation
from core.evidence.logs.changes import COMMANDS
from core.evidence.logs.quiet_logs import BEGUN
from core.evidence.model import EvidenceFile, Finding, FindingKind
from core.investigation.causes.broken_by_change import BROKEN_BY_CHANGE
from core.investigation.causes.change_kinds import may_bring
from core.investigation.causes.evidence_index import CHANGED_SETTING, CLOCKS, MIGRATION
from core.investigation.causes.troubles import ServiceHealth
from core.investigation.change_records import is_record_of_changes
from core.investigation.file_owners import is_of_several
from core.investigation.memory.words import telling_words
from core.investigation.verdict.citations import moment_of, overlaps
from core.investigation.worded_change import ChangeSort, WordedChange

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.evidence.model import Locus
    from core.investigation.decision import Situation

SAME_MOMENT = timedelta(seconds=2)  # between two lines of one change
ONE_RUN = timedelta(seconds=30)  # between the steps of what a tool does to several hosts
_RUN = timedelta(seconds=60)  # between two of what one tool did to one service
_BETWEEN = 40  # lines between two that tell of one change, in what a tool wrote down
_ARROW = re.compile(
    r"\s(?:->|=>|→)\s|\(was \S|\bfrom\b[^\n]{1,80}\bto\b"
    r"|\s\d+(?:\.\d+)+\S* \d+(?:\.\d+)+"  # two versions, as dpkg and apt tell them
)
_TOOK_EFFECT = re.compile(r"(?i)\bhandler\b|\bre(?:start|load)(?:s|ed|ing)?\b|\bSIGHUP\b")
_TICKET = re.compile(r"\b[A-Z]{2,8}-\d{1,7}\b")
_OPTION = re.compile(r"(?<!\S)--[a-z][\w-]*")  # `--limit edge-1`: which hosts, and no bound
_WORD = re.compile(r"[A-Za-z]{3,}")
_KEY = re.compile(r"\"\w+\"\s?:")
_SETTING = re.compile(r"(?<![\w./-])[a-z]{2,40}(?:[_.-][a-z]{2,40}){2,8}(?![\w/-])")
_VALUE = re.compile(r"(?<![\w.:-])\d{2,}[a-z]{0,2}(?![\w.:])")
_STATEMENT = re.compile(
    r"(?i)\b(?:create|drop|alter)\s+(?:unique\s+)?"
    r"(?:index|table|view|column|constraint|materialized|function|trigger|type|sequence)\b"
)
_RUN_BY_HAND = frozenset({"administered", *COMMANDS})
_SHORT = 3  # letters: `of`, `out`
_BOUNDS = frozenset({"limit", "limits"})


@dataclass(frozen=True)
class _Passage:
    """What one file tells of a change. around: all of its lines that tell of that moment or run.

    is_of_record: the file tells of what was changed, and is no log of what services do.
    """

    is_of_record: bool
    telling: tuple[Finding, ...]
    around: tuple[Finding, ...]

    def best_for(self, fault: str) -> tuple[tuple[int, ...], Finding]:
        """Its line that tells most of the change, and how much."""
        weighed = ((tells_of_change(finding.text.text, fault), finding) for finding in self.telling)
        return max(weighed, key=lambda each: each[0])

    def through(self, place: Locus) -> Locus:
        """The place with the lines next to it, or next to those, that tell of the same change.

        In a service's own log others stand between.
        """
        if not self.is_of_record:
            return place
        for other in chain(reversed(self.around), self.around):  # upwards, then downwards
            if _is_next_to(other.locus, place):
                place = place.through(other.locus)
        return place


@dataclass(frozen=True)
class ToldChange:
    """A change that set a cause off, by one of the lines that tell of it, and when it was."""

    line: Citation
    at: datetime
    cause: Cause
    health: ServiceHealth

    @cached_property
    def best(self) -> Citation:
        """The line that tells most of it, with the lines around it that tell of it too."""
        best = max(self._passages, key=self._worth, default=None)
        if best is None:
            return self.line
        finding = best.best_for(self.cause.fault)[1]
        return replace(self.line, text=finding.text, locus=best.through(finding.locus))

    @property
    def since(self) -> datetime:
        """When the first of those lines was written."""
        lines = chain.from_iterable(passage.telling for passage in self._passages)
        return min([self.at, *(line.first for line in lines if line.first)])

    @cached_property
    def _passages(self) -> list[_Passage]:
        passages = (self._passage(file) for file in self.health.situation.files)
        return [passage for passage in passages if passage.telling]

    def _worth(self, passage: _Passage) -> tuple[bool, tuple[int, ...]]:
        return passage.is_of_record, passage.best_for(self.cause.fault)[0]

    def _passage(self, file: EvidenceFile) -> _Passage:
        findings = self.health.situation.findings.get(file.id, ())
        changes = [finding for finding in findings if finding.kind is FindingKind.CHANGE]
        then = [finding for finding in findings if self._is_then(finding)]
        settings = [
            finding for finding in changes if self._took_effect(finding) or self._states_it(finding)
        ]
        is_of_nobody = file.service is None and not is_of_several(findings, None)
        return _Passage(
            is_record_of_changes(file.name.text) or is_of_nobody,
            tuple(
                finding
                for finding in [*then, *settings]
                if finding.kind is FindingKind.CHANGE and self._is_of_it(finding, file)
            ),
            tuple(sorted(_of_one_run(then, changes), key=lambda each: each.locus.line_start)),
        )

    def _is_then(self, finding: Finding) -> bool:
        is_change = finding.kind is FindingKind.CHANGE or BEGUN in finding.signals
        return (
            is_change and finding.first is not None and abs(finding.first - self.at) <= SAME_MOMENT
        )

    def _took_effect(self, finding: Finding) -> bool:
        """Whether it is a setting about the fault that came with the command, undated itself."""
        is_undated = finding.first is None and CHANGED_SETTING in finding.signals
        is_about_it = is_undated and _speaks_of(finding.text.text, self.cause.fault) > 0
        return is_about_it and self._is_command

    def _states_it(self, finding: Finding) -> bool:
        """Whether it is what somebody ran, undated, and names the setting whose change the line is.

        The server's log says when: `parameter "statement_timeout" changed to "100"`.
        """
        if finding.first is not None or _RUN_BY_HAND.isdisjoint(finding.signals):
            return False
        return not self._settings.isdisjoint(_SETTING.findall(finding.text.text.lower()))

    def _asks_for_it(self, finding: Finding) -> bool:
        """Whether somebody ran it then, with the setting and the value that the line tells.

        `redis-cli config set maxmemory 512`, and the server warns of `the new maxmemory (512)`.
        """
        if _RUN_BY_HAND.isdisjoint(finding.signals):
            return False
        line, asked = self.line.text.text, finding.text.text
        is_value = not set(_VALUE.findall(line)).isdisjoint(_VALUE.findall(asked))
        return is_value and not self._words.isdisjoint(telling_words(asked))

    def _is_its_migration(self, finding: Finding) -> bool:
        """Whether it is the migration whose statement the server logs at the same moment."""
        is_migration = MIGRATION in finding.signals and self._is_then(finding)
        return is_migration and _STATEMENT.search(self.line.text.text) is not None

    @cached_property
    def _settings(self) -> set[str]:
        """What is called so in what the service, or the line, tells of the change."""
        findings = chain.from_iterable(self.health.situation.findings.values())
        lines = (
            each for each in findings if each.service == self.cause.service and self._is_then(each)
        )
        texts = [self.line.text.text, *(each.text.text for each in lines)]
        return {name for text in texts for name in _SETTING.findall(text.lower())}

    def _is_of_it(self, finding: Finding, file: EvidenceFile) -> bool:
        """Whether it tells of the same service, or of the same thing in nobody's log.

        What a tool says that it changes from what to what, around the line, is of it too; of a
        commit, which is taken back as a whole, it is a part.
        """
        if finding.locus == self.line.locus or self._states_it(finding):
            return True
        if self._asks_for_it(finding) or self._is_its_migration(finding):
            return True
        is_difference = CHANGED_SETTING in finding.signals and finding.service is None
        if is_difference and self.line.is_from(file.name.text) and not self._is_commit:
            return True
        text = finding.text.text
        named = self.health.field.directory.keyed_in(text)
        is_there = self.cause.service in {finding.service, *named}
        return is_there or (file.service is None and bool(self._words & telling_words(text)))

    @cached_property
    def _words(self) -> frozenset[str]:
        return telling_words(self.line.text.text)

    @cached_property
    def _is_commit(self) -> bool:
        return WordedChange.of(self.line.text).sort is ChangeSort.COMMIT

    @cached_property
    def _is_command(self) -> bool:
        """Whether the line is what somebody ran, which does not say what it changed."""
        findings = chain.from_iterable(self.health.situation.findings.values())
        there = (finding for finding in findings if finding.locus == self.line.locus)
        return any(not COMMANDS.isdisjoint(finding.signals) for finding in there)


def tell_of_one_change(line: Citation, later: Citation, situation: Situation) -> bool:
    """Whether both tell of one change: in one place, at one moment, or as a later step of its run.

    A tool changes one host after the other, and writes it into one file.
    """
    if line.locus is None or later.locus is None:
        return False
    is_one_file = later.is_from(line.locus.file)
    if is_one_file and overlaps(line.locus, later.locus):
        return True
    at, then = moment_of(line, situation), moment_of(later, situation)
    if at is None or then is None:
        return False
    return abs(then - at) <= CLOCKS or (is_one_file and at <= then <= at + ONE_RUN)


def _of_one_run(then: Sequence[Finding], changes: Sequence[Finding]) -> Iterator[Finding]:
    """What was changed in one moment, and what else was with the same service in the same run."""
    yield from then
    services = {finding.service for finding in then} - {None}
    for change in changes:
        if (
            change.service in services
            and change not in then
            and any(_is_of_run(change, other) for other in then)
        ):
            yield change


def _is_of_run(one: Finding, other: Finding) -> bool:
    return bool(one.first and other.first and abs(one.first - other.first) <= _RUN)


def tells_of_change(text: str, fault: str) -> tuple[int, ...]:
    """Whether it speaks of the fault; says from what to what; names its ticket.

    A restart or a reload says that something took effect, and not what.
    """
    return (
        _speaks_of(text, fault),
        bool(_ARROW.search(text)),
        not _TOOK_EFFECT.search(text),
        bool(_TICKET.search(text)),
    )


def _speaks_of(text: str, fault: str) -> int:
    """In how many ways it does: as what brings such faults, by its words, as a bound."""
    if fault == BROKEN_BY_CHANGE:
        return 0  # each change speaks of changes
    words = {word.lower() for word in _WORD.findall(_KEY.sub("", _OPTION.sub("", text)))}
    parts = [part for part in fault.split("_") if len(part) > _SHORT]
    is_named = any(part in word for part in parts for word in words)  # `maxmemory` of memory
    return may_bring(text, fault) + is_named + bool(words & _BOUNDS)


def _is_next_to(one: Locus, other: Locus) -> bool:
    return (
        one.line_start <= other.line_end + _BETWEEN and other.line_start <= one.line_end + _BETWEEN
    )
