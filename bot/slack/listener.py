"""Receives what Slack sends, translates it and hands it on. Acknowledged only once committed.

Bolt runs with `process_before_response`: a listener that raises is answered with an error (over
HTTP) or not at all (in Socket Mode), and Slack delivers again; the store recognises repeats.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.cards import MORE
from bot.slack.chat_reader import SlackChatReader
from bot.slack.forms import (
    FORM,
    fault_in_form,
    fold_view,
    form_view,
    gone_view,
    heard_in_form,
    wanted_form,
)
from bot.slack.payloads import (
    Json,
    heard_in_action,
    heard_in_command,
    heard_in_message,
    heard_in_shortcut,
    translating,
)
from bot.slack.request_shape import is_whole
from bot.slack.scopes import ADD_TO_CASE, COMMANDS
from core.conversation.cards.card import Card, Mark, Row
from core.errors import FaultMavenError, StoreUnavailable, UnparsableDelivery
from core.text.redacted import RedactedText, storable_document
from core.workflows.message_intake import MessageBatches

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from slack_bolt.request.async_request import AsyncBoltRequest

    from bot.slack.chat import SlackChat
    from bot.slack.web import Web
    from bot.slack.workspace import SlackWorkspace
    from core.conversation.messages.message import IncomingMessage
    from core.places import Place
    from core.workflows.services import Services

log = logging.getLogger(__name__)
# Bolt and the SDK put whole payloads into what they log below ERROR; we log what matters ourselves.
QUIET = logging.getLogger("bot.slack.vendor")
QUIET.setLevel(logging.ERROR)

_OURS = re.compile("^fm:")
_MALFORMED = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)
_LATE = RedactedText.format("That took too long for a form. Press the button again.")
_NOTHING = RedactedText.format("That message holds no text and no file: nothing was added.")

Ack = Callable[..., Coroutine[Any, Any, BoltResponse]]


class SlackListener:
    """Listeners for events, commands, actions, forms and shortcuts, on one Bolt app.

    missed: called when Slack says that it has left out events, and where the store cannot take one.
    before: called with a place before what people say there is heard, for what they said there
    earlier.
    """

    def __init__(
        self,
        *,
        web: Web,
        workspace: SlackWorkspace,
        chat: SlackChat,
        services: Services,
        missed: Callable[[], None],
        before: Callable[[Place], Awaitable[None]],
    ) -> None:
        self.web, self.workspace, self.chat = web, workspace, chat
        self.services, self.missed, self.before = services, missed, before
        self._chat_reader = SlackChatReader(web=web, workspace=workspace)
        self._batches = MessageBatches(services)
        self._errands: set[asyncio.Task[None]] = set()
        # The client has no token: nothing that Bolt does by itself may need one.
        self.app = AsyncApp(
            name="faultmaven",
            client=AsyncWebClient(base_url=web.access.api_url),
            authorize=_authorize,
            process_before_response=True,
            raise_error_for_unhandled_request=True,
            request_verification_enabled=False,  # done on the raw bytes, see `signature`
            logger=QUIET,
        )
        self._register()

    def _register(self) -> None:
        """Register all listeners; `scopes` lists the same for the manifest."""
        app = self.app
        app.use(self._on_rate_limit)
        app.event("message")(self._on_message)
        app.event("app_mention")(self._on_message)
        for command in COMMANDS:
            app.command(command)(self._on_command)
        app.action(_OURS)(self._on_action)
        app.view(FORM)(self._on_form)
        app.shortcut(ADD_TO_CASE)(self._on_shortcut)
        app.error(self._on_error)

    async def answer(self, read_request: Callable[[], AsyncBoltRequest]) -> BoltResponse:
        """The response to a request. A malformed one is acknowledged, not asked for again."""
        try:
            request = read_request()
            request.body = storable_document(request.body)
            if is_whole(request.body):
                # What goes wrong in a listener is answered in there: the rest is Bolt's reading.
                return await self.app.async_dispatch(request)
        except _MALFORMED as error:
            return _acknowledge_malformed(f"it could not be read ({type(error).__name__})")
        return _acknowledge_malformed("a part is missing")

    async def take(self, message: IncomingMessage | None) -> bool:
        """Commit a message; those of one channel are committed in their order."""
        if message is None:
            return False
        message = replace(message, place=message.place.within(self.workspace.id))
        try:
            return await self._batches.take(await self._chat_reader.named(message))
        except StoreUnavailable:
            self.missed()  # Slack delivers a few times more, for minutes: it may last longer
            raise

    async def close(self) -> None:
        """Cancel the errands that are under way."""
        for errand in self._errands:
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)

    async def _on_message(self, event: Json, body: Json) -> None:
        with translating():
            bot = _bot_user(body)
        bot = bot or (await self.workspace.me()).user
        with translating():
            message = heard_in_message(event, bot=bot)
        if message is not None and message.place.thread:
            await self.before(message.place.within(self.workspace.id))
        await self.take(message)

    async def _on_command(self, body: Json, ack: Ack) -> None:
        with translating():
            message = heard_in_command(body, now=self.services.clock.now())
        await self._form_or_take(message, body)
        await ack()

    async def _on_action(self, body: Json, ack: Ack) -> None:
        with translating():
            message = heard_in_action(body, now=self.services.clock.now())
        if message is not None and message.verb == MORE:
            self._run_in_background(self._show_fold(message, message.text, str(body["trigger_id"])))
        elif message is not None:
            await self._form_or_take(message, body)
        await ack()

    async def _on_form(self, body: Json, ack: Ack) -> None:
        with translating():
            message, faults = (
                heard_in_form(body, now=self.services.clock.now()),
                fault_in_form(body),
            )
        if faults:
            await ack(response_action="errors", errors=faults)
            return
        await self.take(message)
        await ack()

    async def _on_shortcut(self, body: Json, ack: Ack) -> None:
        with translating():
            message = heard_in_shortcut(body, now=self.services.clock.now())
        if message.text or message.attachments:
            await self.take(message)
        else:
            self._run_in_background(self._tell(message, _NOTHING))
        await ack()

    async def _on_rate_limit(
        self, body: Json, ack: Ack, next_: Callable[[], Awaitable[None]]
    ) -> BoltResponse | None:
        """Note that events were left out: docs.slack.dev/reference/events/app_rate_limited."""
        if body.get("type") == "app_rate_limited":
            log.warning("Slack sends no events for a while: too many")
            self.missed()
            return await ack()
        await next_()
        return None

    async def _on_error(self, error: Exception, body: Json) -> BoltResponse:
        """Answer a failed request; the log gets the class and our own words, no message text.

        Not acknowledged, so that Slack delivers it again, unless that would not help.
        """
        if isinstance(error, BoltUnhandledRequestError):
            # Of no meaning to us. Only whoever types a command of another app should be told.
            return BoltResponse(status=404 if "command" in body else 200, body="")
        if isinstance(error, UnparsableDelivery):
            return _acknowledge_malformed(str(error))
        ours = str(error) if isinstance(error, FaultMavenError) else ""
        log.warning("not taken: %s %s", type(error).__name__, ours, exc_info=not ours)
        return BoltResponse(status=503, body="")

    async def _form_or_take(self, message: IncomingMessage, body: Json) -> None:
        """Open a form in the background, as it must open within 3 s; else commit the message."""
        prefill = wanted_form(message)
        if prefill is None:
            await self.take(message)
        else:
            self._run_in_background(
                self._open(form_view(prefill), message, str(body["trigger_id"]))
            )

    async def _show_fold(self, message: IncomingMessage, key: str, trigger: str) -> None:
        card = await self._card(message.place.within(self.workspace.id), key)
        await self._open(fold_view(card) if card else gone_view(), message, trigger)

    async def _card(self, place: Place, key: str) -> Card | None:
        """The card that is shown; above a possible thread it is in the channel itself."""
        async with self.services.reading() as unit:
            shown = await unit.conversation.shown(place, key)
            shown = shown or await unit.conversation.shown(place.whole_channel, key)
        return shown.card if shown else None

    async def _open(self, view: Json, message: IncomingMessage, trigger: str) -> None:
        try:
            async with self.web.calling("views.open"):
                await self.web.client.views_open(trigger_id=trigger, view=view)
        except FaultMavenError as error:
            log.info("a form did not open: %s", error)
            await self._tell(message, _LATE)

    async def _tell(self, message: IncomingMessage, text: RedactedText) -> None:
        card = Card(key="note:refused", version=0, mark=Mark.REFUSED, rows=(Row(text=text),))
        try:
            await self.chat.send_ephemeral(message.place, card, handle=message.handle)
        except FaultMavenError as error:
            log.warning("nobody could be told: %s", error)

    def _run_in_background(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)


def _bot_user(body: Json) -> str:
    """The bot's user id, as the event names it; "" where it does not."""
    bots = (
        authorization
        for authorization in body.get("authorizations") or ()
        if authorization.get("is_bot")
    )
    return next(
        (str(authorization["user_id"]) for authorization in bots if authorization.get("user_id")),
        "",
    )


def _acknowledge_malformed(reason: str) -> BoltResponse:
    """Acknowledge, and log the reason without the content."""
    log.warning("Slack sent what makes no sense: %s", reason)
    return BoltResponse(status=200, body="")


async def _authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    """Bolt's authorisation without a call: there is one workspace, and its requests are signed."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)
