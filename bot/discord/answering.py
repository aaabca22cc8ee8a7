"""How is a command, a button or a form answered within three seconds?

What a person wants is committed first and acknowledged then; the reply comes later, by
`DiscordChat.whisper`. An answer is the document that Discord calls an interaction response; it
goes back over the API or as the body of an HTTP answer, and is the same in both.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.discord.asked import Asked, Kind
from bot.discord.buttons import MORE, Pressed, pressed
from bot.discord.cards import NO_MENTIONS, apology, message_of
from bot.discord.commands import order_of
from bot.discord.completion import choices
from bot.discord.escaping import code, escaped
from bot.discord.forms import form_of, typed_into
from bot.discord.handles import EPHEMERAL, HEARD
from bot.discord.reading import attached_to, attachment, lines_of
from bot.discord.rooms import place_in
from core.conversation.commands.parsing import understand
from core.conversation.commands.vocabulary import VERBS
from core.conversation.messages.incoming import Heard, Manner
from core.errors import FaultMavenError, NotFound, Unavailable, WrongUsage
from core.workflows.message_intake import hear
from core.workflows.services import Services

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.conversation.cards.card import Card
    from core.conversation.messages.incoming import Attachment
    from core.places import Place
    from core.store import Unit

log = logging.getLogger(__name__)

Answer = dict[str, Any]

_PONG, _MESSAGE, _DEFERRED, _CHOICES, _MODAL = 1, 4, 5, 8, 9
_MESSAGE_COMMAND = 3
_COMMITTED_WITHIN_S = 2.0  # of the three seconds that Discord gives us
_LONGEST_ECHO = 200
_TRY_AGAIN = "It may not have been taken in: {why}. Please try again in a moment."


@dataclass(frozen=True)
class Answering:
    """Answers interactions, whichever way they come."""

    services: Services

    async def answer(self, asked: Asked) -> Answer:
        """Never raises: silence would look to people as if nobody was there."""
        try:
            async with asyncio.timeout(_COMMITTED_WITHIN_S):
                return await self._answer(asked)
        except TimeoutError:
            log.warning("an interaction was not committed within %s s", _COMMITTED_WITHIN_S)
            return _sorry(asked, _TRY_AGAIN.format(why="the database is slow"))
        except Unavailable as error:
            log.warning("an interaction was not committed: %s", error)
            return _sorry(asked, _TRY_AGAIN.format(why="the database is away"))
        except FaultMavenError as error:
            return _sorry(asked, escaped(f"{error}. {error.next_step}"))
        except Exception:  # the outermost place where a person waits for a word from us
            log.exception("an interaction could not be answered")
            return _sorry(asked, "That failed here, and the log says why.")

    async def _answer(self, asked: Asked) -> Answer:
        match asked.kind:
            case Kind.PING:
                return {"type": _PONG}
            case Kind.COMMAND:
                return await self._command(asked)
            case Kind.COMPONENT:
                return await self._pressed(asked)
            case Kind.COMPLETION:
                found = await choices(asked, services=self.services)
                return {"type": _CHOICES, "data": {"choices": found}}
            case Kind.FORM:
                return await self._typed(asked)

    async def _command(self, asked: Asked) -> Answer:
        if asked.data.get("type") == _MESSAGE_COMMAND:
            return await self._add_to_case(asked)
        verb, argument, case_number = order_of(asked.data)
        heard = _heard(asked, (verb, argument), Manner.COMMAND, case_number=case_number)
        return await self._hear(heard)

    async def _add_to_case(self, asked: Asked) -> Answer:
        """The text and the files of a message that somebody points at."""
        message = asked.data["resolved"]["messages"][str(asked.data["target_id"])]
        channel_id = message.get("channel_id") or asked.place.thread or asked.place.channel
        files = [
            attachment(one, channel_id=channel_id, message_id=message["id"])
            for one in attached_to(message)
        ]
        said = lines_of(message)
        if not said and not files:
            nothing = "there is nothing in that message that could be evidence"
            raise WrongUsage(nothing, next_step="Choose one with text or a file.")
        order = ("evidence", said) if said else ("", "")
        return await self._hear(_heard(asked, order, Manner.COMMAND, files=files))

    async def _pressed(self, asked: Asked) -> Answer:
        meant = pressed(str(asked.data.get("custom_id", "")))
        if meant is None:
            message = "that button is not one of mine"
            raise WrongUsage(message)
        if meant.verb == MORE:
            return await self._more(asked, meant)
        if (label := meant.asks) is not None:
            return {"type": _MODAL, "data": form_of(meant, label)}
        heard = _heard(asked, meant.order(), Manner.BUTTON, case_number=meant.case_number)
        return await self._hear(heard)

    async def _typed(self, asked: Asked) -> Answer:
        meant = pressed(str(asked.data.get("custom_id", "")))
        if meant is None:
            message = "that form is not one of mine"
            raise WrongUsage(message)
        order = meant.order(typed_into(asked.data))
        heard = _heard(asked, order, Manner.FORM, case_number=meant.case_number)
        return await self._hear(heard)

    async def _hear(self, heard: Heard) -> Answer:
        await hear(heard, services=self.services)
        return _acknowledged(heard)

    async def _more(self, asked: Asked, meant: Pressed) -> Answer:
        """The next leaf of a card that is shown, as the card is now."""
        leaf, _, key = meant.argument.partition(":")
        async with self.services.store.reading() as unit:
            card = await self._shown(unit, asked, key, meant.case_number)
        if card is None or not leaf.isdecimal():
            message = "that card is not shown here any more"
            raise NotFound(message, next_step="Ask for it again.")
        return _alone(message_of(card, leaf=int(leaf)).body)

    async def _shown(
        self, unit: Unit, asked: Asked, key: str, case_number: int | None
    ) -> Card | None:
        for place in await self._places(unit, asked, case_number):
            if (message := await unit.conversation.shown(place, key)) is not None:
                return message.card
        return None

    async def _places(self, unit: Unit, asked: Asked, case_number: int | None) -> list[Place]:
        """Where the button is, the thread below its message, and where the case is at home."""
        places = [asked.place]
        if asked.message_id and not asked.place.thread:
            places.append(place_in(asked.place.channel, asked.message_id))
        if case_number is not None:
            with contextlib.suppress(NotFound):
                case = await unit.cases.by_number(self.services.rules.tenant_id, case_number)
                places += [one.place for one in await unit.conversation.bindings(case.id)]
        return places


def _heard(
    asked: Asked,
    order: tuple[str, str],
    manner: Manner,
    *,
    case_number: int | None = None,
    files: Sequence[Attachment] = (),
) -> Heard:
    """order: the verb, and what goes with it; see `Heard`."""
    verb, text = order
    return Heard(
        place=asked.place,
        key=f"interaction/{asked.id}",
        by=asked.by,
        manner=manner,
        verb=verb,
        text=text,
        said_at=asked.said_at,
        case_number=case_number,
        attachments=tuple(files),
        handle="" if verb in VERBS and VERBS[verb].aloud else str(asked.handle),
    )


def _acknowledged(heard: Heard) -> Answer:
    """We are thinking, where an answer to the one person follows; else what we heard.

    Only what is certain to be followed by an answer may say that we are thinking: Discord shows
    that for a quarter of an hour, and then that we failed.
    """
    if heard.handle and _only_reads(heard):
        return {"type": _DEFERRED, "data": {"flags": EPHEMERAL}}
    line = f"{heard.verb} {heard.text}".strip()
    said = code(line[:_LONGEST_ECHO]) if heard.manner is Manner.COMMAND else ""
    return _alone({"content": f"{HEARD} {said}".strip() + ".", "allowed_mentions": NO_MENTIONS})


def _only_reads(heard: Heard) -> bool:
    if heard.verb not in VERBS:
        return False
    try:
        meant = understand(heard.verb, heard.text, plain=True)
    except WrongUsage:
        return True  # and the answer says how it is right
    if meant.verb.name == "evidence":
        return not meant.arguments.text
    return not meant.verb.changes


def _sorry(asked: Asked, text: str) -> Answer:
    """Whoever is still typing is offered nothing."""
    if asked.kind is Kind.COMPLETION:
        return {"type": _CHOICES, "data": {"choices": []}}
    return _alone(apology(text))


def _alone(message: dict[str, Any]) -> Answer:
    return {"type": _MESSAGE, "data": message | {"flags": EPHEMERAL}}
