"""Types of files: ours beside Magika and puremagic.

    pip install magika puremagic
    python -m benchmarks.libraries.file_types --data DIR

DIR is that of `benchmarks.filetypes`, which has Magika and file(1) as its peers; here is puremagic
beside them, and how long each takes.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import magika
import puremagic

from benchmarks import filetypes
from benchmarks.libraries.footprint import cost, seconds_each
from core.evidence.extractor import extractors
from core.evidence.model import PlainFile
from core.evidence.pipeline import WatchedOriginal, _read_head, collect_claims

if TYPE_CHECKING:
    from collections.abc import Callable

CLOSE = {"txt": "text", "py": "code", "svg": "image", "jpg": "image"}


def main() -> int:
    """Print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    folder: Path = parser.parse_args().data
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    paths = [path for name in truth if (path := folder / "files" / name).is_file()]
    model = magika.Magika()
    tellers: dict[str, Callable[[Path], str]] = {
        "ours, by content": _claimed,
        "magika": lambda path: _of_magika(model, path),
        "puremagic": _of_puremagic,
    }
    document = {name: _measured(tell, truth, paths) for name, tell in tellers.items()}
    shown = document | {"cost": {name: cost(name) for name in ("magika", "puremagic")}}
    print(json.dumps(shown, indent=1))
    return 0 if paths else 1


def _measured(
    tell: Callable[[Path], str], truth: dict[str, Any], paths: list[Path]
) -> dict[str, Any]:
    right = sum(tell(path) in truth[path.name]["accept"] for path in paths)
    took = seconds_each(lambda: list(map(tell, paths)), rounds=3)
    each = round(took / max(1, len(paths)) * 1e3, 2)
    return {"right": f"{right} of {len(paths)}", "ms_each": each}


def _claimed(path: Path) -> str:
    """The most confident claim on the head of the file."""
    detected = collect_claims(
        _read_head(WatchedOriginal(PlainFile(path)), path.name), extractors()
    ).found[0]
    if detected.extractor == "markdown":
        return "markdown"
    return {"metric": "metrics"}.get(detected.data_type, detected.data_type.value)


def _of_magika(model: magika.Magika, path: Path) -> str:
    output = model.identify_path(path).output
    return filetypes._of_magika(path.name, label=str(output.label), group=output.group)


def _of_puremagic(path: Path) -> str:
    try:
        suffix = puremagic.from_file(str(path)).lstrip(".")
    except (puremagic.PureError, ValueError):
        return filetypes._by_suffix(path.name)
    if suffix in filetypes._CONTAINERS or not suffix:
        return filetypes._by_suffix(path.name)
    return CLOSE.get(suffix) or filetypes._BY_SUFFIX.get(suffix, "binary")


if __name__ == "__main__":
    sys.exit(main())
