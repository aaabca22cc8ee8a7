"""A candidate cause with all that speaks for it and against it, and what it says in words.

A score is a log-odds in nats against *something else*, whose score is 0: with no evidence a named
cause starts well below it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from core.cases.model import Citation, EvidenceKind
from core.investigation.causes.broken_by_change import BROKEN_BY_CHANGE
from core.investigation.causes.evidence_index import Candidate, Feature
from core.investigation.causes.metric_features import FAULTS
from core.investigation.causes.signature_grounds import HEALED
from core.investigation.worded_change import UNSET, ChangeSort, WordedChange
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText
from core.text.sentences import sentences

say = sentences("investigation.scores")

PRIOR = -1.6  # of a named cause before any evidence
EFFECTS_SEEN = 0.7
_CHANGE_WIDTH = 60
_NAMES = Redactor(b"names of services")  # they hold no secret; whatever looks like one goes


@dataclass(frozen=True, kw_only=True)
class ScoredCause:
    """A candidate with its lines for and against, and the change that it followed.

    `score` is in nats, against *something else*. `explained_by` is the deeper cause it is due to.
    """

    candidate: Candidate
    citations: tuple[Citation, ...]
    change: Feature | None = None
    explained_by: Candidate | None = None

    @property
    def score(self) -> float:
        return PRIOR + sum(citation.weight for citation in self.citations)

    @property
    def healed(self) -> bool:
        """Whether its own evidence tells that it is over; nobody's doubt does."""
        return any(
            citation.weight <= HEALED
            for citation in self.citations
            if citation.kind is not EvidenceKind.ALERT
        )

    @property
    def is_measured(self) -> bool:
        """Whether it is of measurements alone: no log names a fault."""
        return self.candidate.cause.fault in FAULTS


@lru_cache(maxsize=4096)  # a turn names the same few services over and over
def name_of(service: str | None) -> RedactedText:
    """A service's name, for our sentences."""
    return _NAMES.clean(service) if service else say("unnamed_service")


def statement(candidate: Candidate) -> RedactedText:
    """What the candidate says, in words: `Disk full at db`."""
    signature, name = candidate.signature, name_of(candidate.cause.service)
    if candidate.cause.service is None:
        return signature.title
    if signature.symptom and candidate.told_by_itself:
        return say("seen_by", title=signature.title, service=name)
    if candidate.cause.fault == BROKEN_BY_CHANGE:
        return broken_by(WordedChange.of(candidate.best.text), name)
    if signature.after:
        return RedactedText.join("", [signature.before, name, signature.after])
    return say("fault_at", title=signature.title, service=name)


def broken_by(change: WordedChange, service: RedactedText) -> RedactedText:
    """`release 3.4.0 of cart`, `POOL_MAX 20 → 5 at cart`; else in the words of its record."""
    name, before, after = change.name, change.before, change.after
    if change.sort is ChangeSort.RELEASE and after and change.is_of(service):
        return say("released_and_broke", after=after, service=service)
    is_value = change.sort in {ChangeSort.SWITCH, ChangeSort.SETTING} and not change.is_long
    if is_value and name and before and after:
        return say("set_and_broke", name=name, before=before, after=after, service=service)
    if change.sort is ChangeSort.ENTRY and not change.is_long and name and before and after:
        if before.text == UNSET:
            return say("put_in_and_broke", name=name, after=after, service=service)
        return say("taken_out_and_broke", name=name, before=before, service=service)
    return say("changed_and_broke", service=service, what=change.summary(_CHANGE_WIDTH))
