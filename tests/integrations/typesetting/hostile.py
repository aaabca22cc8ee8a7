"""Texts that would do something wherever they were read as markup."""

from __future__ import annotations

HOSTILE = (
    '#read("/etc/passwd")',
    '#import "@preview/cetz:0.3.0": canvas',
    '#include "/etc/hostname"',
    '#image("/etc/passwd")',
    "$ sum_(i=0)^n $ and $x_1$",
    "@label <label> #label *bold* _it_ = heading",
    "<script>alert(1)</script>",
    "](http://evil.example) [x](http://evil.example)",
    "![x](http://evil.example/a.png) ![x][timeline]",
    "[timeline]: http://evil.example",
    "` `` ``` ```` `x` ~~~",
    "\\ \\u{41} \\# //comment /* comment */ ~ -- --- ...",
    "# heading\n## heading\n- item\n    code",
    "x" * 5_000,
    "/".join(["very-long-path"] * 200),
    "مرحبا بالعالم \u202egol.exe\u202c שלום",
    "\u2066\u2067isolates\u2069 \ufeff \u200b",
    "🚒 🇩🇪 👩‍🚒 漢字 ελληνικά",
    "nul \x00 esc \x1b[31m red \x07 bell",
    "\ud800 half \udfff",
    "\ufffe \uffff \U0010ffff",
)
