from __future__ import annotations

from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.evidence.code.languages import language_named, language_of, names_code
from core.evidence.code.outline import MAX_BYTES, MAX_SYMBOLS, SymbolKind, read_outline

SOURCES = {
    "a.py": (
        "import os\nfrom x import y\n\n\nclass A:\n    @deco\n    def f(self):\n        return 1\n"
        "\n\nasync def h():\n    pass\n",
        [("A", 5, 8), ("A.f", 7, 8), ("h", 11, 12)],
    ),
    "A.java": (
        "package x;\nimport java.util.List;\npublic class A {\n  A() {}\n  int f(int x) {\n"
        "    return 1;\n  }\n}\n",
        [("A", 3, 8), ("A.A", 4, 4), ("A.f", 5, 7)],
    ),
    "a.kt": (
        "package x\n\nimport a.b.C\n\nclass A(val n: Int) {\n    fun f(x: Int): Int {\n"
        "        return x\n    }\n}\n\nfun top() = 1\n",
        [("A", 5, 9), ("A.f", 6, 8), ("top", 11, 11)],
    ),
    "a.scala": (
        "import a.b\nclass A {\n  def f(x: Int): Int = {\n    x\n  }\n}\nobject O { def g = 1 }\n",
        [("A", 2, 6), ("A.f", 3, 5), ("O", 7, 7), ("O.g", 7, 7)],
    ),
    "a.go": (
        'package main\n\nimport (\n\t"fmt"\n)\n\ntype Cart struct{}\n\n'
        "func (c *Cart) Render(x int) int {\n\treturn x\n}\n\nfunc main() {\n\tfmt.Println()\n}\n",
        [("Cart", 7, 7), ("Cart.Render", 9, 11), ("main", 13, 15)],
    ),
    "a.js": (
        "import x from 'y';\nfunction f() {}\nconst g = async (a) => {\n  return a;\n};\n"
        "class A {\n  m() {}\n}\nmodule.exports.k = function () {};\n",
        [("f", 2, 2), ("g", 3, 5), ("A", 6, 8), ("A.m", 7, 7), ("module.exports.k", 9, 9)],
    ),
    "a.ts": (
        "import { x } from 'y';\nexport function f(a: number): number {\n  return a;\n}\n"
        "class A {\n  private m(): void {}\n}\n",
        [("f", 2, 4), ("A", 5, 7), ("A.m", 6, 6)],
    ),
    "a.tsx": ("export const App = () => <div>{x}</div>;\n", [("App", 1, 1)]),
    "A.cs": (
        "using System;\nnamespace N {\n  public class A {\n    public A() {}\n"
        "    public int F(int x) {\n      return 1;\n    }\n  }\n}\n",
        [("A", 3, 8), ("A.A", 4, 4), ("A.F", 5, 7)],
    ),
    "a.rb": (
        "module M\n  class A\n    def f(x)\n      1\n    end\n    def self.g; end\n  end\nend\n",
        [("M", 1, 8), ("M.A", 2, 7), ("M.A.f", 3, 5), ("M.A.g", 6, 6)],
    ),
    "a.php": (
        "<?php\nuse B\\C;\nclass Cart {\n  public function render() {\n    return 1;\n  }\n}\n"
        "function top() {}\n",
        [("Cart", 3, 7), ("Cart.render", 4, 6), ("top", 8, 8)],
    ),
    "a.c": (
        "#include <stdio.h>\nstatic int *f(int x)\n{\n  return 0;\n}\n"
        "int main(void) { return 0; }\n",
        [("f", 2, 5), ("main", 6, 6)],
    ),
    "a.cpp": (
        "#include <x>\nnamespace n {\nclass A {\n  int f() { return 1; }\n};\n}\n"
        "int n::A::g(int x) { return x; }\nA& k() { return x; }\n",
        [("n", 2, 6), ("n.A", 3, 5), ("n.A.f", 4, 4), ("n.A.g", 7, 7), ("k", 8, 8)],
    ),
    "a.rs": (
        "use std::io;\nstruct A;\nimpl A {\n    fn f(&self) -> i32 {\n        1\n    }\n}\n"
        "fn main() {}\n",
        [("A", 2, 2), ("A", 3, 7), ("A.f", 4, 6), ("main", 8, 8)],
    ),
}


