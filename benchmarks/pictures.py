"""How well screenshots are read: characters of terminals, moves of panels of graphs.

Terminals and panels are drawn as HTML from seeds and photographed by Chromium, with the fonts that
the system has (Debian: fonts-hack, fonts-firacode, fonts-noto-mono, fonts-jetbrains-mono,
fonts-inconsolata, fonts-anonymous-pro, fonts-inter, fonts-roboto-unhinted, fonts-open-sans,
fonts-lato). Nothing was tuned on the half that `--aside` draws: other seeds, themes and fonts.
`--keep FOLDER` stores the pictures with what was read of them. Characters: one minus the edits
between what is shown and what was read, by what is shown; runs of blanks count as one. Peer:
Tesseract without our preparation, in the same run.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import ratio

from benchmarks.parts.panel_pages import panel_tile
from benchmarks.parts.terminal_pages import terminal_tile
from benchmarks.parts.tiles import photograph
from core.evidence.model import PlainFile
from core.evidence.screenshots.contents import read_picture
from core.evidence.screenshots.model import TextLayout
from core.evidence.screenshots.raster import read_raster
from core.evidence.screenshots.transcript import lines_of
from integrations.tesseract import Tesseract

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.parts.tiles import Tile

GATE_CHARACTERS = 0.95
GATE_DIRECTIONS = 0.8
_SAME_NAME = 85.0  # of 100: of what was drawn and what was read
_ASIDE = 1_000_000  # where the other half's seeds begin


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON document; exit code 1 where a gate is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pictures", description=__doc__)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--aside", action="store_true")
    parser.add_argument("--keep", type=Path)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        kept = chosen.keep or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        terminals = _terminals(chosen.count, kept, is_aside=chosen.aside)
        panels = _panels(chosen.count, kept, is_aside=chosen.aside)
    print(json.dumps({"terminals": terminals, "panels": panels}, indent=1))
    is_met = terminals["characters"] >= GATE_CHARACTERS and panels["right"] >= GATE_DIRECTIONS
    return int(not is_met)


def _seeds(count: int, *, is_aside: bool) -> list[Random]:
    first = _ASIDE if is_aside else 0
    return [Random(first + seed) for seed in range(count)]  # noqa: S311 - it draws pictures


def _stored(tiles: Sequence[Tile], folder: Path, name: str) -> list[Path]:
    paths = []
    for place, picture in sorted(photograph(tiles).items()):
        path = folder / f"{name}-{place:03}.{'jpg' if tiles[place].is_lossy else 'png'}"
        path.write_bytes(picture)
        paths.append(path)
    return paths


def _terminals(count: int, folder: Path, *, is_aside: bool) -> dict[str, Any]:
    tiles = [
        terminal_tile(random, is_aside=is_aside) for random in _seeds(count, is_aside=is_aside)
    ]
    rows = [
        _terminal_row(tile, path)
        for tile, path in zip(tiles, _stored(tiles, folder, "terminal"), strict=True)
    ]
    worst = sorted(rows, key=lambda row: row["characters"])[:5]
    return {
        "pictures": len(rows),
        "characters": round(fmean(row["characters"] for row in rows), 4),
        "median": round(median(row["characters"] for row in rows), 4),
        "worst": worst,
        "of_95": sum(row["characters"] >= GATE_CHARACTERS for row in rows),
        "peer": round(fmean(row["peer"] for row in rows), 4),
        "seconds": round(fmean(row["seconds"] for row in rows), 2),
    }


def _terminal_row(tile: Tile, path: Path) -> dict[str, Any]:
    pixels = read_raster(PlainFile(path)).pixels
    began = time.perf_counter()
    lines = read_picture(pixels, Tesseract()).lines
    took_s = time.perf_counter() - began
    grey = pixels.mean(axis=2).astype(np.uint8)
    peer = lines_of(Tesseract().read(grey, layout=TextLayout.BLOCK))
    truth = tile.truth["lines"]
    path.with_suffix(".txt").write_text("\n".join([*lines, "---", *truth]), encoding="utf-8")
    return {
        "characters": round(_accuracy(truth, lines), 4),
        "peer": round(_accuracy(truth, peer), 4),
        "seconds": round(took_s, 2),
        "label": f"{path.name}: {tile.label} x{tile.scale:g}",
    }


def _panels(count: int, folder: Path, *, is_aside: bool) -> dict[str, Any]:
    tiles = [panel_tile(random, is_aside=is_aside) for random in _seeds(count, is_aside=is_aside)]
    rows = [
        _panel_row(tile, path)
        for tile, path in zip(tiles, _stored(tiles, folder, "panel"), strict=True)
    ]
    drawn = sum(row["series"] for row in rows)
    return {
        "pictures": len(rows),
        "right": round(fmean(not row["missed"] and not row["wrong"] for row in rows), 3),
        "series_right": round(sum(row["right"] for row in rows) / drawn, 3),
        "series_wrong": round(sum(len(row["wrong"]) for row in rows) / drawn, 3),
        "series_missed": round(sum(len(row["missed"]) for row in rows) / drawn, 3),
        "titles": round(fmean(row["title"] for row in rows), 3),
        "invented": sum(row["invented"] for row in rows),
        "seconds": round(fmean(row["seconds"] for row in rows), 2),
        "not_right": [row for row in rows if row["missed"] or row["wrong"]][:12],
    }


def _panel_row(tile: Tile, path: Path) -> dict[str, Any]:
    """Each series that is drawn, by its name: whether its direction is right, wrong or missed."""
    pixels = read_raster(PlainFile(path)).pixels
    began = time.perf_counter()
    panels = read_picture(pixels, Tesseract()).panels
    took_s = time.perf_counter() - began
    curves = [curve for panel in panels for curve in panel.curves]
    right, wrong, missed = 0, [], []
    for series in tile.truth["series"]:
        curve = max(curves, key=lambda each: ratio(each.name or "", series["name"]), default=None)
        if curve is None or ratio(curve.name or "", series["name"]) < _SAME_NAME:
            missed.append(series["name"])
        elif curve.move.direction.value == series["direction"]:
            right += 1
        else:
            wrong.append(f"{series['name']} {series['direction']}, not {curve.move.direction}")
    return {
        "label": f"{path.name}: {tile.label} x{tile.scale:g}",
        "series": len(tile.truth["series"]),
        "right": right,
        "wrong": wrong,
        "missed": missed,
        "invented": max(0, len(curves) - len(tile.truth["series"])),
        "title": any(ratio(panel.title or "", tile.truth["title"]) > 90 for panel in panels),  # noqa: PLR2004 - nearly the same
        "seconds": round(took_s, 2),
    }


def _accuracy(truth: Sequence[str], read: Sequence[str]) -> float:
    shown, given = (" ".join("\n".join(lines).split()) for lines in (truth, read))
    return max(0.0, 1 - Levenshtein.distance(shown, given) / len(shown))


if __name__ == "__main__":
    sys.exit(main())
