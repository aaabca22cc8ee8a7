"""Makes a screenshot small: a palette of its 256 commonest colours instead of three bytes a pixel.

A page of text has a few hundred colours, nearly all of them in the edges of letters: nobody sees
the difference, and the file is a third. Source: the PNG specification, sections 9 and 11.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]  # height x width x 3
SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST = 256
CHANNELS = {2: 3, 6: 4}  # colour type: RGB, RGBA


def shrunk(png: bytes) -> bytes:
    """The same picture with a palette. Takes 8 bit RGB or RGBA without interlacing."""
    pixels = read(png)
    flat = pixels.reshape(-1, 3).astype(np.int32)
    codes = (flat[:, 0] << 16) | (flat[:, 1] << 8) | flat[:, 2]
    colours, where, counts = np.unique(codes, return_inverse=True, return_counts=True)
    kept = colours[np.sort(np.argsort(-counts)[:MOST])]
    nearest = _distances(colours, kept).argmin(axis=1).astype(np.uint8)
    return _write(nearest[where].reshape(pixels.shape[:2]), kept)


def _distances(colours: NDArray[np.int32], kept: NDArray[np.int32]) -> NDArray[np.int64]:
    apart = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=1)[:, None, :]
    ours = np.stack([kept >> 16, kept >> 8 & 255, kept & 255], axis=1)[None, :, :]
    distances: NDArray[np.int64] = ((apart - ours).astype(np.int64) ** 2).sum(axis=2)
    return distances


def read(png: bytes) -> Pixels:
    """The pixels; what is transparent counts as opaque."""
    chunks = _chunks(png)
    width, height, _, kind = struct.unpack(">IIBB", chunks["IHDR"][:10])
    channels = CHANNELS[kind]
    raw = np.frombuffer(zlib.decompress(chunks["IDAT"]), np.uint8).reshape(height, -1)
    above = np.zeros(width * channels, np.int32)
    lines = list[NDArray[np.int32]]()
    for line in raw:
        above = _unfiltered(int(line[0]), line[1:].astype(np.int32), above, channels)
        lines.append(above)
    pixels: Pixels = np.stack(lines).astype(np.uint8).reshape(height, width, channels)[:, :, :3]
    return pixels


def _chunks(png: bytes) -> dict[str, bytes]:
    content_of: dict[str, bytes] = {}
    at = len(SIGNATURE)
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        name = png[at + 4 : at + 8].decode()
        content_of[name] = content_of.get(name, b"") + png[at + 8 : at + 8 + size]
        at += size + 12
    return content_of


def _unfiltered(
    kind: int, line: NDArray[np.int32], above: NDArray[np.int32], step: int
) -> NDArray[np.int32]:
    """One line without its filter: 0 none, 1 left, 2 up, 3 average, 4 Paeth."""
    if kind == 0:
        return line
    if kind == 2:
        return (line + above) & 255
    if kind == 1:
        return (line.reshape(-1, step).cumsum(axis=0) & 255).reshape(-1).astype(np.int32)
    done, up = [0] * step + line.tolist(), [0] * step + above.tolist()
    for at in range(step, len(done)):
        left, over, corner = done[at - step], up[at], up[at - step]
        guess = (left + over) // 2 if kind == 3 else _paeth(left, over, corner)
        done[at] = (done[at] + guess) & 255
    return np.array(done[step:], np.int32)


def _paeth(left: int, over: int, corner: int) -> int:
    """Whichever of the three is nearest to left + over - corner."""
    guess = left + over - corner
    return min((left, over, corner), key=lambda channel: abs(guess - channel))


def _write(indices: NDArray[np.uint8], palette: NDArray[np.int32]) -> bytes:
    height, width = indices.shape
    lines = b"".join(b"\0" + line.tobytes() for line in indices)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    colours = b"".join(int(colour).to_bytes(3, "big") for colour in palette)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", colours),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    )
    return SIGNATURE + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
