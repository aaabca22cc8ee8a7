"""Detects how a file writes the time, and reads its times.

It reads whole seconds of fixed width several times as fast as anything with a fraction: so seconds
and fractions are read apart, and only what that leaves out is read at its own pace.

A file is asked once, on a sample; its lines are then read vectorised. Times without a zone are
taken as UTC. Patterns are in the syntax that Rust's regex and Python's re share.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

# Hours from UTC. Of names that mean several zones the one that servers' logs mean most often.
_NAMED: Mapping[str, float] = {
    **dict.fromkeys(("UTC", "GMT", "Z", "WET", "UCT"), 0),
    **dict.fromkeys(("CET", "WEST", "BST", "MEZ", "WAT"), 1),
    **dict.fromkeys(("CEST", "EET", "MESZ", "SAST", "CAT"), 2),
    **dict.fromkeys(("EEST", "MSK", "EAT", "TRT"), 3),
    **dict.fromkeys(("IST",), 5.5),
    **dict.fromkeys(("PKT", "UZT"), 5),
    **dict.fromkeys(("WIB", "ICT"), 7),
    **dict.fromkeys(("SGT", "HKT", "AWST", "PHT", "MYT"), 8),
    **dict.fromkeys(("JST", "KST"), 9),
    **dict.fromkeys(("ACST",), 9.5),
    **dict.fromkeys(("AEST",), 10),
    **dict.fromkeys(("AEDT",), 11),
    **dict.fromkeys(("NZST",), 12),
    **dict.fromkeys(("NZDT",), 13),
    **dict.fromkeys(("BRT", "ART"), -3),
    **dict.fromkeys(("AST", "EDT"), -4),
    **dict.fromkeys(("EST", "CDT"), -5),
    **dict.fromkeys(("CST", "MDT"), -6),
    **dict.fromkeys(("MST", "PDT"), -7),
    **dict.fromkeys(("PST", "AKDT"), -8),
    **dict.fromkeys(("AKST",), -9),
    **dict.fromkeys(("HST",), -10),
}
_NAMES = "|".join(sorted(_NAMED, key=len, reverse=True))
# With the space that may stand before it.
ZONE = rf"(?:Z\b| ?(?:UTC|GMT)?[+-][0-9]{{2}}:?(?:[0-9]{{2}})?\b| ?\(?(?:{_NAMES})\b\)?)"
_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})?$")
_FARTHEST = timedelta(hours=14)
_MAX_ZONES = 200  # that one block of a log tells; what goes beyond is garbage


def offset_of(zone: str) -> timedelta | None:
    """East of Greenwich is positive; None for a zone that is unknown."""
    bare = zone.strip(" ()")
    if match := _OFFSET.search(bare):
        offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        return None if offset > _FARTHEST else -offset if match[1] == "-" else offset
    hours = _NAMED.get(bare.upper())
    return None if hours is None else timedelta(hours=hours)


def offsets_of(zones: pl.Series) -> pl.Series:
    """The same for many; zero where there is no zone, or an unknown one."""
    known = {zone: offset_of(zone) or timedelta() for zone in _few(zones)}
    if not any(known.values()):
        return pl.Series([timedelta()], dtype=pl.Duration("us")).new_from_index(0, len(zones))
    return zones.replace_strict(
        list(known), list(known.values()), default=timedelta(), return_dtype=pl.Duration("us")
    )


def _few(zones: pl.Series) -> Iterable[str]:
    return zones.drop_nulls().unique().head(_MAX_ZONES).to_list()


_WIDTHS = {"Y": 4, "b": 3, "a": 3}  # of the letters of a layout; the others take two characters
_MICROS = 6  # digits


def read_moments(texts: pl.Series, layout: str) -> pl.Series:
    """Naive microseconds; null where a text does not follow the layout. Fractions end in %.f."""
    moments = texts.to_frame("text").select(_moments(layout)).to_series()
    if moments.null_count() == texts.null_count():
        return moments
    rows = (moments.is_null() & texts.is_not_null()).arg_true()
    pointed = texts.gather(rows).str.replace(",([0-9]{1,9})$", ".$1")
    return moments.scatter(rows, pointed.str.to_datetime(layout, time_unit="us", strict=False))


@lru_cache(maxsize=64)
def _moments(layout: str) -> pl.Expr:
    """Of the column `text`, where each number has all of its digits."""
    whole = layout.replace("%.f", "").replace("%e", "%d")  # which are read alike
    text = pl.col("text")
    if not layout.endswith("%.f"):
        return text.str.to_datetime(whole, time_unit="us", strict=False)
    size = _width(whole)
    moment = text.str.head(size).str.to_datetime(whole, time_unit="us", strict=False)
    # Of a second, whatever stands before it; none is zero.
    digits = text.str.slice(size + 1, _MICROS).str.pad_end(_MICROS, "0")
    return moment + digits.cast(pl.Int64, strict=False).cast(pl.Duration("us"))


def _width(layout: str) -> int:
    """Characters of a text without a fraction, where each number has all of its digits."""
    letters = re.findall("%(.)", layout)
    return len(layout) + sum(_WIDTHS.get(letter, 2) - 2 for letter in letters)


MONTHS = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAYS = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
# Behind a comma may stand a year, in the next cell of a table: no fraction has four digits.
_FRACTION = "(?:[.][0-9]{1,9}|,[0-9]{6,9}|,[0-9]{1,3})?"
_CLOCK = f"[0-2][0-9]:[0-5][0-9]:[0-6][0-9]{_FRACTION}"
_AT = "om|um|at|à|a las|às|kl[.]?|alle|ore|o"  # between a date and a clock, in words
_APART, _MINUTES = "[ ,;|\tT]{1,3}", r"[0-2][0-9]:[0-5][0-9]\b"
_HALF = f"[01]?[0-9]:[0-5][0-9]:[0-6][0-9]{_FRACTION}[ \u202f]?[AaPp][Mm]"  # of a day
_LOOK_AT = 250  # characters of a line in which its time is looked for
_MAX_SAMPLE = 200  # lines
_RUN = 5  # of them follow each other: records may be two lines, of which each second tells the time
_FEW = 0.3  # share of sampled lines that must tell the time; indented ones are not counted
_BETTER = 1.1  # times as many lines as an earlier format, to be taken instead of it
_SECONDS = {10: 1e6, 13: 1e3, 16: 1.0, 19: 1e-3}  # digits → microseconds per unit
_SOME = 0.1  # different times, as a share of the lines: with fewer it may be no time of lines
_MOST = 0.3  # share of sampled lines whose time must have a zone
_MAX_YEARS_BACK = 4  # as far as the last 29th of February
_IN_ADVANCE = timedelta(days=2)  # clocks and zones are wrong at times
_SCIENTIFIC = r"[12]\.[0-9]{3,18}[eE]\+?0?9"
_PADDED_SIZE = 21  # of `20260304-09:05:00:007`
_YEAR_FIRST = "%y/%m/%d"
_NO_DATE = "{} {}"  # of a layout, where the date would be
_ISO_YEAR = 4  # where its first separator stands


@dataclass(frozen=True)
class TimeFormat:
    """One way to write a time. `layout` is in strptime's letters.

    `{}` stands for a year that is left out, `{} {}` for the whole date. An empty `layout` means
    seconds (or milli-, micro-, nanoseconds) since 1970. `leads` where only the start of a line
    tells it from a duration. `mark` is what stands before the fraction, where that is no point.
    """

    pattern: str
    layout: str = ""
    zoned: bool = False
    leads: bool = False
    mark: str = ""

    @property
    def is_clock_alone(self) -> bool:
        """Whether it leaves out the date."""
        return self.layout.startswith(_NO_DATE)

    def parse(self, texts: pl.Series, *, reference: datetime) -> pl.Series:
        """Naive UTC microseconds; null where the text is no such time.

        reference: about when the file was written, for formats that leave out the date.
        """
        if not self.layout:
            return _from_epoch(texts)
        if not self.zoned:
            return self._local(self._normal(texts), reference)
        zone = rf"({ZONE})( [0-9]{{4}})?$"
        if not texts.str.contains(zone).any():
            return self._local(self._normal(texts), reference)
        bare = self._normal(texts.str.replace(zone, "$2"))
        return self._local(bare, reference) - offsets_of(texts.str.extract(zone, 1))

    def _normal(self, texts: pl.Series) -> pl.Series:
        if "@" in self.layout:
            return texts.str.replace(
                rf"^([0-9]+)[-/.]([0-9]+)[-/.]([0-9]+)(?:,? (?:{_AT}) |{_APART})", "$1-$2-$3 @ "
            )
        if self.layout.startswith("%Y%m%d-"):
            return _padded(texts)
        if self.mark == "," and not self.layout.endswith("%S%.f"):
            return texts.str.replace(",([0-9]{1,9})", ".$1")
        return texts.str.replace(":([0-9]{3,9})", ".$1") if self.mark else texts

    def _local(self, texts: pl.Series, reference: datetime) -> pl.Series:
        now = reference.astimezone(UTC).replace(tzinfo=None)
        if self.is_clock_alone:
            moments = _read(f"{now:%Y-%m-%d} " + texts, self.layout.replace(_NO_DATE, "%Y-%m-%d"))
            late = moments > now + timedelta(minutes=1)
            return moments.zip_with(~late.fill_null(value=False), moments - timedelta(days=1))
        if "{}" in self.layout:
            return self._without_year(texts, now)
        if self.layout.startswith(_YEAR_FIRST):
            return self._of_two_digits(texts, now)
        return _read(texts, self.layout)

    def _without_year(self, texts: pl.Series, now: datetime) -> pl.Series:
        """The latest year that has the day and does not put the time after `now`."""
        layout = self.layout.replace("{}", "%Y")
        moments, limit = _read(f"{now.year} " + texts, layout), now + _IN_ADVANCE
        for year in range(now.year - 1, now.year - _MAX_YEARS_BACK - 1, -1):
            wrong = (moments > limit).fill_null(value=True) & texts.is_not_null()
            if not wrong.any():
                break
            moments = moments.zip_with(~wrong, _read(f"{year} " + texts, layout))
        return moments

    def _of_two_digits(self, texts: pl.Series, now: datetime) -> pl.Series:
        """Of `23/11/26` the reading that is nearer to `now`: the year may stand last."""
        swapped = self.layout.replace(_YEAR_FIRST, "%d/%m/%y")
        readings = [_read(texts, layout) for layout in (self.layout, swapped)]
        return min(readings, key=lambda moments: _distance(moments, now))


def _distance(moments: pl.Series, now: datetime) -> timedelta:
    middle = moments.median()
    return abs(middle - now) if isinstance(middle, datetime) else timedelta.max


def _both_clocks(date: str, layout: str, join: str = " ") -> Iterator[TimeFormat]:
    """With the hours of half a day, then of a whole one."""
    shown = {"T": "T", ":": ":"}.get(join, " ")
    yield TimeFormat(f"{date}{join}{_HALF}", f"{layout}{shown}%I:%M:%S%.f %p")
    yield TimeFormat(f"{date}{join}{_CLOCK}", f"{layout}{shown}%H:%M:%S%.f")


_ISO = TimeFormat(
    r"[12][0-9]{3}[-/.][01][0-9][-/.][0-3][0-9][T _;,\t-]"
    rf"[0-2][0-9][:.][0-5][0-9][:.][0-6][0-9](?::[0-9]{{3,9}}\b|{_FRACTION})",
    "%Y-%m-%dT%H:%M:%S%.f",
)
_KLOG = TimeFormat(rf"[IWEF] ?[01][0-9][0-3][0-9] {_CLOCK}", "{} %m%d %H:%M:%S%.f")
_OF_SYSLOG = TimeFormat(rf"{MONTHS} [ 0-3]?[0-9] {_CLOCK}", "{} %b %e %H:%M:%S%.f")
_BEFORE_HOST = re.compile(_OF_SYSLOG.pattern)
_ALL = (
    TimeFormat(rf"[12][0-9]{{3}}-[01][0-9]-[0-3][0-9],? {_HALF}", "%Y-%m-%d %I:%M:%S%.f %p"),
    _ISO,
    TimeFormat(  # MariaDB's: its hours have a blank for a zero
        r"\b[12][0-9]{3}-[01][0-9]-[0-3][0-9] (?: [0-9]|[0-2][0-9]):[0-5][0-9]:[0-6][0-9]",
        "%Y-%m-%d %k:%M:%S%.f",
    ),
    TimeFormat(  # apt's
        rf"\b[12][0-9]{{3}}-[01][0-9]-[0-3][0-9]  {_CLOCK}", "%Y-%m-%d  %H:%M:%S%.f"
    ),
    *_both_clocks(rf"[0-3][0-9]/{MONTHS}/[0-9]{{4}}", "%d/%b/%Y", ":"),
    *_both_clocks(rf"[0-3]?[0-9]/{MONTHS}/[0-9]{{4}}", "%d/%b/%Y"),
    *_both_clocks(rf"[0-3]?[0-9]-{MONTHS}-[0-9]{{4}}", "%d-%b-%Y"),
    TimeFormat(
        rf"{_DAYS} {MONTHS} [ 0-3][0-9] {_CLOCK}{ZONE}? [0-9]{{4}}", "%a %b %e %H:%M:%S%.f %Y"
    ),
    *_both_clocks(rf"[ 0-3]?[0-9] {MONTHS} [0-9]{{4}}", "%d %b %Y"),
    *_both_clocks(rf"{MONTHS} [ 0-3]?[0-9],? [0-9]{{4}}", "%b %d %Y", "(?: @|,)? "),
    TimeFormat(
        r"\b[12][0-9]{7}-[0-2]?[0-9]:[0-5]?[0-9]:[0-6]?[0-9]:[0-9]{1,3}\b",
        "%Y%m%d-%H:%M:%S%.f",
        mark=":",
    ),
    TimeFormat(rf"\b[12][0-9]{{7}}T[0-2][0-9][0-5][0-9][0-6][0-9]{_FRACTION}", "%Y%m%dT%H%M%S%.f"),
    _OF_SYSLOG,
    TimeFormat(rf"\b[0-3]?[0-9] {MONTHS} {_CLOCK}", "{} %d %b %H:%M:%S%.f"),
    TimeFormat(rf"\b[0-9]{{2}}/[01][0-9]/[0-3][0-9] {_CLOCK}", "%y/%m/%d %H:%M:%S%.f"),
    *_both_clocks(r"\b[0-3]?[0-9]/[0-3]?[0-9]/[0-9]{4}", "%d/%m/%Y", "(?:,? |[T;,\t])"),
    *_both_clocks(r"\b[0-3][0-9]-[0-3][0-9]-[0-9]{4}", "%d-%m-%Y"),
    TimeFormat(
        rf"\b[0-3]?[0-9][-/.][01]?[0-9][-/.]20[0-9]{{2}},? (?:{_AT}) {_CLOCK}",
        "%d-%m-%Y @ %H:%M:%S%.f",
    ),
    *_both_clocks(r"\b[0-3][0-9]\.[01][0-9]\.[0-9]{4}", "%d.%m.%Y", "[ ;,\t]"),
    TimeFormat(rf"\b[01][0-9]-[0-3][0-9] {_CLOCK}", "{} %m-%d %H:%M:%S%.f"),
    TimeFormat(rf"\b[01][0-9]\.[0-3][0-9] {_CLOCK}", "{} %m.%d %H:%M:%S%.f"),
    _KLOG,
    TimeFormat(r"\b[0-9]{2}[01][0-9][0-3][0-9] [0-2][0-9][0-5][0-9][0-6][0-9]\b", "%y%m%d %H%M%S"),
    TimeFormat(rf"\b20[0-9]{{2}}[01][0-9][0-3][0-9] {_CLOCK}", "%Y%m%d %H:%M:%S%.f"),
    TimeFormat(  # of MySQL
        r"\b[0-9]{2}[01][0-9][0-3][0-9] (?: [0-9]|[0-2][0-9]):[0-5][0-9]:[0-6][0-9]\b",
        "%y%m%d %k:%M:%S",
    ),
    TimeFormat(
        rf"\b(?:[12][0-9]{{9}}(?:[0-9]{{3}}|[0-9]{{6}}|[0-9]{{9}}|\.[0-9]{{1,9}})?|{_SCIENTIFIC})\b"
    ),
    TimeFormat(_HALF, "{} {} %I:%M:%S%.f %p", leads=True),
    TimeFormat(_CLOCK, "{} {} %H:%M:%S%.f", leads=True),
    TimeFormat(r"\[[0-2][0-9]:[0-5][0-9]\]", "{} {} [%H:%M]", leads=True),  # of a chat
    # Of tables that people keep, which tell no seconds.
    TimeFormat(rf"\b20[0-9]{{2}}-[01][0-9]-[0-3][0-9]{_APART}{_MINUTES}", "%Y-%m-%d @ %H:%M"),
    TimeFormat(
        rf"\b[0-3]?[0-9][-/.][01]?[0-9][-/.]20[0-9]{{2}}{_APART}{_MINUTES}", "%d-%m-%Y @ %H:%M"
    ),
)
# What may stand before a clock that begins a line: a bracket, a level.
_LEAD = r"^(?:[A-Z]{1,8}:?[ |]{1,3}|\[[A-Z]{4,8}\] )?[\[(<]?"
_PATTERNS = [re.compile(rf"{_LEAD}{form.pattern}" if form.leads else form.pattern) for form in _ALL]


def find_format(sample: Sequence[str]) -> TimeFormat | None:
    """The format in which most of the sampled lines tell the time; None where few do."""
    lines = [line[:_LOOK_AT] for line in sample if line.strip() and line[0] not in " \t"]
    apart = -(-len(lines) // _MAX_SAMPLE) * _RUN or 1
    heads = [line for at in range(0, len(lines), apart) for line in lines[at : at + _RUN]]
    best, most, texts = None, _FEW * len(heads), []
    for candidate, pattern in zip(_ALL, _PATTERNS, strict=True):
        times = [match[0] for head in heads if (match := pattern.search(head))]
        if times and len(times) >= most * (1.0 if best is None else _BETTER):
            best, most, texts = candidate, len(times), times
            if len(heads) < most * _BETTER:
                break
    if best is None:
        return None
    if later := _after_constant(best, texts, heads):
        return later
    inner = _zoned(_specialised(best, texts), heads)
    return inner if inner.zoned else _syslogs(heads, most) or inner


def _after_constant(
    time_format: TimeFormat, texts: Sequence[str], heads: Sequence[str]
) -> TimeFormat | None:
    """The time that goes on, where the first one is always one of few: files' names before lines.

    None where such a time would be found in the names, too.
    """
    if not time_format.layout or len(set(texts)) > _SOME * len(texts):
        return None
    rests = [
        head[match.end() :].lstrip()
        for head in heads
        if (match := re.search(time_format.pattern, head))
    ]
    later = find_format(rests)
    if later is None or any(re.search(later.pattern, text) for text in set(texts)):
        return None
    times = {match[0] for rest in rests if (match := re.match(later.pattern, rest))}
    return later if len(times) > len(set(texts)) else None


def _syslogs(heads: Sequence[str], most: float) -> TimeFormat | None:
    """The time that syslog put before lines which tell another one later on.

    That one has a year, but lines without it, as of a balancer's servers, would have no time.
    """
    times = [match[0] for head in heads if (match := _BEFORE_HOST.match(head))]
    return _specialised(_OF_SYSLOG, times) if len(times) >= most else None


def _specialised(general: TimeFormat, texts: Sequence[str]) -> TimeFormat:
    """As this file writes it: its separators, and whether days or months come first."""
    if general is _ISO:
        return _iso(texts)
    if general is _KLOG:
        return replace(general, pattern=general.pattern.replace("[IWEF] ?", "", 1))
    if general.layout.startswith(("%d/%m", "%d-%m")) and _months_come_first(general, texts):
        swapped = general.layout.replace("%d", "{}").replace("%m", "%d").replace("{}", "%m")
        general = replace(general, layout=swapped)
    return general if general.mark else replace(general, mark=_mark(texts))


def _iso(texts: Sequence[str]) -> TimeFormat:
    """ISO 8601 and its relatives differ in separators."""
    shapes = Counter((text[_ISO_YEAR], text[10], text[13]) for text in texts)
    shown = shapes.most_common(1)[0][0]
    date, join, clock = map(re.escape, shown)
    layout = "%Y{0}%m{0}%d{1}%H{2}%M{2}%S%.f".format(*shown)
    mark = _mark(texts)
    fraction = _FRACTION if mark == "," else f"(?:[{mark or '.'}.][0-9]{{1,9}})?"
    pattern = (
        rf"[12][0-9]{{3}}{date}[01][0-9]{date}[0-3][0-9]{join}"
        rf"[0-2][0-9]{clock}[0-5][0-9]{clock}[0-6][0-9]{fraction}"
    )
    return TimeFormat(pattern, layout, mark=mark)


def _mark(texts: Sequence[str]) -> str:
    for mark, digits in ((",", 1), (":", 3)):
        pattern = re.compile(rf"[0-9]:[0-9]{{2}}{mark}[0-9]{{{digits},9}}")
        if any(map(pattern.search, texts)):
            return mark
    return ""


def _months_come_first(general: TimeFormat, texts: Sequence[str]) -> bool:
    """Days are of no month beyond 12; where all could be either, half days tell an American."""
    parts = [
        (int(numbers[0]), int(numbers[1]))
        for text in texts
        if (numbers := re.findall("[0-9]+", text))
    ]
    if any(second > 12 for _, second in parts):  # noqa: PLR2004 - months of a year
        return True
    return "%I" in general.layout and all(first <= 12 for first, _ in parts)  # noqa: PLR2004


def _zoned(time_format: TimeFormat, heads: Sequence[str]) -> TimeFormat:
    """With the zone in its pattern, where that is another than UTC."""
    if not time_format.layout:
        return time_format
    if ZONE in time_format.pattern:
        return replace(time_format, zoned=True)
    pattern = re.compile(f"{time_format.pattern}({ZONE})")
    zones = [match[1] for head in heads if (match := pattern.search(head))]
    known = [offset for zone in zones if (offset := offset_of(zone)) is not None]
    if len(known) < _MOST * len(heads) or not any(known):
        return time_format
    return replace(time_format, pattern=f"{time_format.pattern}{ZONE}?", zoned=True)


def _padded(texts: pl.Series) -> pl.Series:
    """`20260304-9:5:0:7` is seven milliseconds after: numbers with the zeros they were left."""
    if texts.str.len_bytes().eq(_PADDED_SIZE).all():
        return texts.str.replace(":([0-9]{3})$", ".$1")
    parts = texts.str.split_exact("-", 1).struct.unnest()
    clock = parts["field_1"].str.split_exact(":", 3).struct.unnest()
    hour, minute, second = (clock[f"field_{place}"].str.zfill(2) for place in range(3))
    return (
        parts["field_0"]
        + "-"
        + (hour + ":" + minute + ":" + second + "." + clock["field_3"].str.zfill(3))
    )


def _read(texts: pl.Series, layout: str) -> pl.Series:
    if "%p" in layout or "," in layout:
        texts = texts.str.replace("\u202f", " ", literal=True)
    if layout.startswith(("%b %d %Y", "%d/%m", "%m/%d", "%d.%m", "%Y-%m-%d %I")):
        texts = texts.str.replace_all("(?: @|[;,\t]) ?", " ").str.replace("T", " ", literal=True)
    return read_moments(texts, layout)


def _from_epoch(texts: pl.Series) -> pl.Series:
    digits = texts.str.extract(r"^([0-9]+)", 1)
    fraction = texts.str.extract(r"(\.[0-9]+)$", 1).cast(pl.Float64).fill_null(0.0)
    scale = digits.str.len_bytes().replace_strict(_SECONDS, default=None, return_dtype=pl.Float64)
    micros = digits.cast(pl.Float64, strict=False) * scale + fraction * 1e6
    if texts.str.contains(r"[eE]").any():
        whole = texts.str.extract(f"^({_SCIENTIFIC})$", 1).cast(pl.Float64, strict=False)
        micros = micros.zip_with(whole.is_null(), whole * 1e6)
    return micros.round().cast(pl.Int64, strict=False).cast(pl.Datetime("us"))