@pytest.mark.parametrize("name", SOURCES)
def test_functions_and_classes_have_their_lines(name: str) -> None:
    text, expected = SOURCES[name]
    language = language_of(name)
    assert language is not None
    outline = read_outline(text.encode(), language)
    assert [(each.name, each.first, each.last) for each in outline.symbols] == expected
    assert not outline.is_cut


def test_imports_are_told_once() -> None:
    python = language_named("python")
    assert python is not None
    outline = read_outline(b"import os\nimport os\nfrom a import (\n  b,\n)\n", python)
    assert outline.imports == ("import os", "from a import ( b, )")


def test_a_function_that_only_moved_has_the_same_digest() -> None:
    python = language_named("python")
    assert python is not None
    first, moved, changed = (
        read_outline(text, python).symbols[-1].digest
        for text in (
            b"def f():\n    return 1\n",
            b"\n\nclass A:\n    def f():\n        return 1\n",
            b"def f():\n    return 2\n",
        )
    )
    assert first == moved != changed


def test_a_file_that_breaks_off_keeps_what_stands_before() -> None:
    python = language_named("python")
    assert python is not None
    outline = read_outline(b"def f():\n    return 1\n\n\ndef g(:\n    retu", python)
    assert "f" in [each.name for each in outline.symbols]


@pytest.mark.parametrize("name", ["values.yaml", "notes.txt", "app.log", "script.sh"])
def test_what_has_no_grammar_is_no_code(name: str) -> None:
    assert language_of(name) is None


def test_a_marked_version_has_its_language() -> None:
    language = language_of("cart/views.py.old")
    assert language is not None
    assert language.title == "Python"


def test_a_diff_is_of_code_by_the_names_of_its_files() -> None:
    diff = "--- a/{0}\n+++ b/{0}\n@@ -1 +1 @@\n-a\n+b\n"
    assert names_code(diff.format("cart/views.py"))
    assert not names_code(diff.format("cart/values.yaml"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("python", b"(" * 100_000 + b")" * 100_000),
        ("javascript", b"[" * 300_000),
        ("python", b"x=1;" * 2_500_000),
        ("java", b"a<" * 200_000),
    ],
    ids=["nested", "open", "one line of 10 MB", "ambiguous"],
)
def test_a_hostile_file_costs_little(name: str, text: bytes) -> None:
    language = language_named(name)
    assert language is not None
    began = process_time()
    outline = read_outline(text, language)
    assert process_time() - began < 4
    assert outline.symbols == ()


def test_no_more_symbols_are_kept_than_allowed() -> None:
    language = language_named("javascript")
    assert language is not None
    outline = read_outline(b"function f() {}\n" * (MAX_SYMBOLS + 1), language)
    assert len(outline.symbols) == MAX_SYMBOLS
    assert outline.is_cut
    assert len(b"function f() {}\n" * (MAX_SYMBOLS + 1)) < MAX_BYTES


PARTS = [
    "def f():\n", "class A", "{", "}", "(", ")", "\n", "  ", '"', "'", "\0", "é",
    "func (", "=>", "#if", "<?php", "::", ";", "import ", "/*", "`${", "@",
]  # fmt: skip


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from(PARTS),
        max_size=60,
    ),
    st.sampled_from(["python", "java", "go", "tsx", "csharp", "ruby", "php", "cpp", "rust"]),
)
def test_any_text_has_an_outline_within_its_lines(parts: list[str], name: str) -> None:
    text, language = "".join(parts), language_named(name)
    assert language is not None
    for symbol in read_outline(text.encode(), language).symbols:
        assert 1 <= symbol.first <= symbol.last <= text.count("\n") + 1
        assert symbol.kind in SymbolKind
