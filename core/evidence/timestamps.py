"""How does this file write the time, and what times are those?

A file is asked once, on a sample; its lines are then read vectorised. Times without a zone are
taken as UTC. Patterns are in the syntax that Rust's regex and Python's re share.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

MONTHS = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAYS = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_CLOCK = "[0-2][0-9]:[0-5][0-9]:[0-6][0-9]"
_FRACTION = "(?:[.,][0-9]{1,9})?"
_ZONE = "(?:Z| ?[+-][0-9]{2}:?[0-9]{2})"
_LOOK_AT = 250  # characters of a line in which its time is looked for
_FEW = 0.3  # share of sampled lines that must tell the time; indented ones are not counted
_EPOCH_DIGITS = {10: 1e6, 13: 1e3, 16: 1.0, 19: 1e-3}  # digits → microseconds per unit


@dataclass(frozen=True)
class TimeFormat:
    """One way to write a time. `layout` is in strptime's letters, `{}` standing for the year.

    An empty `layout` means seconds (or milli-, micro-, nanoseconds) since 1970.
    """

    pattern: str
    layout: str = ""
    zoned: bool = False

    def parse(self, texts: pl.Series, *, reference: datetime) -> pl.Series:
        """Naive UTC microseconds; null where the text is no such time.

        reference: about when the file was written, for formats that leave out the year.
        """
        if not self.layout:
            return _from_epoch(texts)
        texts = texts.str.replace(",", ".", literal=True)
        if "{}" in self.layout:
            return self._without_year(texts, reference)
        if not self.zoned:
            return texts.str.to_datetime(self.layout, time_unit="us", strict=False)
        texts = texts.str.replace("Z$", "+0000").str.replace(" ([+-])", "$1")
        zoned = texts.str.to_datetime(self.layout, time_unit="us", time_zone="UTC", strict=False)
        return zoned.dt.replace_time_zone(None)

    def _without_year(self, texts: pl.Series, reference: datetime) -> pl.Series:
        """The latest year that does not put the time after `reference`."""
        this_year = self._in_year(texts, reference.year)
        limit = reference.astimezone(UTC).replace(tzinfo=None) + timedelta(days=2)
        if not (this_year > limit).any():
            return this_year
        last_year = self._in_year(texts, reference.year - 1)
        return last_year.zip_with(this_year > limit, this_year)

    def _in_year(self, texts: pl.Series, year: int) -> pl.Series:
        layout = self.layout.replace("{}", "%Y")
        return (f"{year} " + texts).str.to_datetime(layout, time_unit="us", strict=False)


_WITH_DATE = (
    TimeFormat(
        r"[12][0-9]{3}[-/.][01][0-9][-/.][0-3][0-9][T _-]"
        rf"[0-2][0-9][:.][0-5][0-9][:.][0-6][0-9]{_FRACTION}",
        "%Y-%m-%dT%H:%M:%S%.f",
    ),
    TimeFormat(
        rf"[0-3][0-9]/{MONTHS}/[0-9]{{4}}:{_CLOCK} [+-][0-9]{{4}}",
        "%d/%b/%Y:%H:%M:%S%z",
        zoned=True,
    ),
    TimeFormat(
        rf"{_DAYS} {MONTHS} [ 0-3][0-9] {_CLOCK}{_FRACTION} [0-9]{{4}}", "%a %b %e %H:%M:%S%.f %Y"
    ),
    TimeFormat(rf"[ 0-3]?[0-9] {MONTHS} [0-9]{{4}} {_CLOCK}{_FRACTION}", "%d %b %Y %H:%M:%S%.f"),
    TimeFormat(rf"[12][0-9]{{7}}-{_CLOCK}:[0-9]{{3}}", "%Y%m%d-%H:%M:%S:%3f"),
    TimeFormat(rf"{MONTHS} [ 0-3]?[0-9] {_CLOCK}{_FRACTION}", "{} %b %e %H:%M:%S%.f"),
    TimeFormat(rf"\b[0-9]{{2}}/[01][0-9]/[0-3][0-9] {_CLOCK}", "%y/%m/%d %H:%M:%S"),
    TimeFormat(
        rf"\b[0-3][0-9]/[01][0-9]/[0-9]{{4}}[ T]{_CLOCK}{_FRACTION}", "%d/%m/%Y %H:%M:%S%.f"
    ),
    TimeFormat(rf"\b[01][0-9]-[0-3][0-9] {_CLOCK}{_FRACTION}", "{} %m-%d %H:%M:%S%.f"),
    TimeFormat(rf"\b[01][0-9]\.[0-3][0-9] {_CLOCK}", "{} %m.%d %H:%M:%S"),
    TimeFormat(rf"[IWEF][01][0-9][0-3][0-9] {_CLOCK}{_FRACTION}", "{} %m%d %H:%M:%S%.f"),
    TimeFormat(r"\b[0-9]{2}[01][0-9][0-3][0-9] [0-2][0-9][0-5][0-9][0-6][0-9]\b", "%y%m%d %H%M%S"),
    TimeFormat(r"\b1[0-9]{9}(?:[0-9]{3}|[0-9]{6}|[0-9]{9}|\.[0-9]{1,9})?\b"),
)


def find_format(sample: Sequence[str]) -> TimeFormat | None:
    """The format in which most of the sampled lines tell the time; None where few do."""
    heads = [line[:_LOOK_AT] for line in sample if line.strip() and line[0] not in " \t"]
    best, most = None, _FEW * len(heads)
    for candidate in _WITH_DATE:
        found = [match[0] for head in heads if (match := re.search(candidate.pattern, head))]
        if found and len(found) >= most * (1.0 if best is None else 1.1):
            best, most = _specialised(candidate, found[0], heads), len(found)
    return best


def _specialised(general: TimeFormat, example: str, heads: Sequence[str]) -> TimeFormat:
    """ISO 8601 and its relatives differ in separators and zone: those of this file."""
    if general is not _WITH_DATE[0]:
        return _klog(general) if general.pattern.startswith("[IWEF]") else general
    date, join, clock = (re.escape(example[at]) for at in (4, 10, 13))
    pattern = (
        rf"[12][0-9]{{3}}{date}[01][0-9]{date}[0-3][0-9]{join}"
        rf"[0-2][0-9]{clock}[0-5][0-9]{clock}[0-6][0-9]{_FRACTION}"
    )
    layout = "%Y-%m-%dT%H:%M:%S%.f".replace("-", example[4]).replace("T", example[10])
    layout = layout.replace(":", example[13])
    offsets = sum(bool(re.search(pattern + " ?[+-][0-9]{2}:?[0-9]{2}", head)) for head in heads)
    if not offsets:
        return TimeFormat(pattern, layout)
    return TimeFormat(pattern + _ZONE, layout + "%z", zoned=True)


def _klog(general: TimeFormat) -> TimeFormat:
    return TimeFormat(general.pattern.replace("[IWEF]", "", 1), general.layout)


def _from_epoch(texts: pl.Series) -> pl.Series:
    digits = texts.str.extract(r"^([0-9]+)", 1)
    fraction = texts.str.extract(r"(\.[0-9]+)$", 1).cast(pl.Float64).fill_null(0.0)
    scale = digits.str.len_bytes().replace_strict(
        _EPOCH_DIGITS, default=None, return_dtype=pl.Float64
    )
    micros = digits.cast(pl.Float64, strict=False) * scale + fraction * 1e6
    return micros.round().cast(pl.Int64).cast(pl.Datetime("us"))
