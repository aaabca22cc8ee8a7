"""Translates Slack's payloads into incoming messages. Pure.

Shapes: docs.slack.dev/reference/events/message and /interaction-payloads. What is not a person's,
or says nothing, is None.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.slack.cards import ACTION
from bot.slack.response_handle import ResponseHandle
from bot.slack.texts import lines_of, typed
from core.conversation.messages.message import Attachment, IncomingMessage, MessageKind
from core.errors import UnparsableDelivery
from core.places import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Json = dict[str, Any]

PLATFORM = "slack"
HELP = "help"
AGAIN = "again"  # whose argument is a line of its own, which says what was said before
EVIDENCE = "evidence"
# Everything else is about messages, not one: message_changed, channel_join, bot_message, …
_GENUINE = frozenset({None, "", "file_share", "thread_broadcast", "me_message"})
_NO_CONTENT = frozenset({"tombstone", "hidden_by_limit", "external"})
_TS = re.compile(r"[0-9]{1,11}(?:\.[0-9]{1,9})?")
_ID = re.compile(r"[A-Z0-9]{1,40}")
_TRIGGER = re.compile(r"[0-9A-Za-z.]{1,120}")
_URL = re.compile(r"https?://[!-~]{1,500}")
_CASE = re.compile(r"#([0-9]{1,9})(?: (.*))?", re.DOTALL)
_ADDRESSED = re.compile(r"\s*<(?:@[UW][A-Z0-9]+|!subteam\^[A-Z0-9]+)(?:\|[^<>]*)?>")
_IN_CODE = re.compile(r"`([^`\n]+)`")


@contextmanager
def translating() -> Iterator[None]:
    """Raises UnparsableDelivery where the payload in the block is not of Slack's shape."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        message = f"it is not what Slack says that it sends ({type(error).__name__})"
        raise UnparsableDelivery(message) from error


def heard_in_message(
    event: Mapping[str, Any], *, bot: str, channel: str = ""
) -> IncomingMessage | None:
    """A message from an event or the history; `channel` for those that do not name it.

    A mention arrives as `message` and as `app_mention`: both are read alike, with the same key.
    """
    by, ts = str(event.get("user") or ""), str(event.get("ts") or "")
    channel = str(event.get("channel") or channel)
    ours = by == bot or bool(event.get("bot_id"))  # two bots that answer each other never end
    if event.get("subtype") not in _GENUINE or ours or not (by and channel and _TS.fullmatch(ts)):
        return None
    raw = str(event.get("text") or "")
    named = _mention_pattern(bot).search(raw) is not None
    manner = MessageKind.MENTION if named or is_direct(channel) else MessageKind.MESSAGE
    text, attachments = said(raw, bot=bot), attachments_of(event)
    if not text and not attachments:
        if not named:
            return None
        text = HELP
    place = place_in(channel, _thread(event, channel, mentioned=named))
    # Nothing is shown to one person in a thread that nobody has begun.
    handle = ResponseHandle(user=id_in(by), thread=str(event.get("thread_ts") or ""))
    return IncomingMessage(
        place=place,
        key=f"{channel}/{ts}",
        by=handle.user,
        manner=manner,
        text=text,
        said_at=time_of(ts),
        ref=ts,
        attachments=attachments,
        handle="" if is_direct(channel) else handle.dump(),
        to_another=manner is MessageKind.MESSAGE and _ADDRESSED.match(raw) is not None,
    )


def heard_in_command(body: Mapping[str, Any], *, now: datetime) -> IncomingMessage:
    """A slash command, `/fm confirm 1`. Slack gives a command no thread."""
    by = id_in(body["user_id"])
    handle = ResponseHandle(user=by, response_url=_response_url(body))
    return IncomingMessage(
        place=place_in(body["channel_id"]),
        key=_key_of_trigger(body),
        by=by,
        manner=MessageKind.COMMAND,
        text=said(str(body.get("text") or "")) or HELP,
        said_at=now,
        handle=handle.dump(),
    )


def heard_in_action(body: Mapping[str, Any], *, now: datetime) -> IncomingMessage | None:
    """A button of one of our cards. None for any other button."""
    action = body["actions"][0]
    prefix, _, verb = str(action.get("action_id", "")).partition(":")
    verb = verb.partition(":")[0]  # of several with the same verb each has a number
    number, _, argument = str(action.get("value") or "").partition(" ")
    if prefix != ACTION or not verb or not re.fullmatch("[0-9]{1,9}", number):
        return None
    container = body.get("container") or {}
    channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")
    if not channel:
        return None
    again = verb == AGAIN
    case_number, argument = _case_and_argument(int(number), argument, again=again)
    return IncomingMessage(
        place=place_in(channel, _thread_of_card(body, channel)),
        key=_key_of_trigger(body),
        by=id_in(body["user"]["id"]),
        manner=MessageKind.BUTTON,
        verb="" if again else verb,
        text=f"{AGAIN} {argument}" if again else argument,
        said_at=now,
        case_number=case_number,
        handle=_handle(body, thread=_visible_thread(body)).dump(),
    )


