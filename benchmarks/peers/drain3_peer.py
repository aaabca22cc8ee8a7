"""`drain3_peer.py TASK.json`: what Drain3 makes of logs, as one JSON document.

The task: {"groups": {kind: {system: path}}, "speed": {name: [path, ...]}}. Groups come back for
both of its ways, plain and with the masks of its own example configuration; speed for the faster
one, which is the plain one: each file through a fresh miner, in MB/s (1e6 bytes) of all.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drain3 import TemplateMiner  # type: ignore[import-not-found]
from drain3.masking import MaskingInstruction  # type: ignore[import-not-found]
from drain3.template_miner_config import TemplateMinerConfig  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from collections.abc import Sequence

_BEFORE, _AFTER = r"((?<=[^A-Za-z0-9])|^)", r"((?=[^A-Za-z0-9])|$)"
# Of examples/drain3.ini in Drain3's repository.
_MASKS = (
    (r"([0-9a-f]{2,}:){3,}([0-9a-f]{2,})", "ID"),
    (r"(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})", "IP"),
    (r"([0-9a-f]{6,} ?){3,}", "SEQ"),
    (r"([0-9A-F]{4} ?){4,}", "SEQ"),
    (r"(0x[a-f0-9A-F]+)", "HEX"),
    (r"([\-\+]?\d+)", "NUM"),
)


def main() -> int:
    """Do the task that the first argument names."""
    logging.disable(logging.CRITICAL)
    task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    done = {
        "groups": {
            kind: {
                way: {
                    name: _groups(Path(path), masked=way == "masked") for name, path in of.items()
                }
                for way in ("plain", "masked")
            }
            for kind, of in task["groups"].items()
        },
        "mb_per_s": {name: _speed(list(map(Path, of))) for name, of in task["speed"].items()},
    }
    sys.stdout.write(json.dumps(done))
    return 0


def _miner(*, masked: bool) -> Any:
    config = TemplateMinerConfig()
    if masked:
        config.masking_instructions = [
            MaskingInstruction(_BEFORE + pattern + _AFTER, name) for pattern, name in _MASKS
        ]
    return TemplateMiner(config=config)


def _groups(path: Path, *, masked: bool) -> list[int]:
    miner = _miner(masked=masked)
    return [miner.add_log_message(line)["cluster_id"] for line in _lines(path)]


def _speed(paths: Sequence[Path]) -> float:
    size = seconds = 0.0
    for path in paths:
        lines, miner = _lines(path), _miner(masked=False)
        began = time.perf_counter()
        for line in lines:
            miner.add_log_message(line)
        seconds += time.perf_counter() - began
        size += path.stat().st_size
    return round(size / 1e6 / seconds, 2) if seconds else 0.0


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split("\n")[:-1]


if __name__ == "__main__":
    sys.exit(main())
