"""Ranks the candidate causes, leaving out files and parts that make the ranking fail.

A file that does so falls out alone: all else is weighed again without it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.cases.investigation_state import TurnPart
from core.cases.opinion import Opinion
from core.investigation.alerted_outcomes import with_alerted_outcomes
from core.investigation.causes.scored_cause import ScoredCause
from core.investigation.causes.scores import rank_causes
from core.investigation.causes.troubles import ServiceHealth
from core.investigation.decision import Situation
from core.investigation.isolation import Isolation
from core.investigation.service_names import one_name_each
from core.investigation.told_calls import with_calls_told
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.evidence.model import EvidenceFile

say = sentences("investigation.survey")

_SUSPECTED = 20  # newest files, each of which may break the ranking together with others


@dataclass(frozen=True, kw_only=True)
class Survey:
    """Ranked causes, best first, and the service health that predictions are tested against.

    situation: as it was, with each service under one name. opinion: of a model, where one is
    weighed.
    """

    situation: Situation
    ranked: tuple[ScoredCause, ...]
    watch: ServiceHealth
    opinion: Opinion | None = None


def survey(situation: Situation, isolation: Isolation) -> Survey | None:
    """Ranks the causes; None if the ranking fails whichever file is left out."""
    whole = Isolation()
    surveyed = _attempt(situation, whole)
    if surveyed is not None:
        isolation.take_over(whole)
        return surveyed
    for left_out in _suspects(situation):
        without = Isolation()
        surveyed = _attempt(_without(situation, left_out), without)
        if surveyed is not None:
            problem = whole.defects[-1].problem
            for file in left_out:
                isolation.blame(TurnPart.FILE, _label(file), problem)
            isolation.take_over(without)
            return surveyed
    isolation.take_over(whole)
    return None


def _attempt(situation: Situation, isolation: Isolation) -> Survey | None:
    return isolation.attempt(
        TurnPart.RANKING, say("part_ranking"), lambda: _rank(situation, isolation), otherwise=None
    )


def _rank(situation: Situation, isolation: Isolation) -> Survey:
    situation = with_alerted_outcomes(with_calls_told(one_name_each(situation)))
    health = ServiceHealth(situation)
    ranked = rank_causes(situation, isolation, health)
    return Survey(situation=situation, ranked=ranked, watch=health.read())


def _suspects(situation: Situation) -> Iterator[Sequence[EvidenceFile]]:
    """Groups of files to leave out: those that fail alone, then each with one recent file more."""
    files = situation.files
    if _attempt(_without(situation, files), Isolation()) is None:
        return  # it is no file
    alone = [[other for other in files if other is not file] for file in files]
    unsound = [
        file
        for file, others in zip(files, alone, strict=True)
        if _attempt(_without(situation, others), Isolation()) is None
    ]
    if unsound:
        yield unsound
    for file in files[::-1][:_SUSPECTED]:
        if file not in unsound:
            yield [*unsound, file]


def _without(situation: Situation, left_out: Sequence[EvidenceFile]) -> Situation:
    gone = {file.id for file in left_out}
    files = tuple(file for file in situation.files if file.id not in gone)
    findings = {
        name: findings_of_file
        for name, findings_of_file in situation.findings.items()
        if name not in gone
    }
    return replace(situation, files=files, findings=findings)


def _label(file: EvidenceFile) -> RedactedText:
    return RedactedText.format("{tag} {name}", tag=file.tag, name=file.name.line())
