"""The style of all pictures: one size, one palette, one way to write; PNG and SVG.

Everything a picture says is Clean. matplotlib takes a second to load, so it is imported where the
first picture is drawn, and only its objects are used (`Figure`), never pyplot: no state is shared,
nothing is kept open, and no display is looked for.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from matplotlib.axes import Axes
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    from core.text.redacted import RedactedText

Form = Literal["png", "svg"]
FORMS: tuple[Form, ...] = ("png", "svg")

# Okabe and Ito, "Color Universal Design" (2008): told apart with any kind of colour vision. Black
# is kept for text; what matters has a shape of its own beside its colour.
BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
PURPLE, SKY, AMBER = "#CC79A7", "#56B4E9", "#E69F00"
INK, FAINT, GRID, PAPER = "#1A1A1A", "#5F6368", "#E3E5E8", "#FFFFFF"

WIDTH, DPI = 8.0, 100  # inches and dots per inch: 800 pixels, what a chat shows unscaled
SMALL, NORMAL, TITLE = 8.0, 9.0, 11.0  # points
_SIGNED = {"png": ("Software",), "svg": ("Date", "Creator")}  # what matplotlib would say of itself
# Steps of dateutil's HOURLY, MINUTELY and SECONDLY; matplotlib's own leave some windows one tick.
_STEPS = {4: [1, 2, 3, 4, 6, 12], 5: [1, 2, 5, 10, 15, 20, 30], 6: [1, 2, 5, 10, 15, 20, 30]}
_UNKNOWN = "\N{WHITE SQUARE}"


@dataclass(frozen=True)
class Picture:
    """A drawn picture, as the bytes of its file."""

    form: Form
    content: bytes


def new_figure(height: float, *, width: float = WIDTH) -> Figure:
    """An empty picture. height, width: in inches (100 pixels each)."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - see the module's docstring

    return Figure(figsize=(width, height), dpi=DPI, facecolor=PAPER, layout="constrained")


def render(figure: Figure, form: Form) -> Picture:
    """The picture as a file's bytes, without the time it was drawn or what drew it."""
    stream = io.BytesIO()
    figure.savefig(stream, format=form, metadata=dict.fromkeys(_SIGNED[form]))
    return Picture(form, stream.getvalue())


def apply_plain_style(axes: Axes) -> None:
    """Two thin axes, a faint grid, small labels: the data is what is seen."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(FAINT)
    axes.grid(visible=True, color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=SMALL, colors=FAINT, labelcolor=INK, length=3)


def drawable_text(text: RedactedText) -> str:
    """Return what can be drawn of it: on one line, in letters that the font has."""
    known = _letters()
    return "".join(
        char if ord(char) in known else _UNKNOWN for char in text.line().text if char.isprintable()
    )


def write(axes: Axes, x: float, y: float, text: RedactedText, **look: Any) -> Text:
    """Text at a place of the axes, never read as a formula. look: as `Axes.text` takes it."""
    look = {"fontsize": NORMAL, "color": INK, **look}
    return axes.text(x, y, drawable_text(text), parse_math=False, **look)


def entitle(axes: Axes, text: RedactedText, **look: Any) -> None:
    """A heading, flush left. look: as `Axes.set_title` takes it."""
    look = {"fontsize": TITLE, "color": INK, "loc": "left", "fontweight": "bold", **look}
    axes.set_title(drawable_text(text), parse_math=False, **look)


def label_times(axes: Axes, *, most: int = 7) -> None:
    """Few ticks, in UTC, the date once. most: ticks of the axis of times."""
    locator, formatter = _ticks(most)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(formatter)
    axes.xaxis.get_offset_text().set_fontsize(SMALL)


def moment(at: datetime) -> float:
    """A time as a place on an axis of times."""
    return at.timestamp() / 86_400  # matplotlib counts days since 1970


def _ticks(most: int) -> tuple[AutoDateLocator, ConciseDateFormatter]:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter  # noqa: PLC0415

    # matplotlib's dates are not annotated.
    locator = AutoDateLocator(  # type: ignore[no-untyped-call]
        tz=UTC, minticks=3, maxticks=most
    )
    locator.intervald.update(_STEPS)
    formatter = ConciseDateFormatter(  # type: ignore[no-untyped-call]
        locator,
        tz=UTC,
        formats=["%Y", "%b", "%d", "%H:%M", "%H:%M", "%H:%M:%S"],
        offset_formats=["", "%Y UTC", "%b %Y UTC", *["%Y-%m-%d UTC"] * 3],
        show_offset=True,
    )
    return locator, formatter


@cache
def _letters() -> frozenset[int]:
    """Code points of DejaVu Sans, which comes with matplotlib."""
    from matplotlib.font_manager import FontProperties, findfont  # noqa: PLC0415
    from matplotlib.ft2font import FT2Font  # noqa: PLC0415

    return frozenset(FT2Font(findfont(FontProperties(family="DejaVu Sans"))).get_charmap())
