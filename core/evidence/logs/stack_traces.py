"""The stack traces of a log, of which kinds, and how often each.

Each sort of line is one that a common tool writes and people do not.

Frames are found vectorised; runs of frames that differ in numbers only are one trace, and Python
reads the first of each kind. Python, Java, Node, Go, Ruby, .NET, Rust, PHP, Swift, Elixir, Erlang,
and what gdb prints.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import polars as pl

from core.evidence.lines import FEW_LINES, Block
from core.evidence.logs.fields import unescape
from core.evidence.logs.stack_frames import StackFrame, read_frames

MAX_TRACES = 200  # kinds that are kept of one log
_MAX_LINES = 60  # of one trace
_HEAD_LINES = 4  # how far above its first frame a trace may begin
_MAX_FRAME = 1_000  # characters of a line that are looked at for a frame
_GAP = 4  # lines between two frames of one trace: source lines, markers, "Caused by"
_FRAMES = {
    "rust": r"^\s+at \S+\.rs:[0-9]+(?::[0-9]+)?$",
    "python": r'^\s*File "[^"]+", line [0-9]+',
    "java": r"^\s*at [\w.$/@<>-]+\((?:[\w$.-]+\.\w+(?::[0-9]+)?|Native Method|Unknown Source"
    r"|<generated>)\)|^\s*\.\.\. [0-9]+ (?:common frames|more)",
    "node": r"^\s+at (?:.+ \()?(?:async )?"
    r"(?:node:|file:|/|[A-Za-z]:\\|webpack|<anonymous>|internal).*:[0-9]+:[0-9]+\)?",
    "dotnet": r"^\s+at .+\)(?: in .+:line [0-9]+)?$",
    "go": r"^\s+/?\S+\.(?:go|s):[0-9]+(?: \+0x[0-9a-f]+)?$|^goroutine [0-9]+ \[",
    "ruby": r"^\s*(?:from )?\S+\.rb:[0-9]+:in [`']",
    "php": r"^#[0-9]+ \S+\.php\([0-9]+\): ",
    "gdb": r"^#[0-9]+ +(?:0x[0-9a-f]+ in \S.* \(|\S.* \(.*\) (?:at \S+:[0-9]+|from /\S+)$)",
    "swift": r"^\s*[0-9]+ +\S+ +0x[0-9a-f]{4,16} \S.* \+ [0-9]+"
    r"|^[0-9]+ .+ in \S+ at \S+\.swift:[0-9]+"
    r"|^\S+\.swift:[0-9]+: Fatal error: |Fatal error: .*: file \S+\.swift, line [0-9]+$",
    "elixir": r"^ {2,12}(?:\([\w.-]+ [\w.+-]+\) )?\S+\.(?:exs?|erl|eex):[0-9]+: \S"
    r"|^\*\* \([A-Z][\w.]+\) ",
    "erlang": r"\{'?\w+'?,'?[^,{}]+'?,.{1,300}\[\{file,\s*\"[^\"]+\"\},\s*\{line,\s*[0-9]+\}"
    r"|^\s+(?:in function|in call from) +\S+/[0-9]+",
}
_FRAME = "|".join(f"(?:{pattern})" for pattern in _FRAMES.values())
_FRAMED = re.compile(_FRAME)
_FIRST = r"^(?:#0\s|\*\* \()"  # of a trace that numbers its frames, or is headed so
_CAUSE = r"^\s*(?:Caused by|Suppressed): "  # within a trace of Java, never its beginning
_RAISED = re.compile(
    r"(?<![\w$.:])(?P<name>(?:[A-Za-z_][\w$]*(?:\.|::))*(?:[A-Z][\w$]*)?(?:Error|Exception|Exit|Interrupt|Failure|Throwable))\b"
    r"(?:\s*(?:\[\w+\])?:\s*(?P<says>.*))?"
)
_PANIC = re.compile(r"(?P<name>panic|fatal error): (?P<says>.*)")
_RAISED_BY = {
    "go": _PANIC,
    "rust": re.compile(r"thread '[^']{0,80}'.{0,20} (?P<name>panicked) at (?P<says>.*)"),
    "gdb": re.compile(r"signal (?P<name>SIG[A-Z]{2,8})(?:, (?P<says>.*?))?\.?$"),
    "swift": re.compile(
        r"(?P<name>Fatal error|Program crashed|EXC_[A-Z_]+)(?:: ?| \()(?P<says>.*)"
    ),
    "elixir": re.compile(r"\*\* \((?P<name>[\w.]+)[^)]{0,80}\) (?P<says>.*)"),
    "erlang": re.compile(
        r"exception (?P<name>error|exit|throw): (?P<says>.*)"
        r"|\{(?P<reason>bad\w+|undef|function_clause|case_clause|noproc)\b(?P<rest>.{0,200})"
    ),
}


@dataclass(frozen=True, kw_only=True)
class StackTrace:
    """One kind of stack trace: where its first is, what was raised, and how often it came.

    `lines` are numbers, 1-based and inclusive; `text` is the first one as it stands. `frames` are
    its innermost ones.
    """

    language: str
    raised: str
    says: str
    text: str
    line_start: int
    line_end: int
    byte_start: int
    byte_end: int
    count: int = 1
    frames: tuple[StackFrame, ...] = ()


@dataclass
class TraceFinder:
    """Sees the blocks of a log in order. A trace that a block's end cuts in two counts as two."""

    traces: dict[int, StackTrace] = field(default_factory=dict)

    def watch(self, block: Block, columns: pl.DataFrame | None = None) -> None:
        """Note the traces of a block; those in its messages, where a layout read them."""
        lines = block.lines if columns is None else columns["message"]
        if len(block.lines) <= FEW_LINES and not _has_frames(block.lines, lines):
            return
        self._watch_single(block)
        rows = lines.str.contains(_FRAME).fill_null(value=False).arg_true()
        if not len(rows):
            return
        block = Block(block.number, lines, block.starts)
        frames = pl.DataFrame({"row": rows, "line": lines.gather(rows)})
        runs = frames.with_columns(
            run=(_breaks(rows, columns) | frames["line"].str.contains(_FIRST)).cum_sum(),
            line=pl.col("line").str.replace_all("0x[0-9a-f]+|[0-9]+", "0"),
        )
        kinds = (
            runs.group_by("run", maintain_order=True)
            .agg(
                pl.col("row").min().alias("top"),
                pl.col("row").max().alias("end"),
                pl.col("line").str.join("\n"),
            )
            .with_columns(kind=pl.col("line").hash())
            .group_by("kind", maintain_order=True)
            .agg(pl.col("top", "end").first(), count=pl.len())
        )
        for kind, top, end, count in kinds.iter_rows():
            self._note(kind, block, int(top), int(end), count)

    def _watch_single(self, block: Block) -> None:
        """Those that stand in one line, escaped: in a field of JSON or logfmt."""
        rows = block.lines.str.contains(ESCAPED).fill_null(value=False).arg_true()
        if not len(rows):
            return
        values = block.lines.gather(rows).str.extract(f"({ESCAPED}{VALUE_END})", 1)
        kinds = (
            pl.DataFrame({"row": rows, "kind": values.str.replace_all("[0-9]+", "0").hash()})
            .group_by("kind", maintain_order=True)
            .agg(pl.col("row").first(), count=pl.len())
        )
        for kind, row, count in kinds.iter_rows():
            lines = lines_within(block.lines[row])
            trace = _told(lines, block, row, row) if any(map(_FRAMED.search, lines)) else None
            self._keep(kind, trace, count)

    def _keep(self, kind: int, trace: StackTrace | None, count: int) -> None:
        if trace is not None and kind not in self.traces and len(self.traces) < MAX_TRACES:
            self.traces[kind] = replace(trace, count=count)
        elif kind in self.traces:
            known = self.traces[kind]
            self.traces[kind] = replace(known, count=known.count + count)

    def _note(self, kind: int, block: Block, top: int, end: int, count: int) -> None:
        if kind in self.traces:
            known = self.traces[kind]
            self.traces[kind] = replace(known, count=known.count + count)
        elif len(self.traces) < MAX_TRACES:
            self.traces[kind] = replace(_read(block, top, end), count=count)


