"""Every error that Slack documents for what we call means something to whoever asked."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError, SlackRequestError

from bot.slack.errors import ADVICE, GONE, PASSING, RATE, TOKEN, errors_of, name_of
from core.errors import ChatRefused, ChatUnavailable, FaultMavenError, NotFound

# docs.slack.dev/reference/methods/NAME, "Errors"; the last line is common to all methods.
DOCUMENTED = """
chat.postMessage channel_not_found ekm_access_denied invalid_blocks invalid_blocks_format
 invalid_metadata_format invalid_metadata_schema is_archived message_limit_exceeded
 messages_tab_disabled metadata_must_be_sent_from_app metadata_too_large msg_blocks_too_long no_text
 not_in_channel rate_limited restricted_action restricted_action_non_threadable_channel
 restricted_action_read_only_channel restricted_action_thread_locked cannot_reply_to_message
 restricted_action_thread_only_channel team_not_found too_many_attachments
 slack_connect_file_link_sharing_blocked attachment_payload_limit_exceeded
chat.update block_mismatch cant_update_message edit_window_closed external_channel_migrating
 is_inactive message_not_found msg_too_long streaming_state_conflict update_failed
chat.postEphemeral user_not_in_channel
conversations.create cannot_create_channel invalid_name invalid_name_maxlength name_taken no_channel
 invalid_name_punctuation invalid_name_required invalid_name_specials
conversations.invite already_in_channel cant_invite cant_invite_self invitee_cant_see_channel
 org_user_not_in_team no_permission no_external_invite_permission no_user ura_max_channels
 user_is_restricted user_not_found
conversations.setTopic too_long
conversations.join method_not_supported_for_channel_type
conversations.replies thread_not_found invalid_cursor invalid_limit invalid_ts_oldest
files.completeUploadExternal access_denied file_not_found file_update_failed invalid_channel
 posting_to_channel_denied channels_limit_exceeded
files.info file_deleted
users.info user_not_visible
views.open duplicate_external_id exchanged_trigger_id expired_trigger_id invalid_trigger_id
 view_too_large
apps.connections.open forbidden_team insecure_request
every.method accesslimited account_inactive deprecated_endpoint enterprise_is_restricted fatal_error
 internal_error invalid_arg_name invalid_arguments invalid_array_arg invalid_auth invalid_charset
 invalid_form_data invalid_post_type method_deprecated missing_post_type missing_scope not_authed
 no_permission not_allowed_token_type org_login_required ratelimited request_timeout
 service_unavailable team_access_not_granted team_added_to_org token_expired token_revoked
 two_factor_setup_required ekm_access_denied
"""
NAMES = [
    (line.split()[0], name)
    for line in DOCUMENTED.strip().replace("\n ", " ").splitlines()
    for name in line.split()[1:]
]


def api_error(message: str, response: SimpleNamespace) -> SlackApiError:
    return SlackApiError(message, response)  # type: ignore[no-untyped-call]


def refusal(name: str, *, status: int = 200, **more: Any) -> SlackApiError:
    answer = {"ok": False, "error": name, **more}
    headers = more.pop("headers", {})
    response = SimpleNamespace(data=answer, status_code=status, headers=headers)
    return api_error("failed, token xoxb-secret", response)


def raised(error: Exception, method: str = "chat.update") -> FaultMavenError:
    with pytest.raises(FaultMavenError) as caught, errors_of(method):
        raise error
    assert caught.value.__cause__ is error
    return caught.value


@pytest.mark.parametrize(("method", "name"), NAMES)
def test_a_documented_error_is_one_of_ours_with_something_to_do(method: str, name: str) -> None:
    error = raised(refusal(name), method)
    assert isinstance(error, (ChatRefused, ChatUnavailable, NotFound))
    assert isinstance(error, ChatUnavailable) is (name in TOKEN | RATE | PASSING)
    assert isinstance(error, NotFound) is (name in GONE)
    assert error.next_step
    assert "secret" not in f"{error} {error.next_step}"
    assert name_of(error) == name


def test_the_tables_do_not_contradict_each_other() -> None:
    groups = [TOKEN, RATE, PASSING, GONE, frozenset(ADVICE)]
    assert sum(map(len, groups)) == len(frozenset().union(*groups))


def test_a_limit_says_when() -> None:
    error = raised(refusal("ratelimited", status=429, headers={"Retry-After": "30"}))
    assert isinstance(error, ChatUnavailable)
    assert error.retry_after_s == 30
    unsaid = raised(refusal("rate_limited"))
    assert isinstance(unsaid, ChatUnavailable)
    assert unsaid.retry_after_s == 1


@pytest.mark.parametrize("name", sorted(TOKEN))
def test_nothing_is_lost_while_a_token_is_replaced(name: str) -> None:
    error = raised(refusal(name))
    assert isinstance(error, ChatUnavailable)
    assert error.retry_after_s == 300
    assert "FAULTMAVEN_SLACK_BOT_TOKEN" in error.next_step


def test_a_missing_scope_is_named() -> None:
    error = raised(refusal("missing_scope", needed="files:read", provided="chat:write"))
    assert isinstance(error, ChatRefused)
    assert "files:read" in error.next_step


@pytest.mark.parametrize(
    "error",
    [
        aiohttp.ClientConnectionError("xoxb-secret"),
        TimeoutError(),
        ConnectionResetError(),
        SlackRequestError("xoxb-secret"),
        refusal("", status=502),
        refusal("whatever", status=503),
        api_error("no JSON", SimpleNamespace(status=200)),
    ],
)
def test_no_answer_is_no_refusal(error: Exception) -> None:
    meaning = raised(error)
    assert isinstance(meaning, ChatUnavailable)
    assert "secret" not in str(meaning)


def test_a_channel_that_cannot_be_seen_may_be_a_private_one() -> None:
    assert "/invite" in raised(refusal("channel_not_found")).next_step


def test_our_own_errors_pass() -> None:
    ours = NotFound("gone")
    with pytest.raises(NotFound) as caught, errors_of("chat.update"):
        raise ours
    assert caught.value is ours
    assert name_of(ours) == ""
