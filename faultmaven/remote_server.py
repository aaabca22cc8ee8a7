"""A server elsewhere, which `--server` or FAULTMAVEN_SERVER names, and a token of it."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import httpx

from core.errors import NotAllowedNow, Unauthorised, Unavailable, WrongUsage
from faultmaven.formats import without_password
from faultmaven.settings import secret_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from faultmaven.settings import Settings

LONGEST_CALL_S = 60.0
LONGEST_TOKEN = 4_096  # bytes; what is longer is another file
MAKE_ONE = (
    "An admin makes one there: POST /api/v1/auth/tokens with the scope `operator`. Then name the"
    " file that holds it: --token-file."
)


@asynccontextmanager
async def remote_client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the operator's endpoint of the server that the settings name.

    Raises WrongUsage without a token, Unauthorised where the server does not take it, NotAllowedNow
    where it is too old or no FaultMaven, and Unavailable where nothing answers.
    """
    url = settings.server
    headers = {"Authorization": f"Bearer {token_of(settings)}"}

    async def look_at(answer: httpx.Response) -> None:
        _must_be_an_answer(answer, url)

    with _errors_of(url):
        async with httpx.AsyncClient(
            base_url=url,
            headers=headers,
            timeout=LONGEST_CALL_S,
            # Without TLS a proxy would read the token.
            trust_env=url.startswith("https://"),
            event_hooks={"response": [look_at]},
        ) as client:
            await _must_understand(client, url)
            yield client


def token_of(settings: Settings) -> str:
    """The token in the file that is named, else in FAULTMAVEN_TOKEN. Raises WrongUsage."""
    text = secret_text(settings.token)
    if settings.token_file is not None:
        try:
            with settings.token_file.open("rb") as file:
                text = file.read(LONGEST_TOKEN + 1).decode("ascii", "replace")
        except OSError as error:
            message = f"the token file {settings.token_file} cannot be read: {error.strerror}"
            raise WrongUsage(message, next_step=MAKE_ONE) from error
    token = text.strip()
    if not token:
        message = "a server is named, but no token for it"
        raise WrongUsage(message, next_step=MAKE_ONE)
    if len(text) > LONGEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        message = "what is named as a token is none: it is one line of letters and digits"
        raise WrongUsage(message, next_step=MAKE_ONE)
    return token


def _must_be_an_answer(answer: httpx.Response, url: str) -> None:
    """Raises Unauthorised, and NotAllowedNow for a redirect: the token is for one address."""
    where = without_password(url)
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        message = f"the server at {where} does not take this token: it is wrong, or over"
        raise Unauthorised(message, next_step=MAKE_ONE)
    if answer.is_redirect:
        message = f"the server at {where} sends elsewhere"
        raise NotAllowedNow(message, next_step="Name the address itself: --server https://…")


async def _must_understand(client: httpx.AsyncClient, url: str) -> None:
    """Raises NotAllowedNow unless a server is there that takes commands from elsewhere."""
    answer = await client.get("/v1/meta/capabilities")
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        message = f"the server at {without_password(url)} is not ready yet"
        raise Unavailable(message, next_step="Wait a little, then type this again.")
    ours = _capabilities(answer)
    if ours.get("remoteOperator") is True:
        return
    where = without_password(url)
    if "version" in ours:
        message = f"the FaultMaven at {where} is too old for this: {str(ours['version'])[:20]}"
        raise NotAllowedNow(message, next_step="Update it, or run the command on its machine.")
    message = f"what answers at {where} is no FaultMaven"
    raise NotAllowedNow(message, next_step="Correct the address: --server https://HOST.")


def _capabilities(answer: httpx.Response) -> dict[str, Any]:
    """What it says of itself; nothing where it is something else."""
    try:
        document = answer.json()
    except ValueError:
        return {}
    ours = document.get("faultmaven") if isinstance(document, dict) else None
    return ours if isinstance(ours, dict) else {}


@contextmanager
def _errors_of(url: str) -> Iterator[None]:
    try:
        yield
    except (httpx.TransportError, httpx.InvalidURL) as error:
        message = f"no answer from {without_password(url)} ({type(error).__name__})"
        step = "See whether it runs, whether this machine reaches it, and its certificate."
        raise Unavailable(message, next_step=step) from error
