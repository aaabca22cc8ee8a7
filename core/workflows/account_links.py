"""People are the same everywhere: somebody in chat shows that an account is theirs.

Whoever signed in gets a code, and says it to us where they chat. From then on what they do there is
done by the account. Linking raises no rights in chat: those are what the platform and the settings
say of the person, as before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.access import Identity, PersonProfile, Standing
from core.accounts.link_codes import codes_in, digest_of_code, new_code
from core.accounts.model import TokenKind
from core.clock import from_micros, micros
from core.conversation.cards import account_cards
from core.conversation.cards.reply_cards import refusal
from core.errors import NotAllowedNow, NotFound, TooMany, Unauthorised
from core.jobs.ports import Fact
from core.places import API
from core.workflows.accounts import add_token
from core.workflows.sign_in import revoke

if TYPE_CHECKING:
    from core.accounts.model import Account, Token
    from core.conversation.cards.card import Card
    from core.conversation.commands.command import Command
    from core.conversation.messages.message import IncomingMessage
    from core.workflows.services import Services, Unit

_ONLY_LINKS = re.compile(r"(?i)\s*link\s+[\w -]{8,12}\s*$")
CODE_LASTS = timedelta(minutes=10)
MOST_TRIES = 5  # wrong ones of one person in chat
TRIES_COUNT_FOR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class LinkCode:
    """A code, shown this once."""

    code: str
    expires_at: datetime


async def make_link_code(account: Account, *, services: Services) -> LinkCode:
    """The only one of the account that is good from now on."""
    async with services.unit() as unit:
        await revoke(unit, account.id, [TokenKind.LINK])
        code, digest = await _unused(unit)
        await add_token(unit, TokenKind.LINK, account, digest=digest, lasts=CODE_LASTS)
        return LinkCode(code=code, expires_at=unit.now + CODE_LASTS)


async def _unused(unit: Unit) -> tuple[str, str]:
    """A code that nobody was ever given, as far as is known, and its digest."""
    while True:
        code = new_code()
        digest = digest_of_code(code, secret=unit.context.secret)
        if await unit.tokens.by_digest(TokenKind.LINK, digest) is None:
            return code, digest


async def account_of(unit: Unit, who: Identity) -> Account | None:
    """The account that somebody in chat is; None also where it may not sign in any more."""
    if who.linked_at is None:
        return None
    account = await unit.accounts.get(who.user_id)
    return None if account.is_disabled else account


async def obey(unit: Unit, verb: str, command: Command, code: str) -> Card:
    """What `whoami`, `unlink` and `link` answer. Raises NotAllowedNow, TooMany."""
    match verb:
        case "whoami":
            return await whoami(unit, command)
        case "unlink":
            return await unlink(unit, command)
        case _:
            return await link(unit, command, code)


async def link(unit: Unit, command: Command, code: str) -> Card:
    """Join whoever gave the command to the account of the code, which is used up by it.

    What is wrong is a card and no error: a wrong try has to be committed. Raises NotAllowedNow
    where they are somebody's already, and TooMany.
    """
    who = await _speaker(unit, command)
    if await account_of(unit, who) is not None:
        message = "you are linked to an account already"
        raise NotAllowedNow(message, next_step="See `whoami`; `unlink` lets go of it.")
    await _must_have_tries(unit, who)
    token = await _spent(unit, code)
    if not command.is_private:
        await _note_try(unit, who)
        return refusal(_overheard(), redactor=unit.redactor())
    account = await unit.accounts.get(str(token.account_id)) if token else None
    if account is None or account.is_disabled:
        left = await _note_try(unit, who)
        return refusal(_wrong(left), redactor=unit.redactor())
    await unit.people.link(replace(who, user_id=account.id, linked_at=unit.now))
    return account_cards.linked(account, platform=who.platform, redactor=unit.redactor())


async def use_up(heard: IncomingMessage, *, services: Services) -> None:
    """A code that was said where others read it links nobody any more, whoever said it, and how.

    What comes of a form, of another command or of a file's name may be shown to all.
    """
    is_link = heard.verb == "link" or (not heard.verb and _ONLY_LINKS.match(heard.text))
    whispers = heard.is_hidden and is_link
    if heard.place.is_private or whispers:
        return
    names = (each.name for each in heard.attachments)
    codes = [code for text in (heard.text, *names) for code in codes_in(text)]
    if not codes:
        return
    async with services.reading(urgent=True) as unit:
        known = [code for code in codes if await _good(unit, code)]
    if known:
        async with services.unit() as unit:
            for code in known:
                await _spent(unit, code)


async def unlink(unit: Unit, command: Command) -> Card:
    """From now on they are nobody's account. Raises NotAllowedNow where an account says it."""
    who = await _speaker(unit, command)
    if who.linked_at is None:
        return account_cards.not_linked(platform=who.platform, redactor=unit.redactor())
    await _let_go(unit, who)
    return account_cards.unlinked(platform=who.platform, redactor=unit.redactor())


