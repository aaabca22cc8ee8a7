"""Draws the golden cards of Slack and Discord: `python -m tests.pictures FOLDER`.

The messages are those of the golden files as people see them, drawn by our own HTML and CSS in the
likeness of each platform, on a desktop and on a phone, and photographed by Chromium.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.pictures import discord, slack
from tests.pictures.chromium import photograph
from tests.pictures.page import PictureMessage, page

if TYPE_CHECKING:
    from types import ModuleType

GOLDEN = Path(__file__).parents[1] / "golden" / "cards"
PLATFORMS: dict[str, ModuleType] = {"slack": slack, "discord": discord}
# What happens, in this order: a case with its causes, a question, and its end.
STORY = (
    PictureMessage(by="FaultMaven", at="02:53", card="case-hypotheses"),
    PictureMessage(by="dana", at="02:53", text="what was the first error?"),
    PictureMessage(by="FaultMaven", at="02:53", card="looking"),
    PictureMessage(by="FaultMaven", at="02:54", card="answer"),
    PictureMessage(by="FaultMaven", at="03:04", card="case-resolved"),
)


def main(arguments: list[str]) -> int:
    """`FOLDER` takes the story; `FOLDER CARD…` takes those cards, or `all`, instead."""
    if not arguments:
        sys.stderr.write("python -m tests.pictures FOLDER [CARD… | all]\n")
        return 2
    folder, *slugs = arguments
    for name, platform in PLATFORMS.items():
        story = _story(name, slugs)
        html = page(platform, [(message, _card(name, message)) for message in story])
        prefix = "case" if not slugs else "cards"
        path = Path(folder) / f"{prefix}-{name}.png"
        photograph(html, path)
        sys.stdout.write(f"{path}: {path.stat().st_size / 1000:.0f} kB\n")
    return 0


def _story(platform: str, slugs: list[str]) -> tuple[PictureMessage, ...]:
    if not slugs:
        return STORY
    every = sorted(path.name.split(".")[0] for path in GOLDEN.glob(f"*.{platform}.json"))
    wanted = every if slugs == ["all"] else slugs
    return tuple(PictureMessage(by="FaultMaven", at="02:53", card=slug) for slug in wanted)


def _card(platform: str, message: PictureMessage) -> dict[str, Any]:
    if not message.card:
        return {}
    path = GOLDEN / f"{message.card}.{platform}.json"
    card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return card


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
