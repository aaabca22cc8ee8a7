"""What a client asks a code for at the authorization endpoint: RFC 6749 4.1.1, with RFC 7636.

There is one client, the browser extension, whose id differs from one browser to the next; it has no
secret, so a code is bound to its challenge. The method is S256 alone.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from core.errors import WrongUsage

if TYPE_CHECKING:
    from collections.abc import Sequence

CLIENT_ID = "faultmaven-copilot"
SCOPES = "openid profile email cases:read cases:write knowledge:read evidence:read"  # all or none
# Where browsers hand what follows to the extension of that id; no server answers there.
_REDIRECT_URI = re.compile(
    r"https://(?:[a-p]{32}\.chromiumapp\.org|[0-9a-f]{40}\.extensions\.allizom\.org)/"
)
_CHALLENGE = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_STATE = re.compile(r"[\x20-\x7e]{1,256}")  # so long that a cookie carries it, whatever it is
_ONCE = ("response_type", "state", "code_challenge", "code_challenge_method")


@dataclass(frozen=True, kw_only=True)
class CodeRequest:
    """A client that waits at redirect_uri. challenge: of the verifier that it keeps to itself."""

    redirect_uri: str
    challenge: str
    state: str

    @property
    def origin(self) -> str:
        return self.redirect_uri.removesuffix("/")

    @property
    def query(self) -> str:
        """Asks the same again."""
        return urlencode(
            {
                "response_type": "code",
                "client_id": CLIENT_ID,
                "redirect_uri": self.redirect_uri,
                "state": self.state,
                "code_challenge": self.challenge,
                "code_challenge_method": "S256",
            }
        )

    @property
    def bound_to(self) -> str:
        """What whoever shows the code has to know."""
        return binding(self.redirect_uri, self.challenge)

    @property
    def carried(self) -> str:
        """For a cookie: see `carried_in`."""
        return base64.urlsafe_b64encode(self.query.encode()).decode().rstrip("=")

    def answered(self, code: str) -> str:
        """The address at which the client gets the code."""
        return f"{self.redirect_uri}?{urlencode({'code': code, 'state': self.state})}"


def read_code_request(parameters: Sequence[tuple[str, str]]) -> CodeRequest | str:
    """A request, or the address at which the client is told what is wrong with it.

    parameters: of the query. Raises WrongUsage where nobody is known who could be answered.
    """
    times = Counter(name for name, _ in parameters)
    sent = dict(parameters)
    redirect_uri, state = _redirect_uri(sent, times), sent.get("state", "")
    if times["state"] > 1 or not _STATE.fullmatch(state):
        state = ""
    fault = _fault(sent, times, state)
    if fault is None:
        return CodeRequest(redirect_uri=redirect_uri, challenge=sent["code_challenge"], state=state)
    answer = {"error": fault[0], "error_description": fault[1]}
    return f"{redirect_uri}?{urlencode(answer | ({'state': state} if state else {}))}"


def carried_in(cookie: str) -> CodeRequest | None:
    """The request that stands behind the first dot of the cookie's value, if one does."""
    text = cookie.partition(".")[2]
    if not text:
        return None
    try:
        query = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        request = read_code_request(parse_qsl(query))
    except (ValueError, WrongUsage):
        return None
    return request if isinstance(request, CodeRequest) else None


def binding(redirect_uri: str, challenge: str) -> str:
    """What stands behind a code in its digest."""
    return f" {CLIENT_ID} {redirect_uri} {challenge}"


def challenge_of(verifier: str) -> str:
    """S256 of RFC 7636 4.2."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _redirect_uri(sent: dict[str, str], times: Counter[str]) -> str:
    """Raises WrongUsage: to what is no address of the extension, nobody is ever sent."""
    next_step = "Begin again in the browser extension."
    if times["client_id"] != 1 or sent["client_id"] != CLIENT_ID:
        message = "this server knows no such client"
        raise WrongUsage(message, next_step=next_step)
    if times["redirect_uri"] != 1 or not _REDIRECT_URI.fullmatch(sent["redirect_uri"]):
        message = "this is no address of the browser extension"
        raise WrongUsage(message, next_step=next_step)
    return sent["redirect_uri"]


def _fault(sent: dict[str, str], times: Counter[str], state: str) -> tuple[str, str] | None:
    """The error of RFC 6749 4.1.2.1, and what is wrong."""
    if any(times[name] > 1 for name in _ONCE):
        return "invalid_request", "a parameter is there twice"
    kind = sent.get("response_type", "")
    if kind != "code":
        known = "unsupported_response_type" if kind else "invalid_request"
        return known, "response_type has to be code"
    if not state:
        return "invalid_request", "state has to be 1 to 256 printable characters"
    if sent.get("code_challenge_method") != "S256":
        return "invalid_request", "code_challenge_method has to be S256"
    if not _CHALLENGE.fullmatch(sent.get("code_challenge", "")):
        return "invalid_request", "code_challenge has to be one of S256"
    return None
