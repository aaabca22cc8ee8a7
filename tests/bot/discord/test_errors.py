from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest
from discord import errors as library

from bot.discord.errors import errors_of_discord, translated
from core.errors import ChatRefused, ChatUnavailable, FaultMavenError, NotFound
from core.redaction.engine import Redactor

QUOTED = "MTk4.quoted.part"


def answered(status: int, code: int = 0, headers: dict[str, str] | None = None) -> Any:
    response: Any = SimpleNamespace(status=status, reason="", headers=headers or {})
    kinds = {403: discord.Forbidden, 404: discord.NotFound}
    kind = discord.DiscordServerError if status >= 500 else kinds.get(status, discord.HTTPException)
    return kind(response, {"code": code, "message": f"quotes {QUOTED}"})


def closed(code: int) -> discord.ConnectionClosed:
    socket: Any = SimpleNamespace(close_code=code)
    return discord.ConnectionClosed(socket, shard_id=None)


CASES: list[tuple[BaseException, type[FaultMavenError], float | None]] = [
    (discord.RateLimited(42.0), ChatUnavailable, 42.0),
    (answered(429, headers={"Retry-After": "7"}), ChatUnavailable, 7.0),
    (answered(500), ChatUnavailable, 5.0),
    (answered(503), ChatUnavailable, 5.0),
    (answered(401), ChatUnavailable, 300.0),
    (discord.LoginFailure("Improper token"), ChatUnavailable, 300.0),
    (discord.PrivilegedIntentsRequired(None), ChatUnavailable, 300.0),
    (closed(4014), ChatUnavailable, 300.0),
    (closed(4004), ChatUnavailable, 300.0),
    (closed(1006), ChatUnavailable, 5.0),
    (discord.GatewayNotFound(), ChatUnavailable, 5.0),  # type: ignore[no-untyped-call]
    (aiohttp.ClientConnectionError(), ChatUnavailable, 5.0),
    (TimeoutError(), ChatUnavailable, 5.0),
    (ConnectionResetError(), ChatUnavailable, 5.0),
    (answered(404, 10008), NotFound, None),
    (answered(404, 10062), NotFound, None),
    (answered(404, 10015), NotFound, None),
    (answered(401, 50027), NotFound, None),
    (answered(404, 10003), ChatRefused, None),
    (answered(403, 50001), ChatRefused, None),
    (answered(403, 50013), ChatRefused, None),
    (answered(400, 50035), ChatRefused, None),
    (discord.InvalidData("x"), ChatRefused, None),
    (discord.MissingApplicationID(), ChatRefused, None),
]


@pytest.mark.parametrize(
    ("error", "ours", "retry_after_s"), CASES, ids=lambda case: repr(case)[:40]
)
def test_each_error_has_its_meaning(
    error: BaseException, ours: type[FaultMavenError], retry_after_s: float | None
) -> None:
    meaning = translated(error, "posting a card")
    assert type(meaning) is ours
    assert getattr(meaning, "retry_after_s", None) == retry_after_s
    assert QUOTED not in f"{meaning} {meaning.next_step}"


def test_no_word_of_an_error_is_taken_for_a_secret() -> None:
    """In the log, what stands after `token:` would be hidden."""
    redactor = Redactor(b"a key of tests")
    for error, _, _ in CASES:
        for doing in ("logging in", "listening", "asking for the gateway", "catching up"):
            meaning = translated(error, doing)
            line = f"event={meaning}; again in 300 s. {meaning.next_step}"
            assert redactor.clean(line).text == line


def test_no_error_of_the_library_is_forgotten() -> None:
    kinds = {
        kind
        for _, kind in inspect.getmembers(library, inspect.isclass)
        if issubclass(kind, discord.DiscordException)
    }
    assert len(kinds) > 10
    for kind in kinds:
        error = kind.__new__(kind)
        for name, value in {"status": 400, "code": 0, "text": "", "retry_after": 1.0}.items():
            setattr(error, name, value)
        assert isinstance(translated(error, "posting a card"), ChatUnavailable | ChatRefused)


def test_a_missing_permission_is_named_as_people_see_it() -> None:
    with pytest.raises(ChatRefused, match="Send Messages and Embed Links") as caught:  # noqa: SIM117
        with errors_of_discord("posting a card", needs=("SEND_MESSAGES", "EMBED_LINKS")):
            raise answered(403, 50013)
    assert "Send Messages and Embed Links" in caught.value.next_step
    assert isinstance(caught.value.__cause__, discord.Forbidden)


def test_a_form_that_is_refused_names_its_fields_and_quotes_nothing() -> None:
    response: Any = SimpleNamespace(status=400, reason="", headers={})
    wrong = {"_errors": [{"code": "X", "message": f"Value {QUOTED!r} is too long"}]}
    body = {"code": 50035, "message": "Invalid Form Body", "errors": {}}
    body["errors"] = {"embeds": {"0": {"description": wrong}}, "name": wrong}
    error = translated(discord.HTTPException(response, body), "posting a card")
    assert isinstance(error, ChatRefused)
    assert "code 50035, embeds.0.description, name" in str(error)
    assert QUOTED not in str(error)
