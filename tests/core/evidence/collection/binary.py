"""Bytes that are no text, and files with nothing in them."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import marshal
import pickle
import random
import sqlite3
import struct
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import zstandard
from PIL import Image

from tests.core.evidence.collection.lines import START

LOG = b"".join(b"2026-11-17T02:%02d:07Z INFO up %d\n" % (n % 60, n) for n in range(200))


def files() -> dict[str, dict[str, str | bytes]]:
    return {
        "image": _images(),
        "archive": _archives(),
        "binary": _binaries(),
        "profile": {"heap.pb.gz": gzip.compress(_pprof()), "cpu.log": _gperftools()},
        "log": _packed(),
        "empty": {"nothing.log": b"", "blank": b" \n\n\t\n", "nothing.gz": gzip.compress(b"")},
    }


def _images() -> dict[str, str | bytes]:
    made: dict[str, str | bytes] = {}
    for kind in ("png", "jpeg", "gif", "webp", "tiff", "bmp", "ico"):
        stream = io.BytesIO()
        Image.new("RGB", (32, 32), (200, 30, 30)).save(stream, kind)
        made[f"shot-{kind}.log"] = stream.getvalue()
    made["drawing"] = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0L9 9"/></svg>\n'
    return made


def _archives() -> dict[str, str | bytes]:
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a.log", LOG)
    with tarfile.open(fileobj=tarred, mode="w") as archive:
        member = tarfile.TarInfo("a.log")
        member.size, member.mtime = len(LOG), int(START.timestamp())
        archive.addfile(member, io.BytesIO(LOG))
    tar = tarred.getvalue()
    return {"a.zip": zipped.getvalue(), "a.tar": tar, "a.tgz": gzip.compress(tar)}


def _packed() -> dict[str, str | bytes]:
    return {
        "a.log.gz": gzip.compress(LOG),
        "a.log.zst": zstandard.compress(LOG),
        "a.log.bz2": bz2.compress(LOG),
        "a.log.xz": lzma.compress(LOG),
        "cut.log.gz": gzip.compress(LOG)[:-40],
        "two.gz": gzip.compress(LOG) + gzip.compress(LOG),
        "wide.gz": gzip.compress(LOG.decode().encode("utf-16-le")),
    }


def _binaries() -> dict[str, str | bytes]:
    parquet, array = io.BytesIO(), io.BytesIO()
    pl.DataFrame({"a": [1, 2, 3]}).write_parquet(parquet)
    np.save(array, np.arange(100))
    base = sqlite3.connect(":memory:")
    base.execute("create table basket (id)")
    dice = random.Random(3)  # noqa: S311 - noise
    code = compile("basket = {}\nfor n in range(9): basket[n] = str(n)", "x.py", "exec")
    return {
        "shop.db": base.serialize(),
        "core": Path(sys.executable).resolve().read_bytes()[:70_000],
        "noise.log": dice.randbytes(5_000),
        "table.csv": parquet.getvalue(),
        "numbers.txt": array.getvalue(),
        "basket.pyc": b"\xa7\x0d\x0d\x0a" + bytes(12) + marshal.dumps(code),
        "state.yaml": pickle.dumps({n: [float(n)] * 9 for n in range(99)}, protocol=4),
        "report.pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n",
    }


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def _pprof() -> bytes:
    """A profile of two samples, field by field as its protocol buffer has them."""

    def field(number: int, value: int | bytes) -> bytes:
        if isinstance(value, int):
            return _varint(number << 3) + _varint(value)
        return _varint(number << 3 | 2) + _varint(len(value)) + value

    kind = field(1, 1) + field(2, 2)
    strings = b"".join(field(6, text) for text in (b"", b"cpu", b"nanoseconds", b"main"))
    sample = field(2, field(1, b"\x01") + field(2, b"\x0a"))
    place = field(4, field(1, 1) + field(4, field(1, 1) + field(2, 9)))
    return field(1, kind) + sample * 2 + place + field(5, field(1, 1) + field(2, 3)) + strings


def _gperftools() -> bytes:
    return struct.pack("<5Q", 0, 3, 0, 10_000, 0) + struct.pack("<4Q", 7, 1, 4_198_400, 0) * 40
