"""The agent: said to it, answered by it, and what it may look up: `/api/v1/agent`."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Header, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from pydantic import Field

from api.answer_kinds import AnswerKind, answer_kind
from api.bodies import ApiAnswer, ApiBody
from api.bounded_routes import api_router
from api.cases import CaseId, Key
from api.guard import Reader, TheServices, Writer
from api.markdown import answer_text
from api.parameters import JsonObject, Text
from api.turn_bodies import TakenAnswer, TurnAnswer, taken_answer, turn_answer
from api.turn_forms import LONGEST_QUERY, said
from api.turn_wishes import wish_of
from api.turns import WAITS_S
from core.conversation.messages.exchange import ApiExchange
from core.errors import FaultMavenError
from core.workflows.evidence_look_ups import TOOLS, look_up
from core.workflows.exchange_answers import (
    ExchangeAnswer,
    answer_to,
    await_answer,
    said_so_far,
)
from core.workflows.exchange_intake import take_in

router = api_router("/api/v1/agent", "agent")

LOOKS_EVERY_S = 0.2
ALIVE_EVERY_S = 15.0
STREAMS_S = 600.0
EVENTS = "text/event-stream"
Accept = Annotated[str, Header(max_length=1_000)]


class AgentMessage(ApiBody):
    """What is said to the agent, as in chat."""

    message: Annotated[Text, Field(min_length=1, max_length=LONGEST_QUERY)]
    stream: bool = False


class AgentAnswer(TurnAnswer):
    """The answer to a turn, and what kind of answer it is."""

    case_id: str
    response_type: AnswerKind


class SaidSoFar(ApiAnswer):
    """The answer as far as it is written, all of it each time. Markdown."""

    content: str


class ToolAnswer(ApiAnswer):
    """A tool of the agent. parameters: the JSON schema of its arguments."""

    name: str
    description: str
    parameters: dict[str, Any]
    read_only: bool = True


class ToolsAnswer(ApiAnswer):
    """What the agent may look up; nothing that it can do changes anything."""

    tools: list[ToolAnswer]


class ToolWish(ApiBody):
    """A look-up in the evidence of a case."""

    case_id: CaseId
    tool: Annotated[Text, Field(max_length=100)]
    arguments: JsonObject = Field(default_factory=dict, max_length=20)


class LookUpAnswer(ApiAnswer):
    """What the tool shows. citations: file and line of the lines in it."""

    tool: str
    content: str
    citations: list[str]


class AgentHealth(ApiAnswer):
    """Who answers. reasoner: `model` where one is asked beside the rules, else `rules`."""

    status: str
    reasoner: str
    tools: int


@router.post(
    "/chat/{case_id}",
    summary="Say something to the agent; `Accept: text/event-stream` streams the answer",
    responses={
        200: {"content": {EVENTS: {}}},
        202: {"model": TakenAnswer, "description": "It takes longer: poll its Location."},
    },
    response_model=AgentAnswer | TakenAnswer,
)
async def chat(
    case_id: CaseId,
    message: AgentMessage,
    request: Request,
    response: Response,
    caller: Writer,
    services: TheServices,
    *,
    key: Key = None,
    accept: Accept = "",
) -> Any:
    wish = wish_of(said(message.message), key=key or uuid.uuid4().hex, offer=None)
    exchange = await take_in(case_id, wish, caller.account, services=services)
    if message.stream or EVENTS in accept:
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        stream = _stream(exchange, request, services)
        return StreamingResponse(stream, media_type=EVENTS, headers=headers)
    return await agent_answer(exchange, response, services=services)


async def agent_answer(
    exchange: ApiExchange, response: Response, *, services: TheServices
) -> AgentAnswer | TakenAnswer:
    """The answer, or 202 with where it is polled for."""
    answer = await await_answer(exchange, within_s=WAITS_S, services=services)
    return _answer(answer) if answer is not None else taken_answer(exchange, response)


@router.get("/health", summary="Who answers")
async def health(caller: Reader, services: TheServices) -> AgentHealth:  # noqa: ARG001 - signed in
    reasoner = "rules" if services.model is None else "model"
    return AgentHealth(status="ok", reasoner=reasoner, tools=len(TOOLS))


@router.get("/tools", summary="What the agent may look up")
async def list_tools(caller: Reader) -> ToolsAnswer:  # noqa: ARG001 - signed in
    return ToolsAnswer(
        tools=[
            ToolAnswer(name=tool.name, description=tool.purpose, parameters=dict(tool.parameters))
            for tool in TOOLS
        ]
    )


@router.post("/tools/execute", summary="Look something up in the evidence of a case")
async def execute(call: ToolWish, caller: Reader, services: TheServices) -> LookUpAnswer:
    shown = await look_up(
        call.case_id, call.tool, call.arguments, caller.account, services=services
    )
    return LookUpAnswer(tool=call.tool, content=shown.text.text, citations=list(shown.places))


async def _stream(
    exchange: ApiExchange, request: Request, services: TheServices
) -> AsyncIterator[bytes]:
    """`progress` as it is written, then `answer`, or `error` where there will be none."""
    loop = asyncio.get_running_loop()
    ends_at, quiet_since, shown = loop.time() + STREAMS_S, loop.time(), ""
    yield format_sse_event(event="job", data_str=f'{{"job_id": "{exchange.id}"}}')
    while loop.time() < ends_at and not await request.is_disconnected():
        try:
            answer = await answer_to(exchange, services=services)
        except FaultMavenError as error:
            problem = SaidSoFar(content=f"{error}. {error.next_step}")
            yield format_sse_event(event="error", data_str=problem.model_dump_json())
            return
        if answer is not None:
            data = _answer(answer).model_dump_json()
            yield format_sse_event(event="answer", data_str=data)
            return
        text = answer_text(await said_so_far(exchange, services=services))
        if text != shown:
            shown, quiet_since = text, loop.time()
            data = SaidSoFar(content=text).model_dump_json()
            yield format_sse_event(event="progress", data_str=data)
        elif loop.time() - quiet_since >= ALIVE_EVERY_S:
            quiet_since = loop.time()
            yield b": still here\n\n"
        await asyncio.sleep(LOOKS_EVERY_S)


def _answer(answer: ExchangeAnswer) -> AgentAnswer:
    return AgentAnswer(
        **turn_answer(answer).model_dump(),
        case_id=answer.exchange.case_id,
        response_type=answer_kind(answer),
    )
