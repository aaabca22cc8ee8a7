"""The cost of a library: version, size with its dependencies, import time."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_IMPORT = """
import time
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1e6
began, before = time.perf_counter(), resident()
import {module}
print(time.perf_counter() - began, resident() - before)
"""
_ROOT = Path(__file__).parents[2]
_ROUNDS = 5
_REQUIRED = re.compile(r"^[A-Za-z0-9._-]+")


def cost(name: str, module: str = "") -> dict[str, Any]:
    """Version, installed size and import of a distribution, with those that only it needs."""
    module = module or name.replace("-", "_")
    program = [sys.executable, "-c", _IMPORT.format(module=module)]
    runs = [
        [float(part) for part in subprocess.check_output(program, text=True).split()]
        for _ in range(_ROUNDS)
    ]
    return {
        "version": distribution(name).version,
        "installed_mb": round(sum(map(_size, _needed(name))) / 1e6, 1),
        "import_ms": round(statistics.median(run[0] for run in runs) * 1e3, 1),
        "import_mb": round(statistics.median(run[1] for run in runs), 1),
    }


def seconds_each(run: Callable[[], object], *, rounds: int = 5) -> float:
    """The shortest of several runs."""
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        run()
        took.append(time.perf_counter() - began)
    return min(took)


def _needed(name: str) -> set[str]:
    """The distribution and those it requires, less those that we have anyway."""
    ours, needed, left = _base(), set[str](), [name]
    while left:
        at = _plain(left.pop())
        if at in needed or (at in ours and at != _plain(name)):
            continue
        needed.add(at)
        left += _requirements(at)
    return needed


def _base() -> set[str]:
    """What the base lock names."""
    lines = (_ROOT / "requirements" / "base.txt").read_text(encoding="utf-8").splitlines()
    return {_plain(match[0]) for line in lines if (match := _REQUIRED.match(line))}


def _requirements(name: str) -> list[str]:
    wanted = [
        requirement
        for requirement in distribution(name).requires or ()
        if "extra ==" not in requirement
    ]
    names = [match[0] for requirement in wanted if (match := _REQUIRED.match(requirement))]
    return [requirement for requirement in names if _is_installed(requirement)]


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _size(name: str) -> int:
    files = distribution(name).files or []
    paths = [Path(str(file.locate())) for file in files if "__pycache__" not in str(file)]
    return sum(path.stat().st_size for path in paths if path.is_file())
