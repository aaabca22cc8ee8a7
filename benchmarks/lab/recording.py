"""Incidents recorded: each plan played in namespaces of its own, then laid out and checked."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import sys
import sysconfig
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.lab.checking import problems
from benchmarks.lab.drawing import draw
from benchmarks.lab.installation import CLASSES, compile_classes
from benchmarks.lab.layout import lay_out
from benchmarks.lab.supervision import CGROUPS
from benchmarks.lab.truth import settle, write_truth

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).parent
LIMIT = 240
UNSHARE = (
    "/usr/bin/setpriv", "--pdeathsig", "KILL",  # so that nothing outlives whoever records
    "/usr/bin/unshare", "-n", "-m", "-p", "-u", "-i", "-f", "--mount-proc", "--kill-child",
)  # fmt: skip
ANOTHER = 1_000_000  # far from any seed that was asked for


def play(plan_file: Path, out: Path) -> str:
    """Run the stage; what it complained of, or nothing."""
    packages = sysconfig.get_paths()["purelib"]
    command = [
        *UNSHARE, "/bin/sh", str(HERE / "enter.sh"), sys.base_prefix, packages,
        str(HERE / "apps"), str(CLASSES), sys.executable, str(plan_file), str(out),
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command, cwd=HERE.parents[1], capture_output=True, text=True, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return "the stage took too long"
    return "" if done.returncode == 0 else (done.stderr or "the stage failed")[-1500:]


def sweep(ident: str) -> None:
    """Control groups that a killed stage left."""
    for folder in CGROUPS.glob(f"*/lab-{ident}-*"):
        for _ in range(10):
            with contextlib.suppress(OSError):
                folder.rmdir()
                break
            time.sleep(0.1)


def record_one(seed: int, corpus: Path, kinds: Sequence[str] | None, tries: int = 2) -> str:
    """One incident that checks, with this seed or one that follows; what became of it."""
    failures = ""
    for attempt in range(tries):
        plan = draw(seed + attempt * ANOTHER, kinds)
        kinds = [plan.kind]
        plan.ident = f"inc-{plan.seed:05d}"
        out = corpus / ".work" / plan.ident
        shutil.rmtree(out, ignore_errors=True)
        (out / "raw").mkdir(parents=True)
        plan_file = out / "plan.json"
        plan_file.write_text(plan.text())
        trouble = play(plan_file, out)
        sweep(plan.ident)
        if not trouble:
            settle(plan, out / "raw")
            lay_out(plan, out / "raw", corpus / "case" / plan.ident)
            write_truth(plan, out / "raw", corpus)
            trouble = "; ".join(problems(corpus, plan.ident))
        if not trouble:
            shutil.rmtree(out)
            return f"{failures}{plan.ident} {plan.kind} {plan.shape}: recorded"
        failures += f"{plan.ident} {plan.kind} {plan.shape}: {trouble}\n"
        discard(corpus, plan.ident)
    return failures.strip()


def discard(corpus: Path, ident: str) -> None:
    """Take a recording out of the corpus."""
    shutil.rmtree(corpus / "case" / ident, ignore_errors=True)
    (corpus / "truth" / f"{ident}.json").unlink(missing_ok=True)


def record(seeds: Sequence[int], corpus: Path, kinds: Sequence[str] | None, parallel: int) -> None:
    """All of them, so many at a time; one line each. Told to terminate, it ends what it plays."""
    compile_classes(CLASSES)
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())

    def one(seed: int) -> None:
        if not ending.is_set():
            print(record_one(seed, corpus, kinds), flush=True)

    with ThreadPoolExecutor(parallel) as pool:
        list(pool.map(one, seeds))
