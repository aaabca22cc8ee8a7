"""The generator of planted values was written before the rules, from vendors' documentation."""

from __future__ import annotations

from random import Random

import polars as pl
import pytest

from core.redaction.engine import Redactor
from tests.fakes.planted import DECOYS, decoys, personal, planted

REDACTOR = Redactor(b"the key of a case")
SEEDS = range(4)
RECALL = 0.99  # of kinds with few random letters one may be drawn that looks like a word


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_planted_is_found(seed: int) -> None:
    everything = [*planted(seed), *personal(seed)]
    seen = [
        secret.kind for secret in everything if secret.value in REDACTOR.clean(secret.line).text
    ]
    assert len(seen) <= (1 - RECALL) * len(everything), seen


@pytest.mark.parametrize("seed", SEEDS)
def test_what_investigations_need_stays(seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - of a test
    changed = [line for line in decoys(chance) if REDACTOR.clean(line).text != line]
    assert len(changed) <= 0.03 * len(DECOYS), changed


def test_many_lines_at_once_are_redacted_as_each_of_them_is() -> None:
    lines = [
        line
        for seed in SEEDS
        for line in (
            *(secret.line for secret in (*planted(seed), *personal(seed))),
            *decoys(Random(seed)),  # noqa: S311 - of a test
        )
    ]
    lines = [part for line in lines for part in line.split("\n")]
    assert REDACTOR.hide(pl.Series(lines)).to_list() == [
        REDACTOR.clean(line).text for line in lines
    ]
