"""Translates Slack's errors into ours, here and nowhere else.

Error names: docs.slack.dev/reference/methods/NAME, "Errors". A message holds Slack's own word and
what to do; never an argument, a token or an answer's body.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from core.errors import ChatRefused, ChatUnavailable, FaultMavenError, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN_REST_S = 300.0  # until a token that was taken away is tried again
_TOO_MANY = 429
_NOT_FOUND = 404
_BROKEN = 500

NOT_A_MEMBER = frozenset({"not_in_channel"})
NO_THREAD = frozenset(
    {
        "thread_not_found",
        "cannot_reply_to_message",
        "restricted_action_non_threadable_channel",
    }
)
UNDRAWABLE = frozenset({"msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format"})
TOKEN = frozenset(
    {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"}
)
RATE = frozenset({"ratelimited", "rate_limited"})
PASSING = frozenset(
    {
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "update_failed",
        "file_update_failed",
        "external_channel_migrating",
        "streaming_state_conflict",
        "team_added_to_org",
        "org_login_required",
        "fetch_members_failed",
        "timeout",
    }
)
# A message that can be edited no more is as good as gone: a new one is worth it.
GONE = frozenset(
    {
        "message_not_found",
        "cant_update_message",
        "edit_window_closed",
        "block_mismatch",
        "thread_not_found",
        "file_not_found",
        "file_deleted",
        "user_not_found",
        "users_not_found",
        "user_not_visible",
        "expired_trigger_id",
        "exchanged_trigger_id",
        "invalid_trigger_id",
        "trigger_expired",
        "trigger_exchanged",
        "user_not_in_channel",
        "expired_url",
        "used_url",
    }
)
_INVITE = "In Slack: open the channel and type /invite @FaultMaven."
_CHANNEL = "Check FAULTMAVEN_SLACK_CHANNEL and the policy file: the id of a channel, or #name."
_ADMIN = "Ask an admin of the workspace, or choose another channel."
ADVICE = {
    "not_in_channel": _INVITE,
    "channel_not_found": f"{_CHANNEL} Where it is private: /invite @FaultMaven",
    "invalid_channel": _CHANNEL,
    "team_not_found": "Use the channel's id instead of its name.",
    "is_archived": "Choose a channel that is not archived.",
    "is_inactive": "Choose a channel that is not archived.",
    "method_not_supported_for_channel_type": _CHANNEL,
    "not_allowed_token_type": "Use the bot token, which begins with xoxb-.",
    "no_permission": "Install the app again from its manifest.",
    "access_denied": "Install the app again from its manifest.",
    "ekm_access_denied": _ADMIN,
    "restricted_action": _ADMIN,
    "message_limit_exceeded": "The workspace has used up the messages of its plan.",
    "messages_tab_disabled": "Turn the app's Messages tab on, under App Home.",
}


@contextmanager
def errors_of(method: str) -> Iterator[None]:
    """Raises ChatUnavailable, ChatRefused or NotFound for whatever the SDK raises in the block."""
    try:
        yield
    except SlackApiError as error:
        raise translated(method, error) from error
    except (aiohttp.ClientError, OSError, SlackClientError) as error:
        message = f"Slack did not answer {method} ({type(error).__name__})"
        raise ChatUnavailable(message) from error


@contextmanager
def begun() -> Iterator[None]:
    """Marks calls that follow one that took effect already.

    A retry time means that Slack did nothing yet, so ChatUnavailable leaves this block without one.
    """
    try:
        yield
    except ChatUnavailable as error:
        if error.retry_after_s is None:
            raise
        raise ChatUnavailable(str(error), next_step=error.next_step) from error


def translated(method: str, error: SlackApiError) -> FaultMavenError:
    """Our error for a failed call.

    `retry_after_s` is set only where Slack has surely not executed the call.
    """
    answer, status = _answer(error), _status(error)
    name = str(answer.get("error") or "")
    if status == _TOO_MANY or name in RATE:
        return ChatUnavailable(f"Slack limits {method}", retry_after_s=retry_after(error))
    if name in TOKEN:
        return ChatUnavailable(
            f"Slack does not take our token any more ({name})",
            next_step="Install the app again, set FAULTMAVEN_SLACK_BOT_TOKEN and restart.",
            retry_after_s=TOKEN_REST_S,
        )
    if not name or status >= _BROKEN or name in PASSING:
        return ChatUnavailable(f"Slack could not do {method} ({name or status})")
    if name in GONE:
        return NotFound(f"Slack: {method}: {name}")
    return ChatRefused(f"Slack refused {method}: {name}", next_step=_advice(name, answer))


def name_of(error: BaseException | None) -> str:
    """Slack's word for what went wrong; "" where it gave none."""
    cause = error.__cause__ if isinstance(error, FaultMavenError) else error
    return str(_answer(cause).get("error") or "") if isinstance(cause, SlackApiError) else ""


def is_unknown_method(error: BaseException | None) -> bool:
    """Whether the method does not exist there: emulators and gateways lack some."""
    if name_of(error):
        return name_of(error) == "unknown_method"
    cause = error.__cause__ if isinstance(error, FaultMavenError) else error
    return isinstance(cause, SlackApiError) and _status(cause) == _NOT_FOUND


def retry_after(error: SlackApiError) -> float:
    """Seconds from the Retry-After header; 1 where it has none."""
    headers = getattr(error.response, "headers", None) or {}
    value = {str(name).lower(): text for name, text in headers.items()}.get("retry-after", "")
    value = value[0] if isinstance(value, list | tuple) else value
    return float(value) if str(value).isdigit() else 1.0


def _status(error: SlackApiError) -> int:
    return int(getattr(error.response, "status_code", 0) or 0)


def _answer(error: SlackApiError) -> dict[str, Any]:
    data = getattr(error.response, "data", error.response)
    return data if isinstance(data, dict) else {}


def _advice(name: str, answer: dict[str, Any]) -> str:
    if name == "missing_scope":
        needed = answer.get("needed") or "one that `faultmaven doctor` names"
        return f"Add the scope {needed} to the app and install it again."
    if name in ADVICE:
        return ADVICE[name]
    return _ADMIN if name.startswith("restricted_action") else ChatRefused.next_step
