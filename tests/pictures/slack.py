"""Blocks as Slack draws them, as far as our cards use them (Slack: reference/block-kit)."""

from __future__ import annotations

from html import escape
from typing import Any

CHANNEL = "# incidents"
STYLE = """
:root { --around: #f1eff2; --paper: #fff; --ink: #1d1c1d; --line: #dddddd; --faint: #616061;
  --app: #e8e8e8; --appink: #616061; --round: 8px; }
code { font: 12px "Liberation Mono", monospace; color: #c01343; background: #f6f6f6;
  border: 1px solid #dcdcdc; border-radius: 3px; padding: 2px 3px 1px; }
pre { font: 12px "Liberation Mono", monospace; background: #f8f8f8; border: 1px solid #ddd;
  border-radius: 4px; padding: 8px; white-space: pre-wrap; }
.button { border: 1px solid #bcbbbc; } .primary { background: #007a5a; color: #fff; border: 0; }
.danger { background: #e01e5a; color: #fff; border: 0; }
.context { color: var(--faint); font-size: 13px; } a { color: #1264a3; }
.head { font-size: 18px; font-weight: 900; } hr { border: 0; border-top: 1px solid #ddd; }
"""
EMOJI = {
    "red_circle": "🔴",
    "large_yellow_circle": "🟡",
    "white_check_mark": "✅",
    "hourglass_flowing_sand": "⏳",
    "no_entry": "⛔",
}


def draw(card: dict[str, Any]) -> str:
    return "".join(_block(block) for block in card["blocks"]) + _files(card)


def _files(card: dict[str, Any]) -> str:
    return "".join(
        f'<div class="context">📄 {escape(document)}</div>'
        for document in card.get("documents", ())
    )


def _block(block: dict[str, Any]) -> str:
    match block["type"]:
        case "rich_text":
            return "".join(_rich(part) for part in block["elements"])
        case "actions":
            return f'<div class="buttons">{"".join(map(_button, block["elements"]))}</div>'
        case "context":
            inside = " ".join(_text(part) for part in block["elements"])
            return f'<div class="context">{inside}</div>'
        case "header":
            return f'<div class="head">{_text(block["text"])}</div>'
        case "section":
            texts = [block["text"]] if "text" in block else block["fields"]
            return "".join(f"<div>{_text(text)}</div>" for text in texts)
        case "divider":
            return "<hr>"
        case unknown:
            message = f"no drawing of a block {unknown!r} yet"
            raise ValueError(message)


def _rich(part: dict[str, Any]) -> str:
    inside = part["elements"]
    match part["type"]:
        case "rich_text_section":
            return f"<div>{''.join(map(_inline, inside))}</div>"
        case "rich_text_list":
            tag = "ul" if part["style"] == "bullet" else "ol"
            items = "".join(f"<li>{_rich(item)}</li>" for item in inside)
            return f"<{tag}>{items}</{tag}>"
        case "rich_text_preformatted":
            return f"<pre>{''.join(map(_inline, inside))}</pre>"
        case _:
            return f"<blockquote>{''.join(map(_inline, inside))}</blockquote>"


def _inline(element: dict[str, Any]) -> str:
    if element["type"] == "emoji":
        return EMOJI[element["name"]]
    if element["type"] == "link":
        return f"<a>{escape(element.get('text', element['url']))}</a>"
    text = escape(element.get("text", "")).replace("\n", "<br>").replace("  ", " &nbsp;")
    for style, tag in (("code", "code"), ("bold", "b"), ("italic", "i"), ("strike", "s")):
        if element.get("style", {}).get(style):
            text = f"<{tag}>{text}</{tag}>"
    return text


def _text(text: dict[str, Any]) -> str:
    return escape(text["text"]).replace("\n", "<br>")


def _button(button: dict[str, Any]) -> str:
    return f'<span class="button {button.get("style", "")}">{_text(button["text"])}</span>'
