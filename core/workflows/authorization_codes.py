"""Codes with which a client signs in whoever signed in on a page of ours.

A code is good once, within a minute, for the client that asked for it: its digest is made with the
client's address and challenge behind it, so that nothing of them rests in the database. Whoever
shows a code again may have stolen it, so what was issued from it ends.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core.accounts.code_requests import binding, challenge_of
from core.accounts.model import TokenKind, digest_of
from core.errors import Unauthorised
from core.workflows.accounts import issue
from core.workflows.sign_in import begin_in, end_in

if TYPE_CHECKING:
    from core.accounts.code_requests import CodeRequest
    from core.accounts.model import Account, SignedIn, Token
    from core.workflows.services import Services, Unit

CODE_FOR = timedelta(minutes=1)

_log = logging.getLogger(__name__)


async def give_code(account: Account, request: CodeRequest, *, services: Services) -> str:
    """The code for somebody who has proved who they are."""
    return await issue(
        TokenKind.CODE, account, lasts=CODE_FOR, bound_to=request.bound_to, services=services
    )


async def redeem_code(
    code: str, *, redirect_uri: str, verifier: str, services: Services
) -> SignedIn:
    """A new sign-in of whoever the code was given for. Raises Unauthorised."""
    digest = digest_of(code + binding(redirect_uri, challenge_of(verifier)))
    async with services.unit() as unit:
        token = await unit.tokens.by_digest(TokenKind.CODE, digest, lock=True)
        if token is None:
            raise _no_good()
        known = await _begin(unit, token)
        if known is None and token.used_at is not None:
            _log.warning("a code of %s came twice; its sign-in ends", token.account_id)
            await end_in(unit, token.name)
    if known is None:  # after the commit that ends what was issued
        raise _no_good()
    return known


async def _begin(unit: Unit, token: Token) -> SignedIn | None:
    """None where the code is used up or over, or its account may not sign in any more."""
    account = await unit.accounts.get(str(token.account_id))
    if account.is_disabled or not token.is_valid(at=unit.now):
        return None
    known = await begin_in(unit, account)
    await unit.tokens.update(replace(token, used_at=unit.now, name=known.sign_in.id))
    return known


def _no_good() -> Unauthorised:
    message = "this code was used, has expired, or was given for something else"
    return Unauthorised(message, next_step="Begin again in the browser extension.")
