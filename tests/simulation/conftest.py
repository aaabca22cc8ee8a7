"""`pytest tests/simulation --seed N` plays that seed alone, again and again the same."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEDS = 100  # `make simulate` plays two thousand
TOGETHER = 10  # seeds a test


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, default=None, help="the simulation's: this one alone")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every seed, some at a time; or the one that was asked for."""
    if "seeds" not in metafunc.fixturenames:
        return
    asked = metafunc.config.getoption("--seed", default=None)
    groups = [range(first, first + TOGETHER) for first in range(0, SEEDS, TOGETHER)]
    if asked is not None:
        groups = [range(asked, asked + 1)]
    ids = [f"{group[0]}-{group[-1]}" for group in groups]
    metafunc.parametrize("seeds", groups, ids=ids)


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    """What the product logs of all these faults would take longer than they do."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)
