"""Docstrings state, and variables say what they hold; both over every source file of ours."""

from __future__ import annotations

import ast
import gc
import re
from typing import TYPE_CHECKING

import pytest

from tests.house.tree import ROOT, our_files

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.timeout(120)  # every source file is read: seconds, on a busy machine

ALL_PURPOSE = {"one", "ones", "said", "told", "found", "thing", "things"}
QUOTED = re.compile(r"`[^`]*`?")  # what is quoted may ask: it is somebody's input
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

PAIRED = "other"  # `one` beside it is a name: of two alike, the first

SOURCES = sorted(str(path.relative_to(ROOT)) for path in our_files() if path.suffix == ".py")


def questions_in(tree: ast.Module) -> list[str]:
    """First lines of docstrings that ask something."""
    docstrings = (
        ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, DOCUMENTED)
    )
    first_lines = (docstring.splitlines()[0] for docstring in docstrings if docstring)
    return [line for line in first_lines if "?" in QUOTED.sub("", line)]


def all_purpose_names_in(tree: ast.Module) -> list[tuple[int, str]]:
    """Variables and parameters that could hold anything, with their lines."""
    bound = list(_bound_names(tree))
    vague = ALL_PURPOSE - ({"one"} if PAIRED in {name for _, name in bound} else set())
    return sorted((line, name) for line, name in bound if name in vague)


def _bound_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store(), lineno=line):
                yield line, name
            case ast.arg(arg=name, lineno=line):
                yield line, name
            case (
                ast.ExceptHandler(name=str(name), lineno=line)
                | ast.MatchAs(name=str(name), lineno=line)
                | ast.MatchStar(name=str(name), lineno=line)
                | ast.MatchMapping(rest=str(name), lineno=line)
            ):
                yield line, name


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    """Every file that is checked, parsed once.

    Python 3.11's parser breaks where a collection in the middle of it warns of something.
    """
    gc.disable()
    try:
        return _parsed()
    finally:
        gc.enable()


def _parsed() -> dict[str, ast.Module]:
    return {name: ast.parse((ROOT / name).read_text(encoding="utf-8")) for name in SOURCES}


def test_no_docstring_begins_with_a_question(trees: dict[str, ast.Module]) -> None:
    asking = {name: lines for name, tree in trees.items() if (lines := questions_in(tree))}
    assert asking == {}


def test_every_variable_says_what_it_holds(trees: dict[str, ast.Module]) -> None:
    vague = {name: names for name, tree in trees.items() if (names := all_purpose_names_in(tree))}
    assert vague == {}


def test_both_code_and_tests_are_read() -> None:
    assert "core/conversation/messages/outbox.py" in SOURCES
    assert "tests/house/test_names.py" in SOURCES


@pytest.mark.parametrize(
    "text",
    [
        '"""Who is it? The caller."""',
        'class Door:\n    """Is it open?"""',
        'def knock():\n    """Who is there?\n\n    Raises NotFound.\n    """',
        'async def knock():\n    """Whether `a?` or not: who knows?"""',
    ],
)
def test_a_question_is_reported(text: str) -> None:
    assert len(questions_in(ast.parse(text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        '"""The caller."""',
        'def ask():\n    """`why 1?`, as people type it."""',
        'def ask():\n    """The caller.\n\n    Who else?\n    """',
        'QUESTION = "who?"',
    ],
)
def test_a_statement_is_none(text: str) -> None:
    assert questions_in(ast.parse(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "one = 1",
        "[one for one in []]",
        "def f(said): ...",
        "f = lambda *things: 0",
        "class Card:\n    told: str",
        "with open('x') as found: ...",
        "try: ...\nexcept OSError as thing: ...",
        "match 1:\n    case [*ones]: ...",
        "match 1:\n    case {**said}: ...",
        "match 1:\n    case int() as one: ...",
        "(found := 1)",
    ],
)
def test_a_name_for_anything_is_reported(text: str) -> None:
    assert len(all_purpose_names_in(ast.parse(text))) == 1


def test_one_of_a_pair_is_a_name() -> None:
    assert all_purpose_names_in(ast.parse("def worst(one, other): ...")) == []


def test_a_name_that_is_only_read_is_not_reported() -> None:
    assert all_purpose_names_in(ast.parse("row = one + card.said + f(found=1)")) == []
