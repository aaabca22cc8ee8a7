"""Cards as Markdown: pure functions. Nothing of a line of evidence means anything in it.

What is quoted may hold HTML, links, images, or buttons as the extension knows them: every sign
that Markdown knows is escaped, and addresses are code, which no reader turns into links.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from core.conversation.cards.answer_cards import QUESTION
from core.conversation.cards.card import TO_TYPE, Card, Mark, Row
from core.text.redacted import legible, one_line

FOLDED_SHOWN = 8  # rows of a fold
# CommonMark 2.4: any of these after a backslash is itself. `$` is math in some readers.
_SIGNS = re.compile(r"([\\`*_\[\]<>|~$])")
_STARTS = re.compile(r"^(\s*)([#+=-]|\d{1,9}(?=[.)]))")
_AFTER_NUMBER = re.compile(r"^(\s*\d{1,9})([.)])")
# A scheme and a name that end: a line of one word is not tried from each of its letters to its end.
_ADDRESS = re.compile(
    r"(?:[A-Za-z][\w+.-]{0,40}://|www\.|mailto:)[^\s`\"'<>|\\]+"
    r"|[\w.+-]{1,64}@[\w-]{1,253}\.[\w.-]+"
)
_ENTITY = re.compile(r"&(?=#?\w+;)")
_OF_DOCUMENTS = re.compile(
    r"(?P<code>(?<!`)(?P<ticks>`++).*?(?<!`)(?P=ticks)(?!`))|<|!(?=\[)|\](?=\()"
)
_LEAD = re.compile(r"^(For|Against|Check|Next|Cause|Fix|Hurts|Trigger|Shown by|Do now|Expect)(?=:)")


def answer_text(cards: Sequence[Card]) -> str:
    """What answers somebody: the cards one below the other."""
    return "\n\n".join(filter(None, (card_text(card) for card in cards)))


def card_text(card: Card) -> str:
    """The card, and of what is folded as much as is read."""
    blocks = [*_blocks(_told(card))]
    documents = [row for row in card.fold if row.is_document]
    folded = [row for row in card.fold if not row.is_document]
    if folded:
        blocks += ["**More**", *_blocks(folded[:FOLDED_SHOWN], headed=True)]
    if left := folded[FOLDED_SHOWN:]:
        blocks.append(f"and {len(left)} more")
    blocks += [document(row.text.text) for row in documents]
    return "\n\n".join(blocks)


def _told(card: Card) -> Sequence[Row]:
    """The rows, without the question: it stands above the answer."""
    is_answer = card.key.startswith(QUESTION) and card.mark is not Mark.PROGRESS
    return card.rows[1:] if is_answer and len(card.rows) > 1 else card.rows


def _blocks(rows: Iterable[Row], *, headed: bool = False) -> Iterator[str]:
    """Paragraphs, fences and lists; what stands below a heading is a list."""
    listed = list[str]()
    for row in rows:
        if listed and (row.strong or row.code or row.is_document or not headed):
            yield "\n".join(listed)
            listed = []
        if row.code:
            yield fenced(row.text.text)
        elif row.is_document:
            yield document(row.text.text)
        elif row.strong or not headed:
            headed = True
            yield _line(row)
        else:
            listed.append(f"- {_line(row)}")
    if listed:
        yield "\n".join(listed)


def _line(row: Row) -> str:
    """The text, its links, and what it rests on."""
    text = plain(row.text.text)
    if row.struck:
        text = f"~~{text}~~"
    elif row.strong:
        text = _bold(text)
    else:
        text = _LEAD.sub(r"**\1**", text)
    links = (f"{plain(link.label.text)} {code(link.url)}" for link in row.links)
    cited = [code(row.citation)] if row.citation else []
    return " · ".join([text, *links, *cited])


def _bold(text: str) -> str:
    """A line that is read first. Emphasis must not begin or end beside white space."""
    return f"**{text.strip()}**" if text.strip() else ""


def plain(text: str) -> str:
    """One line in which nothing is a sign of Markdown; what is to be typed is code."""
    line, parts, end = one_line(text), list[str](), 0
    for match in TO_TYPE.finditer(line):
        parts += [_without_addresses(line[end : match.start()]), code(match[1])]
        end = match.end()
    parts.append(_without_addresses(line[end:]))
    return _not_a_block("".join(parts))


def _without_addresses(text: str) -> str:
    """Addresses as code: readers make links of them by themselves."""
    parts, end = list[str](), 0
    for match in _ADDRESS.finditer(text):
        parts += [_escaped(text[end : match.start()]), code(match[0])]
        end = match.end()
    return "".join([*parts, _escaped(text[end:])])


def _escaped(text: str) -> str:
    return _ENTITY.sub("&amp;", _SIGNS.sub(r"\\\1", text))


def _not_a_block(line: str) -> str:
    """A line that begins like a heading or a list begins with an escape."""
    line = _AFTER_NUMBER.sub(r"\1\\\2", line)
    match = _STARTS.match(line)
    if match and not match[2].isdigit():
        return f"{match[1]}\\{line[len(match[1]) :]}"
    return line


def code(text: str) -> str:
    """A code span, in which nothing means anything (CommonMark 6.1)."""
    line = one_line(text)
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    pad = " " if line[:1] == "`" or line[-1:] == "`" or not line else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def fenced(text: str) -> str:
    """A block of code: a command, to be copied as it stands."""
    shown = legible(text).strip("\n")
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    return f"{fence}\n{shown}\n{fence}"


def document(text: str) -> str:
    """A report, which is Markdown of ours and quotes in code.

    Beside the code nothing of it shows or fetches anything.
    """
    return _OF_DOCUMENTS.sub(_defused, legible(text))


def _defused(match: re.Match[str]) -> str:
    """Code as it is, other signs escaped."""
    return match[0] if match["code"] else f"\\{match[0]}"
