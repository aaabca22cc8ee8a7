"""Reads the Markdown of a report into plain blocks of text: all that the typesetter is given.

Only the few marks that reports use are understood; everything else is text. What stands in a code
span is text from outside: with blanks in it somebody's words (`quote`), else a name (`name`), or
in parentheses the place of a line (`place`).
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt

from core.text.redacted import legible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

_RULES = ["heading", "list", "code", "backticks", "newline", "image", "reference"]
_BOXES = {"[ ] ": "open", "[x] ": "done"}
_PIECE = 24  # characters of a word that stay together; a longer one may be parted
_PARTED = re.compile(rf"[^\s/_.,;:=&?|-]{{1,{_PIECE}}}[/_.,;:=&?|-]*|[/_.,;:=&?|-]{{1,{_PIECE}}}")
_FROM_RIGHT = frozenset({"R", "AL", "AN"})
_ISOLATED = "\N{FIRST STRONG ISOLATE}{}\N{POP DIRECTIONAL ISOLATE}"

Block = dict[str, Any]  # plain JSON; `kind` says which fields it has


def blocks_of(markdown: str) -> list[Block]:
    """The blocks of a text in their order; lists are flat, each item with its depth from 0."""
    parser = MarkdownIt("zero").enable(_RULES)
    blocks = list(_blocks(parser.parse(markdown)))
    for block, following in pairwise(blocks):
        block["keeps"] = _belongs_to(following, block)
    return blocks


def _belongs_to(block: Block, before: Block) -> bool:
    """Whether no page should end between the two."""
    if before["kind"] == "paragraph":
        return bool(block["kind"] == "line")
    return bool(before["kind"] == block["kind"] == "item" and block["depth"] > before["depth"])


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    level, items = 0, list[Block]()
    for token in tokens:
        match token.type:
            case "heading_open":
                level = int(token.tag[1:])
            case "heading_close":
                level = 0
            case "list_item_open":
                items.append({"kind": "item", "number": token.info, "depth": len(items)})
            case "list_item_close":
                items.pop()
            case "code_block":
                yield {"kind": "line", "pieces": pieces_of(token.content.rstrip("\n"))}
            case "inline":
                yield _block(token, level, items)


def _block(token: Token, level: int, items: Sequence[Block]) -> Block:
    children = token.children or []
    if image := next((child for child in children if child.type == "image"), None):
        name = str(image.attrs["src"]).removesuffix(".svg")
        return {"kind": "picture", "name": name, "alt": image.content}
    box, spans = _without_box(list(_with_places(list(_spans(children)))))
    if items:
        return {**items[-1], "box": box, "spans": spans}
    if level:
        return {"kind": "heading", "level": level, "spans": spans}
    return {"kind": "paragraph", "spans": spans}


def _without_box(spans: list[Block]) -> tuple[str, list[Block]]:
    """`open` or `done` where the text begins with a check box, and the text without it."""
    first = spans[0]["pieces"][0] if spans and spans[0]["pieces"] else ""
    if spans and spans[0]["kind"] == "words" and (box := _BOXES.get(f"{first[:3]} ")):
        rest = "".join(spans[0]["pieces"])[4:]
        return box, [{"kind": "words", "pieces": pieces_of(rest)}, *spans[1:]]
    return "", spans


def _spans(tokens: Sequence[Token]) -> Iterator[Block]:
    for token in tokens:
        match token.type:
            case "text":
                yield {"kind": "words", "pieces": [token.content]}
            case "code_inline":
                is_quote = " " in token.content
                kind = "quote" if is_quote else "name"
                yield {"kind": kind, "pieces": pieces_of(token.content)}
            case "hardbreak":
                yield {"kind": "break", "pieces": []}
            case "softbreak":
                yield {"kind": "words", "pieces": [" "]}


def _with_places(spans: Sequence[Block]) -> Iterator[Block]:
    """A name in parentheses becomes a place, with its parentheses: no line ends between them."""
    opened = False
    for span, following in zip(spans, [*spans[1:], None], strict=True):
        words = "".join(span["pieces"])
        if opened and span["kind"] == "words":
            words, opened = words.removeprefix(")"), False
        is_open = following is not None and following["kind"] == "name" and words.endswith("(")
        if span["kind"] == "words":
            yield {"kind": "words", "pieces": [words.removesuffix("(") if is_open else words]}
            opened = is_open
        else:
            yield {**span, "kind": "place"} if opened and span["kind"] == "name" else span


def pieces_of(text: str) -> list[str]:
    """A text in pieces: where one has no blank in it, a line may end before and after it.

    A text that runs from right to left is kept from turning round what stands beside it.
    """
    pieces, run = list[str](), ""
    for word in re.findall(r"\S+|\s+", legible(text).replace("\n", " ")):
        if len(word) <= _PIECE:
            run += word
        else:
            pieces += [*([run] if run else []), *_PARTED.findall(word)]
            run = ""
    return [_isolated(piece) for piece in ([*pieces, run] if run else pieces)]


def _isolated(text: str) -> str:
    if any(unicodedata.bidirectional(character) in _FROM_RIGHT for character in text):
        return _ISOLATED.replace("{}", text)
    return text
