"""Reads what a model says of a case, and keeps of it what resolves.

The schema is what the model is asked for; the opinion is what the case records. A place that does
not resolve is struck and counted, and a cause without a single line that resolves is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from rapidfuzz import fuzz

from core.cases.model import Citation, EvidenceKind
from core.cases.opinion import OpinedCause, Opinion
from core.evidence.model import FindingKind, Locus
from core.investigation.causes.evidence_index import kind_of
from core.investigation.decision import Situation
from core.investigation.memory.prompt_context import EvidenceLine
from core.investigation.service_names import service_in_folder
from core.investigation.verdict.model_grounds import SURE
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from core.evidence.model import Finding

say = sentences("investigation.opinions")

CITED = 0.8  # nats of a line that a model cites
_MOST_CITED = 3.0  # nats of all that it cites for a cause
_MOST_CAUSES = 3
_ALIKE = 70  # of 100: a line and the finding that stands for lines of its kind
_FIGURES = frozenset({EvidenceKind.METRIC, EvidenceKind.TRACE})  # told in sentences of ours
_OF_WHOLE_FILES = frozenset({FindingKind.NOTE, FindingKind.SETTINGS, FindingKind.ORIGIN})
_RECKONED = 0.25  # of its weight, for what speaks against a cause that a model is sure of
_SLUG = re.compile(r"[^a-z0-9]+")
_COMMAND = re.compile(
    r"[`|;&$<>{}\\]|--?\w|\b\w+://|/\w+/|\b(?:rm|curl|wget|sudo|drop|truncate)\b", re.I
)
_PLACE = re.compile(r"^(?P<file>.+):(?P<first>\d+)(?:-\d+)?$")


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


def _at_most(length: int) -> AfterValidator:
    """Cuts what is longer: better a part of what a model says than nothing."""
    return AfterValidator(lambda value: value[:length])


class ProposedLine(_Part):
    """A line that the model cites. place: `FILE:LINE`, as it was shown."""

    place: str
    why: Annotated[str, _at_most(300)] = ""


class ProposedCause(_Part):
    """A cause as the model sees it. fault: the name of a known failure, or a few words.

    check: how a person confirms it. remedy: what ends the trouble. trigger: the place of the line
    that tells what was changed or done.
    """

    service: Annotated[str, _at_most(120)]
    fault: Annotated[str, _at_most(80)]
    statement: Annotated[str, _at_most(200)]
    probability: float = Field(ge=0, le=1)
    check: Annotated[str, _at_most(200)] = ""
    remedy: Annotated[str, _at_most(200)] = ""
    evidence: Annotated[list[ProposedLine], _at_most(8)] = []
    against: Annotated[list[ProposedLine], _at_most(4)] = []
    trigger: Annotated[str, _at_most(300)] = ""


class Proposal(_Part):
    """All that a model says of a case at once."""

    verdict: Literal["root_cause", "no_root_cause_yet", "no_impact_found"]
    causes: Annotated[list[ProposedCause], _at_most(_MOST_CAUSES)] = []
    missing: Annotated[list[str], _at_most(3)] = []


SCHEMA: Mapping[str, Any] = Proposal.model_json_schema()


class NotAProposal(ValueError):
    """What a model said does not fit the schema; the message says where, without its words."""


def read_proposal(text: str) -> Proposal:
    """The proposal in a model's reply. Raises NotAProposal."""
    start, end = text.find("{"), text.rfind("}")
    try:
        return Proposal.model_validate_json(text[start : end + 1])
    except ValidationError as error:
        first, *_ = error.errors(include_url=False, include_input=False)
        place = ".".join(map(str, first["loc"]))
        message = f"{place or 'the document'}: {first['msg']}"
        raise NotAProposal(message) from None


def form_opinion(
    proposal: Proposal,
    places: CitedPlaces,
    spoken: Callable[[str], RedactedText],
    *,
    model: str,
    weighed: str,
    may_settle: bool,
) -> Opinion:
    """The opinion in a proposal.

    spoken: makes words of the model fit for people. weighed: a digest of the evidence that it is
    about. may_settle: whether its word may stand for a witness.
    """
    causes = tuple(
        cause
        for proposed in proposal.causes
        if (cause := _opined(proposed, places, spoken)) is not None
    )
    return Opinion(
        model=model,
        weighed=weighed,
        is_harmless=proposal.verdict == "no_impact_found" and not causes,
        is_open=proposal.verdict == "no_root_cause_yet",
        may_settle=may_settle,
        causes=causes,
        missing=tuple(spoken(words).line() for words in proposal.missing),
        cited=places.cited,
        struck=places.struck,
    )


def _opined(
    proposed: ProposedCause, places: CitedPlaces, spoken: Callable[[str], RedactedText]
) -> OpinedCause | None:
    """The cause with what it cites; None where no line of it resolves."""
    supporting = tuple(_cited(proposed.evidence, 1.0, places, spoken))
    # Its probability has reckoned with what it names against its own cause.
    against = -_RECKONED if proposed.probability >= SURE else -1.0
    contradicting = tuple(_cited(proposed.against, against, places, spoken))
    if not supporting:
        return None
    setting_off = places.find(proposed.trigger) if proposed.trigger.strip() else None
    if setting_off is not None and all(line.locus != setting_off.locus for line in supporting):
        supporting = (*supporting, setting_off.cited(say("model_sees_trigger"), CITED / 2))
    return OpinedCause(
        service=places.service_called(spoken(proposed.service).line().text),
        fault=slug(spoken(proposed.fault).text),
        statement=spoken(proposed.statement).line(),
        probability=proposed.probability,
        check=_advice(proposed.check, spoken),
        remedy=_advice(proposed.remedy, spoken),
        supporting=supporting,
        contradicting=contradicting,
        trigger=setting_off.cited(say("model_sees_trigger")) if setting_off else None,
    )


