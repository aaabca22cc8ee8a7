"""Cases: `/api/v1/cases`."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Header, Query, Response, status
from pydantic import Field

from api.bounded_routes import api_router
from api.case_bodies import (
    CaseChange,
    CaseDetail,
    CasePageAnswer,
    CaseRow,
    Name,
    NewCase,
    Search,
    TitleAnswer,
    TitleWish,
    Words,
    detail_values,
    row_values,
)
from api.extension_words import PRIORITIES, STATES, our_states
from api.guard import Caller, Reader, TheServices, Writer
from api.parameters import Moment, Text
from core.alerts.model import Severity
from core.cases.model import CaseState
from core.cases.rows import CaseFilter
from core.errors import WrongUsage
from core.workflows import case_requests
from core.workflows.case_requests import CaseStatus, CaseWish

router = api_router("/api/v1/cases", "cases")

CaseId = Annotated[Text, Field(max_length=100)]
Limit = Annotated[int, Query(ge=1, le=100)]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]
Key = Annotated[
    str | None, Header(alias="Idempotency-Key", pattern=r"^[A-Za-z0-9_-]{8,255}$")
]  # not `Key | None`: of a union FastAPI would make a parameter of the query
LONGEST_NUMBER = 18  # digits
Since = Annotated[
    Moment | None, Query(alias="from", description="Of those that were opened then or later")
]
Until = Annotated[Moment | None, Query(alias="to", description="Of those opened before")]
IfMatch = Annotated[str, Header(alias="If-Match", max_length=100)]


@router.post("", summary="Open a case", status_code=status.HTTP_201_CREATED)
async def open_case(
    wish: NewCase,
    caller: Writer,
    services: TheServices,
    response: Response,
    key: Key = None,
) -> CaseDetail:
    summary = await case_requests.open_case(
        CaseWish(
            key=key or uuid.uuid4().hex,
            digest=hashlib.sha256(wish.model_dump_json().encode()).hexdigest(),
            title=wish.title or "",
            description=wish.description or wish.initial_message or "",
            severity=_severity(wish.priority) or Severity.UNKNOWN,
        ),
        caller.account,
        services=services,
    )
    return _detail(summary, response)


@router.get("", summary="The cases that I see, newest first")
async def list_cases(  # noqa: PLR0913 - one parameter for each filter
    caller: Reader,
    services: TheServices,
    *,
    limit: Limit = 50,
    offset: Offset = 0,
    cursor: Name | None = None,
    state: Name | None = None,
    severity: Name | None = None,
    service: Name | None = None,
    text: Words | None = None,
    since: Since = None,
    until: Until = None,
    created_after: Moment | None = None,
    created_before: Moment | None = None,
    include_archived: bool = False,
    response: Response,
) -> CasePageAnswer:
    wanted = CaseFilter(
        states=_states(state),
        severity=_severity(severity),
        service=service or "",
        text=text or "",
        is_archived=include_archived,
        opened_from=since or created_after,
        opened_before=until or created_before,
    )
    before = _before(cursor)
    return await _page(
        wanted, response, caller, services, limit=limit, offset=offset, before=before
    )


@router.post("/search", summary="Find cases by words of their titles")
async def search_cases(
    wish: Search, caller: Reader, services: TheServices, response: Response
) -> CasePageAnswer:
    wanted = CaseFilter(
        states=_states(wish.state),
        severity=_severity(wish.priority),
        service=wish.service or "",
        text=wish.query.strip(),
        is_archived=True,
    )
    return await _page(wanted, response, caller, services, limit=wish.limit, offset=wish.offset)


@router.get("/{case_id}", summary="One case")
async def get_case(
    case_id: CaseId, caller: Reader, services: TheServices, response: Response
) -> CaseDetail:
    summary = await case_requests.case_status(case_id, caller.account, services=services)
    return _detail(summary, response)


@router.put("/{case_id}", summary="Change a case")
@router.patch("/{case_id}", summary="Change a case")
async def change_case(
    case_id: CaseId,
    wish: CaseChange,
    caller: Writer,
    services: TheServices,
    response: Response,
    version: IfMatch = "",
) -> CaseDetail:
    summary = await case_requests.change_case(
        case_id,
        caller.account,
        changes=_changes(wish),
        version=_version(version),
        services=services,
    )
    if wish.state and STATES[summary.case.state] != wish.state:
        if wish.state != CaseState.CLOSED:
            message = f"a case becomes {wish.state} by what is said and found in it"
            raise WrongUsage(message, next_step="Say so in a turn: `resolve`, `reopen`.")
        summary = await case_requests.close_case(case_id, caller.account, services=services)
    return _detail(summary, response)


@router.delete(
    "/{case_id}",
    summary="Close a case and take it out of the lists; nothing is erased",
    status_code=status.HTTP_204_NO_CONTENT,
)
async def delete_case(case_id: CaseId, caller: Writer, services: TheServices) -> Response:
    await case_requests.archive_case(case_id, caller.account, services=services)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post("/{case_id}/archive", summary="The same, and what it is now")
async def archive_case(
    case_id: CaseId, caller: Writer, services: TheServices, response: Response
) -> CaseDetail:
    summary = await case_requests.archive_case(case_id, caller.account, services=services)
    return _detail(summary, response)


@router.post("/{case_id}/title", summary="Name a case after what it is about")
async def name_case(
    case_id: CaseId,
    caller: Writer,
    services: TheServices,
    response: Response,
    wish: TitleWish | None = None,
    force: bool = False,  # noqa: FBT001, FBT002 - a parameter of the query
) -> TitleAnswer:
    title, was_there = await case_requests.name_case(
        case_id,
        caller.account,
        most_words=(wish.max_words if wish else None) or 8,
        anew=force,
        services=services,
    )
    response.headers["x-title-source"] = "existing" if was_there else "fallback"
    return TitleAnswer(title=title.text)


async def _page(
    wanted: CaseFilter,
    response: Response,
    caller: Caller,
    services: TheServices,
    *,
    limit: int,
    offset: int,
    before: int | None = None,
) -> CasePageAnswer:
    page = await case_requests.list_cases(
        wanted, caller.account, limit=limit, offset=offset, before=before, services=services
    )
    last = page.cases[-1].case.number if page.cases else 0
    response.headers["x-total"] = str(page.total)
    return CasePageAnswer(
        cases=[CaseRow(**row_values(summary)) for summary in page.cases],
        total_count=page.total,
        limit=limit,
        offset=offset,
        has_more=page.has_more,
        next_cursor=f"c{last}" if page.has_more else None,
    )


def _before(cursor: str | None) -> int | None:
    """The number of the last case of a page. Raises WrongUsage for a cursor that no page gave."""
    if cursor is None:
        return None
    number = _number(cursor.removeprefix("c"))
    if number is None:
        message = "no page gave that cursor"
        raise WrongUsage(message, next_step="Begin without a cursor.")
    return number


def _number(digits: str) -> int | None:
    """None for what we never wrote."""
    is_ours = digits.isascii() and digits.isdecimal() and len(digits) <= LONGEST_NUMBER
    return int(digits) if is_ours else None


def _detail(summary: CaseStatus, response: Response) -> CaseDetail:
    response.headers["ETag"] = f'"{summary.case.version}"'
    return CaseDetail(**detail_values(summary))


def _changes(wish: CaseChange) -> Mapping[str, str]:
    named: dict[str, Any] = {
        "title": wish.title,
        "description": wish.description,
        "service": wish.service,
        "severity": _severity(wish.priority),
    }
    return {name: value for name, value in named.items() if value is not None}


def _version(if_match: str) -> int | None:
    """Of an ETag. Raises WrongUsage for one that is none of ours."""
    if if_match in ("", "*"):
        return None
    version = _number(if_match.removeprefix("W/").strip('"'))
    if version is None:
        message = "If-Match is no ETag of a case"
        raise WrongUsage(message, next_step="Send the ETag of GET /api/v1/cases/{id}, or none.")
    return version


def _severity(named: str | None) -> Severity | None:
    """By the extension's word or ours. Raises WrongUsage."""
    if not named:
        return None
    if named in PRIORITIES:
        return PRIORITIES[named]
    try:
        return Severity(named)
    except ValueError as error:
        message = f"a priority is one of {', '.join(PRIORITIES)}"
        raise WrongUsage(message, next_step="Choose one of these, or none.") from error


def _states(named: str | None) -> frozenset[str]:
    """Raises WrongUsage."""
    if not named:
        return frozenset()
    states = frozenset[str]().union(*(our_states(name.strip()) for name in named.split(",")))
    if not states:
        message = f"a state is one of {', '.join(dict.fromkeys(STATES.values()))}"
        raise WrongUsage(message, next_step="Choose one of these, or none.")
    return states
