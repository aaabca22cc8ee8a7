"""Draws the golden cards again: `python -m tests.cards`, or `make cards`. Look at the difference.

All that a renderer draws of every example: a terminal's lines, Slack's blocks, Discord's message.
`python -m tests.cards --picture FILE.svg` draws them as a terminal would, for looking at.
"""

from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from bot.terminal.cards import draw
from tests.bot.discord import golden as discord
from tests.bot.slack import golden as slack
from tests.examples import examples

if TYPE_CHECKING:
    from core.conversation.cards.card import Card

GOLDEN = Path(__file__).parent / "golden" / "cards"
WIDTHS = {"terminal": 80, "phone": 44}  # columns


def drawn(card: Card, *, width: int) -> str:
    """The card as a terminal without colours shows it."""
    out = StringIO()
    console = Console(file=out, width=width, color_system=None, legacy_windows=False)
    console.print(draw(card, width=width))
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def golden_path(slug: str, screen: str) -> Path:
    return GOLDEN / f"{slug}.{screen}.txt"


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--picture"]:
        picture(Path(arguments[1]), arguments[2:])
        return
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for stale in GOLDEN.glob("*.txt"):
        stale.unlink()
    for slug, card in examples().items():
        for screen, width in WIDTHS.items():
            golden_path(slug, screen).write_text(drawn(card, width=width), encoding="utf-8")
    slack.main()
    discord.main()


def picture(path: Path, slugs: list[str], *, width: int = 80) -> None:
    """All cards, or those named, on one picture of a terminal."""
    console = Console(record=True, width=width, file=StringIO(), force_terminal=True)
    for slug, card in examples().items():
        if not slugs or slug in slugs:
            console.print(Text(slug, style="dim italic"))
            console.print(draw(card, width=width))
            console.print()
    path.write_text(console.export_svg(title="faultmaven chat"), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
