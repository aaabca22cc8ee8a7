"""Draws the ten screens of the documentation as phones show them: `make screens`.

`SOURCES` beside the pictures says from which golden cards they were drawn; a test compares, and a
screen is drawn again only where its card has changed. The page with them is written, too.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.pictures import discord, slack
from tests.pictures.chromium import photograph
from tests.pictures.page import PictureMessage, phone

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "cards"
FOLDER = ROOT / "docs" / "images" / "screens"
SOURCES = FOLDER / "sources.json"
PAGE = ROOT / "docs" / "explanation" / "screens.md"
PLATFORMS: dict[str, ModuleType] = {"slack": slack, "discord": discord}
MOST_LINES = 24  # of the terminal, which scrolls
WIDTH = 430  # pixels, of the picture; the phone in it has 390

HEAD = """# What it looks like

Ten moments of an incident, as a phone shows them in Slack and in Discord, and as the terminal
prints them. They are drawn from the cards that tests compare (`make screens`), not photographed in
the apps: fonts and margins differ there, words, order and buttons do not.
"""


@dataclass(frozen=True, kw_only=True)
class Screen:
    """A golden card, when it is seen, and what was typed before it, if anything."""

    card: str
    title: str
    what: str
    typed: str = ""


SCREENS = (
    Screen(
        card="case-hypotheses",
        title="The case card",
        what="One message per case, edited as things change: what fires, who is hurt, what is "
        "believed and why, what to do next.",
    ),
    Screen(
        card="news-cause",
        title="The verdict",
        what="Once the evidence decides, a line of its own: cause, impact, trigger, the lines that "
        "show it.",
    ),
    Screen(
        card="why",
        title="Why",
        typed="why 1",
        what="What speaks for and against one hypothesis, each with its line.",
    ),
    Screen(
        card="check",
        title="A check",
        typed="run",
        what="The command that separates the hypotheses best, and two buttons for what it shows.",
    ),
    Screen(
        card="case-confirmed",
        title="Confirmed",
        what="The same card once somebody said `confirm 1`.",
    ),
    Screen(
        card="news-back",
        title="It is back",
        what="The alerts of a resolved case fire again: a line that the channel sees.",
    ),
    Screen(
        card="file-storm",
        title="Many files at once",
        what="A dozen files in one drop: one message, and what is telling in them.",
    ),
    Screen(
        card="report",
        title="The report",
        typed="report",
        what="Markdown to keep, as a file.",
    ),
    Screen(
        card="refused",
        title="A refusal",
        typed="confirm 7",
        what="What was not done, and what to type instead.",
    ),
    Screen(
        card="help",
        title="Help",
        typed="help",
        what="By what you want to do, an example each.",
    ),
)


def sources() -> dict[str, str]:
    """The digest of each golden card that is drawn, by the name of its file."""
    names = [f"{screen.card}.{platform}.json" for screen in SCREENS for platform in PLATFORMS]
    return {name: hashlib.sha256((GOLDEN / name).read_bytes()).hexdigest()[:16] for name in names}


def written_page() -> str:
    """The page, with the cards of the terminal in it."""
    return "\n".join([HEAD, *(_section(screen) for screen in SCREENS)])


def main() -> int:
    drawn = json.loads(SOURCES.read_text(encoding="utf-8")) if SOURCES.exists() else {}
    now = sources()
    for screen in SCREENS:
        for name, platform in PLATFORMS.items():
            source, path = f"{screen.card}.{name}.json", _picture(screen, name)
            if drawn.get(source) != now[source] or not path.exists():
                photograph(_html(screen, name, platform), path, width=WIDTH)
                sys.stdout.write(f"{path}: {path.stat().st_size / 1000:.0f} kB\n")
    SOURCES.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    PAGE.write_text(written_page(), encoding="utf-8")
    return 0


def _html(screen: Screen, name: str, platform: ModuleType) -> str:
    card = json.loads((GOLDEN / f"{screen.card}.{name}.json").read_text(encoding="utf-8"))
    ours = (PictureMessage(by="FaultMaven", at="02:53", card=screen.card), card)
    if not screen.typed:
        return phone(platform, [ours])
    return phone(platform, [(PictureMessage(by="dana", at="02:53", text=screen.typed), {}), ours])


def _picture(screen: Screen, platform: str) -> Path:
    return FOLDER / f"{screen.card}-{platform}.png"


def _section(screen: Screen) -> str:
    pictures = " ".join(
        f"![{screen.title} in {name.capitalize()}, on a phone](../images/screens/"
        f"{_picture(screen, name).name})"
        for name in PLATFORMS
    )
    terminal = (GOLDEN / f"{screen.card}.terminal.txt").read_text(encoding="utf-8")
    typed = f" Typed: `{screen.typed}`." if screen.typed else ""
    lines = terminal.rstrip().split("\n")
    more = [f"… {len(lines) - MOST_LINES} lines more"] if len(lines) > MOST_LINES else []
    shown = "\n".join(["```text", *lines[:MOST_LINES], *more, "```"])
    return f"## {screen.title}\n\n{screen.what}{typed}\n\n{pictures}\n\n{shown}\n"


if __name__ == "__main__":
    sys.exit(main())
