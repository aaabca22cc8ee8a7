"""Character sets: ours beside charset-normalizer.

    pip install charset-normalizer
    python -m benchmarks.libraries.charsets

Log lines with a few words of a language in them, in each of the encodings that language was written
in; and texts that change their encoding or are damaged. Right is what gives the text back.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from charset_normalizer import from_bytes

from benchmarks.libraries.footprint import cost, seconds_each
from core.evidence.encoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = {
    "German": ("Größe geändert: 5 €", ("utf-8", "cp1252", "utf-16", "utf-16-le")),
    "French": ("délai dépassé côté base", ("utf-8", "latin-1", "utf-16-be")),
    "Spanish": ("conexión rechazada, año pasado", ("utf-8", "cp1252")),
    "Polish": ("połączenie odrzucone, błąd", ("utf-8", "cp1250")),
    "Russian": ("соединение отклонено сервером", ("utf-8", "cp1251", "koi8-r")),
    "Greek": ("η σύνδεση απορρίφθηκε", ("utf-8", "cp1253")),
    "Japanese": ("接続が拒否されました", ("utf-8", "shift_jis", "euc_jp")),
    "Chinese": ("数据库连接被拒绝", ("utf-8", "gb18030", "big5")),
}
LINE = "2026-11-17T02:{minute:02}:00Z worker-{nth} ERROR {text} id={nth:08x}\n"
PLAIN = "2026-11-17T02:{minute:02}:00Z worker-{nth} INFO served in 12 ms id={nth:08x}\n"
SHARES = {"every line": 1, "one line in 40": 40}


def main() -> int:
    """Print one JSON document."""
    shown: dict[str, object] = {}
    for name, read in (("ours", _ours), ("charset-normalizer", _theirs)):
        results: dict[str, list[bool]] = {}
        false = 0
        for kind, raw, text in cases():
            decoded = read(raw)
            results.setdefault(kind, []).append(decoded == text)
            false += decoded != text and "\N{REPLACEMENT CHARACTER}" not in decoded
        right = {kind: f"{sum(each)} of {len(each)}" for kind, each in results.items()}
        shown[name] = {**right, "wrong letters, and nothing shows it": false}
    big = next(raw for kind, raw, _ in cases(lines=20_000) if kind == "legacy western")
    speed = {
        "ours_mb_per_s": round(len(big) / 1e6 / seconds_each(lambda: _ours(big), rounds=2), 1),
        "theirs_mb_per_s": round(len(big) / 1e6 / seconds_each(lambda: _theirs(big), rounds=2), 1),
    }
    print(json.dumps({**shown, **speed, "cost": cost("charset-normalizer")}, indent=1))
    return 0


def cases(lines: int = 400) -> Iterator[tuple[str, bytes, str]]:
    """What sort it is, the bytes, the text."""
    for language, (words, encodings) in WORDS.items():
        for every in SHARES.values():
            text = _log(words, every, lines)
            for encoding in encodings:
                try:
                    raw = text.encode(encoding)
                except UnicodeEncodeError:
                    continue
                yield _kind(language, encoding), raw, text
    german, french = _log(WORDS["German"][0], 1, lines), _log(WORDS["French"][0], 1, lines)
    mixed = german.encode("cp1252") + french.encode()
    yield "two encodings in one file", mixed, german + french
    behind = _log("", 10**9, 20 * lines) + _log("größer", 1, 3)
    yield "far behind the head", behind.encode("latin-1"), behind
    damaged = german.encode() + "schö".encode()[:-1] + b"\n" + german.encode()
    yield "damaged UTF-8", damaged, damaged.decode(errors="replace")


def _log(words: str, every: int, lines: int) -> str:
    return "".join(
        (LINE if nth % every == 0 else PLAIN).format(minute=nth % 60, nth=nth, text=words)
        for nth in range(lines)
    )


def _kind(language: str, encoding: str) -> str:
    if encoding.startswith("utf"):
        return encoding.split("-le", maxsplit=1)[0].split("-be", maxsplit=1)[0]
    is_western = language in {"German", "French", "Spanish"}
    return "legacy western" if is_western else "legacy, other"


def _ours(raw: bytes) -> str:
    size = 64 * 2**10
    chunks = (raw[at : at + size] for at in range(0, len(raw), size))
    return b"".join(decode(chunks)).decode(errors="replace")


def _theirs(raw: bytes) -> str:
    best = from_bytes(raw).best()
    return "" if best is None else str(best)


if __name__ == "__main__":
    sys.exit(main())
