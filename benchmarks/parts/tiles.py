"""Pages as pictures: many small ones are photographed at once and cut apart."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WIDTH = 1_500
_ROOM = 620  # rows of one tile on the page
_AT_ONCE = 8
_QUALITY = 82  # of a JPEG, as chats make them
_GAP = "#ff00ff"  # between tiles: a colour that none of them has
_TIMEOUT_S = 120
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Tile:
    """A page that becomes one picture. scale: of the screen; truth: what is to be read of it."""

    html: str
    paper: str
    label: str
    scale: float = 1.0
    is_lossy: bool = False
    truth: dict[str, Any] = field(default_factory=dict)


def photograph(tiles: Sequence[Tile]) -> dict[int, bytes]:
    """The tiles as PNG or JPEG, by their places in `tiles`."""
    pictures: dict[int, bytes] = {}
    for scale in sorted({tile.scale for tile in tiles}):
        places = [place for place, tile in enumerate(tiles) if tile.scale == scale]
        for first in range(0, len(places), _AT_ONCE):
            batch = places[first : first + _AT_ONCE]
            sheet = _sheet([tiles[place] for place in batch], scale)
            for place, picture in zip(batch, _cut(sheet, len(batch), scale), strict=True):
                pictures[place] = _encoded(picture, is_lossy=tiles[place].is_lossy)
    return pictures


def _sheet(tiles: Sequence[Tile], scale: float) -> Image.Image:
    rows = "".join(
        f'<div style="height:{_ROOM}px;overflow:hidden">'
        f'<div style="display:inline-block;background:{tile.paper}">{tile.html}</div></div>'
        for tile in tiles
    )
    page = f'<!DOCTYPE html><meta charset="utf-8"><body style="margin:0;background:{_GAP}">{rows}'
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "page.html").write_text(page, encoding="utf-8")
        shot = Path(folder) / "shot.png"
        program = next(filter(None, map(shutil.which, _PROGRAMS)), "chromium")
        subprocess.run(
            (
                *(program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
                *("--force-color-profile=srgb", f"--force-device-scale-factor={scale}"),
                f"--user-data-dir={folder}/profile",
                f"--window-size={_WIDTH},{_ROOM * len(tiles)}",
                f"--screenshot={shot}",
                (Path(folder) / "page.html").as_uri(),
            ),
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=True,
        )
        with Image.open(shot) as sheet:
            return sheet.convert("RGB")


def _cut(sheet: Image.Image, count: int, scale: float) -> Iterator[Image.Image]:
    room = round(_ROOM * scale)
    for place in range(count):
        part = sheet.crop((0, place * room, sheet.width, (place + 1) * room))
        is_page = (np.asarray(part) != (255, 0, 255)).any(axis=2)
        columns, rows = np.flatnonzero(is_page.any(axis=0)), np.flatnonzero(is_page.any(axis=1))
        yield part.crop((0, 0, int(columns[-1]) + 1, int(rows[-1]) + 1))


def _encoded(picture: Image.Image, *, is_lossy: bool) -> bytes:
    content = io.BytesIO()
    picture.save(content, *(("JPEG",) if is_lossy else ("PNG",)), quality=_QUALITY)
    return content.getvalue()
