"""The tree that `core/errors.py` draws is the tree that is there, and each error says what next."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from core import errors
from core.errors import FaultMavenError

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, FaultMavenError)
]
DRAWN = re.compile(r"^(?P<indent>[│├└─ ]*)(?P<name>[A-Z]\w+) {2,}\S", re.MULTILINE)


def drawn() -> Iterator[tuple[str, str]]:
    """(error, the one it is a kind of), as the docstring draws them."""
    above: list[str] = []
    for match in DRAWN.finditer(errors.__doc__ or ""):
        depth = len(match["indent"]) // 4
        above[depth:] = [match["name"]]
        yield match["name"], above[depth - 1] if depth else "Exception"


def test_the_drawing_is_the_tree() -> None:
    assert dict(drawn()) == {kind.__name__: kind.__bases__[0].__name__ for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_says_what_next(kind: type[FaultMavenError]) -> None:
    error = kind("the pool is empty")
    assert str(error) == "the pool is empty"
    assert error.next_step.endswith(".")
    assert kind("x", next_step="Fill it.").next_step == "Fill it."
