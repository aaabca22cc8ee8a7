"""`credsweeper_peer.py DOCS.jsonl LINES.txt`: what CredSweeper finds, as one JSON document.

Its command line with one job and without the machine-learning filter, which has a higher recall
than with it; one file a document. Speed is that of a second run on the lines, 100 kB a file.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

BLOCK = 100_000


def main() -> int:
    """Sweep what the arguments name."""
    with Path(sys.argv[1]).open(encoding="utf-8") as file:
        docs = [json.loads(line) for line in file]
    spans_by_text, _ = _swept([doc["text"] for doc in docs])
    spans = {doc["id"]: spans_by_text.get(number, []) for number, doc in enumerate(docs)}
    text = Path(sys.argv[2]).read_text(encoding="utf-8")
    blocks = [text[at : at + BLOCK] for at in range(0, len(text), BLOCK)]
    _, seconds = _swept(blocks)
    speed = round(len(text.encode()) / 1e6 / seconds, 4) if blocks else None
    sys.stdout.write(json.dumps({"spans": spans, "mb_per_s": speed}))
    return 0


def _swept(texts: list[str]) -> tuple[dict[int, list[tuple[int, int, str]]], float]:
    """Spans by the number of the text, and the seconds that it took."""
    with tempfile.TemporaryDirectory() as folder:
        sources, report = Path(folder) / "texts", Path(folder) / "report.json"
        sources.mkdir()
        for number, text in enumerate(texts):
            (sources / f"{number}.txt").write_bytes(text.encode())
        program = Path(sys.executable).with_name("credsweeper")
        began = time.perf_counter()
        subprocess.run(
            [
                *(str(program), "--path", str(sources), "--save-json", str(report)),
                *("--ml_threshold", "0", "--jobs", "1", "--log", "error"),
            ],
            check=True,
            capture_output=True,
        )
        seconds = time.perf_counter() - began
        spans: dict[int, list[tuple[int, int, str]]] = {}
        for credential in json.loads(report.read_text(encoding="utf-8")):
            for line in credential["line_data_list"]:
                number = int(Path(line["path"]).stem)
                spans.setdefault(number, []).extend(_span(texts[number], line, credential["rule"]))
        return spans, seconds


def _span(text: str, line: dict[str, Any], rule: str) -> list[tuple[int, int, str]]:
    """Where the value is in the whole text; a key ends where it says so."""
    lines, number = text.split("\n"), line["line_num"] - 1
    before = sum(len(line_before) + 1 for line_before in lines[:number])
    start = text.find(line["value"], before if number < len(lines) else 0)
    if start < 0:
        return []
    end = start + len(line["value"])
    if "PEM" in rule and (last := text.find("-----END", start)) >= 0:
        end = max(end, text.find("-----", last + 8) + 5)
    return [(start, end, rule)]


if __name__ == "__main__":
    sys.exit(main())
