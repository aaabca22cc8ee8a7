"""What clients of the API do with cases: open, list, rename, close, archive, and name them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.accounts.model import CaseMember, CaseRole
from core.alerts.model import Severity
from core.cases import lifecycle
from core.cases.events import EventKind
from core.cases.lifecycle import Change, record, speak
from core.cases.projection import CaseView
from core.cases.rows import CaseFilter, ListedCase
from core.conversation.cards.verdict_rows import open_hypotheses
from core.conversation.messages.channels import bind_channel_at
from core.conversation.messages.exchange import ApiExchange
from core.errors import Outdated, WrongUsage
from core.text.redacted import RedactedText, storable
from core.text.sentences import sentences
from core.workflows.case_access import changeable_case, seen_by, visible_case
from core.workflows.exchange_intake import CLOSED_BY_REQUEST, actor, bind_api_place, must_be_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.accounts.model import Account
    from core.cases.model import Case
    from core.workflows.services import Services, Unit

say = sentences("workflows.case_requests")

INVENTED = re.compile(r"Case-\d{4}-\d+")  # a title that nobody chose
LONGEST_TITLE = 200  # characters
_NOT_NAMED = frozenset({"the", "a", "an", "is", "are", "of", "in", "at", "to"})


@dataclass(frozen=True, kw_only=True)
class CaseWish:
    """What a client wants a new case to be. title: "" for one that is made up."""

    key: str
    digest: str
    title: str = ""
    description: str = ""
    severity: Severity = Severity.UNKNOWN


@dataclass(frozen=True, kw_only=True)
class CaseSummary:
    """A case with what the tables know around it. last_turn: the number of its last exchange."""

    row: ListedCase
    last_turn: int = 0
    owner_id: str = ""
    role: CaseRole = CaseRole.RESPONDER

    @property
    def case(self) -> Case:
        return self.row.case


@dataclass(frozen=True, kw_only=True)
class CaseStatus(CaseSummary):
    """The same, and how far the investigation is."""

    view: CaseView


@dataclass(frozen=True, kw_only=True)
class CasePage:
    """Some of the cases that match, how many do, and whether more follow these."""

    cases: tuple[CaseSummary, ...]
    total: int
    has_more: bool


async def open_case(wish: CaseWish, account: Account, *, services: Services) -> CaseStatus:
    """A case of the account's own; that of an earlier try where its key was used before.

    Raises WrongUsage where the key came with something else.
    """
    await services.read_ahead(storable(wish.title), storable(wish.description))
    async with services.unit() as unit:
        known = await unit.exchanges.of_key(account.id, "", wish.key)
        if known is not None:
            must_be_of(known, wish.digest)
            return await _status(unit, await unit.cases.view(known.case_id), account)
        return await _status(unit, await _open(unit, wish, account, services=services), account)


async def _open(unit: Unit, wish: CaseWish, account: Account, *, services: Services) -> CaseView:
    by, case_id = actor(account, services=services), unit.new_id("case")
    redactor = unit.redactor(case_id)
    view = await lifecycle.open_case(
        unit,
        title=redactor.clean(storable(wish.title)).line().cut(LONGEST_TITLE),
        severity=wish.severity,
        service=None,
        group_key="",
        since=unit.now,
        actor=by,
        case_id=case_id,
    )
    if not view.case.title:
        at = RedactedText.at(unit.now, "%m%d")
        title = say("invented_title", at=at, n=view.case.number)
        view = await _revise(unit, view, title=title, by=by)
    await bind_channel_at(unit, view.case, unit.rules.home)
    await bind_api_place(unit, view.case, account)
    await unit.members.put(
        CaseMember(
            tenant_id=view.case.tenant_id,
            case_id=case_id,
            account_id=account.id,
            role=CaseRole.OWNER,
            since=unit.now,
        )
    )
    view = await speak(unit, view, by=by)
    if wish.description:
        view = await _note(unit, view, wish.description, by=by)
    await unit.exchanges.add(_opening(unit, view.case, wish, account))
    return view


def _opening(unit: Unit, case: Case, wish: CaseWish, account: Account) -> ApiExchange:
    return ApiExchange(
        id=unit.new_id("exchange"),
        tenant_id=case.tenant_id,
        account_id=account.id,
        case_id=case.id,
        number=0,
        key=wish.key,
        digest=wish.digest,
        asked_at=unit.now,
        text=case.title,
        answered_at=unit.now,
    )


async def list_cases(
    wanted: CaseFilter,
    account: Account,
    *,
    limit: int,
    offset: int = 0,
    before: int | None = None,
    services: Services,
) -> CasePage:
    """Newest first. before: the number of the last case of the page before."""
    seen = seen_by(account, wanted)
    async with services.reading() as unit:
        total = await unit.case_rows.count(seen)
        if not total:  # nothing would be looked for in all of them
            return CasePage(cases=(), total=0, has_more=False)
        rows = await unit.case_rows.page(seen, limit=limit + 1, offset=offset, before=before)
        summaries = await _summaries(unit, rows[:limit], account)
    return CasePage(cases=summaries, total=total, has_more=len(rows) > limit)


async def _summaries(
    unit: Unit, rows: Sequence[ListedCase], account: Account
) -> tuple[CaseSummary, ...]:
    """Of a page: what is around its cases is asked for all of them at once."""
    case_ids = [row.case.id for row in rows]
    members = await unit.members.of_cases(case_ids)
    last = await unit.exchanges.last_numbers(case_ids)
    return tuple(
        CaseSummary(
            row=row,
            last_turn=last.get(row.case.id, 0),
            owner_id=_owner_of(members.get(row.case.id, [])),
            role=_role_among(members.get(row.case.id, []), account),
        )
        for row in rows
    )


async def case_status(case_id: str, account: Account, *, services: Services) -> CaseStatus:
    """Raises NotFound."""
    async with services.reading() as unit:
        return await _status(unit, await visible_case(unit, case_id, account), account)


async def change_case(
    case_id: str,
    account: Account,
    *,
    changes: Mapping[str, str],
    version: int | None = None,
    services: Services,
) -> CaseStatus:
    """changes: of `title`, `severity`, `service` and `description`.

    version: the one that the client has seen. Raises NotFound, NotPermitted, WrongUsage, and
    Outdated where the case has another version by now.
    """
    await services.read_ahead(*map(storable, changes.values()))
    by = actor(account, services=services)
    async with services.unit() as unit:
        view = await changeable_case(unit, case_id, account)
        _must_be_version(view.case, version)
        view = await _apply(unit, view, changes, by=by)
        return await _status(unit, view, account)


async def _apply(unit: Unit, view: CaseView, changes: Mapping[str, str], *, by: str) -> CaseView:
    clean = unit.redactor(view.case.id).clean
    title = clean(storable(changes.get("title", ""))).line().cut(LONGEST_TITLE)
    if "title" in changes and not title:
        message = "a case has a title"
        raise WrongUsage(message, next_step="Send a title of at least one character.")
    if "title" in changes and title != view.case.title:
        view = await _revise(unit, view, title=title, by=by)
    severity = Severity(changes.get("severity", view.case.severity))
    service = changes.get("service", view.case.service or "") or None
    if (severity, service) != (view.case.severity, view.case.service):
        cleaned = unit.context.clean_name(storable(service)) if service else None
        data = {"severity": severity, "service": cleaned}
        change = Change(kind=EventKind.REVISED, data=data)
        view = await record(unit, view, view.case.id, [change], at=unit.now, actor=by)
    if changes.get("description"):
        view = await _note(unit, view, changes["description"], by=by)
    return view


async def close_case(case_id: str, account: Account, *, services: Services) -> CaseStatus:
    """Closed without a solution. Raises NotFound, NotPermitted, NotAllowedNow."""
    by = actor(account, services=services)
    async with services.unit() as unit:
        view = await changeable_case(unit, case_id, account)
        view = await lifecycle.close(unit, view, by=by, why=CLOSED_BY_REQUEST)
        return await _status(unit, view, account)


async def archive_case(case_id: str, account: Account, *, services: Services) -> CaseStatus:
    """Closed where it is open, and in no list any more; nothing of it is erased.

    Raises NotFound, NotPermitted.
    """
    by = actor(account, services=services)
    async with services.unit() as unit:
        view = await changeable_case(unit, case_id, account)
        if view.case.state.is_open:
            view = await lifecycle.close(unit, view, by=by, why=CLOSED_BY_REQUEST)
        view = await lifecycle.archive(unit, view, by=by)
        return await _status(unit, view, account)


async def name_case(
    case_id: str, account: Account, *, most_words: int, anew: bool, services: Services
) -> tuple[RedactedText, bool]:
    """The title that the case has by now, and whether it had it before. anew: replace any.

    Made of the leading hypothesis, else of the first question. Raises WrongUsage where there is
    neither.
    """
    async with services.unit() as unit:
        view = await changeable_case(unit, case_id, account)
        if not anew and not INVENTED.fullmatch(view.case.title.text):
            return view.case.title, True
        words = await _subject(unit, view)
        if not words:
            message = "Insufficient context to generate title"
            raise WrongUsage(message, next_step="Ask a question, or bring evidence.")
        title = _in_words(words, most_words)
        if title != view.case.title:
            by = actor(account, services=services)
            await _revise(unit, view, title=title, by=by)
        return title, False


async def _subject(unit: Unit, view: CaseView) -> RedactedText:
    for hypothesis in open_hypotheses(view):
        return hypothesis.statement.line()
    exchanges = await unit.exchanges.of_case(view.case.id)
    return next((known.text.line() for known in exchanges if known.text), RedactedText.EMPTY)


def _in_words(text: RedactedText, most: int) -> RedactedText:
    """The first words, without a little one at the end."""
    ends = [match.end() for match in re.finditer(r"\S+", text.text)][:most]
    while len(ends) > 1 and text.text[: ends[-1]].split()[-1].lower() in _NOT_NAMED:
        ends.pop()
    title = text.part(0, ends[-1]).cut(LONGEST_TITLE)
    return title.part(0, len(title.text.rstrip(" ?.,:;")))


async def _revise(unit: Unit, view: CaseView, *, title: RedactedText, by: str) -> CaseView:
    change = Change(kind=EventKind.REVISED, data={"title": title.digest}, texts=[title])
    return await record(unit, view, view.case.id, [change], at=unit.now, actor=by)


async def _note(unit: Unit, view: CaseView, text: str, *, by: str) -> CaseView:
    clean = unit.redactor(view.case.id).clean(storable(text))
    change = Change(kind=EventKind.NOTED, data={"text": clean.digest}, texts=[clean])
    return await record(unit, view, view.case.id, [change], at=unit.now, actor=by)


async def _status(unit: Unit, view: CaseView, account: Account) -> CaseStatus:
    case_id = view.case.id
    members = await unit.members.of_case(case_id)
    last = await unit.exchanges.last_numbers([case_id])
    return CaseStatus(
        row=await unit.case_rows.of_case(case_id),
        view=view,
        last_turn=last.get(case_id, 0),
        owner_id=_owner_of(members),
        role=_role_among(members, account),
    )


def _owner_of(members: Sequence[CaseMember]) -> str:
    """The id of the first owner; "" where the case is the team's."""
    owners = (member.account_id for member in members if member.role is CaseRole.OWNER)
    return next(owners, "")


def _role_among(members: Sequence[CaseMember], account: Account) -> CaseRole:
    roles = (member.role for member in members if member.account_id == account.id)
    return next(roles, CaseRole.RESPONDER)


def _must_be_version(case: Case, version: int | None) -> None:
    """Raises Outdated."""
    if version is not None and version != case.version:
        message = f"the case has changed: it has version {case.version}, not {version}"
        raise Outdated(message)
