"""The share of needed turns that is kept when only a part of a conversation is sent.

    python -m benchmarks.memory --data DIR [--predictions FILE]

DIR holds `conv_*.json` (turns and questions) and `truth_*.json` (the turns that each needs). Each
question is asked of the product's memory (`core.investigation.memory.recall.organise`, which is
what `core.investigation.situation.brief` asks) with the settings it ships with, at two budgets.
`ours` and `peer` are the mean share of needed turns kept at the first; the peer is Okapi BM25 in
the same run, which may choose by question too and is not bound to keep the newest turns. Chance
orders turns by a hash. Budgets are of the tokens that the data gives; memory only has its estimate,
whose error is printed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.parts.okapi import Okapi
from benchmarks.parts.resampling import interval
from core.investigation.memory.messages import CaseMessage, MemoryLimits
from core.investigation.memory.recall import organise
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

BUDGETS = (0.36, 0.10)
GATES, GOALS = (0.92, 0.82), (0.97, 0.92)
REDACTOR = Redactor(bytes(32))


@dataclass(frozen=True)
class LabelledConversation:
    """Turns, questions, and which turns each needs."""

    document: dict[str, Any]
    needed: dict[str, list[str]]

    @cached_property
    def turns(self) -> list[dict[str, Any]]:
        return list(self.document["turns"])

    @cached_property
    def questions(self) -> list[dict[str, Any]]:
        return list(self.document["questions"])

    @cached_property
    def messages(self) -> list[CaseMessage]:
        """As a case has them: a minute apart, from the hour at which each session began."""
        messages, session, nth = list[CaseMessage](), None, 0
        for place, turn in enumerate(self.turns):
            nth = nth + 1 if turn["session"] == session else 0
            session = turn["session"]
            began = datetime.strptime(turn["date"], "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)
            text = REDACTOR.clean(turn["text"])
            at = began + timedelta(minutes=nth)
            messages.append(CaseMessage(seq=place, at=at, by=turn["speaker"], text=text))
        return messages

    @cached_property
    def index(self) -> Okapi:
        """The peer's index of the turns."""
        return Okapi([f"{turn['speaker']} {turn['text']}" for turn in self.turns])

    def within(self, chosen: Iterable[int], budget: float) -> list[int]:
        """As the scorer cuts: up to the first turn that is beyond the budget."""
        left, kept = budget * self.document["total_tokens"], list[int]()
        for place in chosen:
            left -= self.turns[place]["tokens"]
            if left < 0:
                break
            kept.append(place)
        return kept

    def retained(self, question: dict[str, Any], kept: Iterable[int]) -> float:
        """The share of what the question needs."""
        ids, needed = {self.turns[place]["id"] for place in kept}, self.needed[question["qid"]]
        return sum(turn in ids for turn in needed) / len(needed)


def main() -> int:
    """Print one JSON document; 1 where no question was asked."""
    options = _options()
    conversations = _read(options.data)
    result = _measure(conversations)
    if options.predictions:
        options.predictions.write_text(json.dumps(_predictions(conversations)))
    print(json.dumps(result, indent=2))
    return 0 if result["n"] else 1


