"""All findings of a file of code: what is in it in a sentence, and what it defines."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from core.evidence.code.changes import commit_findings, patch_findings
from core.evidence.code.constants import read_constants
from core.evidence.code.digests import outline_finding
from core.evidence.code.languages import language_of, names_code
from core.evidence.code.outline import MAX_BYTES, SymbolKind, read_outline
from core.evidence.configuration.digests import settings_findings
from core.evidence.configuration.marks import is_setting_program
from core.evidence.configuration.objects import ConfigurationObject
from core.evidence.configuration.tree import settings_of
from core.evidence.lines import read_text, text_lines
from core.evidence.model import Finding, FindingKind, Level, Locus
from core.text.quantities import counted
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.evidence.code.languages import CodeLanguage
    from core.evidence.code.outline import CodeOutline
    from core.evidence.configuration.tree import Branch
    from core.evidence.extractor import Exhibit
    from core.evidence.model import Extraction, Original
    from core.redaction.engine import Redactor

say = sentences("evidence.code")

MAX_PATCH_BYTES = 4 * 2**20
_IMPORTS_SHOWN = 20
_LONGEST = 80  # characters of an import


def with_code(extraction: Extraction, exhibit: Exhibit) -> Extraction:
    """The extraction of a file of code, or of a diff of such, with what is in it."""
    lines, starts, is_whole = text_lines(exhibit.original, most=MAX_PATCH_BYTES)
    text = "\n".join(lines)
    if not names_code(text):
        return _with_outline(extraction, starts, exhibit)
    problem = extraction.problem if is_whole else say.raw("cut_off")
    return with_patches(replace(extraction, problem=problem), lines, starts, exhibit)


def with_commits(extraction: Extraction, exhibit: Exhibit) -> Extraction:
    """The extraction of a log of a repository with each commit as the change that it was."""
    lines, starts, _ = text_lines(exhibit.original, most=MAX_PATCH_BYTES)
    return with_commits_in(extraction, lines, starts, exhibit)


def with_commits_in(
    extraction: Extraction, lines: Sequence[str], starts: Sequence[int], exhibit: Exhibit
) -> Extraction:
    """As `with_commits`, of lines that were read already."""
    changes = commit_findings(lines, file=exhibit.name, starts=starts, redactor=exhibit.redactor)
    return _with_changes(extraction, tuple(changes))


def with_patches(
    extraction: Extraction, lines: Sequence[str], starts: Sequence[int], exhibit: Exhibit
) -> Extraction:
    """The extraction of a diff with what each commit changes in each file of code, and when."""
    changes = tuple(
        patch_findings(lines, file=exhibit.name, starts=starts, redactor=exhibit.redactor)
    )
    return _with_changes(extraction, changes)


def _with_changes(extraction: Extraction, changes: tuple[Finding, ...]) -> Extraction:
    times = [change.first for change in changes if change.first]
    return replace(
        extraction,
        findings=(*extraction.findings, *changes),
        first=min(times, default=extraction.first),
        last=max(times, default=extraction.last),
    )


def _with_outline(extraction: Extraction, starts: Sequence[int], exhibit: Exhibit) -> Extraction:
    """The extraction of a file of code with what it defines, in place of its first lines."""
    language = language_of(exhibit.name)
    if language is None:
        return extraction
    head = head_of(exhibit.original)
    outline = read_outline(head, language)
    lines = extraction.lines
    others = (each for each in extraction.findings if each.kind is not FindingKind.NOTE)
    findings = (
        _summary(outline, language, lines, exhibit),
        outline_finding(
            outline, language, file=exhibit.name, lines=lines, redactor=exhibit.redactor
        ),
        *others,
    )
    problem = say.raw("cut_off") if outline.is_cut else extraction.problem
    if is_setting_program(exhibit.name):
        findings = (*findings, *_settings(read_constants(head, language), starts, exhibit))
    return replace(extraction, findings=findings, problem=problem)


def _settings(constants: Branch, starts: Sequence[int], exhibit: Exhibit) -> Iterator[Finding]:
    """What a program sets, to be compared with another version of it."""
    return settings_findings(
        [ConfigurationObject(constants)],
        [settings_of(constants)],
        file=exhibit.name,
        starts=starts,
        redactor=exhibit.redactor,
    )


def head_of(original: Original) -> bytes:
    """The first bytes of a text as UTF-8, as many as are parsed and one to tell of more."""
    head = bytearray()
    for chunk in read_text(original):
        head += chunk
        if len(head) > MAX_BYTES:
            break
    return bytes(head[: MAX_BYTES + 1])


def _summary(outline: CodeOutline, language: CodeLanguage, lines: int, exhibit: Exhibit) -> Finding:
    """`Python, 212 lines: 14 functions, 2 classes. Imports: os, json`."""
    kinds = Counter(symbol.kind for symbol in outline.symbols)
    text = say(
        "summary",
        language=exhibit.redactor.clean(language.title),
        lines=counted(lines, "line", "lines"),
        functions=counted(kinds[SymbolKind.FUNCTION], "function", "functions"),
        classes=counted(kinds[SymbolKind.CLASS], "class", "classes"),
    )
    imports = _imports(outline, exhibit.redactor)
    if imports:
        text = say("with_imports", summary=text, imports=imports)
    return Finding(
        kind=FindingKind.NOTE,
        level=Level.INFO,
        text=text,
        locus=Locus(file=exhibit.name, line_start=1, line_end=max(1, lines)),
        service=exhibit.service,
    )


def _imports(outline: CodeOutline, redactor: Redactor) -> RedactedText:
    shown = [redactor.clean(each).cut(_LONGEST) for each in outline.imports[:_IMPORTS_SHOWN]]
    return RedactedText.join("; ", shown)
