"""The context of an incoming message: its author, its job, and its replies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core.access import Identity, Standing, require_permission
from core.accounts.model import Account
from core.cases.events import EventKind
from core.conversation.cards.card import Card, Mark, Row
from core.conversation.cards.reply_cards import PICKER, apology, is_for_one
from core.conversation.commands.parsing import take_apart
from core.conversation.commands.vocabulary import VERBS
from core.conversation.messages.message import IncomingMessage, JournaledMessage, MessageKind
from core.conversation.messages.outbox import queue_card
from core.errors import NotFound
from core.jobs.model import Job
from core.places import API
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Collection

    from core.cases.model import Case
    from core.conversation.cards.card import Action
    from core.conversation.ports import Unit
    from core.places import Place

PRESSED_AGAIN = timedelta(minutes=1)  # within which a second press of a button is the same wish
AGAIN = "again"  # the verb of a picker's buttons: the same words, about another case


@dataclass(frozen=True, kw_only=True)
class MessageContext:
    """What somebody said, who they are, and the job that takes it up.

    account: the one that they are, by a link. pace: how much they wanted of us in the minute
    before, without this and with it.
    """

    utterance: JournaledMessage
    who: Identity
    job: Job
    account: Account | None = None
    pace: tuple[int, int] = (0, 0)

    @property
    def heard(self) -> IncomingMessage:
        return self.utterance.heard

    @property
    def name(self) -> str:
        """As it stands on cards; with the `@`, nobody can call themselves `system`."""
        return f"@{self.account.username if self.account else self.who.profile.name}"

    @property
    def account_id(self) -> str:
        """Of the account that they are, "" for none; whoever is asked over the API is one."""
        if self.heard.place.platform == API:
            return self.heard.by
        return self.account.id if self.account else ""

    @property
    def is_of_guest(self) -> bool:
        """Whether they are no member of the workspace."""
        return self.who.profile.standing is not Standing.MEMBER

    def may(self, *, change: bool, admins: Collection[str]) -> None:
        """Raises NotPermitted."""
        require_permission(self.who, changes=change, admins=admins)

    async def reply(
        self,
        unit: Unit,
        card: Card,
        *,
        part: str,
        place: Place | None = None,
        public: bool = False,
    ) -> None:
        """Queue a reply: a message of its own each time, to whoever asked alone where that can be.

        part: tells the replies to one message apart. place: where it is shown. public: everyone
        there is to see it.
        """
        target = place or self.heard.place
        if await self._was_just_pressed(unit, card):
            if not self.heard.handle:  # everyone sees above what the first press brought
                return
            card = _shown_above(card)
        is_private = target == self.heard.place and not public
        if self.heard.manner in (MessageKind.MENTION, MessageKind.MESSAGE):
            # What everyone heard is answered to everyone, but for what helps its author alone.
            is_private = is_private and is_for_one(card)
        handle = self.heard.handle if is_private else ""
        reply_card = replace(
            card,
            key=f"reply:{self.utterance.id}:{part}",
            version=1,
            actions=_picker_actions(card, self.utterance),
        )
        await queue_card(unit, None, target, reply_card, handle=handle)

    async def _was_just_pressed(self, unit: Unit, card: Card) -> bool:
        """Whether the person pressed this very button a moment ago, and the case is as it was.

        Of what only reads: what changes something says itself that it is done already.
        """
        verb = VERBS.get(self.heard.verb or self.heard.text.partition(" ")[0])
        is_reading = self.heard.manner is MessageKind.BUTTON and verb and not verb.changes
        if not is_reading or card.case_number is None:
            return False
        heard_at = self.utterance.heard_at
        presses = await unit.incoming.pressed(
            self.heard.place.platform,
            self.heard.by,
            since=heard_at - PRESSED_AGAIN,
            until=heard_at,
        )
        earlier = [press for press in presses if _is_earlier_press(press, self.utterance)]
        if not earlier:
            return False
        case = await unit.cases.by_number(card.case_number)
        newest = await unit.cases.newest(case.id, frozenset(EventKind), most=1)
        return newest[0].at <= earlier[-1].heard_at

    async def apologise(self, unit: Unit, case: Case | None) -> None:
        """Something of ours broke: say so, with a number to quote, where people turned to us."""
        if self.heard.manner is MessageKind.MESSAGE and not self.heard.attachments:
            return
        quote = unit.redactor().clean(self.utterance.id[-6:])
        await self.reply(unit, apology(quote, case=case), part="sorry")


def _is_earlier_press(press: JournaledMessage, utterance: JournaledMessage) -> bool:
    """Whether it is the same button, in the same place, pressed before."""
    if (press.heard_at, press.id) >= (utterance.heard_at, utterance.id):
        return False
    heard, other = utterance.heard, press.heard
    return (heard.place, heard.verb, heard.text, heard.case_number) == (
        other.place,
        other.verb,
        other.text,
        other.case_number,
    )


def _shown_above(card: Card) -> Card:
    """In place of a card that its reader was shown a moment ago."""
    text = RedactedText.format(
        "{tag} nothing new since you pressed it: it stands above.",
        tag=RedactedText.tag("#", card.case_number or 0),
    )
    return Card(
        key="note:above",
        version=0,
        mark=Mark.ANSWER,
        rows=(Row(text=text),),
        case_number=card.case_number,
    )


def repeats(utterance: JournaledMessage) -> bool:
    """True for a button of the case picker, which repeats a message about another case."""
    message = utterance.heard
    is_again = message.text.partition(" ")[0] == AGAIN
    return message.manner is MessageKind.BUTTON and not message.verb and is_again


async def as_meant(unit: Unit, utterance: JournaledMessage) -> JournaledMessage:
    """`again utt_… #128` repeats what was said then, about that case.

    It is said by whoever presses it. Raises NotFound where that is forgotten, or was said
    elsewhere.
    """
    if not repeats(utterance):
        return utterance
    message = utterance.heard
    first_id, _, number = message.text.removeprefix(AGAIN).strip().partition(" ")
    original = (await unit.incoming.get(first_id)).heard
    if original.place.whole_channel != message.place.whole_channel:
        said_elsewhere = f"nothing {first_id} was said here"
        raise NotFound(said_elsewhere)
    repeated = replace(
        message,
        verb=original.verb,
        text=original.text,
        attachments=original.attachments,
        case_number=take_apart(number).case_number,
    )
    return replace(utterance, heard=repeated)


def _picker_actions(card: Card, utterance: JournaledMessage) -> tuple[Action, ...]:
    """A picker's buttons say the same words again: too many, maybe, for a button to carry."""
    if card.key != PICKER:
        return card.actions
    return tuple(
        replace(action, verb=AGAIN, argument=f"{utterance.id} {action.argument.split()[0]}")
        for action in card.actions
    )
