"""Checks that were asked for: their outcomes, and the weight of each outcome for every rival.

A file that shows what a check looks for answers it, whoever dropped it and why. One that does not
answers nothing: it may be about something else.

A check is asked when a card says it; it is answered by what a person pastes or taps, or by a file
that came since and shows what the check looks for.

A check looks for one or two sights (patterns); what is seen is the first of them, or none. For
each rival it is said how likely each sight is; 0 stands for *something else*.

An outcome weighs for a rival what it is likelier there than under *something else*, in nats, so
that the posterior and the sufficiency gate see it as a citation of the kind `check`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.investigation_state import CHECK, CITATIONS, AskedCheck, InvestigationState
from core.cases.lifecycle import Change
from core.cases.model import (
    Check,
    Citation,
    EvidenceKind,
    Expectation,
    Prediction,
    PredictionOutcome,
)
from core.evidence.model import EvidenceFile, Locus
from core.text.redacted import ERASED, RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from core.investigation.decision import Situation

say = sentences("investigation.asked_checks")


@dataclass(frozen=True, kw_only=True)
class AskedArrival:
    """A check that a file answers, with what was seen in it. file: its id."""

    asked: AskedCheck
    seen: Seen
    file: str


def open_checks(investigation: InvestigationState) -> list[AskedCheck]:
    """The checks that people were asked for and have not answered, newest first."""
    return [
        asked_check
        for asked_check in reversed(investigation.checks)
        if asked_check.answered_by is None
    ]


def arrivals(situation: Situation) -> list[AskedArrival]:
    """One arrival for each open check that some file answers."""
    answers = (
        next(_answers(asked_check, situation), None)
        for asked_check in open_checks(situation.investigation)
    )
    return [arrival for arrival in answers if arrival is not None]


def with_arrivals(situation: Situation) -> Situation:
    """The situation with arrivals scored, as the case will record them when the turn ends."""
    scored = {arrival.asked.check.name: arrival for arrival in arrivals(situation)}
    if not scored:
        return situation
    checks = tuple(
        _scored(asked_check, scored[asked_check.check.name], situation)
        if asked_check.answered_by is None and asked_check.check.name in scored
        else asked_check
        for asked_check in situation.investigation.checks
    )
    return replace(situation, investigation=replace(situation.investigation, checks=checks))


def _scored(asked_check: AskedCheck, arrival: AskedArrival, situation: Situation) -> AskedCheck:
    return replace(
        asked_check,
        answered_by=arrival.file,
        answered_at=situation.at,
        scores=scores_of(asked_check.check, arrival.seen),
        citations=(arrival.seen.citation,),
    )


def _answers(asked_check: AskedCheck, situation: Situation) -> Iterator[AskedArrival]:
    for file in situation.files:
        if file.received_at >= asked_check.asked_at:
            for seen in _sights(asked_check, file, situation):
                yield AskedArrival(asked=asked_check, seen=seen, file=file.id)


def _sights(asked_check: AskedCheck, file: EvidenceFile, situation: Situation) -> Iterator[Seen]:
    for finding in situation.findings.get(file.id, ()):
        seen = read_output(asked_check.check, finding.text, file=finding.locus.file)
        if found_something(asked_check.check, seen):
            yield seen.at(_line_of(seen, finding.locus))


def _line_of(seen: Seen, whole: Locus) -> Locus:
    """The line that was seen, if the finding covers several, such as the output of a command."""
    inside = seen.citation.locus.line_start - 1 if seen.citation.locus else 0
    if inside > whole.line_end - whole.line_start:
        return whole
    line = whole.line_start + inside
    return replace(whole, line_start=line, line_end=line)


def ask_changes(investigation: InvestigationState, checks: Sequence[Check]) -> list[Change]:
    """`check.asked` for the best check, unless it equals the one that was asked last."""
    last = next(iter(open_checks(investigation)), None)
    if not checks or (last is not None and _is_same(last.check, checks[0])):
        return []
    return [asked(checks[0])]


def asked(check: Check) -> Change:
    """`check.asked`."""
    texts: dict[str, RedactedText] = {}
    data = CHECK.dump_python(check, mode="json", context={"texts": texts})
    return Change(kind=EventKind.CHECK_ASKED, data={"check": data}, texts=list(texts.values()))


def scored(check: Check, seen: Seen, *, answered_by: str) -> Change:
    """`check.scored`. answered_by: the id of the file, or who said so."""
    texts: dict[str, RedactedText] = {}
    cited = CITATIONS.dump_python((seen.citation,), mode="json", context={"texts": texts})
    data = {
        "name": check.name,
        "answered_by": answered_by,
        "scores": [[number, outcome] for number, outcome in scores_of(check, seen)],
        "citations": cited,
    }
    return Change(kind=EventKind.CHECK_SCORED, data=data, texts=list(texts.values()))


def arrived(situation: Situation) -> list[Change]:
    """`check.scored` of each open check that some file answers."""
    return [
        scored(arrival.asked.check, arrival.seen, answered_by=arrival.file)
        for arrival in arrivals(situation)
    ]


def _is_same(check: Check, asked: Check) -> bool:
    """Whether two checks ask the same. Their gain may differ: it changes with every line."""
    return (check.name, check.command, check.expectations) == (
        asked.name,
        asked.command,
        asked.expectations,
    )


MOST = 3.0  # nats that one outcome weighs
_TELLS = math.log(1.5)  # nats under which it does not tell a rival from something else
_EXCLUDED = 0.2  # what a rival holds no likelier than this has failed where it is seen
_LINES = 20_000  # of what came back that are looked at
_LINE = 8_000  # characters of each
_SHORT = 200
_ASK_WIDTH = 76  # of a check that a prediction names


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Which sight of a check was seen: an index into its sights, or one past them for none."""

    sight: int
    citation: Citation

    def at(self, locus: Locus) -> Seen:
        """The same sight at another place."""
        return replace(self, citation=replace(self.citation, locus=locus))


