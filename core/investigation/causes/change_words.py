"""The words of a change, and what logs say anew in them since it was made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from core.evidence.logs.changes import COMMANDS
from core.evidence.model import COMPLAINTS, Finding, FindingKind
from core.evidence.signatures import signals
from core.investigation.causes.change_kinds import kinds_of_change
from core.investigation.causes.evidence_index import EvidenceIndex, Feature
from core.investigation.causes.troubles import ServiceHealth
from core.investigation.memory.words import shared_word, telling_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.evidence.model import EvidenceFile

SOON = timedelta(minutes=3)  # a change acts within this, or it is one of many
SLACK = timedelta(seconds=5)  # of clocks
_SAME_RUN = timedelta(seconds=2)  # between two lines of what one person or tool did
_LINES = frozenset({FindingKind.TEMPLATE, FindingKind.SIGNAL, FindingKind.STACK_TRACE})
_ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")


@dataclass(frozen=True)
class ChangeWords:
    """What is new in logs since one change, and what of it shares a word with the change.

    setting: of the same service, which differs between two versions of a file, as such a change
    brings with it. later: when something else was changed after it; what begins with that is not of
    this one.
    """

    scene: EvidenceIndex
    health: ServiceHealth
    change: Feature
    setting: Feature | None = None
    later: tuple[datetime, ...] = ()

    @property
    def at(self) -> datetime:
        """When it was made; where nobody knows, when the failure began."""
        at = self.change.first or self.health.began
        assert at is not None  # noqa: S101 - only those of a failure are looked at
        return at

    @cached_property
    def new_lines(self) -> tuple[Finding, ...]:
        """The kinds of lines that begin with the change, wherever they stand."""
        return tuple(
            finding
            for finding in self._lines_begun(within=SOON / 2)
            if not any(at <= finding.first <= at + SLACK for at in self.later if finding.first)
        )

    @cached_property
    def new_failures(self) -> tuple[Finding, ...]:
        return tuple(
            finding
            for finding in self.new_lines
            if finding.level in COMPLAINTS and self.writer(finding) is not None
        )

    @cached_property
    def failures_since(self) -> tuple[Finding, ...]:
        """The kinds of failures that begin after the change, however long after it was felt."""
        begun = self._lines_begun(within=2 * SOON)
        return tuple(finding for finding in begun if finding.level in COMPLAINTS)

    def _lines_begun(self, *, within: timedelta) -> Iterator[Finding]:
        """The kinds of lines that begin within so long after the change."""
        for file, finding in self.lines:
            if _begins_with(finding, file, self.at, within=within):
                yield finding

    @property
    def lines(self) -> Iterator[tuple[EvidenceFile, Finding]]:
        """All kinds of lines, each with the file that it stands in."""
        situation = self.scene.situation
        for file in situation.files:
            for finding in situation.findings.get(file.id, ()):
                if finding.kind in _LINES:
                    yield file, finding

    def shared_word(self, finding: Finding) -> str | None:
        text = finding.text.text
        if addresses := self._addresses.intersection(_ADDRESS.findall(text)):
            return min(addresses)
        return shared_word(self.rare, telling_words(text))

    @cached_property
    def _addresses(self) -> frozenset[str]:
        """The addresses that the change tells and no line before it."""
        mentioned = frozenset(_ADDRESS.findall(self.change.text.text))
        before = (
            address
            for findings in (self.scene.situation.findings.values() if mentioned else ())
            for finding in findings
            if finding.first and finding.first < self.at
            for address in _ADDRESS.findall(finding.text.text)
        )
        return mentioned.difference(before)

    @cached_property
    def rare(self) -> frozenset[str]:
        """The words of the change, without those of services' names and of any line of its log."""
        names = frozenset(
            word for name in self.scene.services.known for word in telling_words(name)
        )
        changes = (self.change, self.setting, *self._same_run)
        texts = [change.text.text for change in changes if change]
        words = frozenset().union(*map(telling_words, texts))
        return words - names - self._usual - self.scene.words_of_changes

    @property
    def _same_run(self) -> Iterator[Feature]:
        """What else somebody ran in that moment: the copy that was kept, then the edit."""
        is_by_hand = self.change.signal.name in COMMANDS
        for other in self.scene.changes if is_by_hand else ():
            is_then = other.first is not None and abs(other.first - self.at) <= _SAME_RUN
            if is_then and other.file.id == self.change.file.id:
                yield other

    @property
    def _usual(self) -> frozenset[str]:
        """Words of earlier lines of the log that tells of the change: of its wrapping, mostly."""
        return frozenset().union(
            *(
                telling_words(finding.text.text)
                for of_file in self.scene.situation.findings.values()
                for finding in of_file
                if finding.locus.file == self.change.locus.file
                and finding.kind is FindingKind.TEMPLATE
                and finding.first is not None
                and finding.first < self.at
            )
        )

    @property
    def brought(self) -> Iterator[tuple[Finding, str]]:
        """The new failures of a sort that such changes bring, with the word of the change."""
        for word, faults in kinds_of_change(self.change.text.text):
            for finding in self.new_failures:
                if any(signals()[name].fault in faults for name in finding.signals):
                    yield finding, word

    def writer(self, finding: Finding) -> str | None:
        return finding.service or self._services.get(finding.locus.file)

    @cached_property
    def _services(self) -> dict[str, str | None]:
        return {file.name.text: file.service for file in self.scene.situation.files}

    def about(self, finding: Finding) -> str | None:
        writer = self.writer(finding)
        return self.scene.services.complained_of(finding.text.text, by=writer) if writer else None


def _begins_with(finding: Finding, file: EvidenceFile, at: datetime, *, within: timedelta) -> bool:
    """Whether a kind of line is seen in earnest shortly after, in a file that began well before."""
    first = finding.began
    if first is None or file.first is None or file.first > at - 2 * SLACK:
        return False
    # Many logs tell whole seconds: what was written in the very second may have come after.
    latest = first + timedelta(seconds=1) if first.microsecond == 0 else first
    return at <= latest <= at + within
