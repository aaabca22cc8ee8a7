"""Output of `make demo` and `make test`: recorded, shortened for the README, and drawn.

`python -m docs.transcript` plays the demo and writes the README's block and the picture; a test
plays it again and compares. With FILE, it writes from there what `make test` printed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PICTURE = ROOT / "docs" / "images" / "case.svg"
WIDTH = 96  # columns
LONGEST_S = 180
MARK, CODE, CUT = "▸ ", "  code: ", "…"
# How many of the lines below each step's own two the README shows, and the picture.
SHOWN = (0, 0, 2, 5, 12, 4, 12)
RANKED, ASKED = 4, 5  # the two steps that are drawn
DRAWN = (30, 7)
BLOCK = r"(?<=^<!-- {} -->\n```text\n).*?(?=^```$)"
TESTS = re.compile(  # lines that the README shows of a run of all tests
    r"=+ test session starts|platform |Using --randomly-seed|\d+ workers \[|\S+ +\[ *(?:\d|100)%\]$"
    r"|TOTAL |=+ \d+ passed"
)
THEME = TerminalTheme(
    (22, 27, 34),
    (222, 228, 234),
    [
        (110, 118, 129), (248, 113, 105), (63, 185, 80), (227, 179, 65),
        (88, 166, 255), (188, 140, 255), (57, 197, 207), (177, 186, 196),
    ],
)  # fmt: skip
# Rich's own template, without the font that it would fetch from elsewhere.
SVG = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: "DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
}}
.{unique_id}-title {{ font-family: sans-serif; font-size: 16px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


@dataclass(frozen=True)
class Step:
    """What happened, where in the code, and what was shown then."""

    lines: tuple[Text, ...]
    shown: tuple[Text, ...]

    def first(self, count: int) -> tuple[Text, ...]:
        """All of its own lines, `count` of those shown, and a mark where there are more."""
        cut = (Text(CUT, style="dim"),) if count < len(self.shown) else ()
        return (*self.lines, *self.shown[:count], *cut)


def play() -> tuple[Step, ...]:
    """What `faultmaven demo` says when nobody is there to type, with its colours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FAULTMAVEN_")}
    terminal = {"COLUMNS": str(WIDTH), "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    done = subprocess.run(
        (sys.executable, "-m", "faultmaven", "demo"),
        env={**kept, **terminal, "LOGNAME": "dana"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=True,
    )
    return tuple(_steps([Text.from_ansi(line) for line in done.stdout.splitlines()]))


def shortened(steps: Sequence[Step]) -> str:
    """The steps as the README shows them."""
    parts = [step.first(count) for step, count in zip(steps, SHOWN, strict=True)]
    return "\n".join("".join(f"{line.plain.rstrip()}\n" for line in part) for part in parts)


def in_readme(name: str) -> str:
    """What the README says that `make NAME` prints."""
    block = _block(name).search(README.read_text(encoding="utf-8"))
    return block[0] if block else ""


def shortened_tests(printed: str) -> str:
    """A run of all tests as the README shows it. Raises ValueError where not all passed."""
    run = re.search(r"^=+ test session starts.*^=+ \d+ passed in [^\n]*", printed, re.M | re.S)
    if run is None:
        message = "not all tests passed"
        raise ValueError(message)
    shown: list[str] = []
    for line in run[0].splitlines():
        if TESTS.match(line):
            shown.append(line)
        elif line and shown[-1:] != [CUT]:
            shown.append(CUT)
    return "".join(f"{line}\n" for line in shown)


def picture(steps: Sequence[Step]) -> str:
    """The case, its hypotheses and an answer, as an SVG of a terminal."""
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True)
    for number, count in zip((RANKED, ASKED), DRAWN, strict=True):
        console.print(Text("\n").join(steps[number].first(count)), end="\n\n")
    return console.export_svg(
        title="faultmaven demo", theme=THEME, code_format=SVG, unique_id="faultmaven"
    )


def main(arguments: Sequence[str]) -> None:
    """Write what the demo prints, and its picture; or what the tests printed into a file."""
    if arguments:
        write("test", shortened_tests(Path(arguments[0]).read_text(encoding="utf-8")))
        return
    steps = play()
    write("demo", shortened(steps))
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(picture(steps), encoding="utf-8")


def write(name: str, block: str) -> None:
    """Put the block into the README, below its mark."""
    text = README.read_text(encoding="utf-8")
    README.write_text(_block(name).sub(lambda _: block, text, count=1), encoding="utf-8")


def _block(name: str) -> re.Pattern[str]:
    return re.compile(BLOCK.format(name), re.DOTALL | re.MULTILINE)


def _steps(lines: Sequence[Text]) -> Iterator[Step]:
    """A step begins with its mark; its own lines end with the one that names the code."""
    begins = [at for at, line in enumerate(lines) if line.plain.startswith(MARK)]
    for begin, end in zip(begins, [*begins[1:], len(lines)], strict=True):
        own = next(at for at in range(begin, end) if lines[at].plain.startswith(CODE))
        last = max(at for at in range(own, end) if at == own or lines[at].plain.strip())
        yield Step(tuple(lines[begin : own + 1]), tuple(lines[own + 1 : last + 1]))


if __name__ == "__main__":
    main(sys.argv[1:])
