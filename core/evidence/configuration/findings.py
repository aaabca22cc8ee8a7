"""All findings of a file of settings: what is dangerous, what a cluster tells, what changed."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING, TypedDict

from core.evidence.code.findings import with_commits_in, with_patches
from core.evidence.configuration.changes import patch_finding
from core.evidence.configuration.cluster_dumps import observations_of
from core.evidence.configuration.cluster_texts import read_cluster_text
from core.evidence.configuration.differences import is_noise
from core.evidence.configuration.diffs import names_configuration, other_dialect
from core.evidence.configuration.digests import settings_findings
from core.evidence.configuration.embedded_files import with_embedded
from core.evidence.configuration.formats import read_configuration
from core.evidence.configuration.hazard_findings import hazard_findings
from core.evidence.configuration.marks import cluster_text, format_of
from core.evidence.configuration.objects import objects_of
from core.evidence.configuration.patches import MAX_CHANGES, patched_settings, stated
from core.evidence.configuration.plans import holds_plan, planned_settings
from core.evidence.configuration.stated_changes import drifts, quoted_diffs, stated_changes
from core.evidence.configuration.tree import settings_of
from core.evidence.lines import text_lines, without_escapes
from core.evidence.logs.terminal import is_comparison, shown_command, was_done
from core.evidence.model import Extraction, FindingKind, Level
from core.evidence.status.marks import status_report
from core.evidence.status.observations import observation_findings
from core.evidence.status.readers import read_status_report
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from core.evidence.configuration.formats import ReadConfiguration
    from core.evidence.configuration.objects import ConfigurationObject
    from core.evidence.configuration.patches import PatchedSetting
    from core.evidence.configuration.plans import StatedChange
    from core.evidence.configuration.tree import Branch, Leaf
    from core.evidence.extractor import Exhibit
    from core.evidence.model import Finding
    from core.evidence.status.observations import StatusObservation
    from core.redaction.engine import Redactor

say = sentences("evidence.configuration")

MAX_BYTES = 4 * 2**20
_NAMED_LINES = 3


class _FileParts(TypedDict):
    """What every finding needs of its file."""

    file: str
    starts: Sequence[int]
    redactor: Redactor


def with_findings(extraction: Extraction, exhibit: Exhibit) -> Extraction:
    """The extraction of a file with all that its settings tell."""
    lines, starts, is_whole = text_lines(exhibit.original, most=MAX_BYTES)
    lines = [without_escapes(line) for line in lines]
    exhibit = replace(exhibit, redactor=exhibit.redactor.knowing(lines))
    text = "\n".join(lines)
    if form := cluster_text(text):
        observations = read_cluster_text(form, lines)
        return _with_observations(extraction, observations, starts, exhibit)
    if report := status_report(text):
        observations = read_status_report(report, lines)
        return _with_observations(extraction, observations, starts, exhibit)
    if names_configuration(text):
        changed = with_patches(extraction, lines, starts, exhibit)
        changed = with_commits_in(changed, lines, starts, exhibit)
        return _with_changes(changed, _diffed(lines, exhibit.redactor), starts, exhibit)
    if holds_plan(text):
        planned = _stated(planned_settings(lines), exhibit.redactor)
        return _with_changes(extraction, planned, starts, exhibit)
    settings_format = format_of(exhibit.name, text)
    if settings_format is None:
        return extraction
    read = read_configuration(text, settings_format)
    objects = list(objects_of(read.trees))
    extraction = _with_observations(extraction, observations_of(objects), starts, exhibit)
    changes = _stated(_changes_of(objects), exhibit.redactor)
    quoted = _quoted(read.trees, exhibit.redactor)
    extraction = _with_changes(extraction, chain(changes, quoted), starts, exhibit)
    return replace(
        extraction,
        findings=(*extraction.findings, *_findings(objects, lines, starts, exhibit)),
        problem=_problem(read, is_whole=is_whole),
    )


def _with_changes(
    extraction: Extraction,
    changes: Iterable[PatchedSetting],
    starts: Sequence[int],
    exhibit: Exhibit,
) -> Extraction:
    findings = (patch_finding(each, file=exhibit.name, starts=starts) for each in changes)
    return replace(extraction, findings=(*extraction.findings, *findings))


def _diffed(lines: Sequence[str], redactor: Redactor) -> Iterator[PatchedSetting]:
    """The settings that the diffs in a text change."""
    dialect = other_dialect("\n".join(lines))
    texts = [line.text for line in dialect] if dialect else lines
    for patched in patched_settings(texts, redactor):
        row = dialect[patched.line - 1].row if dialect else patched.line - 1
        command = shown_command(lines, row)
        # Whoever hands over a comparison means what differs in it.
        if was_done(command) or is_comparison(command):
            yield replace(patched, line=row + 1)


def _stated(changes: Iterable[StatedChange], redactor: Redactor) -> Iterator[PatchedSetting]:
    """What a plan or an audit says of settings, without what means nothing."""
    for change in islice(changes, MAX_CHANGES):
        patched = stated(change, redactor)
        if not is_noise(patched.difference):
            yield patched


def _changes_of(objects: Iterable[ConfigurationObject]) -> Iterator[StatedChange]:
    """What documents state of themselves, and what was set other than as it was applied."""
    for configured in objects:
        if configured.kind == "Secret":
            continue  # all that it holds is one
        if configured.identity:
            yield from drifts(configured.tree, configured.identity)
        else:
            yield from stated_changes(configured.tree)


def _quoted(trees: Iterable[Leaf | Branch], redactor: Redactor) -> Iterator[PatchedSetting]:
    """The settings that the diffs change that a document quotes."""
    for diff in chain.from_iterable(map(quoted_diffs, trees)):
        lines = [f"--- {diff.name}", f"+++ {diff.name}", *diff.text.split("\n")]
        for patched in patched_settings(lines, redactor):
            yield replace(patched, line=diff.row + 1, at=diff.at)


def _with_observations(
    extraction: Extraction,
    observations: Iterator[StatusObservation],
    starts: Sequence[int],
    exhibit: Exhibit,
) -> Extraction:
    """With what a cluster tells, and the time that it spans; lines are not told again."""
    findings = list(
        observation_findings(
            observations, file=exhibit.name, starts=starts, redactor=exhibit.redactor
        )
    )
    others = (
        finding
        for finding in extraction.findings
        if finding.kind is FindingKind.NOTE or not findings
    )
    times = [at for finding in findings for at in (finding.first, finding.last) if at]
    return replace(
        extraction,
        findings=(*others, *findings),
        errors=sum(finding.level is Level.ERROR for finding in findings),
        first=min(times, default=None),
        last=max(times, default=None),
    )


def _findings(
    objects: Sequence[ConfigurationObject],
    lines: Sequence[str],
    starts: Sequence[int],
    exhibit: Exhibit,
) -> Iterator[Finding]:
    objects = [
        replace(configured, tree=with_embedded(configured.tree, lines))
        for configured in objects
        if configured.kind != "Event"
    ]
    settings = [settings_of(configured.tree) for configured in objects]
    about = _FileParts(file=exhibit.name, starts=starts, redactor=exhibit.redactor)
    yield from hazard_findings(objects, settings, **about)
    yield from settings_findings(objects, settings, **about)


def _problem(read: ReadConfiguration, *, is_whole: bool) -> str | None:
    problems = []
    if read.broken:
        lines = ", ".join(map(str, read.broken[:_NAMED_LINES]))
        problems.append(say.raw("broken", lines=lines))
    if not is_whole:
        problems.append(say.raw("cut_off", mb=MAX_BYTES // 2**20))
    elif read.is_cut:
        problems.append(say.raw("too_much"))
    return "; ".join(problems) or None
