"""How often plain words in the thread of a case get a useful reaction, without a model.

    python -m benchmarks.chat_utterances [--set first|second] [--transcript FILE]

Each utterance of `tests/recordings/utterances` is typed, without our name, in the thread of a case
that holds a recorded incident: by the way of every message, up to the cards that the thread shows.
`ours` is the share of reactions that are useful or rightly silent, `misleading` the share with
words that must not be said, or said to people who talk to each other. The transcript has each
answer whole, to be judged by reading. Expectations are regular expressions and thus lenient.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.conversation.messages.message import Attachment, Binding, MessageKind
from core.workflows.delivery_intake import DeliveryBody, Journal, accept
from tests.fakes.chat import LOFT, House, in_memory, words_of
from tests.journeys.incidents import INCIDENTS

if TYPE_CHECKING:
    from core.conversation.cards.card import Card

SETS = Path(__file__).parents[1] / "tests/recordings/utterances"
THREAD = replace(LOFT, thread="t1")
SILENT, NEAREST, ASKED_BACK = "silence", "nearest", "ask_back"
NEAREST_WORDS = re.compile(
    r"cannot answer that without a model|What works here|geht hier|Aquí funciona"
    r"|marche ici|使えます|可以用英文问"
)
AFTER_ALERT = timedelta(minutes=4)


@dataclass(frozen=True)
class Utterance:
    """What is typed, which reactions are right, and what the reply shows and must not show."""

    text: str
    wants: frozenset[str]
    shows: str = ""
    never: str = ""

    def score(self, reply: str) -> str:
        """`useful`, `useless` or `misleading`."""
        if not reply:
            return "useful" if SILENT in self.wants else "useless"
        if self.wants == {SILENT}:
            return "misleading"
        if self.never and re.search(self.never, reply, re.IGNORECASE):
            return "misleading"
        is_nearest = NEAREST_WORDS.search(reply[:400]) is not None
        if is_nearest and NEAREST not in self.wants:
            return "useless"
        return "useful" if re.search(self.shows, reply, re.IGNORECASE) else "useless"


def main() -> int:
    """Print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", default="first")
    parser.add_argument("--transcript", type=Path)
    options = parser.parse_args()
    recording, utterances = read_set(options.set)
    with tempfile.TemporaryDirectory() as folder:
        outcomes = asyncio.run(converse(recording, utterances, Path(folder)))
    if options.transcript:
        options.transcript.write_text("\n".join(map(_told, outcomes)), encoding="utf-8")
    print(json.dumps(_document(options.set, outcomes), indent=1, ensure_ascii=False))
    return 0


def read_set(name: str) -> tuple[str, list[Utterance]]:
    """The recording that a set is about, and its utterances."""
    document = tomllib.loads((SETS / f"{name}.toml").read_text(encoding="utf-8"))
    utterances = [
        Utterance(row[0], frozenset(row[1].split("|")), *row[2:]) for row in document["rows"]
    ]
    return document["recording"], utterances


async def converse(
    recording: str, utterances: list[Utterance], folder: Path
) -> list[tuple[Utterance, str, float]]:
    """Each utterance with the words of its replies and its seconds; what ends a case comes last."""
    house = await a_case(recording, folder)
    outcomes = []
    for utterance in sorted(utterances, key=lambda each: each.text.startswith("resolve")):
        began = time.perf_counter()
        reply = await type_in_thread(house, utterance.text)
        outcomes.append((utterance, reply, time.perf_counter() - began))
    return outcomes


async def a_case(recording: str, folder: Path) -> House:
    """A case of the recorded alert, at home in a thread, with all files of the recording read."""
    house = in_memory(folder)
    source = INCIDENTS[recording]
    alert = (source / "alert.json").read_bytes()
    started = re.search(r'"startsAt":"([^"]+)"', alert.decode())
    if started is None:
        message = f"{recording} has no alert that began"
        raise ValueError(message)
    house.clock.at = house.clock.at.fromisoformat(started[1]) + AFTER_ALERT
    body = DeliveryBody.of(alert)
    await accept(body, journal=Journal(house.services.store), services=house.services)
    await house.work()
    async with house.services.unit() as unit:
        (case,) = await unit.cases.listing()
        binding = Binding(tenant_id=case.tenant_id, case_id=case.id, place=THREAD)
        await unit.conversation.bind(binding)
    files = [path for path in sorted(source.rglob("*")) if _is_evidence(path)]
    for number, path in enumerate(files):
        house.pigeon.files[str(path)] = path.read_bytes()
        attachment = Attachment(
            id=f"F{number}", name=path.name, size=path.stat().st_size, source=str(path)
        )
        await house.hear("", THREAD, manner=MessageKind.MESSAGE, attachments=(attachment,))
    await house.work()
    return house


async def type_in_thread(house: House, text: str) -> str:
    """The words of all replies to a text that is typed without our name."""
    before = {**house.pigeon.messages}
    to_another = text.startswith("@")
    await house.hear(text, THREAD, manner=MessageKind.MESSAGE, to_another=to_another)
    await house.work()
    fresh = [
        card
        for ref, card in house.pigeon.messages.items()
        if before.get(ref) != card and not _is_standing(card)
    ]
    house.clock.advance(2)
    return words_of(*fresh)


def _is_standing(card: Card) -> bool:
    """Whether the card is the case's own, which is drawn again whatever is said."""
    return card.key.startswith("case:")


def _is_evidence(path: Path) -> bool:
    return path.is_file() and path.name not in {"alert.json", "resolved.json", "README.md"}


def _told(outcome: tuple[Utterance, str, float]) -> str:
    utterance, reply, seconds = outcome
    head = f"{'=' * 8} {utterance.text}   [{utterance.score(reply)}, {seconds:.2f} s]"
    return f"{head}\n{reply or '(silent)'}"


def _document(name: str, outcomes: list[tuple[Utterance, str, float]]) -> dict[str, Any]:
    scores = [(utterance, utterance.score(reply)) for utterance, reply, _ in outcomes]

    def share(score: str) -> float:
        return round(sum(scored == score for _, scored in scores) / len(scores), 3)

    return {
        "benchmark": "chat_utterances",
        "set": name,
        "n": len(scores),
        "ours": share("useful"),
        "misleading": share("misleading"),
        "useless": [utterance.text for utterance, score in scores if score == "useless"],
        "misled": [utterance.text for utterance, score in scores if score == "misleading"],
    }


if __name__ == "__main__":
    sys.exit(main())
