"""The bot's token is sent to Slack's hosts only."""

from __future__ import annotations

import pytest

from bot.slack.access import SlackAccess

ACCESS = SlackAccess(
    bot_token="xoxb-secret-1",  # noqa: S106
    app_token="xapp-secret-2",  # noqa: S106
    signing_secret="secret-3",  # noqa: S106
)


@pytest.mark.parametrize(
    "url",
    [
        "https://slack.com/api/files.info",
        "https://files.slack.com/files-pri/T1-F1/download/db.log",
        "https://slack-files.slack.com/x",
    ],
)
def test_slack_is_trusted(url: str) -> None:
    assert ACCESS.trusts(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://files.slack.com/files-pri/T1-F1",
        "https://evilslack.com/x",
        "https://slack.com.evil.example/x",
        "https://files.slack.com@evil.example/x",
        "https://evil.example/?x=.slack.com",
        "ftp://files.slack.com/x",
        "",
    ],
)
def test_nobody_else_is(url: str) -> None:
    assert not ACCESS.trusts(url)


def test_a_slack_of_our_own_is_trusted_by_its_host_and_port() -> None:
    ours = SlackAccess(bot_token="x", api_url="http://127.0.0.1:9000/api/")  # noqa: S106
    assert ours.trusts("http://127.0.0.1:9000/files/1")
    assert not ours.trusts("http://127.0.0.1:9001/files/1")
    assert not ours.trusts("https://127.0.0.1:9000/files/1")


def test_no_secret_is_shown() -> None:
    assert "secret" not in repr(ACCESS).replace("signing_secret", "")
