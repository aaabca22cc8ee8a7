"""What Slack never sends is told before Bolt trips over it."""

from __future__ import annotations

import pytest

from bot.slack.request_shape import is_whole


@pytest.mark.parametrize(
    "body",
    [
        {"type": "url_verification", "challenge": "x"},
        {"type": "event_callback", "event": {"type": "message"}},
        {"type": "app_rate_limited"},
        {
            "type": "block_actions",
            "actions": [{"action_id": "x"}],
            "channel": None,
            "enterprise": None,
        },
        {"type": "view_closed", "view": {"id": "V1", "type": "modal"}},
        {"command": "/fm", "text": ""},
        {"ssl_check": "1"},
    ],
)
def test_whole(body: object) -> None:
    assert is_whole(body)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "x",
        {"type": "event_callback"},
        {"type": "event_callback", "event": []},
        {"event": None},
        {"type": "block_actions"},
        {"type": "block_actions", "actions": {}},
        {"type": "block_actions", "actions": [{}]},
        {"type": "block_actions", "actions": [{}, 5]},
        {"type": "view_submission", "view": {"id": "V1"}},
        {"type": "block_actions", "actions": [{"action_id": "x"}], "user": "U1"},
        {"type": "message_action", "message": "x"},
    ],
)
def test_not_whole(body: object) -> None:
    assert not is_whole(body)
