from __future__ import annotations

from pathlib import Path
from time import process_time

import pytest

from core.evidence.lines import read_blocks
from core.evidence.logs.stack_frames import (
    MAX_FRAMES,
    StackFrame,
    kept_frames,
    read_frames,
    simple_function,
    stored_frames,
)
from core.evidence.logs.stack_traces import StackTrace, TraceFinder
from core.evidence.model import PlainFile

RECORDED = Path(__file__).with_name("recorded")
TRACES = {
    "python": (
        'Traceback (most recent call last):\n  File "/app/m.py", line 3, in <module>\n    f()\n'
        '  File "/app/cart/views.py", line 41, in render_cart\n    1/0\nZeroDivisionError: x',
        [("/app/cart/views.py", 41, "render_cart"), ("/app/m.py", 3, "")],
    ),
    "java": (
        "java.lang.IllegalStateException: x\n\tat com.shop.web.Api.get(Api.java:9)\n"
        "Caused by: java.lang.NullPointerException: y\n"
        "\tat com.shop.cart.CartService.lambda$render$0(CartService.java:41)\n"
        "\tat com.shop.cart.Cart.<init>(Cart.java:7)\n"
        "\tat app//com.shop.Outer$Inner.go(Outer.java:3)",
        [
            ("com/shop/cart/CartService.java", 41, "render"),
            ("com/shop/cart/Cart.java", 7, "Cart"),
            ("com/shop/Outer.java", 3, "go"),
        ],
    ),
    "node": (
        "TypeError: x\n    at renderCart (/app/src/cart.js:41:13)\n"
        "    at async Cart.show [as handler] (file:///app/src/views.mjs:3:1)\n"
        "    at /app/src/index.js:1:1",
        [
            ("/app/src/cart.js", 41, "renderCart"),
            ("file:///app/src/views.mjs", 3, "show"),
            ("/app/src/index.js", 1, ""),
        ],
    ),
    "dotnet": (
        "System.Exception: x\n   at Shop.Cart.<Render>d__5.MoveNext() in /src/Cart.cs:line 41\n"
        "   at Shop.Cart..ctor(Int32 x) in /src/Cart.cs:line 4",
        [("/src/Cart.cs", 41, "Render"), ("/src/Cart.cs", 4, "Cart")],
    ),
    "go": (
        "panic: x\n\ngoroutine 1 [running]:\nmain.(*Cart).Render(0xc000, {0x1, 0x2})\n"
        "\t/app/cart.go:41 +0x1d\nmain.main.func1()\n\t/app/main.go:9 +0x1d",
        [("/app/cart.go", 41, "Render"), ("/app/main.go", 9, "main")],
    ),
    "ruby": (
        "app/cart.rb:41:in `block (2 levels) in render': undefined (NoMethodError)\n"
        "\tfrom app/main.rb:3:in 'Shop::Cart#show?'",
        [("app/cart.rb", 41, "render"), ("app/main.rb", 3, "show?")],
    ),
    "swift": (
        "0   MyApp  0x0000000104a2 CartView.render(order:) + 124 (CartView.swift:41)\n"
        "1   MyApp  0x0000000104a2 closure #1 in App.run() + 12 (App.swift:4)",
        [("CartView.swift", 41, "render"), ("App.swift", 4, "run")],
    ),
    "php": (
        "PHP Fatal error:  Uncaught Error: x in /app/src/Cart.php:41\nStack trace:\n"
        "#0 /app/src/View.php(9): Cart->render()\n#1 {main}",
        [("/app/src/Cart.php", 41, ""), ("/app/src/View.php", 9, "")],
    ),
}


@pytest.mark.parametrize("language", TRACES)
def test_the_innermost_frame_is_first(language: str) -> None:
    text, expected = TRACES[language]
    frames = read_frames(text, language)
    assert [(each.path, each.line, each.function) for each in frames] == expected


