"""`presidio_peer.py DOCS.jsonl LINES.txt`: what Presidio's analyzer finds, as one JSON document.

Its default recognizers on a blank English pipeline: a model needs a download, without it names are
not found. Dates and URLs are left out, which raises its precision. Speed is measured on part of the
lines, 100 kB at a time.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import spacy  # type: ignore[import-not-found]
from presidio_analyzer import AnalyzerEngine  # type: ignore[import-not-found]
from presidio_analyzer.nlp_engine import NlpEngineProvider  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from collections.abc import Iterator

LEFT_OUT = {"DATE_TIME", "URL"}
LEAST = 0.35
BLOCK, BLOCKS = 100_000, 2


def main() -> int:
    """Analyze what the arguments name."""
    with tempfile.TemporaryDirectory() as folder:
        spacy.blank("en").to_disk(folder)
        models = [{"lang_code": "en", "model_name": folder}]
        engine = NlpEngineProvider(
            nlp_configuration={"nlp_engine_name": "spacy", "models": models}
        ).create_engine()
        analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
        with Path(sys.argv[1]).open(encoding="utf-8") as file:
            docs = [json.loads(line) for line in file]
        spans = {doc["id"]: _spans(analyzer, doc["text"]) for doc in docs}
        text = Path(sys.argv[2]).read_text(encoding="utf-8")
        sys.stdout.write(json.dumps({"spans": spans, "mb_per_s": _speed(analyzer, text)}))
    return 0


def _spans(analyzer: Any, text: str) -> list[tuple[int, int, str]]:
    results = analyzer.analyze(text, language="en")
    return [
        (result.start, result.end, result.entity_type)
        for result in results
        if result.entity_type not in LEFT_OUT and result.score >= LEAST
    ]


def _speed(analyzer: Any, text: str) -> float:
    began, size = time.perf_counter(), 0
    for block in _blocks(text):
        size += len(block.encode())
        analyzer.analyze(block, language="en")
    return round(size / 1e6 / (time.perf_counter() - began), 4)


def _blocks(text: str) -> Iterator[str]:
    for at in range(0, min(len(text), BLOCK * BLOCKS), BLOCK):
        yield text[at : at + BLOCK]


if __name__ == "__main__":
    sys.exit(main())
