"""Cards about who somebody is in chat, and whose account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.access import Standing
from core.conversation.cards.reply_cards import note
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from core.accounts.model import Account
    from core.conversation.cards.card import Card
    from core.redaction.engine import Redactor

_MAY = {
    Standing.MEMBER: RedactedText.format("You may read and command here."),
    Standing.GUEST: RedactedText.format("As a guest you may read along here, but not command."),
    Standing.STRANGER: RedactedText.format(
        "As somebody from outside you may read along here, but not command."
    ),
    Standing.BOT: RedactedText.format("Bots are not answered."),
}


def linked(account: Account, *, platform: str, redactor: Redactor) -> Card:
    """They are the account from now on."""
    text = RedactedText.format(
        "On {platform} you are the account {name} from now on.",
        platform=_platform(platform, redactor),
        name=_name(account, redactor),
    )
    step = RedactedText.format("The log names what you do here by it. `unlink` ends that.")
    return note("linked", text, step)


def unlinked(*, platform: str, redactor: Redactor) -> Card:
    """They are nobody's account any more."""
    text = RedactedText.format(
        "On {platform} you are linked to no account any more.",
        platform=_platform(platform, redactor),
    )
    step = RedactedText.format("What the log names stays as it is.")
    return note("unlinked", text, step)


def not_linked(*, platform: str, redactor: Redactor) -> Card:
    """There is nothing to let go of."""
    text = RedactedText.format(
        "On {platform} you are linked to no account.", platform=_platform(platform, redactor)
    )
    return note("unlinked", text)


def whoami(
    by: str,
    platform: str,
    *,
    standing: Standing,
    is_admin: bool,
    account: Account | None,
    redactor: Redactor,
) -> Card:
    """by: as the log of a case names them. is_admin: the settings name them."""
    who = RedactedText.format(
        "You are {by} on {platform}.",
        by=redactor.clean(by).line(),
        platform=_platform(platform, redactor),
    )
    may = RedactedText.format("You may command here, and hear what goes wrong.")
    return note("whoami", who, may if is_admin else _MAY[standing], _account(account, redactor))


def _account(account: Account | None, redactor: Redactor) -> RedactedText:
    if account is None:
        return RedactedText.format(
            "No account is linked. Where you are signed in ask for a code, then: `link BCDF-GHJK`"
        )
    name = _name(account, redactor)
    if account.is_admin:
        return RedactedText.format("Your account is {name}, an admin over the API.", name=name)
    return RedactedText.format("Your account is {name}.", name=name)


def _name(account: Account, redactor: Redactor) -> RedactedText:
    return redactor.clean(account.username).line()


def _platform(platform: str, redactor: Redactor) -> RedactedText:
    """`Slack`; the platform's name is ours, and short."""
    return redactor.clean(platform.capitalize()).line()
