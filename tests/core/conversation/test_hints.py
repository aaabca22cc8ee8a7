"""Every hint that the product prints, and every phrase of the docs, works when it is typed.

In the thread of a case, as it is shown, without our name in front; on every platform.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest

from bot.slack.payloads import heard_in_message as heard_on_slack
from core.conversation.commands.command import Note, wanted
from core.conversation.commands.vocabulary import VERBS
from core.conversation.messages.message import IncomingMessage, MessageKind
from core.investigation.answering.intents import catalogue
from core.investigation.answering.questions import CaseWords
from tests.core.conversation.test_stories import POOL_LOG
from tests.fakes.chat import LOFT, House, in_memory, words_of
from tests.house.tree import ROOT, our_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

THREAD = replace(LOFT, thread="t1")
PAGES = ("docs/how-to/ask-evidence.md", "docs/reference/verbs.md", "README.md")
WORDS = CaseWords(services=frozenset({"checkout"}), files=frozenset({"db.log"}))
SLOTS = {"{n}": "1", "{noun}": "errors", "{at}": "14:05", "{tag}": "e1"}
# In backticks, and typed elsewhere: in a shell, in a file of settings, or no text at all.
_ELSEWHERE = re.compile(
    r"(?:faultmaven|make|up\b|kubectl|psql|dmesg|git |-|\.|#)"
    r"|.*(?:/|\.(?:jsonl|py|key)|=…|: …|\{\w+\})|[A-Z_]+|[a-z_]+_[a-z_]+"
)
# Words that docs name as parts of a phrase, of a document or of our tree.
_PARTS = frozenset(
    {"1h", "90m", "2d", "14:05", "2026-11-20T14:05Z", "all", "around", "at", "core", "dana"}
    | {"correct", "events", "hash", "head", "in", "kind", "level", "locus", "mentions", "previous"}
    | {"service", "shown", "since", "storefront", "text", "today", "total", "until", "unzip"}
    | {"yesterday"}
)
_COMPLETED = {"in db.log": "errors in db.log", "in e2": "errors in e2"}


def spoken(text: str) -> Iterator[str]:
    """The phrases in backticks that are to be typed in chat, with their slots filled."""
    for phrase in re.findall(r"`(\w[^`\n]{1,60})`", text):
        for slot, value in SLOTS.items():
            phrase = phrase.replace(slot, value)  # noqa: PLW2901 - the same, filled
        is_said = not _ELSEWHERE.fullmatch(phrase) and not _ELSEWHERE.match(f"{phrase} ")
        if is_said and phrase not in _PARTS and re.fullmatch(r"[\w #:.,'\"?-]+", phrase):
            yield _COMPLETED.get(phrase, phrase)


def said_in_code() -> Iterator[str]:
    """What is worded in code: strings, and no docstrings or comments."""
    for path in our_files():
        if path.is_relative_to(ROOT / "core") and path.suffix == ".py":
            tree = ast.parse(path.read_text("utf-8"))
            nodes = list(ast.walk(tree))
            documented = {
                id(node.body[0].value)
                for node in nodes
                if isinstance(
                    node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
                )
                and node.body
                and isinstance(node.body[0], ast.Expr)
            }
            for node in nodes:
                if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                    continue
                if id(node) not in documented and " " in node.value:
                    yield from spoken(node.value)
                    yield from re.findall(
                        r"(?:what fixed it|[Ff]or example): ([a-z][\w :]+\??)", node.value
                    )


@cache
def hints() -> list[str]:
    """Not known before a test asks: to parse all of core takes each process of a run a second."""
    pages = [
        *(ROOT / "core/conversation/sentences").glob("*.toml"),
        *(ROOT / page for page in PAGES),
    ]
    printed = [phrase for page in pages for phrase in spoken(page.read_text("utf-8"))]
    shown = [verb.example.text for verb in VERBS.values()]
    offered = [intent.sentence.text for intent in catalogue().values() if intent.sentence.text]
    lines = "2026-03-04T02:41:07Z ERROR a\n2026-03-04T02:41:08Z ERROR b"
    every = [*printed, *said_in_code(), *shown, *offered]
    return sorted({hint.replace("LINES", lines).strip() for hint in every})


def typed_on_slack(text: str) -> IncomingMessage | None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    event = {
        "user": "U1",
        "ts": "1700.01",
        "thread_ts": "1600.01",
        "channel": "C1",
        "text": escaped,
    }
    return heard_on_slack(event, bot="UB")


def typed(text: str) -> IncomingMessage:
    return IncomingMessage(
        place=THREAD,
        key="loft/1",
        by="P1",
        manner=MessageKind.MESSAGE,
        text=text,
        said_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def test_there_are_hints() -> None:
    assert len(hints()) > 80
    assert {"fixed 1", "resolve", "run 1", "errors last hour", "what changed?"} <= {*hints()}


@pytest.mark.parametrize("type_it", [typed, typed_on_slack])
def test_every_hint_is_for_us_wherever_it_is_typed(
    type_it: Callable[[str], IncomingMessage | None],
) -> None:
    messages = {hint: type_it(hint) for hint in hints()}
    ignored = [
        hint
        for hint, message in messages.items()
        if message is None or isinstance(wanted(message, WORDS), Note)
    ]
    assert ignored == []


@pytest.fixture
async def house(tmp_path: Path) -> House:
    house = in_memory(tmp_path)
    await house.hear("open checkout is slow", THREAD)
    await house.work()
    await house.hear(f"evidence {POOL_LOG}", THREAD)
    await house.work()
    return house


ENDING = ("cancel", "confirm", "correct", "fixed", "open", "reject", "reopen", "resolve")


async def test_every_hint_is_answered(house: House) -> None:
    """What ends the case comes last, so that all else has one to be about."""
    unanswered = list[str]()
    for hint in sorted(
        hints(), key=lambda hint: (hint.startswith("listen"), hint.startswith(ENDING))
    ):
        if "#128" in hint:  # no such case here
            continue
        before = {**house.pigeon.messages}
        await house.hear(hint, THREAD, manner=MessageKind.MESSAGE)
        await house.work()
        fresh = [card for ref, card in house.pigeon.messages.items() if before.get(ref) != card]
        words = words_of(*fresh)
        if not fresh or "Not understood" in words or "not understood" in words:
            unanswered.append(hint)
    assert unanswered == [], unanswered
