"""Translates Discord's errors into ours, here and nowhere else.

Codes are those of Discord's documentation, topics/opcodes-and-status-codes. No message quotes a
request, so no token is in any of them.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.discord.permissions import PERMISSIONS
from core.errors import ChatRefused, ChatUnavailable, FaultMavenError, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

THREAD_ARCHIVED = 50083
THREAD_EXISTS = 160004
HIDDEN, MISSING = 50001, 50013
_GONE = {
    10008: "the message is gone",
    10007: "nobody of that id is a member of the server",
    10013: "nobody has that id",
    10015: "the reply came too late: what was to be answered has expired",
    10062: "the reply came too late: what was to be answered has expired",
    50027: "the reply came too late: what was to be answered has expired",
}
_REFUSED = {
    10003: "there is no such channel, or the bot cannot see it",
    10004: "the bot is not in that server",
    30013: "the server has as many channels as Discord allows",
    30046: "the message was edited too often; Discord takes no more for an hour",
    40067: "the forum wants a tag on every post, and has none that the bot may use",
    HIDDEN: "the bot may not see that channel",
    50006: "it arrived empty: the bot lacks Embed Links",
    50007: "that person takes no direct messages from the bot",
    MISSING: "the bot lacks a permission",
    50024: "that does not go in a channel of this kind",
    160005: "the thread is locked: it takes Manage Threads to write there",
    160006: "the channel has as many open threads as Discord allows",
}
_LACKING = (HIDDEN, MISSING)
_TOKEN_WRONG, _INTENT_MISSING = 4004, 4014
_TOKEN = "Put the bot's own token into FAULTMAVEN_DISCORD_TOKEN (Developer Portal, Bot)."  # noqa: S105
INTENT = "Switch on Message Content Intent in the Developer Portal, under Bot; restart the bot."
_SOON_S, _LATER_S = 5.0, 300.0
_TOO_MANY, _UNAUTHORISED, _FAULTS = 429, 401, 500
# How the library names what is wrong in a form; what it says of it may quote the form.
_FIELDS = re.compile(r"^In ([\w.]{1,80}):", re.MULTILINE)
_MOST_FIELDS = 3
TRANSLATED = (discord.DiscordException, aiohttp.ClientError, OSError, asyncio.TimeoutError)


@contextmanager
def errors_of_discord(doing: str, *, needs: Sequence[str] = ()) -> Iterator[None]:
    """Translate what the library raises within the block into errors of ours.

    doing: `posting a card`. needs: the permissions it takes, as `permissions` names them.
    """
    try:
        yield
    except TRANSLATED as error:
        raise translated(error, doing, needs=needs) from error


def translated(error: BaseException, doing: str, *, needs: Sequence[str] = ()) -> FaultMavenError:
    """The library's error as one of ours; `doing` is what was tried."""
    match error:
        case discord.HTTPException():
            return _of_status(error, doing, needs)
        case discord.ConnectionClosed() | discord.PrivilegedIntentsRequired():
            return _of_gateway(error, doing)
        case discord.RateLimited():
            return _limited(doing, error.retry_after)
        case discord.LoginFailure():
            return _bad_token(doing)
        case discord.ClientException():  # the library refused what we asked of it
            return ChatRefused(f"Discord: {doing}: {type(error).__name__}")
    # The network, a proxy, GatewayNotFound: nothing that we did.
    message = f"Discord did not answer: {doing} ({type(error).__name__})"
    return ChatUnavailable(message, retry_after_s=_SOON_S)


def code_of(error: FaultMavenError) -> int:
    """Discord's own code for the refusal; 0 for none."""
    cause = error.__cause__
    return cause.code if isinstance(cause, discord.HTTPException) else 0


def _of_gateway(
    error: discord.ConnectionClosed | discord.PrivilegedIntentsRequired, doing: str
) -> FaultMavenError:
    """Errors of the gateway: topics/opcodes-and-status-codes, "Gateway Close Event Codes"."""
    code = error.code if isinstance(error, discord.ConnectionClosed) else _INTENT_MISSING
    if code == _INTENT_MISSING:
        message = f"Discord: {doing}: the intent Message Content is not switched on"
        return ChatUnavailable(message, next_step=INTENT, retry_after_s=_LATER_S)
    if code == _TOKEN_WRONG:
        return _bad_token(doing)
    message = f"Discord: {doing}: the gateway closed with {code}"
    return ChatUnavailable(message, retry_after_s=_SOON_S)


def _of_status(error: discord.HTTPException, doing: str, needs: Sequence[str]) -> FaultMavenError:
    if error.code in _GONE:  # some of them come with 401, which means the token otherwise
        return NotFound(f"Discord: {doing}: {_GONE[error.code]}")
    if error.status == _TOO_MANY:
        return _limited(doing, _retry_after_s(error))
    if error.status == _UNAUTHORISED:
        return _bad_token(doing)
    if error.status >= _FAULTS:
        message = f"Discord answered {error.status}: {doing}"
        return ChatUnavailable(message, retry_after_s=_SOON_S)
    return _refused(error, doing, needs)


def _refused(error: discord.HTTPException, doing: str, needs: Sequence[str]) -> ChatRefused:
    reason = _REFUSED.get(error.code)
    if reason is None:
        fields = "".join(f", {field}" for field in _FIELDS.findall(error.text)[:_MOST_FIELDS])
        return ChatRefused(f"Discord refused {doing}: {error.status}, code {error.code}{fields}")
    if error.code not in _LACKING or not needs:
        return ChatRefused(f"Discord refused {doing}: {reason}")
    labels = " and ".join(PERMISSIONS[name].label for name in needs)
    step = f"Give the bot's role {labels} there; `faultmaven doctor` shows what is missing."
    return ChatRefused(f"Discord refused {doing}: {reason} ({labels})", next_step=step)


def _limited(doing: str, seconds: float) -> ChatUnavailable:
    message = f"Discord takes no more of this for {seconds:.1f} s: {doing}"
    return ChatUnavailable(message, retry_after_s=seconds)


def _bad_token(doing: str) -> ChatUnavailable:
    # In brackets: a word after a colon would be taken for the token itself, and hidden in the log.
    message = f"Discord does not know the token ({doing})"
    return ChatUnavailable(message, next_step=_TOKEN, retry_after_s=_LATER_S)


def _retry_after_s(error: discord.HTTPException) -> float:
    """Seconds of the Retry-After header; a default where a proxy answers without one."""
    try:
        return float(error.response.headers.get("Retry-After", _SOON_S))
    except (TypeError, ValueError):
        return _SOON_S
