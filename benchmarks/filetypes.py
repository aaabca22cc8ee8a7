"""The share of files whose kind of evidence is recognised.

`--data DIR` holds `files/` and `truth.json` (name → {type, accept}), or nothing is measured. Peers,
in the same run: Magika and file(1), each with what its labels mean for us, and the name's suffix
where its label is a container of anything (plain text, JSON, CSV). `guess` is the zero-information
baseline: the most frequent type for every file.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.parts.peers import run_peer
from core.errors import UnreadableEvidence
from core.evidence.model import PlainFile
from core.evidence.pipeline import extract
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.evidence.model import Extraction

# What a suffix means to somebody who looks at nothing else.
_SUFFIXES = {
    "log": "log 1 out err",
    "config": "yaml yml toml env conf config ini cfg json xml properties tf",
    "metrics": "csv tsv prom", "markdown": "md markdown", "text": "txt rst",
    "image": "png jpg jpeg gif svg webp bmp", "profile": "prof pprof folded cpuprofile",
    "code": "go py java js ts cs c h pl rs sh sql rb php html css",
    "archive": "gz zip tar xz bz2 zst",
    "binary": "bin class sqlite so exe pdf",
}  # fmt: skip
_BY_SUFFIX = {suffix: kind for kind, names in _SUFFIXES.items() for suffix in names.split()}
_CONTAINERS = {"csv", "tsv", "json", "jsonl", "txt", "xml", "randomtxt", "txtascii", "txtutf8"}
_CONFIGS = {"yaml", "toml", "ini", "dockerfile", "hcl", "makefile"}
_BINARY_GROUPS = {"executable", "application", "font", "audio", "video", "document"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON document; exit code 1 where nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.filetypes", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--predictions", type=Path)
    chosen = parser.parse_args(arguments)
    truth = json.loads((chosen.data / "truth.json").read_text(encoding="utf-8"))
    folder = chosen.data / "files"
    names = [name for name in truth if (folder / name).is_file()]
    began = time.perf_counter()
    ours = {name: _ours(folder / name) for name in names}
    took_s = time.perf_counter() - began
    if chosen.predictions:
        chosen.predictions.write_text(json.dumps(ours), encoding="utf-8")
    print(
        json.dumps(_measured(truth, names, ours, folder) | {"seconds": round(took_s, 2)}, indent=1)
    )
    return 0 if names else 1


def _ours(path: Path) -> str:
    redactor = Redactor(b"benchmark")
    try:
        extraction = extract(PlainFile(path), name=path.name, service=None, redactor=redactor)
    except UnreadableEvidence as error:
        return f"unreadable: {error}"
    return _label(extraction)


def _label(extraction: Extraction) -> str:
    """Our type in the words of the data: Markdown is one of its own there."""
    if extraction.extractor == "markdown":
        return "markdown"
    return {"metric": "metrics"}.get(extraction.data_type, extraction.data_type.value)


def _measured(
    truth: Mapping[str, Any], names: Sequence[str], ours: Mapping[str, str], folder: Path
) -> dict[str, Any]:
    def accuracy(answers: Mapping[str, str]) -> float:
        right = sum(answers.get(name) in truth[name]["accept"] for name in names)
        return round(right / len(names), 4) if names else 0.0

    peers = {"suffix": {name: _by_suffix(name) for name in names}}
    peers |= {name: answers for name, answers in _peers(folder).items() if answers}
    scores = {name: accuracy(answers) for name, answers in peers.items()}
    most = Counter(truth[name]["type"] for name in names).most_common(1)
    guess = accuracy(dict.fromkeys(names, most[0][0])) if most else 0.0
    best = max(scores, key=lambda name: scores[name])
    types: defaultdict[str, list[bool]] = defaultdict(list)
    for name in names:
        types[truth[name]["type"]].append(ours[name] in truth[name]["accept"])
    return {
        "benchmark": "filetypes",
        "ours": accuracy(ours),
        "peer": scores[best],
        "peer_name": best,
        "ratio": round(accuracy(ours) / (scores[best] or 1.0), 2),
        "n": len(names),
        "peers": scores,
        "guess": guess,
        "types": {kind: f"{sum(right)}/{len(right)}" for kind, right in sorted(types.items())},
        "wrong": {name: ours[name] for name in names if ours[name] not in truth[name]["accept"]},
    }


def _peers(folder: Path) -> dict[str, dict[str, str]]:
    labels = run_peer("magika_peer", folder) or {}
    magika = {name: _of_magika(name, **output) for name, output in labels.items()}
    return {"magika": magika, "file": _of_file(folder)}


def _of_magika(name: str, *, label: str, group: str) -> str:
    if group in {"image", "archive"} or label in {"empty", "markdown"}:
        return group if group in {"image", "archive"} else label
    if label in _CONFIGS:
        return "config"
    if label in _CONTAINERS or label == "unknown":
        by_suffix = _by_suffix(name)
        return "binary" if label == "unknown" and by_suffix == "text" else by_suffix
    if group in _BINARY_GROUPS or label in {"sqlite", "javabytecode"}:
        return "binary"
    return "code" if group == "code" else _by_suffix(name)


def _of_file(folder: Path) -> dict[str, str]:
    program = shutil.which("file")
    if program is None:
        return {}
    paths = sorted(folder.iterdir())
    done = subprocess.run(
        [program, "--brief", "--mime-type", *map(str, paths)],
        capture_output=True,
        text=True,
        check=True,
    )
    types = done.stdout.splitlines()
    return {path.name: _of_mime(path.name, mime) for path, mime in zip(paths, types, strict=True)}


def _of_mime(name: str, mime: str) -> str:
    if mime.startswith("image/"):
        return "image"
    if mime in {"inode/x-empty", "application/x-empty"}:
        return "empty"
    if mime in {"application/gzip", "application/zip", "application/x-tar"}:
        return "archive"
    by_suffix = _by_suffix(name)
    if mime.startswith("text/x-"):
        return by_suffix if by_suffix in {"config", "log", "metrics"} else "code"
    is_text = mime.startswith("text/") or mime in {"application/json", "application/x-ndjson"}
    return by_suffix if is_text else "binary"


def _by_suffix(name: str) -> str:
    if name.startswith(".env") or name == "Dockerfile":
        return "config"
    return _BY_SUFFIX.get(Path(name).suffix.lstrip(".").lower(), "text")


if __name__ == "__main__":
    sys.exit(main())
