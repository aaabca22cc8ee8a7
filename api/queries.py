"""Questions and logs without a case at hand, and what to do next: `/api/v1`."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import Field

from api.agent import AgentAnswer, agent_answer
from api.bodies import ApiAnswer, ApiBody, WireTime
from api.bounded_routes import api_router
from api.cases import CaseId, Key
from api.extension_words import DATA_KINDS, PRIORITIES, hypothesis_id
from api.form_bodies import FILE, WORDS, form_of
from api.guard import Reader, TheGuard, TheServices, Writer
from api.parameters import Text
from api.rate_limits import PER_READER
from api.turn_bodies import TakenAnswer
from api.turn_forms import LONGEST_QUERY, log_form, pasted, said
from api.turn_wishes import wish_of
from core.alerts.model import Severity
from core.conversation.cards.quotes import told
from core.evidence.model import Extraction, Finding, Level, PlainFile
from core.workflows.case_requests import CaseWish, open_case
from core.workflows.exchange_intake import SentData, take_in
from core.workflows.log_analysis import LARGEST, analyse
from core.workflows.next_steps import NextStep, StepKind, first_steps, steps_in

router = api_router("/api/v1", "questions")

LONGEST_TITLE = 80  # characters of a question that become the title of its case
MOST_FINDINGS = 50
MOST_STEPS = 50


class IncidentQuestion(ApiBody):
    """A question. case_id: none opens a case for it. context: lines that it is about."""

    query: Annotated[Text, Field(min_length=1, max_length=LONGEST_QUERY)]
    case_id: CaseId | None = None
    context: Annotated[Text, Field(max_length=LONGEST_QUERY)] | None = None
    severity: Annotated[str, Field(pattern="^(critical|high|medium|low)$")] | None = None


class FoundInLog(ApiAnswer):
    """Something that was found. line: from 1. count: how many lines are like it."""

    kind: str
    level: Level
    text: str
    count: int
    line: int | None
    first: WireTime | None
    last: WireTime | None
    signals: list[str]


class LogAnalysis(ApiAnswer):
    """What a file says by itself. problem: what of it could not be read."""

    filename: str
    data_type: str
    extractor: str
    lines: int
    events: int
    errors: int
    first: WireTime | None
    last: WireTime | None
    onset: WireTime | None
    service: str | None
    problem: str | None
    findings: list[FoundInLog]


class Suggestion(ApiAnswer):
    """A step. command: to be copied as it stands."""

    case_id: str
    case_number: int
    case_title: str
    kind: StepKind
    text: str
    command: str | None
    hypothesis_id: str | None


class Suggestions(ApiAnswer):
    """What to do next, the most useful first."""

    suggestions: list[Suggestion]


@router.post(
    "/query",
    summary="Ask about an incident, in a case or in a new one",
    responses={202: {"model": TakenAnswer, "description": "It takes longer: poll its Location."}},
)
async def ask(
    question: IncidentQuestion,
    response: Response,
    caller: Writer,
    services: TheServices,
    key: Key = None,
) -> AgentAnswer | TakenAnswer:
    context = (pasted(question.context),) if question.context else ()
    wish = wish_of(said(question.query, data=context), key=key or uuid.uuid4().hex, offer=None)
    case_id = question.case_id or await _case_for(question, wish.key, caller, services)
    exchange = await take_in(case_id, wish, caller.account, services=services)
    return await agent_answer(exchange, response, services=services)


async def _case_for(
    question: IncidentQuestion, key: str, caller: Writer, services: TheServices
) -> str:
    """The id of a new case; that of an earlier try with this key."""
    wish = CaseWish(
        key=key,
        digest=hashlib.sha256(question.model_dump_json().encode()).hexdigest(),
        title="".join(question.query.strip().splitlines()[:1])[:LONGEST_TITLE],
        severity=PRIORITIES.get(question.severity or "", Severity.UNKNOWN),
    )
    return (await open_case(wish, caller.account, services=services)).case.id


@router.post(
    "/logs/analyze",
    summary="What a log, or another file, says by itself; nothing of it is kept",
    openapi_extra=form_of(file=FILE, logs=WORDS, service=WORDS),
)
async def analyze(
    request: Request, caller: Reader, services: TheServices, guard: TheGuard
) -> LogAnalysis:
    await guard.limits.count(PER_READER, caller.account.id, now=services.now)
    limit = min(LARGEST, services.rules.max_file_bytes)
    async with log_form(request, limit=limit) as form, _on_disk(form.data) as file:
        name = form.data.name or "pasted.log"
        extraction = await analyse(
            file, caller.account, name=name, service=form.service or None, services=services
        )
    return _analysis(services.context.clean_name(name), extraction)


@asynccontextmanager
async def _on_disk(data: SentData) -> AsyncIterator[PlainFile]:
    """Readers are processes of their own, which open files. It is gone with the block."""
    with TemporaryDirectory(prefix="faultmaven-") as folder:
        path = Path(folder) / "content"
        with path.open("wb") as file:
            async for piece in data.open():
                await asyncio.to_thread(file.write, piece)
        yield PlainFile(path)


@router.get("/suggestions", summary="What to do next, in one case or in all open ones")
async def suggest(
    caller: Reader,
    services: TheServices,
    case_id: Annotated[CaseId | None, Query()] = None,
) -> Suggestions:
    if case_id is not None:
        steps = await steps_in(case_id, caller.account, services=services)
    else:
        steps = await first_steps(caller.account, services=services)
    return Suggestions(suggestions=[_suggestion(step) for step in steps[:MOST_STEPS]])


def _suggestion(step: NextStep) -> Suggestion:
    return Suggestion(
        case_id=step.case.id,
        case_number=step.case.number,
        case_title=step.case.title.line().text,
        kind=step.kind,
        text=step.text.text,
        command=step.command.text if step.command else None,
        hypothesis_id=hypothesis_id(step.hypothesis) if step.hypothesis else None,
    )


def _analysis(name: str, extraction: Extraction) -> LogAnalysis:
    shown = [finding for finding in extraction.findings if not finding.is_digest]
    return LogAnalysis(
        filename=name,
        data_type=DATA_KINDS[extraction.data_type],
        extractor=extraction.extractor,
        lines=extraction.lines,
        events=extraction.events,
        errors=extraction.errors,
        first=extraction.first,
        last=extraction.last,
        onset=extraction.onset,
        service=extraction.service,
        problem=extraction.problem,
        findings=[_found(finding) for finding in shown[:MOST_FINDINGS]],
    )


def _found(finding: Finding) -> FoundInLog:
    return FoundInLog(
        kind=finding.kind,
        level=finding.level,
        text=told(finding).line().text,
        count=finding.count,
        line=finding.locus.line_start or None,
        first=finding.first,
        last=finding.last,
        signals=list(finding.signals),
    )