def read_output(check: Check, text: RedactedText, *, file: str) -> Seen:
    """The first sight in the output of a command or in a file, at its first line."""
    lines = text.text.split("\n", _LINES)[:_LINES]
    sights = sights_of(check.expectations)
    for nth, pattern in enumerate(sights):
        number = _first(pattern, lines)
        if number is not None:
            return _seen(check, nth, _line(text, lines[number - 1]), _at(file, number))
    return _seen(check, len(sights), say("nothing_seen"), _at(file, 1))


def told(check: Check, *, shown: bool, by: RedactedText) -> Seen:
    """The sight that a person reports: what the check was to show, or not."""
    sights = sights_of(check.expectations)
    nth = 0 if shown else min(1, len(sights))
    return _seen(check, nth, say("says_person", what=says(check, nth), by=by), None)


def says(check: Check, sight: int) -> RedactedText:
    """A sight in words."""
    sights = sights_of(check.expectations)
    if sight >= len(sights):
        return say("nothing_seen")
    named = [
        expectation for expectation in check.expectations if expectation.pattern == sights[sight]
    ]
    return max(named, key=lambda expectation: expectation.likely).says


def found_something(check: Check, seen: Seen) -> bool:
    """Whether any sight was seen. A file not brought for the check proves no absence."""
    return seen.sight < len(sights_of(check.expectations))


def scores_of(check: Check, seen: Seen) -> tuple[tuple[int, PredictionOutcome], ...]:
    """The outcome of each rival's prediction, by number."""
    numbers = dict.fromkeys(expectation.hypothesis for expectation in check.expectations)
    rivals = [number for number in numbers if number != SOMETHING_ELSE]
    return tuple((number, _score(check, seen.sight, number)) for number in rivals)


def check_citations(investigation: InvestigationState, number: int) -> tuple[Citation, ...]:
    """The outcomes of checks as lines for or against a hypothesis; one sight weighs once."""
    lines: dict[tuple[str, str], Citation] = {}
    for asked_check in investigation.checks:
        for line in _weighed(asked_check, number):
            lines.setdefault((line.text.text, line.why.text), line)
    return tuple(lines.values())


def check_predictions(investigation: InvestigationState, number: int) -> tuple[Prediction, ...]:
    """What a hypothesis predicted of each asked check, with the outcome."""
    return tuple(
        Prediction(
            text=RedactedText.format(
                "{ask}: {says}", ask=asked_check.check.ask.line().clause(_ASK_WIDTH), says=expected
            ),
            kind=asked_check.check.kind,
            outcome=dict(asked_check.scores).get(number, PredictionOutcome.UNTESTED),
            citations=asked_check.citations,
        )
        for asked_check in investigation.checks
        if (expected := _expected(asked_check.check, number)) is not None
    )


def _first(pattern: str, lines: Sequence[str]) -> int | None:
    """The number of the first line that matches the pattern; an empty pattern matches none."""
    if not pattern:
        return None
    compiled = re.compile(pattern, re.IGNORECASE)
    numbered = enumerate(lines, start=1)
    return next((nth for nth, line in numbered if compiled.search(line[:_LINE])), None)


