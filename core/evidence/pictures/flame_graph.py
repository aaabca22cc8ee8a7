"""Draws a profile as a flame graph: a row a call, as wide as its weight, the hot path marked.

The outermost calls are at the bottom, the heaviest call of each at its left. Frames of the language
itself are grey; those too narrow to be seen are left out. All words in it are Clean.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.pictures.style import (
    FAINT,
    INK,
    ORANGE,
    SMALL,
    Form,
    Picture,
    entitle,
    new_figure,
    render,
    write,
)
from core.evidence.profiles.shares import heaviest_path, is_library, is_runner
from core.evidence.profiles.words import amount, function_name, share_text, what_of
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes

    from core.evidence.profiles.model import StackProfile, WeightedStack
    from core.redaction.engine import Redactor

say = sentences("evidence.flame_graph")

MOST_ROWS = 40
WIDTH = 12.0  # inches: 1200 pixels
_HEAD, _ROW = 0.95, 0.21  # inches
_NARROWEST = 0.0015  # of the width: two pixels
_WORTH_A_ROW = 0.01  # of the width: narrow towers alone would leave the picture empty
_LETTER = 0.0056  # of the width, that a letter takes
_LEAST_LETTERS = 3
_TITLE = 150  # letters
_OWN_COLOUR, _LIBRARY_COLOUR = "#FBE3C0", "#E3E5E8"


@dataclass(frozen=True)
class FlameBox:
    """One call in the picture. left, width: of all of it, from 0 to 1. depth: 0 is outermost."""

    name: str
    depth: int
    left: float
    width: float
    is_hot: bool


def draw_flame_graph(
    profile: StackProfile, *, file: RedactedText, redactor: Redactor, form: Form = "png"
) -> Picture:
    """The picture of one profile. file: its name."""
    path, weight = heaviest_path(profile)
    boxes = list(flame_boxes(profile, path))
    rows = max((box.depth for box in boxes if box.width >= _WORTH_A_ROW), default=0) + 1
    figure = new_figure(_HEAD + _ROW * rows, width=WIDTH)
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.1, rows + 0.1)
    for box in boxes:
        if box.depth < rows:
            _draw_box(axes, box, redactor)
    entitle(axes, _headline(profile, file).cut(_TITLE), pad=22)
    heading = _heading(path, weight, profile, redactor)
    write(axes, 0.0, 1.0, heading.cut(_TITLE), color=FAINT, fontsize=SMALL, va="bottom",
          transform=axes.transAxes)  # fmt: skip
    return render(figure, form)


def flame_boxes(profile: StackProfile, hot: Sequence[str]) -> Iterator[FlameBox]:
    """The calls that are wide enough, at most MOST_ROWS deep. hot: the frames of the hot path."""
    whole = profile.weight
    waiting: list[tuple[Sequence[WeightedStack], int, float, bool]] = [
        (profile.stacks, 0, 0.0, True)
    ]
    while waiting:
        stacks, depth, left, is_hot = waiting.pop()
        for name, calls, width in _calls(stacks, depth, whole):
            if width < _NARROWEST:
                break
            on_path = is_hot and depth < len(hot) and hot[depth] == name
            yield FlameBox(name, depth, left, width, on_path)
            if depth + 1 < MOST_ROWS:
                waiting.append((calls, depth + 1, left, on_path))
            left += width


def box_label(box: FlameBox, redactor: Redactor) -> RedactedText:
    """The name as far as it fits, first without its file; with its share on the hot path."""
    room = int((box.width - _LETTER) / _LETTER)
    name = function_name(box.name, redactor)
    if box.is_hot:
        share = RedactedText.format("{name} {share}", name=name, share=share_text(box.width))
        if len(share.text) <= room:
            return share
    if len(name.text) > room:
        name = name.part(0, name.text.find(" (") if " (" in name.text else len(name.text))
    return name.cut(room) if room >= _LEAST_LETTERS else RedactedText.EMPTY


def _calls(
    stacks: Sequence[WeightedStack], depth: int, whole: float
) -> list[tuple[str, list[WeightedStack], float]]:
    """The calls at a depth with their stacks and their part of all, the heaviest first."""
    calls: defaultdict[str, list[WeightedStack]] = defaultdict(list)
    for stack in stacks:
        if len(stack.frames) > depth:
            calls[stack.frames[depth]].append(stack)
    parts = [(name, of, sum(each.weight for each in of) / whole) for name, of in calls.items()]
    return sorted(parts, key=lambda part: (-part[2], part[0]))


def _draw_box(axes: Axes, box: FlameBox, redactor: Redactor) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - see style

    is_grey = is_library(box.name) or is_runner(box.name)
    colour = ORANGE if box.is_hot else _LIBRARY_COLOUR if is_grey else _OWN_COLOUR
    axes.add_patch(
        Rectangle(
            (box.left, box.depth + 0.04),
            box.width,
            0.92,
            facecolor=colour,
            edgecolor=INK if box.is_hot else "white",
            linewidth=1.2 if box.is_hot else 0.4,
            zorder=3 if box.is_hot else 2,
        )
    )
    look = {"color": "white", "fontweight": "bold"} if box.is_hot else {}
    place = {"fontsize": SMALL, "va": "center", "zorder": 4}
    write(axes, box.left + _LETTER / 2, box.depth + 0.48, box_label(box, redactor), **place, **look)


def _headline(profile: StackProfile, file: RedactedText) -> RedactedText:
    return say(
        "headline",
        file=file,
        what=what_of(profile.kind),
        amount=amount(profile.weight, profile.unit),
    )


def _heading(
    path: Sequence[str], weight: float, profile: StackProfile, redactor: Redactor
) -> RedactedText:
    """The hot path's end and share, and what the looks mean."""
    if not path:
        return say("no_path")
    share = share_text(weight / profile.weight)
    return say("hot_path", share=share, name=function_name(path[-1], redactor))
