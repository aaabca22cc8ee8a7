"""What Slack tells us, translated and handed on. Acknowledged only when it is committed.

Bolt runs with `process_before_response`: a listener that raises is answered with an error (over
HTTP) or not at all (in Socket Mode), and Slack delivers again; the store knows what it has heard.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.cards import MORE
from bot.slack.ear import SlackEar
from bot.slack.forms import (
    FORM,
    fault_in_form,
    fold_view,
    form_view,
    gone_view,
    heard_in_form,
    wanted_form,
)
from bot.slack.reading import (
    Json,
    heard_in_action,
    heard_in_command,
    heard_in_message,
    heard_in_shortcut,
    translating,
)
from bot.slack.scopes import ADD_TO_CASE, COMMANDS
from bot.slack.shape import is_whole
from core.conversation.cards.card import Card, Mark, Row
from core.errors import FaultMavenError, UnparsableDelivery
from core.text.redacted import Clean
from core.workflows.message_batches import Gathering

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from slack_bolt.request.async_request import AsyncBoltRequest

    from bot.slack.chat import SlackChat
    from bot.slack.web import Web
    from bot.slack.workspace import Workspace
    from core.conversation.messages.incoming import Heard
    from core.places import Place
    from core.workflows.services import Services

log = logging.getLogger(__name__)
# Bolt and the SDK put whole payloads into what they log below ERROR; we log what matters ourselves.
QUIET = logging.getLogger("bot.slack.vendor")
QUIET.setLevel(logging.ERROR)

_OURS = re.compile("^fm:")
_ODD = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)
_LATE = Clean.say("That took too long for a form. Press the button again.")
_NOTHING = Clean.say("That message holds no text and no file: nothing was added.")

Ack = Callable[..., Coroutine[Any, Any, BoltResponse]]


class Listener:
    """Everything that is listened to, on one Bolt app.

    missed: called when Slack says that it has left something out.
    """

    def __init__(
        self,
        *,
        web: Web,
        workspace: Workspace,
        chat: SlackChat,
        services: Services,
        missed: Callable[[], None],
    ) -> None:
        self.web, self.workspace, self.chat = web, workspace, chat
        self.services, self.missed = services, missed
        self._ear = SlackEar(web=web, workspace=workspace)
        self._gathering = Gathering(services)
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
        """All that we listen to; `scopes` lists the same for the manifest."""
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

    async def answer(self, read: Callable[[], AsyncBoltRequest]) -> BoltResponse:
        """What Slack is answered. What nobody can understand is not worth a second delivery."""
        try:
            request = read()
            if is_whole(request.body):
                # What goes wrong in a listener is answered in there: the rest is Bolt's reading.
                return await self.app.async_dispatch(request)
        except _ODD as error:
            return _not_understood(f"it could not be read ({type(error).__name__})")
        return _not_understood("a part is missing")

    async def take(self, heard: Heard | None) -> bool:
        """Commit what was heard; what is said in one channel is committed in its order."""
        return heard is not None and await self._gathering.take(await self._ear.named(heard))

    async def close(self) -> None:
        """Errands that are under way are given up."""
        for errand in self._errands:
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)

    async def _on_message(self, event: Json, body: Json) -> None:
        with translating():
            bot = _authorised(body)
        bot = bot or (await self.workspace.me()).user
        with translating():
            heard = heard_in_message(event, bot=bot)
        await self.take(heard)

    async def _on_command(self, body: Json, ack: Ack) -> None:
        with translating():
            heard = heard_in_command(body, now=self.services.clock.now())
        await self._form_or_take(heard, body)
        await ack()

    async def _on_action(self, body: Json, ack: Ack) -> None:
        with translating():
            heard = heard_in_action(body, now=self.services.clock.now())
        if heard is not None and heard.verb == MORE:
            self._meanwhile(self._show_fold(heard, heard.text, str(body["trigger_id"])))
        elif heard is not None:
            await self._form_or_take(heard, body)
        await ack()

    async def _on_form(self, body: Json, ack: Ack) -> None:
        with translating():
            heard, faults = heard_in_form(body, now=self.services.clock.now()), fault_in_form(body)
        if faults:
            await ack(response_action="errors", errors=faults)
            return
        await self.take(heard)
        await ack()

    async def _on_shortcut(self, body: Json, ack: Ack) -> None:
        with translating():
            heard = heard_in_shortcut(body, now=self.services.clock.now())
        if heard.text or heard.attachments:
            await self.take(heard)
        else:
            self._meanwhile(self._tell(heard, _NOTHING))
        await ack()

    async def _on_rate_limit(
        self, body: Json, ack: Ack, next_: Callable[[], Awaitable[None]]
    ) -> BoltResponse | None:
        """Slack: docs.slack.dev/reference/events/app_rate_limited: events were left out."""
        if body.get("type") == "app_rate_limited":
            log.warning("Slack sends no events for a while: too many")
            self.missed()
            return await ack()
        await next_()
        return None

    async def _on_error(self, error: Exception, body: Json) -> BoltResponse:
        """What was said is in no log; the class and our own words are.

        Not acknowledged, so that Slack delivers it again, unless that would not help.
        """
        if isinstance(error, BoltUnhandledRequestError):
            # Of no meaning to us. Only whoever types a command of another app should be told.
            return BoltResponse(status=404 if "command" in body else 200, body="")
        if isinstance(error, UnparsableDelivery):
            return _not_understood(str(error))
        ours = str(error) if isinstance(error, FaultMavenError) else ""
        log.warning("not taken: %s %s", type(error).__name__, ours, exc_info=not ours)
        return BoltResponse(status=503, body="")

    async def _form_or_take(self, heard: Heard, body: Json) -> None:
        """A form must open within three seconds, so nothing waits for it, nor it for anything."""
        asked = wanted_form(heard)
        if asked is None:
            await self.take(heard)
        else:
            self._meanwhile(self._open(form_view(asked), heard, str(body["trigger_id"])))

    async def _show_fold(self, heard: Heard, key: str, trigger: str) -> None:
        card = await self._card(heard.place, key)
        await self._open(fold_view(card) if card else gone_view(), heard, trigger)

    async def _card(self, place: Place, key: str) -> Card | None:
        """A card below which a thread may be stands in the channel itself."""
        async with self.services.store.reading() as unit:
            shown = await unit.conversation.shown(place, key)
            shown = shown or await unit.conversation.shown(place.whole_channel, key)
        return shown.card if shown else None

    async def _open(self, view: Json, heard: Heard, trigger: str) -> None:
        try:
            async with self.web.calling("views.open"):
                await self.web.client.views_open(trigger_id=trigger, view=view)
        except FaultMavenError as error:
            log.info("a form did not open: %s", error)
            await self._tell(heard, _LATE)

    async def _tell(self, heard: Heard, text: Clean) -> None:
        card = Card(key="note:refused", version=0, mark=Mark.REFUSED, rows=(Row(text=text),))
        try:
            await self.chat.whisper(heard.place, card, handle=heard.handle)
        except FaultMavenError as error:
            log.warning("nobody could be told: %s", error)

    def _meanwhile(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)


def _authorised(body: Json) -> str:
    """Our own user, as the event says; "" where it does not."""
    bots = (one for one in body.get("authorizations") or () if one.get("is_bot"))
    return next((str(one["user_id"]) for one in bots if one.get("user_id")), "")


def _not_understood(why: str) -> BoltResponse:
    """Acknowledged. What it holds is nobody's business, nor that of the log."""
    log.warning("Slack sent what makes no sense: %s", why)
    return BoltResponse(status=200, body="")


async def _authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    """There is one workspace, and what it posts is signed: nothing is asked of Slack for that."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)
