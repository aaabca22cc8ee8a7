"""Reads a picture: the lines of its text, and panels of graphs where it has any."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from core.evidence.screenshots.axes import LEAST_CLOCKS, is_amount, is_clock
from core.evidence.screenshots.ink import Ink, ink_of, ink_of_labels, ink_of_names, ink_within_plots
from core.evidence.screenshots.model import PictureWord, Pixels, TextLayout
from core.evidence.screenshots.panels import GraphPanel, read_panels
from core.evidence.screenshots.plots import has_coloured_labels, has_curve
from core.evidence.screenshots.transcript import lines_of, mend_times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from core.evidence.ports import PictureReader

_FEW_WORDS = 90  # that may be all the text around a graph
_MOSTLY = 0.6
_CERTAIN = 0.5  # confidence from which on words are no curves


@dataclass(frozen=True)
class PictureReading:
    """What a picture shows. lines: without the labels of axes that could be read."""

    lines: tuple[str, ...]
    panels: tuple[GraphPanel, ...] = ()


def read_picture(pixels: Pixels, reader: PictureReader) -> PictureReading:
    """Read it as a terminal, and once more as a graph where it may be one.

    Raises OutOfLimits, UnreadableEvidence.
    """
    ink = ink_of(pixels)
    words = reader.read(ink.pixels, layout=TextLayout.BLOCK)
    certain = [word.shrunk(ink.scale) for word in words if word.confidence >= _CERTAIN]
    if _may_be_graph(words) or has_curve(pixels, certain):
        labels = ink_of_labels(pixels)
        scattered = reader.read(labels.pixels, layout=TextLayout.SCATTERED)
        amounts = _more_amounts(reader.read(labels.pixels, layout=TextLayout.BLOCK), scattered)
        around = [word.shrunk(labels.scale) for word in (*scattered, *amounts)]
        panels = _named_panels(pixels, reader, around)
        if panels:
            known = frozenset().union(*(panel.labels for panel in panels))
            rest = [word for word in around if word not in known]
            return PictureReading(tuple(lines_of(rest)), panels)
    return PictureReading(tuple(mend_times(line) for line in lines_of(words)))


def _named_panels(
    pixels: Pixels, reader: PictureReader, words: Sequence[PictureWord]
) -> tuple[GraphPanel, ...]:
    """Panels, with what is written in colour or over the plot where that is wanting."""
    if has_coloured_labels(pixels):  # as where two axes have the colours of their curves
        words = [*words, *_read(pixels, reader, ink_of_names)]
    panels = tuple(read_panels(pixels, words))
    for more in (ink_of_names, ink_within_plots):
        if not panels or any(curve.name for panel in panels for curve in panel.curves):
            break
        panels = tuple(read_panels(pixels, words, _read(pixels, reader, more)))
    return panels


def _read(
    pixels: Pixels, reader: PictureReader, ink_of_some: Callable[[Pixels], Ink]
) -> list[PictureWord]:
    """What is scattered in some of a picture's ink, in pixels of the picture."""
    ink = ink_of_some(pixels)
    words = reader.read(ink.pixels, layout=TextLayout.SCATTERED)
    return [word.shrunk(ink.scale) for word in words]


def _more_amounts(
    words: Sequence[PictureWord], known: Sequence[PictureWord]
) -> Iterator[PictureWord]:
    """Numbers that stand where nothing is known.

    A reader of what is scattered takes short ones for specks.
    """
    for word in words:
        if is_amount(word.text) and not any(word.overlaps(other) for other in known):
            yield word


def _may_be_graph(words: Sequence[PictureWord]) -> bool:
    """Whether there is little text, or a line of clock times."""
    return len(words) < _FEW_WORDS or any(
        _is_of_clocks([word.text for word in line])
        for _, line in groupby(words, key=lambda word: word.line)
    )


def _is_of_clocks(line: Sequence[str]) -> bool:
    clocks = sum(map(is_clock, line))
    return clocks >= max(LEAST_CLOCKS, _MOSTLY * len(line))
