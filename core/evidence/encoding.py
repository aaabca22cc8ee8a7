"""Turns the bytes of a text into UTF-8.

- A byte order mark decides the encoding. Without one, UTF-16 shows by its NULs.
- Anything else is UTF-8. Until a file has shown a character of it that is not ASCII, a line that
  is no UTF-8 but would read like a western language in Windows-1252 (of which Latin-1 is the part
  in use) is taken as such: its bytes above 127 are few, in short runs, and all of them defined.
  What is left is damage and stays as it is; `core.evidence.lines` shows it as U+FFFD.
- A file without a line feed in its head that has carriage returns ends its lines with those.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SNIFF_BYTES = 64 * 2**10
_MARKS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LOOK_AT = 4096  # bytes in which UTF-16 shows
_MOST = 0.6
_FEW = 0.05
_MAX_CONTROL = 0.02
_CONTROL = bytes((*range(9), *range(14, 27), *range(28, 32)))
_HIGH = bytes(range(128, 256))
_MAX_HIGH = 0.4  # of the bytes of a line in a western language
_ALWAYS_HIGH = 3  # bytes, however short the line is
_MAX_LINE_BYTES = 64 * 2**10
# ÿ (255) is in no language's words that one would meet, and in a lot of damage.
_WESTERN = re.compile(
    rb"(?:[\t\n\r\x1b\x20-\x7e]++|[\x80\x82-\x8c\x8e\x91-\x9c\x9e-\xfe]{1,3}(?![\x80-\xff]))++"
)
_CHARACTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")  # of UTF-8
_LONE_RETURN = re.compile(rb"\r(?!\n)")


def is_binary(head: bytes) -> bool:
    """Control characters that no text has; damage in a text is rarer than that."""
    control = len(head) - len(head.translate(None, _CONTROL))
    return control > _MAX_CONTROL * len(head) or b"\0\0\0\0" in head


def is_other_than_utf8(chunks: Iterator[bytes]) -> bool:
    """Return whether `decode` would change any byte's place."""
    head, rest = _peeked(chunks)
    if head.startswith(codecs.BOM_UTF8) or _wide(head):
        return True
    western = _Western()
    # In the very pieces in which `decode` reads it: where they are cut may decide about a line.
    pieces = _lines(_unmarked(rest))
    return not is_binary(head) and any(western.read(piece) is not piece for piece in pieces)


def decode(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The text in UTF-8. What is binary stays as it is."""
    head, rest = _peeked(chunks)
    wide = _wide(head)
    if wide:
        return _line_ends(_transcoded(rest, *wide))
    if is_binary(head):
        return rest
    return _line_ends(map(_Western().read, _lines(_unmarked(rest))))


def _peeked(chunks: Iterator[bytes], *, until: bytes = b"") -> tuple[bytes, Iterator[bytes]]:
    """The first SNIFF_BYTES, or less where `until` comes before; and everything."""
    head: list[bytes] = []
    size = 0
    for chunk in chunks:
        head.append(chunk)
        size += len(chunk)
        if size >= SNIFF_BYTES or (until and until in chunk):
            break
    return b"".join(head)[:SNIFF_BYTES], _chained(head, chunks)


def _chained(head: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    yield from head
    head.clear()
    yield from rest


def _wide(head: bytes) -> tuple[str, int] | None:
    """An encoding of two or four bytes a character, and how long its mark is."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, len(mark)
    sample = head[: min(_LOOK_AT, len(head) // 2 * 2)]
    if len(sample) < len("ab\n") * 2:
        return None
    even, odd = (sample[at::2].count(0) / (len(sample) / 2) for at in (0, 1))
    for encoding, most, few in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if most >= _MOST and few <= _FEW and _reads(sample, encoding):
            return encoding, 0
    return None


def _reads(sample: bytes, encoding: str) -> bool:
    text = sample.decode(encoding, errors="replace")
    odd = sum(not char.isprintable() and char not in "\t\r\n\x1b" for char in text)
    return odd <= _MAX_CONTROL * len(text)


def _transcoded(chunks: Iterator[bytes], encoding: str, mark: int) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for chunk in chunks:
        skipped, mark = chunk[mark:], max(0, mark - len(chunk))
        yield decoder.decode(skipped).encode("utf-8", errors="replace")
    yield decoder.decode(b"", final=True).encode("utf-8", errors="replace")


def _unmarked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= len(codecs.BOM_UTF8):
            break
    yield head.removeprefix(codecs.BOM_UTF8)
    yield from chunks


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Chunks cut after a line feed where one is near; a character stays in one piece."""
    rest = b""
    for chunk in chunks:
        if not rest and chunk.isascii():
            yield chunk
            continue
        whole = rest + chunk
        cut = whole.rfind(b"\n") + 1
        if len(whole) - cut > _MAX_LINE_BYTES:
            cut = _between_characters(whole)
        rest = whole[cut:]
        if cut:
            yield whole[:cut]
    if rest:
        yield rest


def _between_characters(raw: bytes) -> int:
    """The last place in it that is not within a character of UTF-8."""
    for back in range(1, min(4, len(raw)) + 1):
        if raw[-back] & 0xC0 != 0x80:  # noqa: PLR2004 - not a continuation byte
            return len(raw) - back if raw[-back] & 0x80 else len(raw)
    return len(raw)


class _Western:
    """Reads lines as Windows-1252 until the file has shown that it is UTF-8."""

    def __init__(self) -> None:
        self._is_utf8 = False

    def read(self, lines: bytes) -> bytes:
        """Whole lines; the very same object where nothing is to be changed."""
        if self._is_utf8 or lines.isascii():
            return lines
        if _is_utf8(lines):
            self._is_utf8 = True
            return lines
        if not _CHARACTER.search(lines) and _is_western(lines):  # all at once
            return lines.decode("cp1252").encode()
        lines_read = [self._line(line) for line in lines.split(b"\n")]
        changed = b"\n".join(lines_read)
        return lines if changed == lines else changed

    def _line(self, line: bytes) -> bytes:
        if self._is_utf8 or line.isascii():
            return line
        if _is_utf8(line):
            self._is_utf8 = True
            return line
        return line.decode("cp1252").encode() if _is_western(line) else line


def _is_western(text: bytes) -> bool:
    high = len(text) - len(text.translate(None, _HIGH))
    return high <= max(_ALWAYS_HIGH, _MAX_HIGH * len(text)) and bool(_WESTERN.fullmatch(text))


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _line_ends(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Line feeds instead of lone carriage returns where the head has only those."""
    head, rest = _peeked(chunks, until=b"\n")
    if b"\n" in head or b"\r" not in head:
        yield from rest
        return
    held = b""
    for chunk in rest:
        whole = held + chunk
        held = b"\r" if whole.endswith(b"\r") else b""
        yield _LONE_RETURN.sub(b"\n", whole.removesuffix(held) if held else whole)
    yield held.replace(b"\r", b"\n")
