"""Keeps what a file of code defines as a finding: names and lines, none of its text.

Which of its lines a stack trace names is known only when both were read; they are read again from
the original then. What a trace calls a function is compared with names that were redacted alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from core.evidence.code.outline import CodeSymbol, SymbolKind
from core.evidence.model import Finding, FindingKind, Level, Locus
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.evidence.code.languages import CodeLanguage
    from core.evidence.code.outline import CodeOutline
    from core.redaction.engine import Redactor

say = sentences("evidence.code")

_LANGUAGE = "@language"
_NO_DIGEST = "-"


@dataclass(frozen=True, kw_only=True)
class CodeFile:
    """A file of code as it was kept. file: its id; lines: how many it has."""

    file: str
    language: str
    lines: int
    symbols: tuple[CodeSymbol, ...]

    @cached_property
    def functions(self) -> tuple[CodeSymbol, ...]:
        return tuple(each for each in self.symbols if each.kind is SymbolKind.FUNCTION)

    def function_at(self, line: int) -> CodeSymbol | None:
        """The innermost function that a line is in."""
        around = [each for each in self.functions if each.first <= line <= each.last]
        return min(around, key=lambda each: each.last - each.first, default=None)

    def functions_named(self, name: str) -> list[CodeSymbol]:
        """The functions of this simple name."""
        return [each for each in self.functions if each.simple_name == name]


def outline_finding(
    outline: CodeOutline, language: CodeLanguage, *, file: str, lines: int, redactor: Redactor
) -> Finding:
    """What a file defines, on no card."""
    data = {
        str(number): _stored(symbol, redactor) for number, symbol in enumerate(outline.symbols, 1)
    }
    return Finding(
        kind=FindingKind.CODE,
        level=Level.INFO,
        text=say("defines", n=len(outline.symbols)),
        locus=Locus(file=file, line_start=1, line_end=max(1, lines)),
        count=max(1, len(outline.symbols)),
        data={_LANGUAGE: language.name, **data},
    )


def _stored(symbol: CodeSymbol, redactor: Redactor) -> str:
    name = redactor.clean(symbol.name).text
    digest = symbol.digest or _NO_DIGEST
    return f"{symbol.kind} {symbol.first} {symbol.last} {digest} {name}"


def read_code(finding: Finding, *, file: str) -> CodeFile:
    """Parse what `outline_finding` stored. file: the id of its file."""
    stored = (str(value) for key, value in finding.data.items() if key != _LANGUAGE)
    return CodeFile(
        file=file,
        language=str(finding.data.get(_LANGUAGE, "")),
        lines=finding.locus.line_end,
        symbols=tuple(map(_symbol, stored)),
    )


def _symbol(stored: str) -> CodeSymbol:
    kind, first, last, digest, name = stored.split(" ", 4)
    return CodeSymbol(
        kind=SymbolKind(kind),
        name=name,
        first=int(first),
        last=int(last),
        digest="" if digest == _NO_DIGEST else digest,
    )