def heard_in_shortcut(body: Mapping[str, Any], *, now: datetime) -> IncomingMessage:
    """The shortcut "Add to case" on a message: its text and files are evidence."""
    message, channel = body["message"], body["channel"]["id"]
    thread = str(message.get("thread_ts") or ("" if is_direct(channel) else message["ts"]))
    handle = _handle(body, thread=str(message.get("thread_ts") or ""))
    return IncomingMessage(
        place=place_in(channel, thread),
        key=_key_of_trigger(body),
        by=id_in(body["user"]["id"]),
        manner=MessageKind.COMMAND,
        verb=EVIDENCE,
        text="\n".join(lines_of(message)),
        said_at=now,
        attachments=attachments_of(message),
        handle=handle.dump(),
    )


def attachments_of(message: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """The message's files. One from another organisation is an id only."""
    return tuple(
        attachment_of(file)
        for file in message.get("files") or ()
        if file.get("id") and file.get("mode") not in _NO_CONTENT
    )


def attachment_of(file: Mapping[str, Any]) -> Attachment:
    """A file as Slack describes it; `source` holds its address, where that is known."""
    url = file.get("url_private_download") or file.get("url_private") or ""
    return Attachment(
        id=str(file["id"]),
        name=str(file.get("name") or file.get("title") or file["id"]),
        size=_size(file),
        source=json.dumps({"id": file["id"], "url": url}),
    )


def address_of(attachment: Attachment) -> str:
    """The address of the content; "" where Slack has not sent it."""
    return str(json.loads(attachment.source).get("url") or "")


def is_stub(attachment: Attachment) -> bool:
    """Whether only the id is known yet, as for files of shared channels."""
    return not address_of(attachment)


def said(text: str, *, bot: str = "") -> str:
    """The text as the person typed it, without the bot's name."""
    if bot:
        text = _mention_pattern(bot).sub(" ", text)
    text = typed(text)
    in_code = _IN_CODE.fullmatch(text)
    return in_code[1].strip() if in_code else text


def id_in(value: object) -> str:
    """The value, if it has the form of an id: ids are stored and shown as they are.

    Raises TypeError where it is no text, ValueError where it is another text.
    """
    if not isinstance(value, str) or not value:
        message = "an id is a text"
        raise TypeError(message)
    if not _ID.fullmatch(value):
        message = "an id has capital letters and digits only"
        raise ValueError(message)
    return value


def _key_of_trigger(body: Mapping[str, Any]) -> str:
    trigger = body["trigger_id"]
    if not _TRIGGER.fullmatch(trigger):
        message = "a trigger has letters, digits and points only"
        raise ValueError(message)
    return f"trigger/{trigger}"


def is_direct(channel: str) -> bool:
    """Whether it is a direct conversation: their ids begin with a D."""
    return channel.startswith("D")


def time_of(ts: str) -> datetime:
    """The time of a `ts`: seconds since the epoch, with six digits after the point."""
    seconds, _, micros = ts.partition(".")
    whole = datetime.fromtimestamp(int(seconds), tz=UTC)
    return whole.replace(microsecond=int(f"{micros:0<6}"[:6]))


def place_in(channel: str, thread: str = "") -> Place:
    """A place of the workspace that sent the payload; whoever received it knows which one.

    Raises TypeError and ValueError where they are not of the form of a channel and a thread.
    """
    if thread and not _TS.fullmatch(thread):
        message = "a thread has the time of its first message"
        raise ValueError(message)
    return Place(platform=PLATFORM, workspace="", channel=id_in(channel), thread=thread)


def _thread(event: Mapping[str, Any], channel: str, *, mentioned: bool) -> str:
    """The message's thread; a mention in a channel is answered in a thread below it.

    The history gives the first message of a thread its own `ts` as `thread_ts`; an event does not.
    """
    thread, ts = str(event.get("thread_ts") or ""), str(event["ts"])
    if thread and thread != ts:
        return thread
    return ts if mentioned and not is_direct(channel) else ""


def _mention_pattern(bot: str) -> re.Pattern[str]:
    return re.compile(rf"<@{re.escape(bot)}(?:\|[^<>]*)?>[:,]?")


def _thread_of_card(body: Mapping[str, Any], channel: str) -> str:
    """The thread a card is in, or the one below it; an ephemeral card has none below."""
    container = body.get("container") or {}
    message = body.get("message") or {}
    thread = container.get("thread_ts") or message.get("thread_ts")
    if thread or container.get("is_ephemeral") or is_direct(channel):
        return str(thread or "")
    return str(container.get("message_ts") or message.get("ts") or "")


def _visible_thread(body: Mapping[str, Any]) -> str:
    """The thread that the person sees: Slack does not show one without replies."""
    container = body.get("container") or {}
    thread = container.get("thread_ts") or (body.get("message") or {}).get("thread_ts")
    return str(thread) if thread and thread != container.get("message_ts") else ""


def _handle(body: Mapping[str, Any], *, thread: str) -> ResponseHandle:
    user = id_in(body["user"]["id"])
    return ResponseHandle(user=user, thread=thread, response_url=_response_url(body))


def _response_url(body: Mapping[str, Any]) -> str:
    """Where the person can be answered; empty for what is no address."""
    url = str(body.get("response_url") or "")
    return url if _URL.fullmatch(url) else ""


def _case_and_argument(number: int, argument: str, *, again: bool) -> tuple[int | None, str]:
    """The case's number and the argument; a card without a case names it in its buttons."""
    named = None if number or again else _CASE.fullmatch(argument)
    return (int(named[1]), named[2] or "") if named else (number or None, argument)


def _size(file: Mapping[str, Any]) -> int:
    """Bytes; 0 where it is not known yet."""
    size = file.get("size")
    return size if isinstance(size, int) else 0
