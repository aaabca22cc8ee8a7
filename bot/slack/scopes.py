"""The scopes, events, commands and shortcuts that the app asks for, each with its reason.

The manifest, the listeners and the guide are compared with this module by tests.
"""

from __future__ import annotations

SCOPES: dict[str, str] = {
    "app_mentions:read": "to hear what is said to the bot by name",
    "channels:history": "to hear what is said in the threads of cases, and what it missed",
    "channels:join": "to enter the public channel of the settings without an invitation",
    "channels:manage": "to make a channel for a case, with its topic and those who are invited",
    "channels:read": "to find a channel by its name, and to see whether the bot is in it",
    "chat:write": "to post the card of a case and to keep it up to date",
    "commands": "for /faultmaven, /fm and the shortcut on messages",
    "files:read": "to read logs that are dropped into a case",
    "files:write": "to give reports as files",
    "groups:history": "the same as channels:history, in private channels it was invited to",
    "groups:read": "the same as channels:read, in private channels it was invited to",
    "im:history": "to hear what is said to the bot in a direct message",
    "im:read": "to catch up on direct messages that were sent while it was away",
    "im:write": "to tell admins what goes wrong",
    "users:read": "to know members from guests, bots and people of other organisations",
}
APP_SCOPES: dict[str, str] = {"connections:write": "to listen in Socket Mode"}
EVENTS: dict[str, str] = {
    "app_mention": "what is said to the bot by name",
    "message.channels": "what is said in a case, files too",
    "message.groups": "the same in private channels",
    "message.im": "what is said to it directly",
}
COMMANDS: dict[str, str] = {
    "/faultmaven": "Cases, causes and evidence",
    "/fm": "The same, shorter",
}
ADD_TO_CASE = "add_to_case"
SHORTCUTS: dict[str, str] = {ADD_TO_CASE: "Add to case"}
