"""How much a model is asked for at once: a small one loses itself in long prompts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What a model is trusted with.

    room: tokens of evidence beside the brief. room_for_files: tokens of small files, which are
    shown whole. looks: rounds of tools before its opinion, and before an answer. tools: the names
    of those it may call; empty: all. may_settle: whether its word may stand for a witness.
    """

    room: int = 2_400
    room_for_files: int = 900
    looks: int = 3
    looks_for_answer: int = 2
    tools: frozenset[str] = frozenset()
    may_settle: bool = True


LARGE = Profile()
SMALL = Profile(
    room=900,
    room_for_files=0,
    looks=1,
    looks_for_answer=1,
    tools=frozenset({"find_lines", "read_lines", "changes"}),
    may_settle=False,
)
PROFILES = {"large": LARGE, "small": SMALL}
