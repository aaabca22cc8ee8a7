"""How do people name the channel that a case opens in? By an id, or by its name with a `#`."""

from __future__ import annotations

import re

# Ids as the platforms make them: Slack's begin with C (or G, of old private channels), Discord's
# are numbers of up to 20 digits. Longest names: Slack conversations.create 80, Discord
# resources/channel 100.
_CHANNELS = {
    "slack": re.compile(r"#[^\s#,&<>]{1,80}|[CG][A-Z0-9]{6,}"),
    "discord": re.compile(r"#[^\s#,]{1,100}|[0-9]{1,20}"),
}
_EXAMPLES = {"slack": "C0123ABCD", "discord": "1187654321098765432"}
PLATFORMS = tuple(_CHANNELS)


def is_channel(platform: str, channel: str) -> bool:
    """Can it be a channel of the platform? Whether there is such a one, `doctor` asks there."""
    return _CHANNELS[platform].fullmatch(channel) is not None


def channel_advice(platform: str) -> str:
    """How a channel is written where it was not."""
    return f'Write "#incidents" in quotes, or the channel\'s id, such as {_EXAMPLES[platform]}.'
