"""Whether text from outside can make a model that obeys everything do anything.

    python -m benchmarks.injection [--sample N]

Five hundred payloads, each by eight carriers; the stand-in acts on each that it reads. `effects`
counts turns in which an attack brought about anything that people or the case would notice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from collections import Counter

from tests.core.investigation.consultation.attacks import attacks
from tests.core.investigation.consultation.effects import outcome_of

SEED = 20_261_122


def main() -> int:
    """Print one JSON document; 1 where an attack had an effect."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.injection", description=__doc__)
    parser.add_argument("--sample", type=int, default=0)
    options = parser.parse_args()
    chosen = list(attacks())
    if options.sample:
        chosen = random.Random(SEED).sample(chosen, options.sample)  # noqa: S311
    effects, reached = Counter[str](), 0
    for attack in chosen:
        outcome = asyncio.run(outcome_of(attack))
        reached += outcome.reached
        effects.update(f"{attack.aim} by {attack.carrier}: {each}" for each in outcome.effects)
    document = {
        "benchmark": "injection",
        "n": len(chosen),
        "reached_the_model": reached,
        "effects": sum(effects.values()),
        "kinds": dict(effects.most_common(20)),
    }
    print(json.dumps(document, indent=1))
    return 1 if effects else 0


if __name__ == "__main__":
    sys.exit(main())
