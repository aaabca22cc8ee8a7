"""Reduces too many distinct masked lines to those that are counted separately.

`tags=[fresh, local]` and `tags=[fresh]` are one message. A list whose length never changes may
be words of the message, as in `signals [TERM, HUP, INT]`: it stays.

First words that compete with many others for one place become wild, unless they are frequent
there; what is still too much is told apart by its length alone. Lines that may matter are the
last to go, and even then each is counted with those that tell the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from core.evidence.logs.levels import guess_levels
from core.evidence.logs.notations import WILD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_VARIED = 30  # words that compete for one place, beyond which they are values
_FREQUENT = 0.02  # share of its place from which a word is no value, if that is no chance:
_CHANCE = 6.0  # standard deviations above what each rival would have if all were alike
_SAMPLE = 3_000  # lines from which the places are learnt
_MAX_WORDS = 40  # of a line; the rest is cut off
_LENGTHS = 64  # lines are told apart by their number of words up to this
_WILD_HASH = np.uint64(pl.Series([WILD]).hash()[0])
_NOTHING_TOLD = np.uint64(pl.Series([None], dtype=pl.String).hash()[0])
_ODD = np.uint64(0x9E3779B97F4A7C15)  # spreads small numbers over 64 bits

_Numbers = npt.NDArray[np.uint64]


def narrow_patterns(lines: pl.DataFrame, *, limit: int, notable: Sequence[str]) -> pl.DataFrame:
    """Return `masked` and `tells` row by row, with few more than `limit` different masked lines.

    lines: columns masked, example, level, count. notable: words in lower case of lines to keep.
    `tells` is what must not be lost when a line is counted with others: the notable word in it,
    or the level that its words tell where it states none; else null.
    """
    matters = _matters(lines["example"], notable)
    tells = _tells(lines, matters, notable)
    rows = lines.select("masked", "count", tells=tells, matters=matters).with_row_index("row")
    exempt = rows.filter("matters")
    if exempt["masked"].n_unique() > limit // 2:
        exempt = exempt.clear()
    rest = rows if exempt.is_empty() else rows.filter(~pl.col("matters"))
    if rest.is_empty():
        return rows.select("masked", "tells")
    narrowed = _narrowed(rest, limit=limit - limit // 2 if len(exempt) else limit)
    both = pl.concat([exempt.select("row", "masked", "tells"), narrowed]).sort("row")
    return both.select("masked", "tells")


def _matters(example: pl.Series, notable: Sequence[str]) -> pl.Series:
    if not notable:
        return example.is_null()
    return example.str.contains_any(list(notable), ascii_case_insensitive=True)


def _tells(lines: pl.DataFrame, matters: pl.Series, notable: Sequence[str]) -> pl.Series:
    """Per line its longest notable word, or else the level that only its words tell."""
    tells = pl.Series([None], dtype=pl.String).new_from_index(0, len(lines))
    if lines["level"].null_count():
        levels = guess_levels(lines["example"])
        tells = tells.zip_with(lines["level"].is_not_null(), levels)
    rows = matters.arg_true()
    if len(rows):
        words = (
            lines["example"]
            .gather(rows)
            .str.extract_many(list(notable), ascii_case_insensitive=True)
        )
        longest = pl.element().sort_by(pl.element().str.len_bytes(), descending=True).first()
        tells = tells.scatter(rows, words.list.eval(longest).list.first().str.to_lowercase())
    return tells


def _narrowed(lines: pl.DataFrame, *, limit: int) -> pl.DataFrame:
    """Columns row, masked, tells of the given lines."""
    words = _Words.of(lines)
    for context in ("before", "place"):
        if words.kinds().n_unique() > limit:
            words = words.without_values(context)
    keyed = lines.select("row", "tells", "count", kind=words.kinds()).with_row_index("at")
    kinds = keyed.group_by("kind").agg(
        pl.col("at").min(), pl.col("count").sum(), pl.col("tells").first()
    )
    kinds = kinds.sort("at")
    if len(kinds) > limit:
        kinds = _by_length(kinds, words, limit=limit)
    else:
        kinds = kinds.with_columns(words.text(kinds["at"]))
    masked = keyed.join(kinds.select("kind", "masked"), on="kind", how="left")
    return masked.select("row", "masked", "tells")


@dataclass(frozen=True)
class _Words:
    """The words of some lines, one after the other, as hashes; `WILD` stands for values.

    By line: `starts` (where its words begin), `lengths` (how many), `tells`, `counts`.
    """

    written: pl.Series
    hashes: _Numbers
    starts: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]
    tells: _Numbers
    counts: npt.NDArray[np.uint32]

    @classmethod
    def of(cls, lines: pl.DataFrame) -> Self:
        split = lines["masked"].str.split(" ")
        if split.list.len().gt(_MAX_WORDS).any():
            split = split.list.head(_MAX_WORDS)
        lengths = split.list.len().to_numpy().astype(np.int64)
        written = split.explode()
        return cls(
            written=written,
            hashes=written.hash().to_numpy(),
            starts=np.cumsum(lengths) - lengths,
            lengths=lengths,
            tells=lines["tells"].hash().to_numpy(),
            counts=lines["count"].to_numpy(),
        )

    def kinds(self) -> pl.Series:
        """Per line a number that is the same for the same words."""
        place = (2 * self._places() + 1).astype(np.uint64)
        sums = np.add.reduceat(self.hashes * place, self.starts)
        return pl.Series(sums + self.tells * _ODD)

    def without_values(self, context: str) -> Self:
        """Words that many others compete with in their context become wild; frequent ones stay.

        The context is the number of words in a line, the place among them, what the line tells,
        and (for "before") the word before.
        """
        places = self._places()
        shape = (self.lengths * (_MAX_WORDS + 1)).astype(np.uint64) + self.tells
        contexts = (np.repeat(shape, self.lengths) + places.astype(np.uint64)) * _ODD
        if context == "before":
            before = np.roll(self.hashes, 1)
            before[self.starts] = 0
            contexts += before
        words = contexts ^ (self.hashes * _ODD)
        varied, frequent = self._rivals(contexts, words)
        wild = _is_in(contexts, varied) & ~_is_in(words, frequent)
        return replace(self, hashes=np.where(wild, _WILD_HASH, self.hashes))

    def text(self, lines: pl.Series) -> pl.Series:
        """The lines with these numbers as they read now."""
        at = lines.to_numpy()
        lengths = self.lengths[at]
        row = np.repeat(np.arange(len(at)), lengths)
        place = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        chosen = np.repeat(self.starts[at], lengths) + place
        words = pl.DataFrame({"row": row, "masked": self.written.gather(chosen)})
        wild = pl.Series("wild", self.hashes[chosen] == _WILD_HASH)
        shown = pl.when(wild).then(pl.lit(WILD)).otherwise("masked").alias("masked")
        joined = words.select("row", shown).group_by("row", maintain_order=True)
        return joined.agg(pl.col("masked").str.join(" "))["masked"]

    def _places(self) -> npt.NDArray[np.int64]:
        return np.arange(len(self.hashes)) - np.repeat(self.starts, self.lengths)

    def _sampled(self) -> npt.NDArray[np.bool_]:
        """Choose lines to learn from: some of those that tell something, and of all others."""
        chosen = np.zeros(len(self.lengths), dtype=np.bool_)
        silent = self.tells == _NOTHING_TOLD
        for lines in (np.flatnonzero(silent), np.flatnonzero(~silent)):
            chosen[lines[:: max(1, len(lines) // _SAMPLE)]] = True
        return chosen

    def _rivals(self, contexts: _Numbers, words: _Numbers) -> tuple[pl.Series, pl.Series]:
        """Contexts with many words, and the words (in context) that are frequent there."""
        sampled = np.repeat(self._sampled(), self.lengths)
        counts = np.repeat(self.counts, self.lengths)
        seen = pl.DataFrame(
            {"context": contexts[sampled], "word": words[sampled], "count": counts[sampled]}
        )
        rivals = seen.group_by("word").agg(pl.col("context").first(), pl.col("count").sum())
        places = rivals.group_by("context").agg(rivals=pl.len(), total=pl.col("count").sum())
        varied = places.filter(pl.col("rivals") > _VARIED)
        usual = pl.col("total") / pl.col("rivals")
        known = rivals.join(varied, on="context").filter(
            pl.col("count") >= _FREQUENT * pl.col("total"),
            pl.col("count") >= usual + _CHANCE * usual.sqrt(),
        )
        return varied["context"], known["word"]


def _is_in(numbers: _Numbers, values: pl.Series) -> npt.NDArray[np.bool_]:
    return pl.Series(numbers).is_in(values.implode()).to_numpy()


def _by_length(kinds: pl.DataFrame, words: _Words, *, limit: int) -> pl.DataFrame:
    """The commonest keep their words; what tells nothing keeps its length, others nothing."""
    ranked = kinds.sort(
        pl.col("tells").is_not_null(), "count", "at", descending=[True, True, False]
    )
    kept, rest = ranked.head(limit - _LENGTHS), ranked.slice(limit - _LENGTHS)
    length = pl.Series("length", np.minimum(words.lengths[rest["at"].to_numpy()], _LENGTHS))
    only_length = pl.lit(WILD).repeat_by(length).list.join(" ")
    shown = pl.when(pl.col("tells").is_null()).then(only_length).otherwise(pl.lit(WILD))
    return pl.concat(
        [kept.with_columns(words.text(kept["at"])), rest.with_columns(shown.alias("masked"))]
    )


_LEAST = 3  # different lists in one place, of two lengths or more, are values

_ITEM = r"[^\s,;:|()\[\]{}<>=\"']{1,80}"
# After a bracket, `=` or `:`, up to a closing bracket, the end, or a blank after items without.
_LIST = re.compile(
    rf"(?:(?<=[\[({{<=])|(?<=[\[({{<] )){_ITEM}(?:,{_ITEM}){{0,60}}+(?=[\])}}> ]|$)"
    rf"|(?:(?<=[\[({{<])|(?<=[\[({{<] )){_ITEM}(?:[,;|]? {_ITEM}){{0,60}}+(?=\s?[\])}}>])"
    rf"|(?:(?<=[=:])|(?<=[=:] )){_ITEM}(?:, {_ITEM}){{0,60}}+(?=[\])}}>]|$)"
)


def mask_lists(lines: Sequence[str]) -> list[str]:
    """The lines with one `WILD` for each list that is a value."""
    alike: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        alike[_LIST.sub("\0", line)].append(number)
    written = list(lines)
    for frame, numbers in alike.items():
        if len(numbers) >= _LEAST and "\0" in frame:
            for number, line in _filled(frame, [(n, lines[n]) for n in numbers]):
                written[number] = line
    return written


def _filled(frame: str, lines: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Each line with its lists, or `WILD` where they are values."""
    lists_of_lines = [[match[0] for match in _LIST.finditer(line)] for _, line in lines]
    wild = [_are_values(column) for column in zip(*lists_of_lines, strict=True)]
    if not any(wild):
        return
    parts = frame.split("\0")
    for (number, _), lists in zip(lines, lists_of_lines, strict=True):
        shown = [WILD if is_wild else own for own, is_wild in zip(lists, wild, strict=True)]
        yield number, "".join(part + own for part, own in zip(parts, [*shown, ""], strict=True))


def _are_values(lists: Sequence[str]) -> bool:
    different = set(lists)
    return len(different) >= _LEAST and len({_length(items) for items in different}) > 1


def _length(items: str) -> int:
    return len(re.split(r"[,;|]? |,", items.strip()))
