"""Messages as Discord draws them, as far as our cards use them (Discord: resources/message).

Markdown is drawn as Discord reads it, so what was not escaped shows (Discord: reference, "Message
Formatting", and its support article "Markdown Text 101").
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

CHANNEL = "# incidents"
STYLE = """
:root { --around: #1e1f22; --paper: #313338; --ink: #dbdee1; --line: #26272b; --faint: #949ba4;
  --app: #5865f2; --appink: #fff; --round: 50%; }
.by { color: #f2f3f5; } .channel { color: #f2f3f5; }
.embed { background: #2b2d31; border-left: 4px solid; border-radius: 4px; padding: 10px 14px;
  margin-top: 4px; max-width: 520px; font-size: 14px; }
.embed .title { font-weight: 700; } .foot { color: var(--faint); font-size: 12px; }
code { font: 12px "Liberation Mono", monospace; background: #1e1f22; border-radius: 4px;
  padding: 2px 4px; }
pre { font: 12px "Liberation Mono", monospace; background: #1e1f22; padding: 8px;
  border-radius: 4px; white-space: pre-wrap; }
.button { background: #4e5058; color: #fff; font-weight: 500; border-radius: 4px;
  padding: 5px 14px; }
.button.s1 { background: #5865f2; } .button.s3 { background: #248046; }
.button.s4 { background: #da373c; } a { color: #00a8fc; }
.ping { background: #3c4270; color: #c9cdfb; }
blockquote { border-left: 4px solid #4e5058; padding-left: 10px; }
h1, h2, h3 { font-size: 18px; } .spoiler { background: #1e1f22; color: #1e1f22; }
"""
INLINE = re.compile(
    r"\\(?P<escaped>[^A-Za-z0-9\s])"
    r"|(?P<ticks>`+)(?P<code>.+?)(?P=ticks)"
    r"|\*\*(?P<bold>.+?)\*\*"
    r"|~~(?P<strike>.+?)~~"
    r"|\|\|(?P<spoiler>.+?)\|\|"
    r"|\*(?P<star>[^\s*](?:.*?[^\s*])?)\*"
    r"|(?<!\w)_(?P<under>.+?)_(?!\w)"
    r"|\[(?P<label>[^\]]+)\]\((?P<url>https?://[^)\s]+)\)"
    r"|(?P<link>https?://[^\s<]+)"
    r"|(?P<ping><[@#][!&]?\d+>|@everyone|@here)",
    re.DOTALL,
)
TAGS = {"bold": "b", "strike": "s", "star": "i", "under": "i"}
LINE = re.compile(r"(?P<sign>#{1,3}|-#|[-*]|\d+\.|>) (?P<rest>.*)")


def draw(card: dict[str, Any]) -> str:
    """Of a golden file: its message, and the names of files that go with it."""
    body = card["message"]
    parts = [markdown(body["content"])] if body.get("content") else []
    parts += [_embed(embed) for embed in body.get("embeds") or ()]
    for row in body.get("components") or ():
        parts.append(f'<div class="buttons">{"".join(map(_button, row["components"]))}</div>')
    names = [
        str(document["name"] if isinstance(document, dict) else document)
        for document in card.get("documents", ())
    ]
    parts += [f'<div class="foot">📄 {escape(name)}</div>' for name in names]
    return "".join(parts)


def _embed(embed: dict[str, Any]) -> str:
    title = f'<div class="title">{inline(embed["title"])}</div>' if embed.get("title") else ""
    fields = "".join(
        f"<div><b>{inline(field['name'])}</b></div>{markdown(field['value'])}"
        for field in embed.get("fields", ())
    )
    foot = embed.get("footer", {}).get("text", "")
    inside = title + markdown(embed.get("description", "")) + fields
    inside += f'<div class="foot">{escape(foot)}</div>' if foot else ""
    colour = f"#{int(embed.get('color') or 0x1E1F22):06x}"
    return f'<div class="embed" style="border-color:{colour}">{inside}</div>'


def _button(button: dict[str, Any]) -> str:
    return f'<span class="button s{button["style"]}">{escape(button["label"])}</span>'


def markdown(text: str) -> str:
    """Blocks of code, then lines."""
    parts = re.split(r"```(?:\w*\n)?(.+?)```", text, flags=re.DOTALL)
    drawn = [
        f"<pre>{escape(part)}</pre>" if place % 2 else "".join(map(_line, part.splitlines()))
        for place, part in enumerate(parts)
    ]
    return "".join(drawn)


def _line(line: str) -> str:
    match = LINE.fullmatch(line)
    if match is None:
        return f"<div>{inline(line) or '&nbsp;'}</div>"
    rest, sign = inline(match["rest"]), match["sign"]
    if sign == "-#":
        return f'<div class="foot">{rest}</div>'
    if sign.startswith("#"):
        return f"<h{len(sign)}>{rest}</h{len(sign)}>"
    if sign == ">":
        return f"<blockquote>{rest}</blockquote>"
    if sign in "-*":
        return f"<ul><li>{rest}</li></ul>"
    return f'<ol start="{sign[:-1]}"><li>{rest}</li></ol>'


def inline(text: str) -> str:
    """Escapes are taken away, marks become tags, the rest is text."""
    drawn, at = "", 0
    for match in INLINE.finditer(text):
        drawn += escape(text[at : match.start()]) + _marked(match)
        at = match.end()
    return drawn + escape(text[at:])


def _marked(match: re.Match[str]) -> str:
    for name, tag in TAGS.items():
        if match[name]:
            return f"<{tag}>{inline(match[name])}</{tag}>"
    if match["escaped"]:
        return escape(match["escaped"])
    if match["code"]:
        return f"<code>{escape(match['code'])}</code>"
    if match["spoiler"]:
        return f'<span class="spoiler">{inline(match["spoiler"])}</span>'
    if match["ping"]:
        return f'<span class="ping">{escape(match["ping"])}</span>'
    return f"<a>{escape(match['label'] or match['link'])}</a>"
