"""Learns the weights of `core.redaction.likelihood` from texts of which the secrets are known.

    .venv-peers/bin/python -m benchmarks.peers.secret_weights --texts A.jsonl B.jsonl
        [--harmless FOLDER …] [--out core/redaction/likelihood.json]

A line of TEXTS is an object with `text` and `secrets`, the strings that are secret in it. What
stands in the files of a harmless folder, logs and exports, is none. Texts are read as they are and
line by line, as the program meets both. The penalty makes most weights nothing: what remains can be
read. `make peers` installs scikit-learn, which does the fitting.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from core.redaction.likelihood import features, values_in

if TYPE_CHECKING:
    from collections.abc import Iterator

Example = tuple[dict[str, int], bool]  # the features of a value, and whether it is a secret

OUT = Path(__file__).parents[2] / "core" / "redaction" / "likelihood.json"
STRENGTH = 1.0  # of the data against the penalty
LEAST = 0.01  # a weight below is none
LINES, LONGEST, READ = 8, 300, 300_000  # of a harmless file: in a row, characters of each; of all
FILES, SEED = 3_000, 2


def main() -> None:
    """Learn from what the options name, and write the weights."""
    options = _options()
    examples = [
        *(example for path in options.texts for example in _of_texts(path)),
        *(example for folder in options.harmless for example in _of_harmless(folder)),
    ]
    vectorizer = DictVectorizer()
    rows = vectorizer.fit_transform([names for names, _ in examples])
    rows.indices, rows.indptr = rows.indices.astype("int32"), rows.indptr.astype("int32")
    model = LogisticRegression(C=STRENGTH, l1_ratio=1, solver="liblinear", max_iter=500)
    model.fit(rows, [is_secret for _, is_secret in examples])
    weights = zip(vectorizer.get_feature_names_out(), model.coef_[0], strict=True)
    document = {
        "bias": round(float(model.intercept_[0]), 2),
        "weights": {
            name: round(float(weight), 2) for name, weight in weights if abs(weight) >= LEAST
        },
    }
    options.out.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def _of_texts(path: Path) -> Iterator[Example]:
    for line in path.read_text(encoding="utf-8").splitlines():
        document = json.loads(line)
        text, secrets = document["text"], document["secrets"]
        yield from _examples(text, _places(text, secrets))
        for each in text.split("\n"):
            yield from _examples(each, _places(each, secrets))


def _of_harmless(folder: Path) -> Iterator[Example]:
    """Some lines in a row of each of its files."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    chosen = random.Random(SEED)  # noqa: S311 - of files to learn from
    for path in chosen.sample(files, min(FILES, len(files))):
        with path.open(encoding="utf-8", errors="ignore") as file:
            lines = file.read(READ).split("\n")
        first = chosen.randrange(max(1, len(lines) - LINES))
        text = "\n".join(line[:LONGEST] for line in lines[first : first + LINES])
        yield from _examples(text, [])


def _examples(text: str, places: list[tuple[int, int]]) -> Iterator[Example]:
    for start, end in values_in(text):
        is_secret = any(first < end and start < last for first, last in places)
        yield dict.fromkeys(features(text, start, end), 1), is_secret


def _places(text: str, values: list[str]) -> list[tuple[int, int]]:
    """Where the values stand, each wherever it occurs."""
    places = []
    for value in values:
        at = text.find(value)
        while at >= 0:
            places.append((at, at + len(value)))
            at = text.find(value, at + 1)
    return places


def _options() -> Any:
    parser = argparse.ArgumentParser(prog="benchmarks.peers.secret_weights", description=__doc__)
    parser.add_argument("--texts", type=Path, nargs="+", required=True)
    parser.add_argument("--harmless", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path, default=OUT)
    return parser.parse_args()


if __name__ == "__main__":
    main()
