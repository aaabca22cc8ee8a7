"""Rewrites the assertions of all test modules once, before the processes of `make test` begin.

Run as `python -m tests.rewritten_modules`. Each of those processes loads all modules, and all of
them at once: where nothing is kept yet, as in a new clone, each would rewrite every one, nine
seconds of a processor. A module that was rewritten and has not changed since is left alone.
"""

from __future__ import annotations

import ast
import os
from importlib.util import source_hash
from multiprocessing import Pool
from typing import TYPE_CHECKING

from _pytest.assertion.rewrite import (
    PYC_TAIL,
    _read_pyc,
    _write_pyc_fp,
    get_cache_dir,
    rewrite_asserts,
)

from tests.house.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CHUNK = 20  # modules: as many as keep both processes busy to the end
ALSO = ("contracts", "fakes")  # whose assertions are rewritten, too: see tests/conftest.py


def main() -> None:
    """Rewrite those of ours."""
    modules = [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "tests").rglob("conftest.py")]
    for room in ALSO:
        modules += (ROOT / "tests" / room).rglob("*.py")
    with Pool(2) as processes:
        processes.map(rewrite, sorted(modules), CHUNK)


def rewrite(module: Path) -> None:
    """Keep what pytest would keep, where it looks for it."""
    kept = get_cache_dir(module) / f"{module.stem}{PYC_TAIL}"
    if _read_pyc(module, kept) is not None:
        return
    source = module.read_bytes()
    tree = ast.parse(source, filename=str(module))
    rewrite_asserts(tree, source, str(module))
    code = compile(tree, str(module), "exec", dont_inherit=True)
    kept.parent.mkdir(exist_ok=True)
    written = kept.with_suffix(f".{os.getpid()}")
    with written.open("wb") as file:
        _write_pyc_fp(file, source_hash(source), code)
    written.replace(kept)


if __name__ == "__main__":
    main()
