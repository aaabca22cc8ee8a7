"""Something that was heard, with whoever said it; and how replies to it are kept apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.access.model import Identity
from core.access.permissions import must_be_allowed
from core.conversation.cards.reply_cards import PICKER, apology
from core.conversation.commands.parsing import take_apart
from core.conversation.messages.incoming import Heard, Manner, Utterance
from core.conversation.messages.outbox import say
from core.jobs.model import Job

if TYPE_CHECKING:
    from core.cases.model import Case
    from core.conversation.cards.card import Action, Card
    from core.places import Place
    from core.store import Unit
    from core.workflows.services import Services

AGAIN = "again"  # the verb of a picker's buttons: the same words, about another case


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """What somebody said, who they are, and the job that takes it up.

    pace: how much they wanted of us in the minute before, without this and with it.
    """

    utterance: Utterance
    who: Identity
    job: Job
    pace: tuple[int, int] = (0, 0)

    @property
    def heard(self) -> Heard:
        return self.utterance.heard

    @property
    def name(self) -> str:
        """As it stands on cards; with the `@`, nobody can call themselves `system`."""
        return f"@{self.who.profile.name}"

    def may(self, *, change: bool, services: Services) -> None:
        """Raises NotPermitted."""
        must_be_allowed(self.who, changes=change, admins=services.rules.admins)

    async def reply(
        self,
        unit: Unit,
        card: Card,
        *,
        part: str,
        place: Place | None = None,
        aloud: bool = False,
        services: Services,
    ) -> None:
        """Queue a reply: a message of its own each time, to whoever asked alone where that can be.

        part: tells the replies to one utterance apart. place: where it is said. aloud: everyone
        there is to see it.
        """
        where = place or self.heard.place
        alone = self.heard.handle if where == self.heard.place and not aloud else ""
        mine = replace(
            card,
            key=f"reply:{self.utterance.id}:{part}",
            version=1,
            actions=_repeating(card, self.utterance),
        )
        await say(unit, None, where, mine, handle=alone, services=services)

    async def apologise(self, unit: Unit, case: Case | None, *, services: Services) -> None:
        """Something of ours broke: say so, with a number to quote, where people turned to us."""
        if self.heard.manner is Manner.MESSAGE and not self.heard.attachments:
            return
        quote = services.redactor().clean(self.utterance.id[-6:])
        await self.reply(unit, apology(quote, case=case), part="sorry", services=services)


def repeats(utterance: Utterance) -> bool:
    """Is it a button of the picker: the same words about another case?"""
    heard = utterance.heard
    is_again = heard.text.partition(" ")[0] == AGAIN
    return heard.manner is Manner.BUTTON and not heard.verb and is_again


async def as_meant(unit: Unit, utterance: Utterance) -> Utterance:
    """`again utt_… #128` repeats what was said then, about that case.

    It is said by whoever presses it. Raises NotFound where that is forgotten.
    """
    if not repeats(utterance):
        return utterance
    heard = utterance.heard
    first_id, _, number = heard.text.removeprefix(AGAIN).strip().partition(" ")
    first = (await unit.hearing.get(first_id)).heard
    meant = replace(
        heard,
        verb=first.verb,
        text=first.text,
        attachments=first.attachments,
        case_number=take_apart(number).case_number,
    )
    return replace(utterance, heard=meant)


def _repeating(card: Card, utterance: Utterance) -> tuple[Action, ...]:
    """A picker's buttons say the same words again: too many, maybe, for a button to carry."""
    if card.key != PICKER:
        return card.actions
    return tuple(
        replace(action, verb=AGAIN, argument=f"{utterance.id} {action.argument.split()[0]}")
        for action in card.actions
    )
