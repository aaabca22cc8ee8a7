"""The list below the picture of a timeline: what stands behind the numbers, and the notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.pictures.style import FAINT, SMALL, write
from core.evidence.pictures.timeline_layout import short_names
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes

    from core.evidence.pictures.timeline_layout import Window
    from core.evidence.timeline.model import Entry, Timeline

LANE = 26  # characters of a lane's name, beside it
_NAME = 17  # … in the list
_TEXT = 122  # characters of a line of the list and of the lanes' names to its left
_WHOLE_LINE = 155  # … of a line of notes, and of those names


def draw_list(axes: Axes, listed: Sequence[Entry], notes: Sequence[Clean], *, beside: int) -> None:
    """Line by line. beside: characters of the lanes' names, which take from its width."""
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(len(listed) + len(notes) + 1, 0)
    names = short_names((one.lane for one in listed), _NAME)
    for line, one in enumerate(listed):
        _draw_line(axes, line + 0.5, (line + 1, one, names[one.lane]), most=_TEXT - beside)
    for line, note in enumerate(notes, start=len(listed)):
        look = {"fontsize": SMALL, "color": FAINT, "va": "center", "in_layout": False}
        write(axes, 0.0, line + 0.5, note, **look)


def _draw_line(axes: Axes, y: float, said: tuple[int, Entry, Clean], *, most: int) -> None:
    number, one, lane = said
    look = {"fontsize": SMALL, "va": "center", "in_layout": False}
    write(axes, 0.018, y, Clean.say("{n}", n=number), fontweight="bold", ha="right", **look)
    write(axes, 0.03, y, Clean.at(one.at, "%H:%M:%S"), **look)
    write(axes, 0.11, y, lane, fontweight="bold", **look)
    own = Clean.say(" (own clock {at})", at=one.told_at) if one.told_at != one.at else Clean.EMPTY
    text = Clean.join("", [one.text.line().cut(most - len(own.text)), own])
    write(axes, 0.27, y, text, **look)


def wrapped(notes: Sequence[Clean], *, beside: int) -> Iterator[Clean]:
    """Notes as lines that fit."""
    most = _WHOLE_LINE - beside
    for note in notes:
        rest = note.line()
        while len(rest.text) > most:
            cut = rest.text.rfind(" ", 1, most)
            cut = cut if cut > 0 else most
            yield rest.part(0, cut)
            rest = rest.part(cut, len(rest.text))
        yield rest


def notes_of(window: Window, timeline: Timeline) -> list[Clean]:
    """What else a reader has to know."""
    notes = [Clean.say("Clocks: {note}", note=note) for note in timeline.notes[:3]]
    if window.earlier or window.later:
        notes.append(
            Clean.say(
                "Not shown: {a} earlier and {b} later entries", a=window.earlier, b=window.later
            )
        )
    return notes
