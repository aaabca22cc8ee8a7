"""What Discord refuses, with its own codes and shapes.

Sources: Discord: topics/opcodes-and-status-codes ("JSON Error Codes"), reference ("Error
Messages").
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Path = tuple[str | int, ...]  # where in the body: ("embeds", 0, "description")


class DiscordRefused(Exception):
    """A call that Discord answers with an error. `errors` is the tree of an invalid form."""

    def __init__(
        self, status: int, code: int, message: str, errors: dict[str, Any] | None = None
    ) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status, self.code, self.message, self.errors = status, code, message, errors

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"message": self.message, "code": self.code}
        return body | ({"errors": self.errors} if self.errors else {})


@dataclass
class Form:
    """Collects what is wrong with a body, and says all of it at once."""

    faults: list[tuple[Path, str, str]] = field(default_factory=list)

    def wrong(self, path: Path, code: str, message: str) -> None:
        self.faults.append((path, code, message))

    def length(self, path: Path, text: object, most: int, least: int = 0) -> None:
        """Of a string; lengths are those after trimming (Discord: resources/message)."""
        size = len(str(text or "").strip())
        if size > most:
            code, says = "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length."
            self.wrong(path, code, says)
        elif size < least:
            self.wrong(path, "BASE_TYPE_REQUIRED", "This field is required")

    def count(self, path: Path, items: object, most: int, least: int = 0) -> None:
        size = len(items) if isinstance(items, list) else 0
        if not least <= size <= most:
            says = f"Must be between {least} and {most} in length."
            self.wrong(path, "BASE_TYPE_BAD_LENGTH", says)

    def one_of(self, path: Path, value: object, allowed: tuple[object, ...]) -> None:
        if value not in allowed:
            self.wrong(path, "BASE_TYPE_CHOICES", f"Value must be one of {allowed}.")

    def check(self) -> None:
        """Raises DiscordRefused (400, 50035) where anything was wrong."""
        if not self.faults:
            return
        tree: dict[str, Any] = {}
        for path, code, message in self.faults:
            branch = tree
            for step in path:
                branch = branch.setdefault(str(step), {})
            branch.setdefault("_errors", []).append({"code": code, "message": message})
        raise DiscordRefused(400, 50035, "Invalid Form Body", tree)


def unauthorized() -> DiscordRefused:
    return DiscordRefused(401, 0, "401: Unauthorized")


def unknown(what: str) -> DiscordRefused:
    codes = {
        "Channel": 10003,
        "Guild": 10004,
        "Member": 10007,
        "Message": 10008,
        "User": 10013,
        "Webhook": 10015,
        "Interaction": 10062,
        "Application Command": 10063,
    }
    code = codes[what]
    return DiscordRefused(404, code, f"Unknown {what}".replace("Interaction", "interaction"))


def missing_access() -> DiscordRefused:
    return DiscordRefused(403, 50001, "Missing Access")


def missing_permissions() -> DiscordRefused:
    return DiscordRefused(403, 50013, "Missing Permissions")


def wrong_kind() -> DiscordRefused:
    return DiscordRefused(400, 50024, "Cannot execute action on this channel type")


def foreign_message() -> DiscordRefused:
    return DiscordRefused(403, 50005, "Cannot edit a message authored by another user")


def empty_message() -> DiscordRefused:
    return DiscordRefused(400, 50006, "Cannot send an empty message")


def cannot_reach_user() -> DiscordRefused:
    return DiscordRefused(403, 50007, "Cannot send messages to this user")


def no_text_channel() -> DiscordRefused:
    return DiscordRefused(400, 50008, "Cannot send messages in a non-text channel")


def thread_archived() -> DiscordRefused:
    return DiscordRefused(400, 50083, "Thread is archived")


def thread_locked() -> DiscordRefused:
    return DiscordRefused(403, 160005, "Thread is locked")


def thread_exists() -> DiscordRefused:
    says = "A thread has already been created for this message"
    return DiscordRefused(400, 160004, says)


def tag_required() -> DiscordRefused:
    return DiscordRefused(400, 40067, "A tag is required to create a forum post in this channel")


def too_large() -> DiscordRefused:
    return DiscordRefused(413, 40005, "Request entity too large")


def already_acknowledged() -> DiscordRefused:
    return DiscordRefused(400, 40060, "Interaction has already been acknowledged.")


def invalid_webhook_token() -> DiscordRefused:
    return DiscordRefused(401, 50027, "Invalid Webhook Token")