def _measure(conversations: list[LabelledConversation]) -> dict[str, Any]:
    began = time.perf_counter()
    ours = [_retained(conversations, _by_memory, budget) for budget in BUDGETS]
    spent = time.perf_counter() - began
    peer = [_retained(conversations, _by_words, budget) for budget in BUDGETS]
    chance = [_retained(conversations, _by_hash, budget) for budget in BUDGETS]
    newest = [_retained(conversations, _by_time, budget) for budget in BUDGETS]
    n = len(ours[0])
    return {
        "benchmark": "memory",
        "ours": _mean(ours[0]),
        "peer": _mean(peer[0]),
        "ratio": round(_mean(ours[0]) / _mean(peer[0]), 3) if n and _mean(peer[0]) else 0.0,
        "peer_name": "Okapi BM25 over whole words",
        "n": n,
        "conversations": len(conversations),
        "unit": "mean share of needed turns kept",
        "budgets": {
            f"{budget:.0%}": {
                "ours": _mean(ours[at]),
                "interval": interval(ours[at]),
                "all_kept": _mean([float(share == 1) for share in ours[at]]),
                "peer": _mean(peer[at]),
                "newest": _mean(newest[at]),
                "chance": _mean(chance[at]),
                "gate": GATES[at],
                "goal": GOALS[at],
            }
            for at, budget in enumerate(BUDGETS)
        },
        "ms_a_question": round(spent * 1e3 / max(1, n * len(BUDGETS)), 1),
        "estimate": _estimate(conversations),
    }


def _retained(
    conversations: list[LabelledConversation],
    choose: Callable[[LabelledConversation, dict[str, Any], float], list[int]],
    budget: float,
) -> list[float]:
    return [
        conversation.retained(
            question, conversation.within(choose(conversation, question, budget), budget)
        )
        for conversation in conversations
        for question in conversation.questions
    ]


def _by_memory(
    conversation: LabelledConversation, question: dict[str, Any], budget: float
) -> list[int]:
    memory = organise(
        conversation.messages, question["question"], limits=MemoryLimits(share=budget)
    )
    return [message.seq for message in memory.kept]


def _by_words(
    conversation: LabelledConversation, question: dict[str, Any], _budget: float
) -> list[int]:
    return conversation.index.ranked(question["question"])


def _by_time(
    conversation: LabelledConversation, _question: dict[str, Any], _budget: float
) -> list[int]:
    return list(reversed(range(len(conversation.turns))))


def _by_hash(
    conversation: LabelledConversation, question: dict[str, Any], _budget: float
) -> list[int]:
    def order(place: int) -> bytes:
        return hashlib.sha256(f"{question['qid']}/{place}".encode()).digest()

    return sorted(range(len(conversation.turns)), key=order)


def _estimate(conversations: list[LabelledConversation]) -> dict[str, float]:
    """How far the estimate of tokens is from the data's, for each turn and for all together."""
    true = np.array(
        [turn["tokens"] for conversation in conversations for turn in conversation.turns],
        dtype=float,
    )
    estimated = np.array(
        [message.tokens for conversation in conversations for message in conversation.messages],
        dtype=float,
    )
    if not len(true):
        return {}
    return {
        "turns": len(true),
        "mean_absolute_error": round(float((abs(estimated - true) / true).mean()), 4),
        "95th_percentile": round(float(np.quantile(abs(estimated - true) / true, 0.95)), 4),
        "bias_of_the_sum": round(float(estimated.sum() / true.sum() - 1), 4),
    }


def _predictions(conversations: list[LabelledConversation]) -> dict[str, dict[str, list[str]]]:
    """What is kept at the small budget, then what else is kept at the large one."""
    return {
        conversation.document["id"]: {
            question["qid"]: [
                conversation.turns[place]["id"]
                for place in dict.fromkeys(
                    place
                    for budget in reversed(BUDGETS)
                    for place in conversation.within(
                        _by_memory(conversation, question, budget), budget
                    )
                )
            ]
            for question in conversation.questions
        }
        for conversation in conversations
    }


def _read(folder: Path) -> list[LabelledConversation]:
    conversations = []
    for path in sorted(folder.glob("conv_*.json")):
        truth = json.loads(path.with_name(path.name.replace("conv_", "truth_")).read_text())
        needed = {question["qid"]: question["evidence"] for question in truth}
        conversations.append(LabelledConversation(json.loads(path.read_text()), needed))
    return conversations


def _mean(values: list[float]) -> float:
    return round(float(np.mean(values)), 4) if values else 0.0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of conversations")
    parser.add_argument("--predictions", type=Path, help="what the scorer beside the data reads")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
