"""Detects program code, diffs, SQL, HTML and assembler by what statements look like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.evidence.detection.dialects import score_dialect
from core.evidence.detection.sample import UNLIKE, Likeness, Sample, best
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

say = sentences("evidence.detection")

_SUFFIX = re.compile(
    r"py|pyi|go|java|js|jsx|mjs|cjs|ts|tsx|rb|rs|c|h|cc|cpp|cxx|hpp|cs|kt|kts|scala|groovy|gradle"
    r"|sh|bash|zsh|fish|ps1|bat|sql|php|pl|pm|lua|swift|m|r|jl|ex|exs|erl|hs|clj|dart|vue|proto"
    r"|graphql|html|htm|css|scss|less|patch|diff|ipynb|cmake|asm|s|vim|el|tcl|awk|bpf|rego"
)
_BASE_NAME = re.compile(
    r"jenkinsfile|vagrantfile|rakefile|gemfile|cmakelists\.txt|build(?:\.bazel)?"
)
_SHEBANG = re.compile(
    r"#!\s*/\S{0,80}\b(?:sh|bash|dash|zsh|ksh|fish|python[\d.]*|node|ruby|perl|php|lua|awk|env"
    r"|Rscript|osascript|tclsh|expect)\b"
)
_DIFF = re.compile(r"^(?:@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@|diff --git \S)")
_DIFF_LINE = re.compile(
    r"^(?:[-+ ]|@@ |diff |index |---|\+\+\+|new file|deleted|rename|similarity)"
)
_HTML = re.compile(r"^\s*(?:<!doctype html|<html|<head|<body|<script|<style|<\?php)", re.IGNORECASE)
_STYLE = re.compile(
    r"^\s*(?:[.#&@*]?[\w:.#>\[\]=\"' ,*-]{1,120}\{|[\w-]{2,40}\s*:\s*[^;{}]{1,200};|\})\s*$"
)
_STYLE_PROPERTY = re.compile(r"^\s*(?:color|margin|padding|display|font-size|width|background)\s*:")
# What begins a statement, and is hardly ever the beginning of anything else.
_STATEMENT = re.compile(
    r"^\s*(?:"
    r"package [\w.]{1,80};?$|import (?:static )?[\w.{*\"'@(]|from [\w.]{1,80} import "
    r"|using [\w.]{1,80};"
    r"|#\s*(?:include|define|ifdef|ifndef|endif|if|pragma)\b|use [\w:]{2,80}(?:[;:{ ]|$)"
    r"|(?:pub(?:\([a-z]+\))? |export |default |async |static |public |private |protected |final "
    r"|abstract |internal |override |virtual |inline |unsafe |extern |const ){0,4}"
    r"(?:def|func|fn|function|class|interface|enum|struct|trait|impl|module|namespace|record|object"
    r"|type|sub|macro|template|proc|defmodule|defp?)\b ?[\w$<(*&\[:].{0,200}[:{(=;)>,]?\s*$"
    r"|(?:public|private|protected|static|final)\s+[\w<>\[\].?, ]{1,80}\s\w+\s*[(=;{]"
    r"|(?:const|let|var|val|mut|my|our|local|auto|int|char|void|bool|float|double|long|string"
    r"|unsigned|size_t|uint\d+_t|final)\s[\w$@%{\[( *&,:<>.]{1,80}(?:=|:=|;|\(|\[)"
    r"|(?:if|elif|elsif|else if|while|for|foreach|switch|match|case|when|catch|except|unless|until"
    r"|with|try|do|select|guard|loop)\b.{0,300}[:{;]\s*(?:(?:#|//|/\*).{0,200})?$"
    r"|(?:if|while|for|elif) .{0,200}; (?:then|do)$|(?:if|while) \[\[? .{0,200}"
    r"|(?:return|raise|throw|yield|await|break|continue|defer|goto|panic!?)\b.{0,300}[;)\]}\w\"']?$"
    r"|(?:then|fi|done|esac|end|else:?|else \{|\} else \{|try[:{ ]*|begin|do|finally[:{ ]*)$"
    r"|set [-+][a-z]{1,5}(?: pipefail)?$"
    r"|(?:echo|exit|local |export \w+=|source |trap |shift|readonly )"
    r"|@\w[\w.]{0,80}(?:\(.{0,200}\))?$|@(?:media|import|charset)\b"
    r"|[\w.$@>-]{1,80}\s*(?:[-+*/|&^%.]|<<|>>|\?\?|\|\|)?:?=\s?[^=].{0,300};\s*(?:(?://|/\*).{0,200})?$"
    r"|[\w.$>:!?-]{1,80}\(.{0,300}\)?\s*(?:[;{,(\[\\]|\)|->|=>)\s*(?:(?://|/\*|#).{0,200})?$"
    r"|[\w.$@\[\]\"']{1,80}(?:, ?\w{1,40}){0,4} :?= "
    r"(?:[\w.$ ]{0,60}\w\(|new \w|lambda\b|function\b|await\b)"
    r"|[})\]]{1,4}[;,)]{0,4}\s*(?:(?://|#).{0,80})?$"
    r"|(?:self|this|ctx|console|fmt|os|sys|System)\.\w"
    r")"
)
_WEAK_MARK = re.compile(
    r"[;{}]\s*$|^\s*(?://|/\*|\*/|\*\s)|\w\(.{0,200}\)\s*$|=>|->|::|&&|\|\||:=|\+=|!=|=="
)
_ASSEMBLER = re.compile(
    r"^\s*(?:[\w.$@]{1,80}:(?:\s.{0,200})?|\.[a-z]\w{1,20}(?:\s.{0,300})?"
    r"|(?:[\da-f]{1,16}:\s.{0,60}?\s)?[a-z]\w{1,9}(?:\s+[-%$#\w.(\[*@\"'].{0,200})?)$"
)
_REGISTER = re.compile(  # sections, and registers of x86, ARM, RISC-V
    r"^\s*\.?(?:text|globl|global|section|type|p2align|cfi_\w{1,30})\b|%[re]?[a-ds][xpi]l?\b"
    r"|^\s+[a-z]\w{1,9}\s+(?:[re][abcds][xpi]|[xwrat]\d{1,2}|sp)\s*,"
)
_SQL_STATEMENTS = (
    r"select\b[\s\S]{1,2000}?\bfrom\b",
    r"(?:insert|replace)\s+(?:or\s+\w+\s+)?into\s+\S",
    r"update\s+\S+\s+(?:\w+\s+)?set\s+[\w.\"`]+\s*=",
    r"delete\s+from\s+\S",
    r"merge\s+into\s+\S",
    r"create\s+(?:or\s+replace\s+|unique\s+|temp(?:orary)?\s+|materialized\s+){0,3}"
    r"(?:table|index|view|function|procedure|trigger|database|schema|sequence|type|role|user"
    r"|extension|materialized)\b",
    r"(?:alter|drop|truncate)\s+(?:table|index|view|database|schema|sequence|type|role|user|system"
    r"|function)\b",
    r"explain\s+(?:\(|analyze|verbose|select|update|delete|insert)",
    r"(?:grant|revoke)\s+\S[\s\S]{0,200}?\b(?:to|from)\b",
    r"with\s+(?:recursive\s+)?\w+\s*(?:\([^)]{0,200}\)\s*)?as\s*\(",
    r"(?:begin|commit|rollback|start\s+transaction)\s*(?:transaction|work)?$",
    r"(?:vacuum|analyze|reindex|copy|comment\s+on|lock\s+table|set|show|use)\s+\S+",
)
_SQL = re.compile(rf"\s*(?:{'|'.join(_SQL_STATEMENTS)})", re.IGNORECASE)
_SQL_COMMENT = re.compile(r"^\s*(?:--|/\*|\*).{0,400}$", re.MULTILINE)
_SQL_CAPITALS = re.compile(
    r"\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|DROP|WITH|EXPLAIN|GRANT)\b"
)
_MAX_STATEMENTS = 60
_LEAST_REGISTERS = 0.25  # of the lines

# A heading of Markdown is taken as a comment as well, because it says little by itself.
_COMMENT_LINE = re.compile(
    r"^\s*(?:#(?!\s*(?:include|define|undef|if|ifdef|ifndef|else|elif|endif|pragma|error)\b)(?!\[)"
    r"|//|--(?:\s|$)|;|%%?\s|!\s|\.\\\"|rem\s|@rem\s|\"\s(?=\S.*[^\"]$))",
    re.IGNORECASE,
)
_ENTRY = re.compile(
    r"^\s*(?:\[?[\"'][^\"']{0,120}[\"']\]?\s*(?:=>|=|:)\s*)?(?:\"[^\"]{0,300}\"|'[^']{0,300}'|-?[\d.]+"
    r"|true|false|nil|null|None)\s*[,;]\s*(?:(?:--|//|#).*)?$"
)
_CLOSES = re.compile(r"^[\s\])};,]*$")
_LEAST_BEGUN = 2
_PREPROCESSED = re.compile(
    r"^\s*#\s*(?:include\s*[<\"]|define\s+\w|undef\s+\w|ifn?def\s+\w|if\s|else\b|elif\s|endif\b|pragma\s|error\s)"
)
_HASH = re.compile(r"^\s*#(?!\[)")
_COMMENT_BLOCKS = (  # what opens a block at the beginning of a line, and what closes it
    (re.compile(r"^\s*/\*"), re.compile(r"\*/")),
    (re.compile(r"^\s*<!--"), re.compile(r"-->")),
    (re.compile(r"^\s*[rRuUbB]?\"\"\""), re.compile(r"\"\"\"")),
    (re.compile(r"^\s*[rRuU]?'''"), re.compile(r"'''")),
    (
        re.compile(r"^=(?:pod|head\d|begin|over|item|encoding|for)\b"),
        re.compile(r"^=(?:cut|end)\b"),
    ),
    (re.compile(r"^\s*\{-"), re.compile(r"-\}")),
    (re.compile(r"^\s*--\[\["), re.compile(r"\]\]")),
)


def score_code(sample: Sample) -> Likeness:
    """Score a text as code: a program in a usual language, SQL, HTML, CSS, assembler or a diff."""
    likeness = best(
        _script(sample),
        _diff(sample),
        _web_page(sample),
        _sql(sample),
        _assembler(sample),
        _program(sample),
        score_dialect(without_comments(sample)),
    )
    if _SUFFIX.fullmatch(sample.suffix) or _BASE_NAME.fullmatch(sample.base):
        likeness = best(likeness, Likeness(0.3, say.raw("named_as_program"))).named(0.2)
    return likeness


def statement_share(sample: Sample) -> float:
    """Return the share of lines that begin a statement of some language; in prose hardly any do."""
    return without_comments(sample).share(_STATEMENT)


def without_comments(sample: Sample) -> Sample:
    """Return the sample without comment lines, or with all lines where all are comments."""
    return Sample(list(_uncommented_lines(sample)) or sample.lines, sample.name)


def _script(sample: Sample) -> Likeness:
    if sample.lines and _SHEBANG.match(sample.lines[0]):
        return Likeness(0.97, say.raw("interpreter"))
    return UNLIKE


def _diff(sample: Sample) -> Likeness:
    if any(map(_DIFF.match, sample.lines)) and sample.share(_DIFF_LINE) > 0.6:  # noqa: PLR2004
        return Likeness(0.97, say.raw("diff"))
    return UNLIKE


def _web_page(sample: Sample) -> Likeness:
    if any(map(_HTML.match, sample.lines[:5])):
        return Likeness(0.95, say.raw("web_page"))
    if sample.any(_STYLE_PROPERTY):
        return Likeness(0.9 * sample.share(_STYLE), say.raw("style_sheet"))
    return UNLIKE


def _assembler(sample: Sample) -> Likeness:
    """Score text with one instruction, directive or label a line, and registers in some lines."""
    text = without_comments(sample)
    if text.share(_REGISTER) < _LEAST_REGISTERS:
        return UNLIKE
    return Likeness(0.95 * text.share(_ASSEMBLER) ** 2, say.raw("assembler"))


def _sql(sample: Sample) -> Likeness:
    """Score text most of whose statements are SQL."""
    text = _SQL_COMMENT.sub("", sample.text)
    statements = [
        statement.strip() for statement in text.split(";")[:_MAX_STATEMENTS] if statement.strip()
    ]
    if not statements:
        return UNLIKE
    sql_share = sum(bool(_SQL.match(statement)) for statement in statements) / len(statements)
    is_marked = ";" in text or sample.suffix == "sql" or bool(_SQL_CAPITALS.search(text))
    is_first_sql = bool(_SQL.match(statements[0]))
    if not is_marked or not (is_first_sql or sql_share > 0.5):  # noqa: PLR2004
        return UNLIKE
    return Likeness(0.6 + 0.36 * sql_share if is_first_sql else 0.9 * sql_share, say.raw("sql"))


def _program(sample: Sample) -> Likeness:
    """Score by statements; marks that programs share with settings count a little."""
    text = _without_entries(without_comments(sample))
    strong = statement_share(text)
    weak = text.counted(lambda line: bool(_WEAK_MARK.search(line)) and not _STATEMENT.match(line))
    score = 1.6 * strong + 0.5 * weak if strong else 0.3 * weak
    return Likeness(0.95 * min(1.0, score), say.raw("reads_like_program"))


def _without_entries(text: Sample) -> Sample:
    """The sample without the literals of its tables: they tell for no kind, nor against one."""
    rest = text.without(_ENTRY)
    begun = sum(bool(_STATEMENT.match(line)) and not _CLOSES.match(line) for line in rest.lines)
    return rest if begun >= _LEAST_BEGUN else text


def _uncommented_lines(sample: Sample) -> Iterator[str]:
    closes: re.Pattern[str] | None = None
    is_preprocessed = _is_preprocessed(sample)
    for line in sample.lines:
        if closes is not None:
            if closes.search(line):
                closes = None
            continue
        opened = next(((opens, end) for opens, end in _COMMENT_BLOCKS if opens.match(line)), None)
        if opened is not None:
            opens, end = opened
            start = opens.match(line)
            closes = None if start and end.search(line, start.end()) else end
        elif not _COMMENT_LINE.match(line) and (is_preprocessed or not _HASH.match(line)):
            yield line


def _is_preprocessed(sample: Sample) -> bool:
    """Whether `# if …` is of C: where most lines with the mark are others, it begins a sentence."""
    hashes = [line for line in sample.lines if _HASH.match(line)]
    return 2 * sum(map(bool, map(_PREPROCESSED.match, hashes))) > len(hashes)
