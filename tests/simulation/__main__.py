"""`python -m tests.simulation`: seeds in a row, or one of them with its whole trace."""

from __future__ import annotations

import argparse
import logging
import sys
import time

from tests.simulation.run import simulate


def main() -> int:
    """1 where a seed broke a promise."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first seed")
    parser.add_argument("--seeds", type=int, default=2000, help="how many")
    parser.add_argument("--verbose", action="store_true", help="print the trace")
    wanted = parser.parse_args()
    logging.disable()  # what the product logs of all these faults
    seeds = range(wanted.first, wanted.first + wanted.seeds)
    failed, began = [], time.perf_counter()
    for seed in seeds if wanted.seed is None else [wanted.seed]:
        trace = simulate(seed).trace
        lines = trace.lines if wanted.verbose else []
        if trace.broken:
            failed.append(seed)
            lines = [*lines, f"seed {seed}:", *(f"  {promise}" for promise in trace.broken)]
        sys.stdout.writelines(f"{line}\n" for line in lines)
        sys.stdout.flush()
    took = time.perf_counter() - began
    played = len(seeds) if wanted.seed is None else 1
    rate = f"{played / took:.1f} seeds/s"
    sys.stdout.write(f"{played} seeds, {len(failed)} failed {failed or ''}, {rate}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
