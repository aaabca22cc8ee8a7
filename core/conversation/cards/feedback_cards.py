"""Whether a suggestion helped: the two buttons below one, and the reply to their press."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.conversation.cards.card import Action, Card
from core.conversation.cards.reply_cards import note
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.cases.feedback import FeedbackTally
    from core.cases.model import Case
    from core.knowledge.steps import Step
    from core.text.redacted import RedactedText

say = sentences("knowledge.feedback")

VERB = "helped"
STEPS_ASKED = 5  # of a runbook, that have a button each
_LONGEST_STEP = 80  # characters


def feedback_actions(argument: str) -> tuple[Action, Action]:
    """Below a card that suggests one thing. argument: what `helped` calls it: `runbook`."""
    return (
        Action(verb=VERB, argument=f"{argument} yes", label=say("helped")),
        Action(verb=VERB, argument=f"{argument} no", label=say("did_not")),
    )


def named_feedback_actions(argument: str, name: RedactedText) -> tuple[Action, Action]:
    """Below a card that suggests several things, or has other buttons: `#112 helped`."""
    return (
        Action(verb=VERB, argument=f"{argument} yes", label=say("name_helped", name=name)),
        Action(verb=VERB, argument=f"{argument} no", label=say("name_did_not", name=name)),
    )


def tally_text(tally: FeedbackTally) -> RedactedText:
    """`Helped 3, did not 1`."""
    return say("tally", helped=tally.helped, unhelpful=tally.unhelpful)


def feedback_card(
    case: Case,
    what: RedactedText,
    tally: FeedbackTally,
    *,
    helped: bool,
    is_known: bool = False,
    steps: Sequence[Step] = (),
    reference: str = "",
) -> Card:
    """What was noted, what all say by now, and which step it was, where it has some.

    is_known: the person had said so before. reference: of the document whose steps they are.
    """
    rows = [_noted(case, what, helped=helped, is_known=is_known), tally_text(tally)]
    asked = steps[:STEPS_ASKED]
    if asked:
        rows.append(say("which_step"))
        rows += [
            say("step_line", n=number, text=step.text.line().cut(_LONGEST_STEP))
            for number, step in enumerate(asked, start=1)
        ]
    actions = tuple(_step_actions(len(asked), reference, helped=helped))
    return note("feedback", *rows, case=case, actions=actions)


def _noted(case: Case, what: RedactedText, *, helped: bool, is_known: bool) -> RedactedText:
    if is_known:
        return say("known_helped" if helped else "known_did_not", tag=case.tag, what=what)
    return say("noted_helped" if helped else "noted_did_not", tag=case.tag, what=what)


def _step_actions(count: int, reference: str, *, helped: bool) -> Iterator[Action]:
    for number in range(1, count + 1):
        name = say("step", n=number)
        both = named_feedback_actions(f"step {number} @{reference}", name)
        yield both[0] if helped else both[1]
