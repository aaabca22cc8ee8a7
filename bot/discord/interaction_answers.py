"""Answers commands, buttons and forms within the three seconds that Discord allows.

The request is committed first and acknowledged then; the reply comes later, by
`DiscordChat.send_ephemeral`. An answer is the document that Discord calls an interaction response;
it goes back over the API or as the body of an HTTP answer, and is the same in both.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.discord.buttons import MORE, Pressed, pressed
from bot.discord.cards import NO_MENTIONS, apology, message_of
from bot.discord.commands import order_of
from bot.discord.completion import choices
from bot.discord.escapes import code, escaped
from bot.discord.forms import form_of, typed_into
from bot.discord.handles import EPHEMERAL, HEARD
from bot.discord.interactions import Interaction, Kind
from bot.discord.payloads import attached_to, attachment, lines_of
from core.conversation.commands.parsing import understand
from core.conversation.commands.vocabulary import VERBS
from core.conversation.messages.message import IncomingMessage, MessageKind
from core.errors import FaultMavenError, NotFound, Unavailable, WrongUsage
from core.workflows.message_intake import hear
from core.workflows.services import Services

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.conversation.cards.card import Card
    from core.conversation.messages.message import Attachment
    from core.places import Place
    from core.text.redacted import RedactedText
    from core.workflows.services import Unit

log = logging.getLogger(__name__)

Answer = dict[str, Any]

_PONG, _MESSAGE, _DEFERRED, _CHOICES, _MODAL = 1, 4, 5, 8, 9
_MESSAGE_COMMAND = 3
_COMMITTED_WITHIN_S = 2.0  # of the three seconds that Discord gives us
_MAX_ECHO = 200
_TRY_AGAIN = "It may not have been taken in: {why}. Please try again in a moment."


@dataclass(frozen=True)
class Answering:
    """Answers interactions, from the gateway and from HTTP alike."""

    services: Services

    async def answer(self, interaction: Interaction) -> Answer:
        """Never raises: to people, silence would look as if nobody were there."""
        try:
            async with asyncio.timeout(_COMMITTED_WITHIN_S):
                return await self._answer(interaction)
        except TimeoutError:
            log.warning("an interaction was not committed within %s s", _COMMITTED_WITHIN_S)
            return _apology(interaction, _TRY_AGAIN.format(why="the database is slow"))
        except Unavailable as error:
            log.warning("an interaction was not committed: %s", error)
            return _apology(interaction, _TRY_AGAIN.format(why="the database is away"))
        except FaultMavenError as error:
            return _apology(interaction, escaped(f"{error}. {error.next_step}"))
        except Exception:  # the outermost place where a person waits for a word from us
            log.exception("an interaction could not be answered")
            return _apology(interaction, "That failed here, and the log says why.")

    async def _answer(self, interaction: Interaction) -> Answer:
        match interaction.kind:
            case Kind.PING:
                return {"type": _PONG}
            case Kind.COMMAND:
                return await self._command(interaction)
            case Kind.COMPONENT:
                return await self._button(interaction)
            case Kind.COMPLETION:
                offered = await choices(interaction, services=self.services)
                return {"type": _CHOICES, "data": {"choices": offered}}
            case Kind.FORM:
                return await self._form(interaction)

    async def _command(self, interaction: Interaction) -> Answer:
        if interaction.data.get("type") == _MESSAGE_COMMAND:
            return await self._add_to_case(interaction)
        verb, argument, case_number = order_of(interaction.data)
        message = _message_of(
            interaction, (verb, argument), MessageKind.COMMAND, case_number=case_number
        )
        return await self._hear(message)

    async def _add_to_case(self, interaction: Interaction) -> Answer:
        """Hear the text and the files of the message that the person points at as evidence."""
        message = interaction.data["resolved"]["messages"][str(interaction.data["target_id"])]
        channel_id = (
            message.get("channel_id") or interaction.place.thread or interaction.place.channel
        )
        files = [
            attachment(file, channel_id=channel_id, message_id=message["id"])
            for file in attached_to(message)
        ]
        text = lines_of(message)
        if not text and not files:
            nothing = "there is nothing in that message that could be evidence"
            raise WrongUsage(nothing, next_step="Choose one with text or a file.")
        order = ("evidence", text) if text else ("", "")
        return await self._hear(_message_of(interaction, order, MessageKind.COMMAND, files=files))

    async def _button(self, interaction: Interaction) -> Answer:
        button = pressed(str(interaction.data.get("custom_id", "")))
        if button is None:
            fault = "that button is not one of mine"
            raise WrongUsage(fault)
        if button.verb == MORE:
            return await self._more(interaction, button)
        if (label := button.asks) is not None:
            return {"type": _MODAL, "data": form_of(button, label)}
        message = _message_of(
            interaction, button.order(), MessageKind.BUTTON, case_number=button.case_number
        )
        return await self._hear(message)

    async def _form(self, interaction: Interaction) -> Answer:
        form = pressed(str(interaction.data.get("custom_id", "")))
        if form is None:
            fault = "that form is not one of mine"
            raise WrongUsage(fault)
        order = form.order(typed_into(interaction.data))
        message = _message_of(interaction, order, MessageKind.FORM, case_number=form.case_number)
        return await self._hear(message)

    async def _hear(self, message: IncomingMessage) -> Answer:
        await hear(message, services=self.services)
        await self.services.read_ahead(_spelt(message))
        return _acknowledgement(message, redact=self.services.redactor().clean)

    async def _more(self, interaction: Interaction, button: Pressed) -> Answer:
        """Answer with the next page of a shown card, as the card is now."""
        leaf, _, key = button.argument.partition(":")
        async with self.services.reading() as unit:
            card = await self._shown(unit, interaction, key, button.case_number)
        if card is None or not leaf.isdecimal():
            message = "that card is not shown here any more"
            raise NotFound(message, next_step="Ask for it again.")
        return _ephemeral(message_of(card, leaf=int(leaf)).body)

    async def _shown(
        self, unit: Unit, interaction: Interaction, key: str, case_number: int | None
    ) -> Card | None:
        for place in await self._places(unit, interaction, case_number):
            if (message := await unit.conversation.shown(place, key)) is not None:
                return message.card
        return None

    async def _places(
        self, unit: Unit, interaction: Interaction, case_number: int | None
    ) -> list[Place]:
        """The button's place, the thread below its message, and the channels of the case."""
        places = [interaction.place]
        if interaction.message_id and not interaction.place.thread:
            places.append(replace(interaction.place, thread=interaction.message_id))
        if case_number is not None:
            with contextlib.suppress(NotFound):
                case = await unit.cases.by_number(case_number)
                places += [binding.place for binding in await unit.conversation.bindings(case.id)]
        return places


