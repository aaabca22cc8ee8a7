"""Every golden card can be drawn, and read as Discord reads it nothing in it is misread."""

from __future__ import annotations

import json
import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from tests.pictures import discord, slack
from tests.pictures.png import SIGNATURE, read, shrunk

GOLDEN = Path(__file__).parents[1] / "golden" / "cards"
MISREAD = re.compile(r'<h[123]>|<i>|<s>|<a>|<ol|<blockquote>|<pre>|class="(?:ping|spoiler|foot)"')

# Commands are blocks to copy; a claim whose line does not stand is struck through.
MEANT = {
    "case-opened.discord.json": {"<a>"},
    "case-reading.discord.json": {"<a>"},
    "check.discord.json": {"<pre>"},
    "more-data.discord.json": {"<pre>"},
    "why.discord.json": {"<s>"},
}


def cards(platform: str) -> list[Path]:
    return sorted(GOLDEN.glob(f"*.{platform}.json"))


@pytest.mark.parametrize("path", cards("slack"), ids=lambda path: path.name)
def test_slack_draws_it(path: Path) -> None:
    assert "<div>" in slack.draw(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", cards("discord"), ids=lambda path: path.name)
def test_discord_draws_it_and_takes_no_text_for_a_mark(path: Path) -> None:
    card = json.loads(path.read_text(encoding="utf-8"))
    drawn = discord.draw(card | {"files": []})
    assert 'class="embed"' in drawn
    assert set(MISREAD.findall(drawn)) == MEANT.get(path.name, set())


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        (r"pool\_in\_use", "<div>pool_in_use</div>"),
        ("a _b_ c_d_e", "<div>a <i>b</i> c_d_e</div>"),
        ("**x** `**y**`", "<div><b>x</b> <code>**y**</code></div>"),
        ("# big", "<h1>big</h1>"),
        (r"\# small", "<div># small</div>"),
        ("1. one", '<ol start="1"><li>one</li></ol>'),
        (r"1\. one", "<div>1. one</div>"),
        ("@everyone <b>", '<div><span class="ping">@everyone</span> &lt;b&gt;</div>'),
    ],
)
def test_markdown_is_read_as_discord_reads_it(text: str, drawn: str) -> None:
    assert discord.markdown(text) == drawn


def test_a_picture_keeps_its_pixels_where_it_has_few_colours() -> None:
    colours = np.random.default_rng(7).integers(0, 256, (40, 3), dtype=np.uint8)
    pixels = colours[np.random.default_rng(8).integers(0, 40, (30, 50))]
    small = shrunk(_png(pixels))
    palette, lines = _chunk(small, b"PLTE"), zlib.decompress(_chunk(small, b"IDAT"))
    indices = np.frombuffer(lines, np.uint8).reshape(30, 51)[:, 1:]
    assert (np.frombuffer(palette, np.uint8).reshape(-1, 3)[indices] == pixels).all()
    assert (read(_png(pixels)) == pixels).all()


def _png(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    """With the second filter of PNG, "up"."""
    above = np.vstack([np.zeros_like(pixels[:1]), pixels[:-1]])
    data = zlib.compress(b"".join(b"\2" + line.tobytes() for line in pixels - above))
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", data)
    return SIGNATURE + b"".join(
        struct.pack(">I", len(part)) + name + part + b"\0\0\0\0" for name, part in chunks
    )


def _chunk(png: bytes, name: bytes) -> bytes:
    at = png.index(name)
    (size,) = struct.unpack(">I", png[at - 4 : at])
    return png[at + 4 : at + 4 + size]