def recorded(name: str) -> list[StackTrace]:
    traces = TraceFinder()
    for block in read_blocks(PlainFile(RECORDED / name)):
        traces.watch(block)
    return list(traces.traces.values())


def test_gdb_shows_each_thread() -> None:
    crashed, waiting = recorded("gdb.log")
    assert (crashed.language, crashed.raised, crashed.count) == ("gdb", "SIGSEGV", 2)
    assert crashed.frames[:2] == (
        StackFrame(path="cart.c", line=11, function="price_of"),
        StackFrame(path="cart.c", line=18, function="render_cart"),
    )
    assert waiting.raised == ""


def test_elixir_tells_the_same_three_times() -> None:
    (trace,) = recorded("elixir.log")
    assert (trace.language, trace.raised, trace.count) == ("elixir", "ArithmeticError", 3)
    assert trace.says == "bad argument in arithmetic expression"
    assert trace.frames[0] == StackFrame(path="lib/cart.ex", line=8, function="price")


def test_erlang_reports_a_process_and_a_crash() -> None:
    failed, crashed = recorded("erlang.log")
    assert (failed.raised, crashed.raised) == ("badarith", "error")
    for trace in (failed, crashed):
        assert trace.frames[0] == StackFrame(path="cart.erl", line=14, function="price")


def test_rust_panics_where_its_own_code_is() -> None:
    (trace,) = recorded("rust.log")
    assert (trace.language, trace.raised) == ("rust", "panicked")
    assert StackFrame(path="./cart.rs", line=4, function="render") in trace.frames


@pytest.mark.parametrize(
    "line",
    [
        "shop/main.swift:3: Fatal error: Index out of range",
        "Fatal error: Index out of range: file shop/main.swift, line 3",
        "0 [ra] 0x00005555 main + 12 in shop at shop/main.swift:3:5",
    ],
)
def test_swift_tells_where_it_stopped(line: str) -> None:
    (frame,) = read_frames(line, "swift")
    assert (frame.path, frame.line) == ("shop/main.swift", 3)


@pytest.mark.parametrize(
    ("name", "simple"),
    [
        ("<module>", ""),
        ("<lambda>", ""),
        ("Object.<anonymous>", ""),
        ("anonymous fn/2 in Shop.Cart.render/1", "render"),
        ("'-render/1-lc$^0/1-0-'", "render"),
        ("<shop::Cart as core::fmt::Display>::fmt", "fmt"),
        ("shop::render::h0123456789abcdef", "render"),
        ("new Cart", "Cart"),
        ("shop/cart.Map[...]", "Map"),
    ],
)
def test_a_function_has_the_name_of_its_source(name: str, simple: str) -> None:
    assert simple_function(name) == simple


def test_frames_are_kept_as_they_were() -> None:
    frames = read_frames(TRACES["python"][0], "python")
    assert tuple(kept_frames(stored_frames(frames))) == frames


def test_a_deep_trace_of_python_keeps_its_end(tmp_path: Path) -> None:
    calls = [f'  File "/app/m.py", line {n}, in f{n}\n    f()' for n in range(1, 90)]
    text = "\n".join(["Traceback (most recent call last):", *calls, "ValueError: x", ""])
    (tmp_path / "log").write_text(text)
    traces = TraceFinder()
    for block in read_blocks(PlainFile(tmp_path / "log")):
        traces.watch(block)
    (trace,) = traces.traces.values()
    assert trace.frames[0] == StackFrame(path="/app/m.py", line=89, function="f89")
    assert len(trace.frames) == MAX_FRAMES


@pytest.mark.parametrize("language", [*TRACES, "gdb", "elixir", "erlang", "rust"])
def test_no_line_takes_long(language: str) -> None:
    began = process_time()
    for part in ('File "', "at x(", "#0 ", "  (a b) ", "{a,b,", "1: a\n at ", "0 a + 1 ", "a.b::"):
        read_frames("\n".join([(part * 400)[:1_000]] * 60), language)
    assert process_time() - began < 1.5
