"""Tells values from the message in log lines, and takes the values out of many lines at once.

Found in one pass over the lines, whatever their layout: what is called such an id, UUIDs, W3C's
traceparent, and the hexadecimal ids that tracing libraries put into brackets.

Two strengths: `VALUES` runs over every line, in Rust, so it is one cheap pattern; `mask_names`
runs over the few distinct lines that are left and may look closer. Both write `WILD`.

A pattern with a group takes several times as long as one without. So headers that differ in their
time alone are read once: there are few of them, however many lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from core.evidence.lines import FEW_LINES
from core.evidence.logs.literals import mask_literals
from core.evidence.logs.notations import WILD, mask_elements, mask_notations

_DIGITS = "[0-9A-Za-z_]*-?[0-9][0-9A-Za-z_]*"  # a word with a digit: numbers, ids, hex, versions
# Words with digits, and what is joined to them by punctuation: addresses, times, UUIDs, hosts.
VALUES = rf"(?-u)-?{_DIGITS}(?:[-.:/,+@]+(?:{_DIGITS}|[a-f]{{3,}}))*"

_TOP_LEVEL = (
    "com|net|org|edu|gov|mil|info|io|dev|cloud|internal|local|localdomain|lan|svc|test|example"
)
_FILES = (
    "exe|dll|sys|so|jar|war|py|sh|bat|conf|cfg|ini|log|txt|tmp|bak|xml|json|ya?ml|html?|csv|pid"
    "|sock|db|sqlite|gz|zip|tar|rpm|deb|pem|crt|key"
)
# Labels and names have the lengths that DNS and URLs allow, and runs are read from their start:
# a line may be one run of thousands of letters, and each of them a place to begin.
_LABEL = "[A-Za-z0-9*_-]{1,63}"
_RUN = r"\w.:/@#$%+~*-"
_MAILBOX = "[A-Za-z0-9._%+*-]"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
# Words that a colon joins to a value say what it is: `retries:3`, `10.0.0.1:refused`.
_BEFORE = re.compile(r"[A-Za-z_]{3,40}::?(?=[^:])")
# So do those behind it that begin a sentence, `Worker-1:Starting`: the value is part of a header.
_AFTER = re.compile(r"(?<=[^:])(?:::[A-Za-z_]{3,40}|:[A-Z][a-z]{2,40}(?:-[a-z]{2,40})?)$")
_MARKED = "@*"  # what stands for a time or place of its own is another value than the one before


def _joined(run: re.Match[str]) -> str:
    """What is joined to a value is part of it, but for the words that name it."""
    if run[0] == _MARKED:
        return run[0]
    before, after = _BEFORE.match(run[0]), _AFTER.search(run[0])
    return f"{before[0] if before else ''}{WILD}{after[0] if after else ''}"


def _filled(brackets: re.Match[str]) -> str:
    """Return empty brackets as if they were not."""
    return f"{brackets[0][0]}{WILD}{brackets[0][1]}"


_METHODS = "GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS|CONNECT|TRACE"
_MODE = "[bcdlps-](?:[r-][w-][xsStT-]){3}[+.@]?"  # of a file
_CURRENCIES = "EUR|USD|GBP|JPY|CHF|CNY|INR"
# Fields that say what happened, and no value of it.
_TELLING = "(?<!msg)(?<!message)(?<!event)(?<!error)(?<!reason)(?<!level)(?<!severity)"
_HELD = r"(?:[^,\s()\[\]{}]|[(\[{][^()\[\]{}]{0,300}[)\]}]){0,200}"
_TELLS = "(?i:status|state|err|reason|message|msg|code|result)"
_PART = rf"(?!{_TELLS})[A-Za-z]\w{{0,40}}={_HELD}"
_CLASS = r"\b(?=[A-Z][A-Z0-9_]{0,40}[a-z])(\w{2,80})"
_OBJECT = rf"{_CLASS}([(\[{{]){_PART}(?:, {_PART}){{1,60}}([)\]}}])"
_PAIR = rf"(?!{_TELLS})[a-z_]{{1,40}}: [^,:]{{1,200}}"
_FIELDS = rf"(?<=, )((?!{_TELLS})[a-z_]{{2,40}}: ){_PAIR}(?:, {_PAIR}){{3,60}}$"
_ARGUMENT = r"(?:\w{1,40}=)?(?:'[^']{0,200}'|\*)"
_VALUES = r"\*(?:(?!(?<=-> \*) - )[ ,;|-]+\*)+"  # any number of values is one

_STEPS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (
            rf"\b({_METHODS}) +(?:https?:)?[/*][^\s\"'<>]*(?: HTTP/\*)?(?![^\s\"'<>])",
            rf"\1 {WILD}",
        ),  # request
        (rf"(?i)(?<=method)([ :=]{{1,2}}[\"']?)(?-i:{_METHODS})\b", rf"\1{WILD}"),
        (rf"\b(?:{_DAY},? )?(?:{_MONTH} +\*|\* {_MONTH})", WILD),  # a date in words
        (r"\b[A-Za-z][A-Za-z0-9+.-]{0,24}://[^\s\"'<>()\[\]]+", WILD),  # URL
        (
            rf"(?<!{_MAILBOX}){_MAILBOX}++@[A-Za-z0-9*-]+(?:\.[A-Za-z0-9*-]+)*+",
            WILD,
        ),  # e-mail address, or somebody at a host
        (
            r"(?:(?<=[\s\"'=(\[{<:,])|^)(?:~|[A-Za-z]:)?(?:[/\\][\w.@%+*$~-]+){2,}[/\\]?"
            r"(?:\?[^\s\"'<>]*)?",
            WILD,
        ),  # path
        (r"(?<!\S)[\w.*-]+(?:/[\w.*-]+)*/(?!\S)", WILD),  # folder
        (r"(?<![^\s\"'(=])[\w.*+#-]+(?:/[\w.*+#-]+){2,}(?![^\s\"'),])", WILD),  # topic
        (r"(?:(?<=[\s\"'=(])|^)/(?:[\w.%-]+/?)?(?:\?[^\s\"'<>]*)?(?=[\s\"',;)]|$)", WILD),
        (rf"\b(?:{_LABEL}\.){{1,12}}(?:{_TOP_LEVEL})\b(?!\.?\w)", WILD),  # host
        (r"\b(?:[a-z0-9*_-]{1,63}\.){2,12}[a-z]{2}\b(?!\.?\w)", WILD),  # host under a country
        (r"\b[a-f]{8,}\b", WILD),  # hex that happens to have no digit
        (rf"\b[\w*$-]{{1,63}}\.(?:{_FILES})\b(?![.\w*(])", WILD),  # file
        (rf"(?<![{_RUN}])[{_RUN}]*\*[{_RUN}]*(?<![.:])", _joined),  # joined to a value: a value
        (rf"\* (?:{_CURRENCIES})\b", WILD),
        (r"\* ?(?:[kKMGTP]i?)?(?:B|bytes|ms|us|µs|ns|s|secs?|seconds|minutes|hours)\b", WILD),
        (r"(?<==)(?:null|None|nil|[A-Za-z]{1,40}\{[^{}\s]*\})(?![\w.])", WILD),  # object or none
        (r"(=>? ?)\"[^\"]*\"", rf'\1"{WILD}"'),
        (rf"{_TELLING}(\": ?)\"[^\"\s]*\"", rf'\1"{WILD}"'),  # a word in JSON
        (r"\* \(\)", f"{WILD} ({WILD})"),
        (r"\(\[\*\]\)", f"({WILD})"),  # an address in place of a name
        (r"\s+", " "),
        (r"(?<=[(\[{]) (?=\*)", ""),  # what a number is filled up with to some width
        (r"(?<=[=: *])(?:\[\]|\{\}|\(\))(?![\w(])", _filled),  # holds more elsewhere
        # What a function is called with: `resize('a.png', width=*)`.
        (rf"(?<= )([a-z]\w{{1,60}})\({_ARGUMENT}(?:, {_ARGUMENT}){{0,20}},?\)", rf"\1({WILD})"),
        # What something is called with: `poll:*('a', *)`.
        (r"(?<=\*)\((?:[^()]{0,200}[\"'=,*][^()]{0,200})?\)", f"({WILD})"),
        (rf"(?<!\S){_MODE} \* \S+ \S+ \*(?: \*)*(?: [^\s,*]+)?", WILD),  # as `ls -l` lists it
        (_OBJECT, rf"\1\2{WILD}\3"),  # `Config(host=*, peers=[*])`
        (_FIELDS, rf"\1{WILD}"),  # of one field: `attrs: type: regular, size: *, uid: *, gid: *`
        (r"^(?:[-|:,;] )+", ""),  # what is left of a header
    )
)


_WORD = re.compile("[A-Za-z]{2}")


def join_values(masked: str) -> str:
    """With one value where several follow each other; a line of values alone is told by theirs."""
    return re.sub(_VALUES, WILD, masked) if _WORD.search(masked) else masked


def mask_names(masked: str) -> str:
    """Mask what `VALUES` left: paths, hosts, addresses, dates in words, and lists of values."""
    return join_values(mask_each_name(masked))


def mask_each_name(masked: str) -> str:
    """The same, but values that follow each other are not made one."""
    masked = mask_notations(mask_literals(mask_elements(masked)))
    for pattern, replacement in _STEPS:
        masked = pattern.sub(replacement, masked)
    return masked.strip()


MAX_OF_A_LINE = 8
_LOOK_AT = 8_000  # characters of a line
_NAMES = "(?:trace|request|req|correlation|session|transaction|txn|conversation)"
_VALUE = "[0-9A-Za-z][0-9A-Za-z._/+-]{3,63}"
# `trace_id=..`, `"requestId": ".."`, `X-Request-ID: ..`, in JSON within JSON too.
_NAMED = rf"(?i:\b(?:x[-_])?{_NAMES}(?:[-_. ]?id)\\?[\"']?\]?[=: ]{{1,3}}\\?[\"']?){_VALUE}"
# `rid=..` and its like name many things: ids of requests are long and drawn by a machine.
_SHORT = r"(?i:\b(?:rid|cid|xid|rqid|reqid)\\?[\"']?[=:] ?\\?[\"']?)[0-9a-fA-F][0-9a-fA-F-]{11,63}"
_UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_W3C = "00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"
_BRACKETED = r"[\[,](?:[0-9a-f]{32}|[0-9a-f]{16})[,\]]"
# ASCII alone: Unicode's classes are slow in Rust's regex.
_ID = f"(?:{_W3C}|{_NAMED}|{_SHORT}|{_UUID}|{_BRACKETED})"
_ANY = f"(?-u){_ID}"
_BARE = rf"({_VALUE})[,\]]?$"
_NOBODY = ["null", "none", "undefined", "unknown", "empty", "missing"]
_LONGEST_NOBODY = max(map(len, _NOBODY))
_FEW = 200  # lines that are looked at first
_TRACE_OF_W3C = "^00-([0-9a-f]{32})-"
_IN_PYTHON, _BARE_IN_PYTHON = re.compile(_ID, re.ASCII), re.compile(_BARE)
_TRACE_IN_PYTHON = re.compile(_TRACE_OF_W3C)


@dataclass(frozen=True)
class IdMatches:
    """The ids of lines as they stand there, with their names: `named` are those of each of `rows`.

    lines: how many were looked at.
    """

    rows: pl.Series
    named: pl.Series
    lines: int

    def bare(self) -> pl.Series:
        """Per line its ids without their names, none twice; null where it has none."""
        if self.rows.is_empty():
            return pl.Series([None], dtype=pl.List(pl.String)).new_from_index(0, self.lines)
        if self.lines <= FEW_LINES:
            return self._bare_of_few()
        matched = pl.DataFrame({"row": self.rows, "n": self.named.list.len(), "id": self.named})
        single = matched.filter(pl.col("n") == 1).select("row", "id").explode("id")
        many = matched.filter(pl.col("n") > 1).select("row", "id").explode("id")
        singles = bare_ids(single).select("row", pl.concat_list("id").alias("id"))
        several = bare_ids(many).group_by("row").agg(pl.col("id").unique(maintain_order=True))
        ids = pl.concat([singles, several])
        if len(ids) == self.lines:
            return ids.sort("row")["id"]
        none = pl.int_range(self.lines, eager=True).cast(self.rows.dtype).to_frame("row")
        return none.join(ids, on="row", how="left", maintain_order="left")["id"]

    def _bare_of_few(self) -> pl.Series:
        ids: list[list[str] | None] = [None] * self.lines
        for row, named in zip(self.rows, self.named.to_list(), strict=True):
            bare = (bare_id(name) for name in named)
            ids[row] = list(dict.fromkeys(spelt for spelt in bare if spelt)) or None
        return pl.Series(ids, dtype=pl.List(pl.String))


def match_ids(lines: pl.Series) -> IdMatches:
    """Find the ids of lines, at most MAX_OF_A_LINE each."""
    if len(lines) <= FEW_LINES:
        return _match_few(lines)
    heads = lines.str.slice(0, _LOOK_AT) if lines.str.len_bytes().gt(_LOOK_AT).any() else lines
    rows = _rows(heads)
    if rows.is_empty():
        return IdMatches(rows, pl.Series([], dtype=pl.List(pl.String)), len(lines))
    named = heads.gather(rows).str.extract_all(_ANY).list.head(MAX_OF_A_LINE)
    return IdMatches(rows, named, len(lines))


def find_ids(lines: pl.Series) -> pl.Series:
    """Per line its ids, none twice; null where it has none."""
    return match_ids(lines).bare()


def bare_id(named: str) -> str | None:
    """An id without its name or brackets; None for a word that says that there is none."""
    match = _TRACE_IN_PYTHON.search(named) or _BARE_IN_PYTHON.search(named)
    return match[1] if match and match[1].lower() not in _NOBODY else None


def _match_few(lines: pl.Series) -> IdMatches:
    named = {
        row: matches
        for row, line in enumerate(lines)
        if (matches := _IN_PYTHON.findall(line[:_LOOK_AT])[:MAX_OF_A_LINE])
    }
    return IdMatches(
        pl.Series(list(named), dtype=pl.UInt32),
        pl.Series(list(named.values()), dtype=pl.List(pl.String)),
        len(lines),
    )


def _rows(heads: pl.Series) -> pl.Series:
    """Of lines that may have ids: all of them, where most of a few have."""
    few = heads.head(_FEW)
    having = few.str.contains(_ANY).fill_null(value=False)
    if len(few) == len(heads):
        return having.arg_true().cast(pl.UInt32)
    if having.sum() > len(few) // 2:
        return pl.int_range(len(heads), eager=True).cast(pl.UInt32)
    return heads.str.contains(_ANY).fill_null(value=False).arg_true().cast(pl.UInt32)


def bare_ids(ids: pl.DataFrame) -> pl.DataFrame:
    """The rows with each `id` bare, without those whose word says that there is no id."""
    bare_id = pl.col("id").str.extract(_BARE, 1)
    if ids["id"].str.starts_with("00-").any():
        bare_id = pl.coalesce(pl.col("id").str.extract(_TRACE_OF_W3C, 1), bare_id)
    bare = ids.with_columns(bare_id.alias("id")).drop_nulls("id")
    nobody = pl.col("id").str.to_lowercase().is_in(_NOBODY)
    return bare.filter((pl.col("id").str.len_bytes() > _LONGEST_NOBODY) | ~nobody)


_SOME = 0.2
_FEW_TAKING = 0.25  # of the lines, beyond which looking for the different headers does not pay


@dataclass(frozen=True)
class Headers:
    """The lines of a block by their header; `through` is the pattern of all before it.

    `firsts` has a line of each kind, `kinds` says for each line which of those it is like.
    """

    lines: pl.Series
    through: str = ""
    firsts: pl.Series | None = None
    kinds: pl.Series | None = None

    @classmethod
    def of(cls, lines: pl.Series, messages: pl.Series, *, through: str) -> Headers:
        """through: matches all up to the end of the time, of which nothing is asked later on."""
        if not through or len(lines) <= FEW_LINES:
            return cls(lines)
        after = lines.str.replace(through, "")
        sizes = after.str.len_bytes().cast(pl.Int64) - messages.str.len_bytes().cast(pl.Int64)
        alike = (sizes > 0) & (after.str.len_bytes() < lines.str.len_bytes())
        columns = pl.DataFrame(
            {"line": lines, "after": after, "size": sizes.clip(0), "alike": alike}
        )
        header = pl.col("after").cast(pl.Binary).bin.slice(0, pl.col("size"))
        whole = pl.col("line").cast(pl.Binary)
        keys = columns.select("alike", pl.when("alike").then(header).otherwise(whole)).hash_rows()
        rows = keys.arg_unique()
        if len(rows) > _FEW_TAKING * len(lines):
            return cls(lines)
        kinds = keys.replace_strict(keys.gather(rows), pl.int_range(len(rows), eager=True))
        return cls(lines, through, lines.gather(rows), kinds)

    def taken(self, pattern: str) -> pl.Series:
        """What the group of a pattern matches in each line; nothing if there is no pattern."""
        if self.firsts is None or self.kinds is None or not pattern.startswith(self.through):
            return extract(self.lines, pattern)
        return extract(self.firsts, pattern).gather(self.kinds)


def extract(lines: pl.Series, pattern: str) -> pl.Series:
    """Return what the group of a pattern matches in each line; nothing if there is no pattern."""
    return lines.str.extract(pattern, 1) if pattern else nulls(lines)


def fill_missing(values: pl.Series, texts: pl.Series, pattern: str) -> pl.Series:
    """With what the pattern takes out of the texts, where nothing has been found."""
    rows = values.is_null().arg_true()
    if len(rows) > _SOME * len(values):
        return first_non_null(values, extract(texts, pattern))
    return values.scatter(rows, extract(texts.gather(rows), pattern))


def first_non_null(*columns: pl.Series) -> pl.Series:
    """The first that is there, of each row."""
    values = columns[0]
    for column in columns[1:]:
        if values.null_count():
            values = values.zip_with(values.is_not_null(), column)
    return values


def nulls(lines: pl.Series) -> pl.Series:
    """As many nulls as there are lines."""
    return pl.Series([None], dtype=pl.String).new_from_index(0, len(lines))
