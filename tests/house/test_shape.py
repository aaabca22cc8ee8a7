"""The mirror shows what is there, and the one thing in it that fails the build is a cycle."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from tests.house import shape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


pytestmark = pytest.mark.timeout(120)  # all of our modules are read: seconds, on a busy machine


@pytest.fixture(autouse=True)
def _no_collection_in_between() -> Iterator[None]:
    """Python 3.11's parser breaks where a collection in the middle of it warns of something."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="module")
def ours() -> list[shape.Module]:
    """All of our modules, read once."""
    gc.disable()
    return shape.modules()


def house(root: Path, **files: str) -> list[shape.Module]:
    """A small house on disk; `core__a` stands for core/a.py."""
    for name, text in files.items():
        path = root / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return shape.modules(root)


def test_no_modules_of_ours_import_each_other_at_load(ours: list[shape.Module]) -> None:
    assert shape.cycles(shape.import_graph(ours)) == []


def test_a_cycle_is_found(tmp_path: Path) -> None:
    sources = house(
        tmp_path,
        core__a="from core.b import x\n",
        core__b="from core import c\n",
        core__c="import core.a\n",
        core__d="import core.a\n",
    )
    assert shape.cycles(shape.import_graph(sources)) == [["core.a", "core.b", "core.c"]]


@pytest.mark.parametrize(
    "late",
    [
        "def f():\n    import core.a\n",
        "async def f():\n    import core.a\n",
        "class C:\n    def f(self):\n        import core.a\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import core.a\n",
    ],
)
def test_an_import_that_does_not_happen_at_load_makes_no_cycle(tmp_path: Path, late: str) -> None:
    sources = house(tmp_path, core__a="import core.b\n", core__b=late)
    assert shape.cycles(shape.import_graph(sources)) == []


def test_a_relative_import_counts(tmp_path: Path) -> None:
    sources = house(tmp_path, core__a="from . import b\n", core__b="from .a import x\n")
    assert shape.cycles(shape.import_graph(sources)) == [["core.a", "core.b"]]


def test_functions_are_measured_and_broad_handlers_found(tmp_path: Path) -> None:
    text = (
        "def f():\n    try:\n        pass\n    except (ValueError, Exception):\n        raise\n"
        "def g():\n    try:\n        pass\n    except ValueError:\n        raise\n"
    )
    sources = house(tmp_path, core__a=text)
    assert shape.function_lengths(sources) == [5, 5]
    assert shape.broad_handlers(sources[0]) == [4]


def test_a_module_is_untested_until_a_test_has_its_name(tmp_path: Path) -> None:
    code = "def f():\n    pass\n"
    sources = house(tmp_path, core__cases__a=code, core__cases__b=code, core__cases__empty="")
    house(tmp_path, tests__core__cases__test_a="")
    assert shape.untested(sources, tmp_path) == ["core.cases.b"]


def test_the_report_names_every_room_that_has_code(ours: list[shape.Module]) -> None:
    lines = list(shape.report(ours))
    rooms = {line.split()[0] for line in lines if " modules " in line}
    assert {"core", "all"} <= rooms <= {*shape.ROOMS, "all"}


def test_a_class_name_that_means_two_things_is_listed(tmp_path: Path) -> None:
    sources = house(
        tmp_path,
        core__a="class Door: ...\nclass _Own: ...",
        bot__b="class Door: ...\nclass _Own: ...",
    )
    assert shape.classes_named_twice(sources) == {"Door": ["bot.b", "core.a"]}


def test_a_module_named_for_an_activity_is_listed(tmp_path: Path) -> None:
    sources = house(tmp_path, core__looking="X = 1", core__routing="X = 1", core__cards="X = 1")
    assert shape.gerunds(sources) == ["core.looking"]


def test_no_class_name_of_ours_means_two_things(ours: list[shape.Module]) -> None:
    assert shape.classes_named_twice(ours) == {}


def test_no_module_of_ours_is_named_for_an_activity(ours: list[shape.Module]) -> None:
    assert shape.gerunds(ours) == []
