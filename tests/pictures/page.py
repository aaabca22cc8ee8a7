"""One page: the same messages on a desktop and on a phone, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

FRAME = """
* { box-sizing: border-box; margin: 0; }
body { display: flex; gap: 30px; align-items: flex-start; padding: 20px; width: 1180px;
  background: var(--around); color: var(--ink); line-height: 1.46;
  font-family: Lato, "Helvetica Neue", "Liberation Sans", Arial, sans-serif; font-size: 15px; }
.screen { background: var(--paper); border: 1px solid var(--line); border-radius: 10px;
  overflow: hidden; }
.desktop { width: 720px; } .phone { width: 390px; border-radius: 26px; }
.channel { padding: 12px 20px; border-bottom: 1px solid var(--line); font-weight: 700; }
.message { display: flex; gap: 10px; padding: 9px 20px; }
.phone .message { padding: 9px 14px; }
.face { flex: none; width: 36px; height: 36px; border-radius: var(--round); color: #fff;
  display: grid; place-items: center; font-weight: 700; }
.body { min-width: 0; flex: 1; overflow-wrap: anywhere; }
.by { font-weight: 700; } .at { color: var(--faint); font-size: 12px; margin-left: 6px; }
.app { font-size: 10px; padding: 1px 4px; border-radius: 3px; margin-left: 5px;
  vertical-align: 1px; background: var(--app); color: var(--appink); font-weight: 700; }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 8px; }
.button { border-radius: 6px; padding: 4px 12px; font-weight: 700; font-size: 13px; }
ul, ol { padding-left: 24px; }
"""
MEASURE = """<script>document.documentElement.setAttribute("data-height",
 Math.ceil(document.body.getBoundingClientRect().height))</script>"""


@dataclass(frozen=True, kw_only=True)
class PictureMessage:
    """One message: a person's text, or a golden card."""

    by: str
    at: str
    text: str = ""
    card: str = ""


Story = Sequence[tuple[PictureMessage, dict[str, Any]]]


def page(platform: ModuleType, story: Story) -> str:
    """`platform` has STYLE, CHANNEL and `draw(card)`."""
    return _document(platform, story, ("desktop", "phone"))


def phone(platform: ModuleType, story: Story) -> str:
    """The same on a phone alone."""
    return _document(platform, story, ("phone",))


def _document(platform: ModuleType, story: Story, kinds: Sequence[str]) -> str:
    drawn = "".join(_message(platform, message, card) for message, card in story)
    screens = "".join(
        f'<div class="screen {kind}"><div class="channel">{escape(platform.CHANNEL)}</div>'
        f"{drawn}</div>"
        for kind in kinds
    )
    head = f'<meta charset="utf-8"><style>{FRAME}{platform.STYLE}</style>'
    return f"<!doctype html><html><head>{head}</head><body>{screens}{MEASURE}</body></html>"


def _message(platform: ModuleType, message: PictureMessage, card: dict[str, Any]) -> str:
    initial = message.by[0].upper()
    app = '<span class="app">APP</span>' if message.card else ""
    colour = "#1f2a37" if message.card else "#a4508b"
    body = platform.draw(card) if message.card else escape(message.text)
    return (
        f'<div class="message"><div class="face" style="background:{colour}">{initial}'
        f'</div><div class="body"><span class="by">{escape(message.by)}</span>{app}'
        f'<span class="at">{message.at}</span><div class="said">{body}</div></div></div>'
    )
