"""Panels of graphs as Grafana draws them, from seeds, with what each series did."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from benchmarks.parts.tiles import Tile

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class PanelTheme:
    """Colours: paper, ink, grid, and those of curves."""

    paper: str
    ink: str
    grid: str
    curves: tuple[str, ...]


_CLASSIC = ("#73BF69", "#F2CC0C", "#5794F2", "#FF780A", "#F2495C", "#B877D9")
THEMES = {
    "dark": PanelTheme("#181b1f", "#ccccdc", "rgba(204,204,220,.12)", _CLASSIC),
    "light": PanelTheme("#ffffff", "#24292e", "rgba(36,41,46,.12)", _CLASSIC),
    "old-dark": PanelTheme(
        "#212124", "#d8d9da", "#343436", ("#7EB26D", "#EAB839", "#6ED0E0", "#EF843C", "#E24D42")
    ),
}
OTHER_THEMES = {
    "datadog": PanelTheme(
        "#ffffff", "#585f73", "#e6e9ef", ("#3366cc", "#dc3912", "#ff9900", "#109618", "#990099")
    ),
    "night": PanelTheme(
        "#0b0f19", "#a7b0c0", "#1f2737", ("#36a2eb", "#ff6384", "#4bc0c0", "#ff9f40", "#9966ff")
    ),
}
FONTS = ("Inter", "Roboto", "DejaVu Sans")
OTHER_FONTS = ("Open Sans", "Lato", "Liberation Sans")
_TITLES = (
    ("Request latency p95", "ms", 400), ("CPU usage", "%", 80), ("Error rate", "%", 20),
    ("Requests per second", "req/s", 1_200), ("Memory usage", "GiB", 6), ("Pool in use", "", 40),
    ("Queue depth", "K", 9), ("Latency p99", "s", 4), ("Disk usage", "%", 95),
)  # fmt: skip
_NUMBERED = 0.3  # of names
_NAMES = ("checkout", "payments", "orders-db", "cart", "search-api", "billing", "gateway", "auth")
_SHAPES = ("step up", "step down", "ramp up", "ramp down", "flat", "flat", "peak")
_DIRECTIONS = {"up": "rose", "down": "fell", "flat": "flat", "peak": "peaked"}


def panel_tile(random: Random, *, is_aside: bool) -> Tile:
    """One panel; is_aside: of themes and fonts that nobody has tuned for."""
    themes, fonts = (OTHER_THEMES, OTHER_FONTS) if is_aside else (THEMES, FONTS)
    name, font = random.choice(sorted(themes)), random.choice(fonts)
    theme, size = themes[name], random.choice((11, 12, 13))
    title, unit, most = random.choice(_TITLES)
    series = _series(random, most)
    width, height = random.choice(((560, 260), (700, 300), (900, 340), (1200, 420)))
    drawn = _Drawing(random, theme, font, size, width, height)
    return Tile(
        html=drawn.panel(title, unit, series),
        paper=theme.paper,
        label=f"{name}, {font} {size}px {width}x{height}",
        scale=random.choice((1.0, 1.0, 1.5, 2.0)),
        is_lossy=random.random() < 0.15,  # noqa: PLR2004 - as chats make of them
        truth={"title": title, "series": [each.truth for each in series]},
    )


@dataclass(frozen=True)
class _Series:
    name: str
    shape: str
    values: tuple[float, ...]
    low: float
    high: float
    at: float

    @property
    def truth(self) -> dict[str, object]:
        word = self.shape.split()[-1]
        return {"name": self.name, "direction": _DIRECTIONS[word], "at": self.at}


def _series(random: Random, most: float) -> list[_Series]:
    names = random.sample(_NAMES, random.choice((1, 1, 2, 3, 4)))
    return [_one_series(random, name, most) for name in names]


def _one_series(random: Random, name: str, most: float) -> _Series:
    shape, points = random.choice(_SHAPES), random.choice((60, 120, 240))
    low = most * random.uniform(0.1, 0.35)
    high = low + most * random.uniform(0.35, 0.65)
    at = random.uniform(0.3, 0.7)
    noise = random.uniform(0.005, 0.03) * most
    level: Callable[[float], float] = {
        "step up": lambda x: high if x > at else low,
        "step down": lambda x: low if x > at else high,
        "ramp up": lambda x: low + (high - low) * min(1.0, max(0.0, (x - at) / (0.95 - at))),
        "ramp down": lambda x: high - (high - low) * min(1.0, max(0.0, (x - at) / (0.95 - at))),
        "flat": lambda _: low + (high - low) * at,
        "peak": lambda x: low + (high - low) * math.exp(-(((x - at) / 0.05) ** 2)),
    }[shape]
    values = tuple(
        max(0.0, level(place / (points - 1)) + random.gauss(0, noise)) for place in range(points)
    )
    return _Series(
        f"{name}-{random.randint(1, 9)}" if random.random() < _NUMBERED else name,
        shape,
        values,
        low,
        high,
        at,
    )


@dataclass(frozen=True)
class _Drawing:
    random: Random
    theme: PanelTheme
    font: str
    size: int
    width: int
    height: int

    def panel(self, title: str, unit: str, series: list[_Series]) -> str:
        top = max(max(each.values) for each in series) * 1.08
        step = _nice(top / self.random.choice((4, 5, 6)))
        ticks = [step * number for number in range(math.floor(top / step) + 2)]
        labels = [_label(tick, unit, step) for tick in ticks]
        left = 22 + int(0.62 * self.size * max(map(len, labels)))
        right = self.width - 14
        upper, lower = 46, self.height - 46
        colours = self.random.sample(self.theme.curves, len(series))
        parts = [self._text(12, 24, title, size=self.size + 2, weight=500)]
        for tick, label in zip(ticks, labels, strict=True):
            row = lower - (lower - upper) * tick / ticks[-1]
            parts.append(f'<path d="M{left} {row:.1f}H{right}" stroke="{self.theme.grid}"/>')
            parts.append(self._text(left - 8, row + 4, label, anchor="end"))
        parts += self._times(left, right, upper, lower)
        for each, colour in zip(series, colours, strict=True):
            parts.append(self._curve(each, colour, (left, right, upper, lower), ticks[-1]))
        parts += self._legend(series, colours)
        return f'<svg width="{self.width}" height="{self.height}" style="display:block">{"".join(parts)}</svg>'  # noqa: E501 - one tag

    def _curve(
        self, series: _Series, colour: str, box: tuple[int, int, int, int], most: float
    ) -> str:
        left, right, upper, lower = box
        last = len(series.values) - 1
        wide, high = (right - left) / last, (lower - upper) / most
        points = " ".join(
            f"{left + wide * place:.1f},{lower - high * value:.1f}"
            for place, value in enumerate(series.values)
        )
        fill = self.random.choice((0, 0, 0.1, 0.2))
        area = f'<polygon points="{left},{lower} {points} {right},{lower}" fill="{colour}" opacity="{fill}"/>'  # noqa: E501 - one tag
        stroke = self.random.choice((1, 1.5, 2))
        return f'{area}<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{stroke}"/>'  # noqa: E501 - one tag

    def _times(self, left: int, right: int, upper: int, lower: int) -> list[str]:
        minutes, first = self.random.choice((5, 10, 15, 30)), self.random.randint(0, 20) * 60
        count = self.random.randint(4, 8)
        parts = []
        for place in range(count):
            column = left + (right - left) * (place + 0.5) / count
            moment = (first + minutes * place) % 1440
            parts.append(f'<path d="M{column:.1f} {upper}V{lower}" stroke="{self.theme.grid}"/>')
            clock = f"{moment // 60:02}:{moment % 60:02}"
            parts.append(self._text(column, lower + 17, clock, anchor="middle"))
        return parts

    def _legend(self, series: list[_Series], colours: list[str]) -> list[str]:
        parts, column, row = [], 14.0, self.height - 10
        for each, colour in zip(series, colours, strict=True):
            parts.append(
                f'<rect x="{column}" y="{row - 6}" width="14" height="4" rx="2" fill="{colour}"/>'
            )
            parts.append(self._text(column + 20, row, each.name))
            column += 36 + self.size * 0.62 * len(each.name)
        return parts

    def _text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        anchor: str = "start",
        size: int = 0,
        weight: int = 400,
    ) -> str:
        return (
            f'<text x="{x:.1f}" y="{y:.1f}" fill="{self.theme.ink}" text-anchor="{anchor}"'
            f' font-family="{self.font}" font-size="{size or self.size}" font-weight="{weight}">'
            f"{html.escape(text)}</text>"
        )


def _nice(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * each for each in (1, 2, 2.5, 5, 10) if power * each >= step)


def _label(tick: float, unit: str, step: float) -> str:
    places = max(0, -math.floor(math.log10(step))) + (1 if f"{step:g}".endswith("25") else 0)
    number = f"{tick:.{places}f}" if step < 1 or step % 1 else f"{tick:.0f}"
    return f"{number}{'' if unit in ('%', 'K', '') else ' '}{unit}"