def _has_frames(lines: pl.Series, messages: pl.Series) -> bool:
    """Whether a line holds a frame, or one that stands in a field."""
    escaped = any(map(_ESCAPED.search, lines))
    return escaped or any(map(_FRAMED.search, filter(None, messages)))


def _breaks(rows: pl.Series, columns: pl.DataFrame | None) -> pl.Series:
    """Find the frames that begin another trace: far below the last one, or in another record.

    Only a record that states its level is another: frames may be kept with a time each.
    """
    breaks = rows.cast(pl.Int64).diff().fill_null(1) > _GAP
    if columns is None:
        return breaks
    starts = columns["start"] & columns["level"].is_not_null()
    goes_on = columns["message"].str.contains(_CAUSE).fill_null(value=False)
    records = (starts & ~goes_on).cast(pl.UInt32).cum_sum()
    return breaks | (records.gather(rows).diff().fill_null(0) > 0)


def _read(block: Block, top: int, end: int) -> StackTrace:
    """A trace from the rows of its first and last frame."""
    above = block.lines.slice(max(0, top - _HEAD_LINES), min(top, _HEAD_LINES)).to_list()
    below = block.lines.slice(end + 1, 3).to_list()
    language = _language(block.lines[top])
    is_headed = language in {"ruby", "elixir"}
    is_head = is_headed and _raised_by(language).search(block.lines[top])
    start = top - (0 if is_head else _lines_of_head(above, language))
    last = min(end + _lines_of_tail(below, language), start + _MAX_LINES - 1)
    trace = _told(block.lines.slice(start, last - start + 1).to_list(), block, start, last)
    if language != "python" or end <= last:
        return trace
    inner = block.lines.slice(end - _MAX_LINES, _MAX_LINES + 1).to_list()
    return replace(trace, frames=_frames(inner, language))