def _expected(check: Check, number: int) -> RedactedText | None:
    """What the rival predicts: the likeliest sight, in words."""
    own = [expectation for expectation in check.expectations if expectation.hypothesis == number]
    return max(own, key=lambda expectation: expectation.likely).says if own else None


def _weighed(asked_check: AskedCheck, number: int) -> list[Citation]:
    sight = _sight_seen(asked_check)
    if sight is None or not any(e.hypothesis == number for e in asked_check.check.expectations):
        return []
    weight = _weight(asked_check.check, sight, number)
    return [
        Citation(
            text=line.text,
            locus=line.locus,
            weight=round(weight, 3),
            why=say("checked", what=line.why),
            kind=EvidenceKind.CHECK,
            resolves=line.resolves,
        )
        for line in asked_check.citations[:1]
        if abs(weight) >= _TELLS
    ]


def _sight_seen(asked_check: AskedCheck) -> int | None:
    """The sight that was seen; None if the check is unanswered or its text was erased."""
    if (
        asked_check.answered_by is None
        or not asked_check.citations
        or asked_check.citations[0].why == ERASED
    ):
        return None
    sights = range(len(sights_of(asked_check.check.expectations)))
    why = asked_check.citations[0].why
    return next((nth for nth in sights if says(asked_check.check, nth) == why), len(sights))


def _weight(check: Check, sight: int, number: int) -> float:
    mine = outcomes_of(number, check.expectations)[sight]
    others = outcomes_of(SOMETHING_ELSE, check.expectations)[sight]
    if mine <= 0 or others <= 0:
        return 0.0
    return max(-MOST, min(MOST, math.log(mine / others)))


def _score(check: Check, sight: int, number: int) -> PredictionOutcome:
    if _weight(check, sight, number) >= _TELLS:
        return PredictionOutcome.HELD
    if outcomes_of(number, check.expectations)[sight] <= _EXCLUDED:
        return PredictionOutcome.FAILED
    return PredictionOutcome.UNTESTED


def _seen(check: Check, sight: int, text: RedactedText, locus: Locus | None) -> Seen:
    line = Citation(
        text=text, locus=locus, weight=0.0, why=says(check, sight), kind=EvidenceKind.CHECK
    )
    return Seen(sight=sight, citation=line)


def _line(text: RedactedText, line: str) -> RedactedText:
    """The line as a part of the redacted text, and so redacted itself."""
    start = text.text.find(line)
    return text.part(start, start + min(len(line), _SHORT)).line()


def _at(file: str, line: int) -> Locus:
    return Locus(file=file, line_start=line, line_end=line)


SOMETHING_ELSE = 0  # the number of no hypothesis


BY_CHANCE = 0.1  # how likely a sight is where nothing is said about it


def expected_bits(shares: Mapping[int, float], expectations: Sequence[Expectation]) -> float:
    """Mutual information, in bits, between which rival is right and what the check shows."""
    outcomes = {number: outcomes_of(number, expectations) for number in shares}
    parts = zip(*outcomes.values(), strict=True)
    weights = list(shares.values())
    mixed = [math.fsum(w * p for w, p in zip(weights, part, strict=True)) for part in parts]
    conditional = math.fsum(shares[number] * _entropy(outcomes[number]) for number in shares)
    return max(0.0, _entropy(mixed) - conditional)


def outcomes_of(number: int, expectations: Sequence[Expectation]) -> tuple[float, ...]:
    """The probability of each sight for a rival, in order; last, that of none of them.

    If several are seen the first of them counts.
    """
    left, likelihoods = 1.0, list[float]()
    for pattern in sights_of(expectations):
        likely = next(
            (e.likely for e in expectations if e.hypothesis == number and e.pattern == pattern),
            _likely_of_others(pattern, expectations),
        )
        likelihoods.append(left * likely)
        left *= 1 - likely
    return (*likelihoods, left)


def sights_of(expectations: Iterable[Expectation]) -> tuple[str, ...]:
    """The patterns that a check looks for, the weightiest first."""
    return tuple(dict.fromkeys(expectation.pattern for expectation in expectations))


def _likely_of_others(pattern: str, expectations: Sequence[Expectation]) -> float:
    """The probability for a rival the check does not name: the same as for something else."""
    others = (e for e in expectations if e.hypothesis == SOMETHING_ELSE and e.pattern == pattern)
    return next((expectation.likely for expectation in others), BY_CHANCE)


def _entropy(shares: Iterable[float]) -> float:
    return -math.fsum(share * math.log2(share) for share in shares if share > 0)