def _message_of(
    interaction: Interaction,
    order: tuple[str, str],
    kind: MessageKind,
    *,
    case_number: int | None = None,
    files: Sequence[Attachment] = (),
) -> IncomingMessage:
    """The interaction as an incoming message. order: the verb, and its argument."""
    verb, text = order
    return IncomingMessage(
        place=interaction.place,
        key=f"interaction/{interaction.id}",
        by=interaction.by,
        manner=kind,
        verb=verb,
        text=text,
        said_at=interaction.said_at,
        case_number=case_number,
        attachments=tuple(files),
        handle="" if verb in VERBS and VERBS[verb].public else str(interaction.handle),
    )


def _acknowledgement(message: IncomingMessage, *, redact: Callable[[str], RedactedText]) -> Answer:
    """Say "thinking" where an answer to that person follows; else an echo of what arrived.

    Only what is certain to be followed by an answer may say that we are thinking: Discord shows
    that for a quarter of an hour, and then that we failed.
    """
    if message.handle and _only_reads(message):
        return {"type": _DEFERRED, "data": {"flags": EPHEMERAL}}
    line = redact(_spelt(message)).text
    echo = code(line[:_MAX_ECHO]) if message.manner is MessageKind.COMMAND else ""
    return _ephemeral({"content": f"{HEARD} {echo}".strip() + ".", "allowed_mentions": NO_MENTIONS})


def _spelt(message: IncomingMessage) -> str:
    return f"{message.verb} {message.text}".strip()


def _only_reads(message: IncomingMessage) -> bool:
    if message.verb not in VERBS:
        return False
    try:
        command = understand(message.verb, message.text, plain=True)
    except WrongUsage:
        return True  # and the answer says how it is right
    if command.verb.name == "evidence":
        return not command.arguments.text
    return not command.verb.changes


def _apology(interaction: Interaction, text: str) -> Answer:
    """An apology; whoever is still typing gets an empty list of choices instead."""
    if interaction.kind is Kind.COMPLETION:
        return {"type": _CHOICES, "data": {"choices": []}}
    return _ephemeral(apology(text))


def _ephemeral(message: dict[str, Any]) -> Answer:
    return {"type": _MESSAGE, "data": message | {"flags": EPHEMERAL}}