async def whoami(unit: Unit, command: Command) -> Card:
    """Who somebody is here, what they may, and whose account they are."""
    place = command.place
    who = await unit.people.identity(place.platform, place.workspace, command.by_id)
    account = await unit.accounts.get(command.account_id) if command.account_id else None
    return account_cards.whoami(
        command.by,
        place.platform,
        standing=who.profile.standing if who else Standing.MEMBER,
        is_admin=who is not None and who.handle in unit.rules.admins,
        account=account,
        redactor=unit.redactor(),
    )


async def identities_of(account: Account, *, services: Services) -> list[Identity]:
    """In the order in which they were linked."""
    async with services.reading() as unit:
        return await unit.people.linked_to(account.id)


async def unlink_identity(account: Account, key: str, *, services: Services) -> None:
    """Raises NotFound where the account has no such identity."""
    async with services.unit() as unit:
        for identity in await unit.people.linked_to(account.id):
            if identity.key == key:
                await _let_go(unit, identity)
                return
    message = "no such identity is linked to you"
    raise NotFound(message, next_step="See GET /api/v1/auth/identities.")


async def unlink_all(unit: Unit, account_id: str) -> None:
    """Nobody in chat is the account any more."""
    for identity in await unit.people.linked_to(account_id):
        await _let_go(unit, identity)


async def _let_go(unit: Unit, who: Identity) -> None:
    """They are a user of their own again, as at the first contact."""
    await unit.people.link(replace(who, user_id=unit.new_id("user"), linked_at=None))


async def _speaker(unit: Unit, command: Command) -> Identity:
    """Who gave the command; nobody else links or unlinks them until the unit ends.

    Raises NotAllowedNow where an account itself gave it.
    """
    place = command.place
    if place.platform == API or not command.by_id:
        message = "here you are signed in with an account: there is nobody to link to it"
        raise NotAllowedNow(message, next_step="Say it where you chat.")
    who = await unit.people.identity(place.platform, place.workspace, command.by_id, lock=True)
    return who or await unit.people.meet(_at_terminal(unit, command))


def _at_terminal(unit: Unit, command: Command) -> Identity:
    """Everybody else was introduced before their command is obeyed."""
    return Identity(
        tenant_id=unit.context.tenant_id,
        platform=command.place.platform,
        workspace=command.place.workspace,
        external_id=command.by_id,
        user_id=unit.new_id("user"),
        profile=PersonProfile(name=command.by, standing=Standing.MEMBER),
        met_at=unit.now,
        seen_at=unit.now,
    )


async def _spent(unit: Unit, code: str) -> Token | None:
    """The token of a code that was good until now; it was said, so it is not any more."""
    token = await _good(unit, code)
    if token is not None:
        await unit.tokens.update(replace(token, used_at=unit.now))
    return token


async def _good(unit: Unit, code: str) -> Token | None:
    digest = digest_of_code(code, secret=unit.context.secret)
    token = await unit.tokens.by_digest(TokenKind.LINK, digest)
    return token if token is not None and token.is_valid(at=unit.now) else None


async def _must_have_tries(unit: Unit, who: Identity) -> None:
    """Raises TooMany, until the oldest of the wrong tries is an hour old."""
    tries = await _tries(unit, who)
    if len(tries) < MOST_TRIES:
        return
    again = tries[0] + TRIES_COUNT_FOR
    message = f"that were {MOST_TRIES} codes that lead nowhere within an hour"
    step = f"Wait until {again:%H:%M} UTC, then ask for a new code."
    wait_s = int((again - unit.now).total_seconds()) + 1
    raise TooMany(message, next_step=step, retry_after_s=wait_s)


async def _note_try(unit: Unit, who: Identity) -> int:
    """Count a code that led nowhere; says how many tries are left."""
    tries = [*await _tries(unit, who), unit.now]
    value = ",".join(str(micros(at)) for at in tries)
    tenant_id = unit.context.tenant_id
    await unit.facts.put(Fact(tenant_id=tenant_id, key=_tries_key(who), value=value, at=unit.now))
    return MOST_TRIES - len(tries)


async def _tries(unit: Unit, who: Identity) -> list[datetime]:
    """Those of the last hour, oldest first. A code that is taken clears none of them."""
    fact = await unit.facts.get(_tries_key(who))
    tries = [from_micros(int(part)) for part in fact.value.split(",")] if fact else []
    return [at for at in tries if unit.now - at < TRIES_COUNT_FOR]


def _tries_key(who: Identity) -> str:
    return f"link:{who.key}"


def _wrong(left: int) -> Unauthorised:
    message = f"this code was used, has expired, or never was; you have {left} more tries"
    return Unauthorised(message, next_step="Ask for a new one where you are signed in.")


def _overheard() -> Unauthorised:
    message = "others read that code here, so it is taken from nobody and good no more"
    step = "Ask for a new one, and say it to me in a direct message, or as a slash command."
    return Unauthorised(message, next_step=step)
