"""Figures about the source code: module lengths, function sizes, cycles. Prints, judges nothing.

`python -m tests.house.shape` measures the rooms with `ast` alone, so nothing is imported. The
figures we admire: modules under about 300 lines, functions near 10, nine in ten under 30.
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[2]
ROOMS = ("faultmaven", "bot", "webhooks", "api", "core", "integrations", "storage")
LONG_FUNCTION = 60
NOUNS_IN_ING = {"string", "parsing", "routing", "encoding", "wiring", "message_handling"}
BROAD = {"Exception", "BaseException"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Module:
    """One source file: its dotted name, its text as a tree, its length in lines."""

    name: str
    path: Path
    tree: ast.Module
    lines: int

    @classmethod
    def read(cls, path: Path, *, root: Path = ROOT) -> Module:
        """Parse one file below `root`; a package is named for its folder."""
        text = path.read_text(encoding="utf-8")
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        return cls(name, path.relative_to(root), ast.parse(text), len(text.splitlines()))


def modules(root: Path = ROOT) -> list[Module]:
    """Every source file of the rooms; migrations are history and do not count."""
    files = (path for room in ROOMS for path in sorted((root / room).rglob("*.py")))
    return [Module.read(path, root=root) for path in files if "versions" not in path.parts]


def function_lengths(sources: Sequence[Module]) -> list[int]:
    """Lines of each function, from `def` to its last line, ascending."""
    nodes = (node for module in sources for node in ast.walk(module.tree))
    return sorted(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for node in nodes
        if isinstance(node, FUNCTIONS)
    )


def broad_handlers(module: Module) -> list[int]:
    """The lines that catch everything."""
    handlers = (node for node in ast.walk(module.tree) if isinstance(node, ast.ExceptHandler))
    return [node.lineno for node in handlers if _is_broad(node.type)]


def _is_broad(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(_is_broad(each) for each in caught.elts)
    return caught is None or (isinstance(caught, ast.Name) and caught.id in BROAD)


def import_graph(sources: Sequence[Module]) -> dict[str, set[str]]:
    """Which of our modules each imports while it is being loaded.

    An import inside a function, or for the type checker only, does not happen at load.
    """
    names = {module.name for module in sources}
    graph = {}
    for module in sources:
        imports = _ImportsAtLoad()
        imports.visit(module.tree)
        targets = {target for node in imports.nodes for target in _targets(node, module, names)}
        graph[module.name] = targets - {module.name}
    return graph


class _ImportsAtLoad(ast.NodeVisitor):
    def __init__(self) -> None:
        self.nodes: list[ast.Import | ast.ImportFrom] = []

    def visit_Import(self, node: ast.Import) -> None:
        self.nodes.append(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.nodes.append(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Stay outside: its body runs later."""

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Stay outside: its body runs later."""

    def visit_If(self, node: ast.If) -> None:
        only_for_types = "TYPE_CHECKING" in ast.unparse(node.test)
        for each in node.orelse if only_for_types else (*node.body, *node.orelse):
            self.visit(each)


def _targets(node: ast.Import | ast.ImportFrom, module: Module, names: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in names)
        return
    source = _absolute(node, module)
    for alias in node.names:
        inner = f"{source}.{alias.name}"
        target = inner if inner in names else source
        if target in names:
            yield target


def _absolute(node: ast.ImportFrom, module: Module) -> str:
    if not node.level:
        return node.module or ""
    folder = list(module.path.parent.parts)
    above = folder[: len(folder) - (node.level - 1)]
    return ".".join([*above, *([node.module] if node.module else [])])


def cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups of modules that import one another at load (Tarjan's components, size 2 and up)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    path: list[str] = []
    components: list[list[str]] = []

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        path.append(name)
        for target in sorted(graph[name]):
            if target not in order:
                visit(target)
            if target in path:
                low[name] = min(low[name], low[target])
        if low[name] == order[name]:
            at = path.index(name)
            components.append(sorted(path[at:]))
            del path[at:]

    for name in sorted(graph):
        if name not in order:
            visit(name)
    return [group for group in components if len(group) > 1]


def classes_named_twice(sources: Sequence[Module]) -> dict[str, list[str]]:
    """Public names of classes that mean two things, and the modules that define them."""
    modules_of = defaultdict(list)
    for module in sources:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                modules_of[node.name].append(module.name)
    return {name: sorted(places) for name, places in modules_of.items() if len(places) > 1}


def gerunds(sources: Sequence[Module]) -> list[str]:
    """Modules that are named for an activity, and not for a thing."""
    return [
        module.name
        for module in sources
        if module.path.stem.endswith("ing") and module.path.stem not in NOUNS_IN_ING
    ]


def untested(sources: Sequence[Module], root: Path = ROOT) -> list[str]:
    """Modules with code in them and no `tests/<same path>/test_<name>.py`."""
    with_code = (each for each in sources if function_lengths([each]))
    return [each.name for each in with_code if not _test_of(each.path, root).exists()]


def _test_of(path: Path, root: Path) -> Path:
    name = path.parent.name if path.stem == "__init__" else path.stem.strip("_")
    return root / "tests" / path.parent / f"test_{name}.py"


def report(sources: Sequence[Module]) -> Iterator[str]:
    """The whole mirror, line by line."""
    for room in ROOMS:
        yield from _figures(room, [each for each in sources if each.name.split(".")[0] == room])
    yield from _figures("all", sources)
    longest = sorted(sources, key=lambda module: -module.lines)[:5]
    yield "longest modules: " + ", ".join(f"{each.path} {each.lines}" for each in longest)
    yield "broad handlers: " + _listed(
        f"{each.path}:{line}" for each in sources for line in broad_handlers(each)
    )
    yield "import cycles: " + _listed(" <-> ".join(each) for each in cycles(import_graph(sources)))
    twice = classes_named_twice(sources)
    yield "classes named twice: " + _listed(
        f"{name} ({', '.join(places)})" for name, places in sorted(twice.items())
    )
    yield "modules named by a gerund: " + _listed(gerunds(sources))
    without = untested(sources)
    yield f"no test of that name, {len(without)} of {len(sources)}: {_listed(without)}"


def _figures(name: str, sources: Sequence[Module]) -> Iterator[str]:
    lines = sum(module.lines for module in sources)
    lengths = function_lengths(sources)
    if len(lengths) < 2:
        return
    broad = sum(len(broad_handlers(module)) for module in sources)
    tenth = statistics.quantiles(lengths, n=10)[-1]
    long = sum(length > LONG_FUNCTION for length in lengths) / len(lengths)
    yield (
        f"{name:12} {len(sources):3} modules {lines:6} lines, longest"
        f" {max(module.lines for module in sources):4} | functions {len(lengths):4}, median"
        f" {statistics.median(lengths):4.1f}, p90 {tenth:4.1f}, over {LONG_FUNCTION}: {long:4.1%}"
        f" | broad {broad * 1000 / lines:.2f}/kloc"
    )


def _listed(items: Iterator[str] | Sequence[str]) -> str:
    return ", ".join(items) or "none"


if __name__ == "__main__":
    sys.stdout.write("\n".join(report(modules())) + "\n")
