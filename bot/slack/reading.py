"""What did a person say or do? Pure translation of Slack's payloads.

Shapes: docs.slack.dev/reference/events/message and /interaction-payloads. What is not a person's,
or says nothing, is None.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.slack.cards import ACTION
from bot.slack.handle import Handle
from core.conversation.model import INSTALLATION, Attachment, Heard, Manner, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Json = dict[str, Any]

PLATFORM = "slack"
HELP = "help"
# Everything else is about messages, not one: message_changed, channel_join, bot_message, …
_GENUINE = frozenset({None, "", "file_share", "thread_broadcast", "me_message"})
_NO_CONTENT = frozenset({"tombstone", "hidden_by_limit", "external"})
_LINK = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_ADDRESSED = re.compile(r"\s*<(?:@[UW][A-Z0-9]+|!subteam\^[A-Z0-9]+)(?:\|[^<>]*)?>")
_IN_CODE = re.compile(r"`([^`\n]+)`")


def heard_in_message(event: Mapping[str, Any], *, bot: str, channel: str = "") -> Heard | None:
    """A message, as an event brings it or the history shows it; `channel` where it does not say.

    A mention arrives as `message` and as `app_mention`: both are read alike, with the same key.
    """
    by, ts = str(event.get("user") or ""), str(event.get("ts") or "")
    channel = str(event.get("channel") or channel)
    ours = by == bot or bool(event.get("bot_id"))  # two bots that answer each other never end
    if event.get("subtype") not in _GENUINE or ours or not (by and ts and channel):
        return None
    raw = str(event.get("text") or "")
    named = _naming(bot).search(raw) is not None
    manner = Manner.MENTION if named or is_direct(channel) else Manner.MESSAGE
    text, attachments = said(raw, bot=bot), attachments_of(event)
    if not text and not attachments:
        if not named:
            return None
        text = HELP
    return Heard(
        place=_place(channel, _thread(event, channel, mentioned=named)),
        key=f"{channel}/{ts}",
        by=by,
        manner=manner,
        text=text,
        said_at=time_of(ts),
        ref=ts,
        attachments=attachments,
        to_another=manner is Manner.MESSAGE and _ADDRESSED.match(raw) is not None,
    )


def heard_in_command(body: Mapping[str, Any], *, now: datetime) -> Heard:
    """`/fm confirm 1`. Slack: a command knows no thread."""
    handle = Handle(user=body["user_id"], response_url=body.get("response_url", ""))
    return Heard(
        place=_place(body["channel_id"]),
        key=f"trigger/{body['trigger_id']}",
        by=body["user_id"],
        manner=Manner.COMMAND,
        text=said(str(body.get("text") or "")) or HELP,
        said_at=now,
        handle=handle.dump(),
    )


def heard_in_action(body: Mapping[str, Any], *, now: datetime) -> Heard | None:
    """A button of one of our cards. None for a button that means nothing to us."""
    action = body["actions"][0]
    prefix, _, verb = str(action.get("action_id", "")).partition(":")
    number, _, argument = str(action.get("value") or "").partition(" ")
    if prefix != ACTION or not verb or not number.isdigit():
        return None
    container = body.get("container") or {}
    channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")
    if not channel:
        return None
    return Heard(
        place=_place(channel, _thread_of_card(body, channel)),
        key=f"trigger/{body['trigger_id']}",
        by=body["user"]["id"],
        manner=Manner.BUTTON,
        text=f"{verb.partition(':')[0]} {argument}".strip(),
        said_at=now,
        case_number=int(number) or None,
        handle=_handle(body, thread=_looked_at(body)).dump(),
    )


def heard_in_shortcut(body: Mapping[str, Any], *, now: datetime) -> Heard:
    """The shortcut "Add to case" on a message: what it says and carries is evidence."""
    message, channel = body["message"], body["channel"]["id"]
    thread = str(message.get("thread_ts") or ("" if is_direct(channel) else message["ts"]))
    lines = [str(message.get("text") or ""), *_attached_texts(message)]
    text = "\n".join(said(line) for line in lines if line)
    handle = _handle(body, thread=str(message.get("thread_ts") or ""))
    return Heard(
        place=_place(channel, thread),
        key=f"trigger/{body['trigger_id']}",
        by=body["user"]["id"],
        manner=Manner.COMMAND,
        text=f"evidence {text}".strip(),
        said_at=now,
        attachments=attachments_of(message),
        handle=handle.dump(),
    )


def attachments_of(message: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """Files with a content. One from another organisation comes as its id only."""
    return tuple(
        Attachment(
            id=file["id"],
            name=str(file.get("name") or file.get("title") or file["id"]),
            size=int(file.get("size") or 0),
            source=source_of(file),
        )
        for file in message.get("files") or ()
        if file.get("id") and file.get("mode") not in _NO_CONTENT
    )


def source_of(file: Mapping[str, Any]) -> str:
    """How a file is fetched: its id, and its address where that is known."""
    url = file.get("url_private_download") or file.get("url_private") or ""
    return json.dumps({"id": file["id"], "url": url})


def said(text: str, *, bot: str = "") -> str:
    """As the person typed it: links, mentions and fences unwrapped, our own name gone."""
    if bot:
        text = _naming(bot).sub(" ", text)
    text = _LINK.sub(_unwrapped, text).replace("```", "\n")
    # Last, so that an escaped `<` is never taken for the beginning of a link.
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()
    in_code = _IN_CODE.fullmatch(text)
    return in_code[1].strip() if in_code else text


def is_direct(channel: str) -> bool:
    """Ids of direct conversations begin with a D."""
    return channel.startswith("D")


def time_of(ts: str) -> datetime:
    """A `ts` is seconds since the epoch, with six digits after the point."""
    seconds, _, micros = ts.partition(".")
    whole = datetime.fromtimestamp(int(seconds), tz=UTC)
    return whole.replace(microsecond=int(f"{micros:0<6}"[:6]))


def _place(channel: str, thread: str = "") -> Place:
    return Place(platform=PLATFORM, workspace=INSTALLATION, channel=channel, thread=thread)


def _thread(event: Mapping[str, Any], channel: str, *, mentioned: bool) -> str:
    """Whoever calls us by name in a channel is answered in a thread below.

    The history gives the first message of a thread its own `ts` as `thread_ts`; an event does not.
    """
    thread, ts = str(event.get("thread_ts") or ""), str(event["ts"])
    if thread and thread != ts:
        return thread
    return ts if mentioned and not is_direct(channel) else ""


def _naming(bot: str) -> re.Pattern[str]:
    return re.compile(rf"<@{re.escape(bot)}(?:\|[^<>]*)?>[:,]?")


def _thread_of_card(body: Mapping[str, Any], channel: str) -> str:
    """The thread a card is in, or the one below it. What one person sees alone has none below."""
    container = body.get("container") or {}
    message = body.get("message") or {}
    thread = container.get("thread_ts") or message.get("thread_ts")
    if thread or container.get("is_ephemeral") or is_direct(channel):
        return str(thread or "")
    return str(container.get("message_ts") or message.get("ts") or "")


def _looked_at(body: Mapping[str, Any]) -> str:
    """Slack shows nothing in a thread that nobody has replied in: above it, it is seen."""
    container = body.get("container") or {}
    thread = container.get("thread_ts") or (body.get("message") or {}).get("thread_ts")
    return str(thread) if thread and thread != container.get("message_ts") else ""


def _handle(body: Mapping[str, Any], *, thread: str) -> Handle:
    url = str(body.get("response_url") or "")
    return Handle(user=body["user"]["id"], thread=thread, response_url=url)


def _attached_texts(message: Mapping[str, Any]) -> Iterable[str]:
    """What other apps post often stands in attachments alone."""
    for one in message.get("attachments") or ():
        yield str(one.get("text") or one.get("fallback") or "")


def _unwrapped(match: re.Match[str]) -> str:
    """`<http://x|x>` was typed as `x`; `<@U2|dana>` is @dana, `<!here>` is @here."""
    target, label = match[1], match[2]
    if target[:1] in ("@", "#"):
        return f"{target[0]}{label or target[1:]}"
    if target[:1] == "!":
        return label or f"@{target[1:].partition('^')[0]}"
    return label if label and target.endswith(label) else f"{label or ''} {target}".strip()
