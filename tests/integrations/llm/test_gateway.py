"""The gateway through the real litellm, against servers that fail as providers do."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import time
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client import generate_latest

from core.errors import BudgetSpent, ModelRefused, ModelUnavailable
from core.investigation.language_model import (
    ModelMessage,
    ModelRequest,
    ModelRole,
    OnText,
    Speaker,
    ToolCall,
    ToolSpec,
)
from core.text.redacted import redacted
from integrations.llm import plain_transport, seam
from integrations.llm.breakers import FAILURES
from integrations.llm.gateway import Gateway
from integrations.llm.paid_calls import Patience
from integrations.llm.reply_cache import ReplyCache
from integrations.llm.targets import read_target
from tests.fakes.clock import SeededRandom
from tests.fakes.models.ledgers import KeptLedger
from tests.fakes.models.openai import QUOTED_KEY
from tests.fakes.models.script import Scripted, calls, fails, says
from tests.fakes.models.server import FakeModels, fake_models

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [
    pytest.mark.integration,
    # Of the library's own doing, which would break its streams if they were errors.
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.skipif(not seam.is_installed(), reason="the extra `llm` is not installed"),
]


KEY = "sk-of-ours-5tR8wQ2zLk91"  # pragma: allowlist secret
PROMPT = "the-words-of-a-prompt"
APIS = {"openai": "/v1", "anthropic": "", "google": "", "ollama": ""}
READ_LOG = ToolSpec(
    name="read_log",
    purpose="Lines of a log.",
    parameters={
        "type": "object",
        "properties": {"file": {"type": "string"}, "lines": {"type": "integer"}},
        "required": ["file"],
        "additionalProperties": False,
    },
)
SCHEMA = {
    "type": "object",
    "properties": {"cause": {"type": "string"}},
    "required": ["cause"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """The first answer imports what the library needs for it: for seconds, on a busy machine."""

    async def warm_up() -> None:
        async with fake_models(says("warm")) as models:
            for provider in APIS:
                gateway = a_gateway(at(models, provider))
                await gateway.complete(a_request(deadline_s=60.0))

    asyncio.run(warm_up())


@pytest.fixture
async def first() -> AsyncIterator[FakeModels]:
    async with fake_models(says("All ", "is ", "well.")) as models:
        yield models


@pytest.fixture
async def second() -> AsyncIterator[FakeModels]:
    async with fake_models(says("From ", "the ", "second ", "model.")) as models:
        yield models


def a_gateway(*models: str, ledger: KeptLedger | None = None, **more: Any) -> Gateway:
    targets = [read_target(model, {}, server_key=KEY) for model in models]
    patience = Patience(first_byte_s=2.0, gap_s=2.0)
    return Gateway(
        dict.fromkeys(ModelRole, targets),
        ledger=ledger or KeptLedger(),
        random=SeededRandom(1),
        **{"patience": patience, **more},
    )


def a_request(text: str = "why?", **more: Any) -> ModelRequest:
    message = ModelMessage(speaker=Speaker.USER, text=redacted(text))
    return ModelRequest(
        **{"role": ModelRole.FAST, "messages": [message], "deadline_s": 5.0, **more}
    )


def at(models: FakeModels, provider: str, name: str = "local-model") -> str:
    return f"{provider}/{name}@{models.url}{APIS[provider]}"


def openai(models: FakeModels, name: str = "local-model") -> str:
    return at(models, "openai", name)


def keep(seen: list[str]) -> OnText:
    async def on_text(text: str) -> None:
        seen.append(text)

    return on_text


def leaks(text: str) -> bool:
    return any(secret in text for secret in (KEY, QUOTED_KEY, PROMPT))


async def test_it_asks_and_counts(first: FakeModels) -> None:
    ledger = KeptLedger()
    reply = await a_gateway(openai(first), ledger=ledger).complete(a_request())
    assert (reply.text, reply.model) == ("All is well.", "openai/local-model")
    assert (reply.tokens_in, reply.tokens_out, reply.cost) == (11, 7, 0)
    assert first.asked[0].body["model"] == "local-model"
    assert first.asked[0].headers["Authorization"] == f"Bearer {KEY}"
    assert ledger.settled["1"].tokens_in == 11


async def test_a_stream_is_handed_on_as_it_grows(first: FakeModels) -> None:
    seen: list[str] = []
    reply = await a_gateway(openai(first)).complete(a_request(), on_text=keep(seen))
    assert seen == ["All ", "All is ", "All is well."]
    assert (reply.text, reply.tokens_in, reply.withdrawn) == ("All is well.", 11, "")


@pytest.mark.parametrize("provider", ["openai", "anthropic", "google", "ollama"])
async def test_every_api_answers_whole_and_piece_by_piece(first: FakeModels, provider: str) -> None:
    gateway, seen = a_gateway(at(first, provider)), list[str]()
    whole = await gateway.complete(a_request())
    streamed = await gateway.complete(a_request(), on_text=keep(seen))
    assert whole.text == streamed.text == seen[-1] == "All is well."
    assert (whole.tokens_in, whole.tokens_out) == (11, 7)
    assert (streamed.tokens_in, streamed.tokens_out) == (11, 7)


@pytest.mark.parametrize("provider", ["openai", "anthropic", "google", "ollama"])
async def test_every_api_calls_tools(first: FakeModels, provider: str) -> None:
    first.plays(calls("read_log", '{"file": "db.log", "lines": 3}'))
    gateway, seen = a_gateway(at(first, provider)), list[str]()
    whole = await gateway.complete(a_request(tools=[READ_LOG]))
    streamed = await gateway.complete(a_request(tools=[READ_LOG]), on_text=keep(seen))
    for reply in (whole, streamed):
        (call,) = reply.calls
        assert (call.name, call.arguments) == ("read_log", {"file": "db.log", "lines": 3})
        assert call.id


@pytest.mark.parametrize("provider", ["openai", "anthropic", "google", "ollama"])
async def test_the_result_of_a_call_goes_back(first: FakeModels, provider: str) -> None:
    call = ToolCall(id="call_1", name="read_log", arguments={"file": "db.log"})
    messages = [
        ModelMessage(speaker=Speaker.SYSTEM, text=redacted("You read logs.")),
        ModelMessage(speaker=Speaker.USER, text=redacted("why?")),
        ModelMessage(speaker=Speaker.MODEL, calls=(call,)),
        ModelMessage(speaker=Speaker.TOOL, answers="call_1", text=redacted("pool timeout")),
    ]
    request = a_request(messages=messages, tools=[READ_LOG])
    reply = await a_gateway(at(first, provider)).complete(request)
    assert reply.text == "All is well."
    assert "pool timeout" in json.dumps(first.asked[0].body)


@pytest.mark.parametrize(
    ("provider", "answer"),
    [
        ("openai", says('{"cause": "db"}')),
        ("anthropic", calls("answer", '{"cause": "db"}')),
        ("google", says('{"cause": "db"}')),
        ("ollama", says('{"cause": "db"}')),
    ],
)
async def test_every_api_gives_json_by_its_own_means(
    first: FakeModels, provider: str, answer: Scripted
) -> None:
    first.plays(answer)
    reply = await a_gateway(at(first, provider)).complete(a_request(schema=SCHEMA))
    assert json.loads(reply.text) == {"cause": "db"}
    assert "cause" in json.dumps(first.asked[0].body)


async def test_json_is_never_streamed(first: FakeModels) -> None:
    first.plays(says('{"cause": "db"}'))
    seen: list[str] = []
    await a_gateway(openai(first)).complete(a_request(schema=SCHEMA), on_text=keep(seen))
    assert seen == []


@pytest.mark.parametrize("text", ['```json\n{"cause": "db"}\n```', 'Sure: {"cause": "db"} Yes.'])
async def test_json_is_found_within_words(first: FakeModels, text: str) -> None:
    first.plays(says(text))
    reply = await a_gateway(openai(first)).complete(a_request(schema=SCHEMA))
    assert json.loads(reply.text) == {"cause": "db"}


@pytest.mark.parametrize("bad", ["{", '{"cause": 3}', '{"cause": "db", "more": 1}', "no idea"])
async def test_json_that_does_not_fit_is_repaired_once(first: FakeModels, bad: str) -> None:
    first.plays(says(bad), says('{"cause": "db"}'))
    reply = await a_gateway(openai(first)).complete(a_request(schema=SCHEMA))
    assert json.loads(reply.text) == {"cause": "db"}
    assert reply.tokens_out == 14  # of both calls
    repair = first.asked[1].body["messages"][-1]["content"]
    assert "could not be used" in repair
    assert bad not in repair


async def test_json_that_never_fits_goes_to_the_next_model(
    first: FakeModels, second: FakeModels
) -> None:
    first.plays(says('{"cause": 3}'))
    second.plays(says('{"cause": "db"}'))
    reply = await a_gateway(openai(first, "a"), openai(second, "b")).complete(
        a_request(schema=SCHEMA)
    )
    assert (reply.model, reply.fallbacks) == ("openai/b", ("openai/a",))
    assert len(first.asked) == 2


async def test_a_server_that_knows_no_schema_gets_it_in_the_prompt(first: FakeModels) -> None:
    first.plays(fails(400), says('{"cause": "db"}'))
    gateway = a_gateway(openai(first))
    for _ in range(2):
        reply = await gateway.complete(a_request(schema=SCHEMA))
        assert json.loads(reply.text) == {"cause": "db"}
    formats = [asked.body["response_format"]["type"] for asked in first.asked]
    assert formats == ["json_schema", "json_object", "json_object"]  # it is remembered
    assert '"cause"' in first.asked[1].body["messages"][0]["content"]


@pytest.mark.parametrize(
    "bad",
    [
        calls("read_log", '{"file": "db.log", "lin'),
        calls("read_log", '{"lines": "many"}'),
        calls("delete_log", "{}"),
    ],
)
async def test_a_malformed_call_is_repaired_once(first: FakeModels, bad: Scripted) -> None:
    first.plays(bad, calls("read_log", '{"file": "db.log"}'))
    reply = await a_gateway(openai(first)).complete(a_request(tools=[READ_LOG]))
    assert reply.calls[0].arguments == {"file": "db.log"}
    assert len(first.asked) == 2


async def test_a_call_that_stays_malformed_is_no_answer(first: FakeModels) -> None:
    first.plays(calls("delete_log", "{}"))
    with pytest.raises(ModelUnavailable, match="does not fit"):
        await a_gateway(openai(first)).complete(a_request(tools=[READ_LOG]))
    assert len(first.asked) == 2


@pytest.mark.parametrize("status", [500, 503, 529, 401, 404])
async def test_the_next_model_is_asked_by_its_own_name(
    first: FakeModels, second: FakeModels, status: int
) -> None:
    first.plays(fails(status))
    gateway = a_gateway(at(first, "anthropic", "claude-x"), openai(second, "gpt-x"))
    reply = await gateway.complete(a_request(deadline_s=20.0))
    assert (reply.text, reply.model) == ("From the second model.", "openai/gpt-x")
    assert reply.fallbacks == ("anthropic/claude-x",)
    assert first.asked[0].body["model"] == "claude-x"
    assert second.asked[0].body["model"] == "gpt-x"


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
async def test_an_answer_that_is_packed_is_not_unpacked(
    first: FakeModels, second: FakeModels, provider: str
) -> None:
    first.plays(Scripted(packed=gzip.compress(b" " * 50_000_000)))
    gateway = a_gateway(at(first, provider, "x"), openai(second, "gpt-x"))
    reply = await gateway.complete(a_request(deadline_s=20.0))
    assert reply.text == "From the second model."
    assert {asked.headers["Accept-Encoding"] for asked in first.asked} == {"identity"}


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
async def test_a_prompt_follows_no_server_to_another_address(
    first: FakeModels, second: FakeModels, provider: str
) -> None:
    elsewhere = f"{second.url}/v1/chat/completions"
    first.plays(fails(307, location=elsewhere))
    gateway = a_gateway(at(first, provider, "x"))
    with pytest.raises(ModelUnavailable):
        await gateway.complete(a_request(deadline_s=5.0))
    assert second.asked == []


async def test_an_answer_that_does_not_end_is_cut_short(
    first: FakeModels, second: FakeModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_transport, "MOST_BYTES", 2_000)
    first.plays(Scripted(raw=" " * 100_000))
    gateway = a_gateway(at(first, "anthropic", "x"), openai(second, "gpt-x"))
    assert (await gateway.complete(a_request(deadline_s=20.0))).text == "From the second model."


@pytest.mark.parametrize("tokens", [-1, 10**12])
async def test_what_no_provider_can_have_counted_is_estimated(
    first: FakeModels, tokens: int
) -> None:
    first.plays(says("All is well.", tokens_in=tokens, tokens_out=tokens))
    reply = await a_gateway(openai(first)).complete(a_request())
    assert reply.text == "All is well."
    assert 0 < reply.tokens_in < 10_000
    assert 0 <= reply.tokens_out < 10_000


async def test_a_model_comes_back_after_it_failed_once(first: FakeModels) -> None:
    first.plays(fails(500), says("Back."))
    reply = await a_gateway(openai(first)).complete(a_request())
    assert (reply.text, reply.fallbacks) == ("Back.", ())


async def test_the_time_that_a_provider_names_is_kept(first: FakeModels) -> None:
    first.plays(fails(429, retry_after="1"), says("Back."))
    began = time.monotonic()
    reply = await a_gateway(openai(first)).complete(a_request(deadline_s=10.0))
    assert reply.text == "Back."
    assert time.monotonic() - began >= 1


async def test_nobody_waits_long_where_another_can_be_asked(
    first: FakeModels, second: FakeModels
) -> None:
    first.plays(fails(429, retry_after="60"))
    gateway = a_gateway(openai(first, "a"), openai(second, "b"))
    assert (await gateway.complete(a_request())).model == "openai/b"
    assert (await gateway.complete(a_request())).model == "openai/b"
    assert len(first.asked) == 1  # until its time has come


async def test_a_wait_beyond_the_deadline_is_said(first: FakeModels) -> None:
    first.plays(fails(429, retry_after="60"))
    with pytest.raises(ModelUnavailable, match="openai/local-model: asked too often") as caught:
        await a_gateway(openai(first)).complete(a_request())
    assert caught.value.retry_after_s == 60


async def test_a_model_that_does_not_begin_is_left_for_the_next(
    first: FakeModels, second: FakeModels
) -> None:
    first.plays(says("never", stalls_before=True))
    seen: list[str] = []
    gateway = a_gateway(openai(first, "a"), openai(second, "b"))
    reply = await gateway.complete(a_request(), on_text=keep(seen))
    assert (reply.text, reply.fallbacks) == ("From the second model.", ("openai/a",))


async def test_without_a_stream_half_of_the_time_is_left_for_the_next(
    first: FakeModels, second: FakeModels
) -> None:
    first.plays(says("never", stalls_before=True))
    gateway = a_gateway(openai(first, "a"), openai(second, "b"))
    reply = await gateway.complete(a_request(deadline_s=5.0))
    assert reply.model == "openai/b"


async def test_the_deadline_is_of_all_attempts_together(first: FakeModels) -> None:
    first.plays(says("never", stalls_before=True))
    began = time.monotonic()
    with pytest.raises(ModelUnavailable):
        await a_gateway(openai(first, "a"), openai(first, "b")).complete(a_request(deadline_s=1.0))
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("fault", [{"cuts_after": 2}, {"stalls_after": 2}])
@pytest.mark.parametrize("provider", ["openai", "anthropic", "google", "ollama"])
async def test_a_broken_stream_begins_anew_elsewhere_and_says_so(
    first: FakeModels, second: FakeModels, fault: dict[str, int], provider: str
) -> None:
    first.plays(says("ready"), says("The database ", "is ", "full.", **fault))
    seen: list[str] = []
    broken, sound = at(first, provider, "a"), openai(second, "b")
    calm = Patience(first_byte_s=60.0, gap_s=60.0)  # the first call imports
    await a_gateway(broken, patience=calm).complete(a_request(deadline_s=60.0), on_text=keep([]))
    gateway = a_gateway(broken, sound, patience=Patience(first_byte_s=6.0, gap_s=2.0))
    reply = await gateway.complete(a_request(deadline_s=15.0), on_text=keep(seen))
    assert reply.text == "From the second model."
    assert reply.withdrawn == "The database is "
    assert [len(text) for text in seen] == sorted({len(text) for text in seen})
    assert seen[-1] == reply.text


async def test_a_stream_that_goes_on_as_before_contradicts_nothing(
    first: FakeModels, second: FakeModels
) -> None:
    first.plays(says("From the ", "second", cuts_after=1))
    seen: list[str] = []
    gateway = a_gateway(openai(first, "a"), openai(second, "b"))
    reply = await gateway.complete(a_request(), on_text=keep(seen))
    assert seen == ["From the ", "From the second ", "From the second model."]
    assert reply.withdrawn == ""


async def test_a_slow_stream_ends_with_the_deadline(first: FakeModels) -> None:
    first.plays(says(*("word " for _ in range(50)), gap_s=0.1))
    seen: list[str] = []
    with pytest.raises(ModelUnavailable, match="too slow"):
        await a_gateway(openai(first)).complete(a_request(deadline_s=1.0), on_text=keep(seen))
    assert seen


@pytest.mark.parametrize("provider", ["openai", "anthropic", "google"])
async def test_what_is_filtered_is_refused_and_nobody_else_is_asked(
    first: FakeModels, second: FakeModels, provider: str
) -> None:
    first.plays(says("I ", "cannot.", finish="content_filter"))
    gateway = a_gateway(at(first, provider, "a"), openai(second, "b"))
    with pytest.raises(ModelRefused, match=f"{provider}/a refuses"):
        await gateway.complete(a_request())
    assert second.asked == []


async def test_a_refusal_is_told(first: FakeModels) -> None:
    first.plays(Scripted(words=(), refusal="I will not."))
    with pytest.raises(ModelRefused):
        await a_gateway(openai(first)).complete(a_request())


async def test_an_answer_that_is_cut_is_marked(first: FakeModels) -> None:
    first.plays(says("And so on and", finish="length"))
    reply = await a_gateway(openai(first)).complete(a_request())
    assert reply.is_cut


@pytest.mark.parametrize("raw", ["<html>bad gateway</html>", "{}", '{"choices": []}'])
async def test_what_is_no_answer_at_all_is_a_fault(
    first: FakeModels, second: FakeModels, raw: str
) -> None:
    first.plays(Scripted(raw=raw))
    gateway = a_gateway(openai(first, "a"), openai(second, "b"))
    assert (await gateway.complete(a_request(deadline_s=20.0))).model == "openai/b"


async def test_nobody_listens(first: FakeModels) -> None:
    gateway = a_gateway("openai/gone@http://127.0.0.1:9/v1", openai(first))
    reply = await gateway.complete(a_request(deadline_s=20.0))
    assert reply.fallbacks == ("openai/gone",)


async def test_a_model_that_keeps_failing_is_left_alone_then_tried_once(
    first: FakeModels, second: FakeModels
) -> None:
    first.plays(fails(401))
    gateway = a_gateway(openai(first, "a"), openai(second, "b"))
    for _ in range(FAILURES + 2):
        assert (await gateway.complete(a_request())).model == "openai/b"
    assert len(first.asked) == FAILURES


async def test_where_all_are_left_alone_it_is_said_for_how_long(first: FakeModels) -> None:
    first.plays(fails(401))
    gateway = a_gateway(openai(first))
    for _ in range(FAILURES):
        with pytest.raises(ModelUnavailable, match="key refused"):
            await gateway.complete(a_request())
    with pytest.raises(ModelUnavailable, match="left alone") as caught:
        await gateway.complete(a_request())
    assert caught.value.retry_after_s == pytest.approx(30, abs=1)


async def test_a_mangled_placeholder_is_set_right(first: FakeModels) -> None:
    first.plays(says("Ask \u00ab ", "Email", "-ABCDEF2", " \u00bb or \u00abhost-zzzzzz7\u00bb."))
    seen: list[str] = []
    request = a_request("who is \u00abemail-abcdef2\u00bb?")
    reply = await a_gateway(openai(first)).complete(request, on_text=keep(seen))
    assert reply.text == "Ask \u00abemail-abcdef2\u00bb or \u00abhost-zzzzzz7\u00bb."
    assert seen[0] == "Ask "
    assert all("Email" not in text for text in seen)


async def test_what_is_reserved_is_settled_whatever_happens(
    first: FakeModels, second: FakeModels
) -> None:
    ledger = KeptLedger()
    first.plays(fails(500))
    second.plays(says("never", stalls_before=True))
    gateway = a_gateway(openai(first, "a"), openai(second, "b"), ledger=ledger)
    call = asyncio.create_task(gateway.complete(a_request(deadline_s=30.0)))
    async with asyncio.timeout(20):
        await second.was_asked.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert len(ledger.reserved) == len(ledger.settled)
    assert ledger.settled["1"].tokens_in == 0  # it failed before it began
    assert list(ledger.settled.values())[-1].tokens_in > 0  # who was cancelled may have cost


async def test_without_budget_the_next_model_is_asked(
    first: FakeModels, second: FakeModels
) -> None:
    ledger = KeptLedger(refuses={"openai/a"})
    reply = await a_gateway(openai(first, "a"), openai(second, "b"), ledger=ledger).complete(
        a_request()
    )
    assert reply.model == "openai/b"
    assert first.asked == []


async def test_without_any_budget_nobody_is_asked(first: FakeModels) -> None:
    ledger = KeptLedger(refuses={"openai/a"})
    with pytest.raises(BudgetSpent):
        await a_gateway(openai(first, "a"), ledger=ledger).complete(a_request())
    assert first.asked == []


async def test_no_key_is_in_errors_logs_or_figures(
    first: FakeModels, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway = a_gateway(*(at(first, provider) for provider in APIS))
    for script in (fails(401), fails(500), fails(400), says("fine")):
        first.plays(script)
        for on_text in (None, keep([])):
            try:
                await gateway.complete(a_request(f"prompt {PROMPT}"), on_text=on_text)
            except ModelUnavailable as error:
                shown = repr(error) + str(error.__cause__) + str(error.__context__)
                shown += "".join(traceback.format_exception(error))
                assert not leaks(shown)
    output = capfd.readouterr()
    assert not leaks(output.out + output.err + caplog.text)
    assert not leaks(generate_latest().decode())
    assert not leaks(repr(vars(gateway)))


async def test_the_very_same_prompt_is_answered_from_before(first: FakeModels) -> None:
    gateway = a_gateway(openai(first), cache=ReplyCache(lives_s=60))
    seen: list[str] = []
    once = await gateway.complete(a_request())
    again = await gateway.complete(a_request(), on_text=keep(seen))
    assert (again.text, again.cost, again.is_cached) == (once.text, 0, True)
    assert seen == ["All is well."]
    await gateway.complete(a_request("why not?"))
    await gateway.complete(a_request(tenant_id="another"))
    assert len(first.asked) == 3


async def test_without_the_setting_nothing_is_kept(first: FakeModels) -> None:
    gateway = a_gateway(openai(first))
    await gateway.complete(a_request())
    await gateway.complete(a_request())
    assert len(first.asked) == 2