def _frames(lines: list[str], language: str) -> tuple[StackFrame, ...]:
    return read_frames("\n".join(line[:_MAX_FRAME] for line in lines), language)


def _told(lines: list[str], block: Block, start: int, last: int) -> StackTrace:
    language = next(_language(line) for line in lines if _FRAMED.search(line))
    raised = _raised(lines, language)
    name, says = _parts(raised) if raised else ("", "")
    return StackTrace(
        language=language,
        raised=name,
        says=says,
        text="\n".join(lines),
        line_start=block.number + start,
        line_end=block.number + last,
        byte_start=int(block.starts[start]),
        byte_end=int(block.starts[last + 1]),
        frames=_frames(lines, language),
    )


def _parts(raised: re.Match[str]) -> tuple[str, str]:
    """What was raised, and what it says."""
    parts = raised.groupdict()
    return parts["name"] or parts.get("reason") or "", parts["says"] or parts.get("rest") or ""


def _language(frame: str) -> str:
    return next(name for name, pattern in _FRAMES.items() if re.search(pattern, frame))


def _lines_of_head(above: list[str], language: str) -> int:
    """Count the lines before the first frame that belong to the trace."""
    for distance, line in enumerate(reversed(above), start=1):
        if language == "python" and line.rstrip().endswith("(most recent call last):"):
            return distance
        if language == "go" and _PANIC.search(line):
            return distance
        if line.lstrip().startswith("--->"):  # .NET tells what caused it first
            continue
        if language not in {"python", "go"} and _raised_by(language).search(line):
            return distance
    return min(1, len(above))


def _lines_of_tail(below: list[str], language: str) -> int:
    """Python names what was raised after the last frame, below its source line."""
    if language != "python":
        return 0
    return next((n for n, line in enumerate(below, start=1) if _RAISED.match(line)), 0)


def _raised(lines: list[str], language: str) -> re.Match[str] | None:
    ordered = reversed(lines) if language == "python" else lines
    pattern = _raised_by(language)
    return next((match for line in ordered if (match := pattern.search(line))), None)


def _raised_by(language: str) -> re.Pattern[str]:
    """What tells in a trace of this language that something was raised, and what."""
    return _RAISED_BY.get(language, _RAISED)


# A line feed and what a frame begins with. Backslashes are more where JSON stands within JSON.
_FEED = r"\\{1,3}n"
ESCAPED = (
    rf"{_FEED}(?:\\{{1,3}}t|[ \t])*"
    r"(?:at [\w.$<]|File \\{0,3}\"|from \S{1,200}\.rb:|\S{1,200}\.(?:go|rb|s):[0-9])"
)
VALUE_END = r'(?:[^"\\]|\\.)*'  # the rest of the field's value
_ESCAPED = re.compile(ESCAPED)
_FEEDS = re.compile(_FEED)
_TABS = re.compile(r"\\{1,3}t")
_QUOTES = re.compile(r'\\{1,3}"')
# Its quote may be missing, and nothing is given back: each character is looked at once.
_VALUE = re.compile(r'"((?:[^"\\]|\\.)*+)"?')

_LOOK_AT = 64_000  # characters


def lines_within(line: str) -> list[str]:
    """The lines of the field that holds the trace; the whole line's, where no field is found."""
    value = _value(line[:_LOOK_AT])
    if value.startswith("{"):  # a container runtime's record holds a record of JSON
        value = _value(unescape(value))
    lines = (_QUOTES.sub('"', _TABS.sub("\t", part)) for part in _FEEDS.split(value))
    return [text for text in lines if text][:_MAX_LINES]


def _value(line: str) -> str:
    fields = (match[1] for match in _VALUE.finditer(line))
    return next((text for text in fields if _ESCAPED.search(text)), line)
