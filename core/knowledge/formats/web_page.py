"""A page in HTML as Markdown: its headings, lists, tables and commands; no script, style or form.

The parser is the standard library's, which takes any text for HTML. Nothing of a page is obeyed or
fetched.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_HIDDEN_TAGS = "script style template noscript svg math iframe object embed nav form button"
_UNSEEN = frozenset(_HIDDEN_TAGS.split())
_HEADINGS = {f"h{depth}": depth for depth in range(1, 7)}
_BLOCK_TAGS = "p div section article header footer main aside ul ol dl dt dd blockquote figure hr"
_PARAGRAPHS = frozenset(_BLOCK_TAGS.split())
_BLANK = re.compile(r"\n{3,}")
_FENCE = "```"
_DEEPEST = 12  # lists in lists


class _PageReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.title = ""
        self._hidden: list[str] = []
        self._lists: list[int | None] = []  # of each open list: the number of its next item
        self._cells: list[str] | None = None
        self._is_head = False
        self._in_pre = self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._hidden.append(tag)
        elif tag == "title":
            self._in_title = True
        elif tag in _HEADINGS:
            self._break()
            self.parts.append("#" * _HEADINGS[tag] + " ")
        elif tag == "pre":
            self._break()
            self.parts.append(f"{_FENCE}\n")
            self._in_pre = True
        elif tag == "br":
            self.parts.append("\n")
        else:
            self._start_block(tag)

    def _start_block(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            self._lists.append(1 if tag == "ol" else None)
            if len(self._lists) == 1:
                self._break()
        elif tag == "li":
            self._start_item()
        elif tag == "tr":
            self._cells, self._is_head = [], False
        elif tag in ("td", "th") and self._cells is not None:
            self._cells.append("")
            self._is_head |= tag == "th"
        elif tag == "table" or (tag in _PARAGRAPHS and not self._lists and self._cells is None):
            self._break()

    def _start_item(self) -> None:
        depth = min(len(self._lists), _DEEPEST)
        number = self._lists[-1] if self._lists else None
        mark = "-" if number is None else f"{number}."
        if number is not None:
            self._lists[-1] = number + 1
        self.parts.append("\n" + "   " * max(0, depth - 1) + f"{mark} ")

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and tag == self._hidden[-1]:
            self._hidden.pop()
        elif tag == "title":
            self._in_title = False
        elif tag == "pre" and self._in_pre:
            self._in_pre = False
            self.parts.append(f"\n{_FENCE}\n\n")
        else:
            self._end_block(tag)

    def _end_block(self, tag: str) -> None:
        if tag in _HEADINGS:
            self._break()
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            if not self._lists:
                self._break()
        elif tag == "tr" and self._cells is not None:
            self._end_row(self._cells)
        elif tag in _PARAGRAPHS and not self._lists and self._cells is None:
            self._break()

    def _end_row(self, cells: list[str]) -> None:
        row = " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells)
        self.parts.append(f"| {row} |\n")
        if self._is_head:
            self.parts.append("|" + " --- |" * len(cells) + "\n")
        self._cells = None

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._in_title:
            self.title += data
        elif self._cells:
            self._cells[-1] += data
        elif self._in_pre:
            self.parts.append(data.replace(_FENCE, "'''"))
        elif data.strip() or (self.parts and not self.parts[-1].endswith((" ", "\n"))):
            self.parts.append(re.sub(r"\s+", " ", data))

    def _break(self) -> None:
        self.parts.append("\n\n")


def page_as_markdown(page: str) -> tuple[str, str]:
    """The title of the page ("" where it has none), and what can be read of it."""
    reader = _PageReader()
    reader.feed(page)
    reader.close()
    text = "".join(reader.parts)
    text = re.sub(r"[ \t]+\n", "\n", text)
    return " ".join(reader.title.split()), _BLANK.sub("\n\n", text).strip()