def _cited(
    lines: Sequence[ProposedLine],
    sign: float,
    places: CitedPlaces,
    spoken: Callable[[str], RedactedText],
) -> Iterator[Citation]:
    weight = min(CITED, _MOST_CITED / max(1, len(lines)))
    cited = set[Locus]()
    for line in lines:
        there = places.find(line.place)
        if there is not None and there.locus not in cited:
            cited.add(there.locus)
            yield there.cited(_said(there, line, spoken), sign * weight)


def _said(
    there: CitedLine, line: ProposedLine, spoken: Callable[[str], RedactedText]
) -> RedactedText:
    """What a model says of a line; of a later one of its kind it may be true of that alone."""
    why = spoken(line.why).line()
    if there.of_kind:
        return say("model_says_of", place=spoken(there.of_kind).line(), why=why)
    return say("model_says", why=why)


def _advice(words: str, spoken: Callable[[str], RedactedText]) -> RedactedText:
    """Advice in words. A command is left out: a line of evidence may have asked for it."""
    if not words.strip() or _COMMAND.search(words):
        return RedactedText.EMPTY
    return say("model_advises", what=spoken(words).line())


def slug(words: str) -> str:
    """The words in the form of a fault's name: `connection_pool_exhausted`."""
    return _SLUG.sub("_", words.casefold()).strip("_")


@dataclass(frozen=True, kw_only=True)
class CitedLine:
    """What stands at a place that a model cites.

    of_kind: the place of the very line, where `text` is the first line of its kind.
    """

    text: RedactedText
    locus: Locus
    kind: EvidenceKind
    of_kind: str = ""

    def cited(self, why: RedactedText, weight: float = 0.0) -> Citation:
        return Citation(text=self.text, locus=self.locus, weight=weight, why=why, kind=self.kind)


@dataclass
class CitedPlaces:
    """Finds what a model cites among what was found in the files, and what it was shown of them.

    shown: the lines that the model was shown, by their places. cited, struck: how many places were
    found, and how many were not.
    """

    situation: Situation
    shown: Mapping[str, EvidenceLine] = field(default_factory=dict)
    cited: int = 0
    struck: int = 0

    def find(self, place: str) -> CitedLine | None:
        """What stands there; None, and counted, where there is nothing."""
        line = self._find(place.strip().strip("[]`"))
        if line is None:
            self.struck += 1
        else:
            self.cited += 1
        return line

    def service_called(self, name: str) -> str | None:
        """The engine's name of a service: a model may call it by its folder."""
        is_known = any(
            name == (finding.service or file.service)
            for file in self.situation.files
            for finding in self.situation.findings.get(file.id, ())
        )
        if is_known or any(name in call for call in self.situation.calls):
            return name or None
        there = service_in_folder(name, self.situation) or self.situation.addresses.get(name)
        return there or name or None

    def _find(self, place: str) -> CitedLine | None:
        shown = self.shown.get(place)
        if shown is not None and shown.locus is not None and shown.locus.series:
            return CitedLine(text=shown.text, locus=shown.locus, kind=EvidenceKind.METRIC)
        finding = self._finding(place, shown)
        is_whole = finding is not None and finding.kind in _OF_WHOLE_FILES
        if finding is not None and not (is_whole and shown is not None):
            kind = kind_of(finding)
            text = shown.text if shown and kind in _FIGURES else finding.text
            is_another = shown is not None and not _is_within(shown.locus, finding.locus)
            at = place if is_another and kind not in _FIGURES else ""
            return CitedLine(text=text, locus=finding.locus, kind=kind, of_kind=at)
        if shown is not None and shown.locus is not None:
            return CitedLine(text=shown.text, locus=shown.locus, kind=EvidenceKind.LOG)
        return None

    def _finding(self, place: str, shown: EvidenceLine | None) -> Finding | None:
        match = _PLACE.match(place)
        if match is None:
            return None
        line, findings = int(match["first"]), self._of_file(match["file"])
        at_place = [
            finding
            for finding in findings
            if finding.locus.line_start <= line <= finding.locus.line_end
        ]
        closest = min(at_place, key=_lines_of, default=None)
        if shown is None or (closest is not None and _lines_of(closest) == 1):
            return closest
        return _most_alike(shown.text, findings) or closest

    def _of_file(self, name: str) -> list[Finding]:
        return [
            finding
            for file in self.situation.files
            if file.name.text == name
            for finding in self.situation.findings.get(file.id, ())
        ]


def _is_within(one: Locus | None, other: Locus) -> bool:
    return one is None or other.line_start <= one.line_start <= other.line_end


def _lines_of(finding: Finding) -> int:
    return finding.locus.line_end - finding.locus.line_start + 1


def _most_alike(shown: RedactedText, findings: Sequence[Finding]) -> Finding | None:
    """The kind of line that a shown line is one of."""
    kinds = [finding for finding in findings if finding.kind is FindingKind.TEMPLATE]
    scored = [(fuzz.token_set_ratio(shown.text, finding.text.text), finding) for finding in kinds]
    likeness, best = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return best if likeness >= _ALIKE else None
