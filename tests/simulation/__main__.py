"""`python -m tests.simulation`: seeds in a row, or one of them with its whole trace."""

from __future__ import annotations

import argparse
import sys
import time

from tests.simulation.run import quietly, simulate


def main() -> int:
    """1 where a seed broke a promise."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first seed")
    parser.add_argument("--seeds", type=int, default=2000, help="how many")
    parser.add_argument("--verbose", action="store_true", help="print the trace")
    wanted = parser.parse_args()
    quietly()
    seeds = range(wanted.first, wanted.first + wanted.seeds)
    failed, began = [], time.perf_counter()
    for seed in seeds if wanted.seed is None else [wanted.seed]:
        outcome = simulate(seed)
        if wanted.verbose:
            print(*outcome.trace.lines, sep="\n")
        if outcome.trace.broken:
            failed.append(seed)
            print(f"seed {seed}:", *outcome.trace.broken, sep="\n  ")
    took = time.perf_counter() - began
    played = 1 if wanted.seed is not None else len(seeds)
    print(f"{played} seeds, {len(failed)} failed {failed or ''}, {played / took:.1f} seeds/s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
