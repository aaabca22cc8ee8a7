"""What belongs to one tenant is nobody else's, by whatever method of whichever repository.

The methods are those of the protocols: one that is new fails here until a row says what a stranger
gets of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from inspect import signature
from typing import TYPE_CHECKING, Any

from core import access
from core.access import Identity
from core.accounts import ports as accounts_ports
from core.accounts.model import (
    Account,
    AuthorizationRequest,
    CaseMember,
    ClientSession,
    ProviderLogin,
    SignIn,
    Token,
)
from core.alerts import ports as alerts_ports
from core.alerts.model import AlertSource, Delivery, DeliveryState, Occurrence
from core.cases import ports as cases_ports
from core.cases.events import CaseEvent, EventKind, seal
from core.cases.feedback import Feedback
from core.cases.figures import CaseFigures
from core.cases.memories import CaseMemory
from core.cases.model import Question, TurnStep, TurnStepName
from core.cases.projection import CaseView
from core.cases.rows import CaseFilter
from core.clock import EPOCH
from core.conversation import ports as conversation_ports
from core.conversation.messages.exchange import ApiExchange
from core.conversation.messages.message import (
    Binding,
    JournaledMessage,
    Message,
    Outbound,
    OutboundState,
)
from core.conversation.ports import Workspace
from core.errors import Conflict, LeaseLost, NotFound
from core.evidence import ports as evidence_ports
from core.evidence.model import EvidenceFile
from core.investigation import ports as investigation_ports
from core.investigation.model_calls import ModelCall, SpendingGroup, Spent
from core.jobs import ports as jobs_ports
from core.jobs.model import Job, JobState
from core.jobs.ports import Fact
from core.knowledge import ports as knowledge_ports
from core.knowledge.model import EVERYBODY, Chunk, ChunkVectors, Document, DocumentVersion, Reach
from core.places import Place
from core.text.redacted import redacted
from core.workflows.services import Unit
from tests.contracts.samples import (
    NOON,
    THREAD,
    a_binding,
    a_chunk,
    a_context,
    a_delivery,
    a_document,
    a_fact,
    a_file,
    a_finding,
    a_heard,
    a_job,
    a_member,
    a_memory,
    a_message,
    a_model_call,
    a_provider_login,
    a_question,
    a_session,
    a_sign_in,
    a_token,
    a_version,
    a_workspace,
    an_account,
    an_authorization_request,
    an_exchange,
    an_extraction,
    an_identity,
    an_occurrence,
    an_outbound,
    an_utterance,
    later,
    put_case,
    some_feedback,
)
from tests.fakes.claims import claim_one

if TYPE_CHECKING:
    from core.context import Context
    from core.workflows.services import Store
    from tests.contracts.conftest import Backend

ROOMS = (
    access,
    accounts_ports,
    alerts_ports,
    cases_ports,
    conversation_ports,
    evidence_ports,
    investigation_ports,
    jobs_ports,
    knowledge_ports,
)
OURS, THEIRS = a_context("ours"), a_context("theirs")
ELSEWHERE = replace(THREAD, workspace="another")
EVENT = "event-1"
END = later(9_000)
ANYTHING = Reach.of()


@dataclass(frozen=True, kw_only=True)
class Belongings:
    """One of everything that a tenant keeps. Two tenants' differ in nothing but their ids."""

    view: CaseView
    memory: CaseMemory
    feedback: Feedback
    event: CaseEvent  # the one that would come next
    delivery: Delivery
    occurrence: Occurrence
    question: Question
    step: TurnStep
    file: EvidenceFile
    binding: Binding
    outbound: Outbound
    sent: Outbound
    message: Message
    utterance: JournaledMessage
    identity: Identity
    fact: Fact
    model_call: ModelCall
    workspace: Workspace
    account: Account
    sign_in: SignIn
    token: Token
    session: ClientSession
    member: CaseMember
    provider_login: ProviderLogin
    authorization_request: AuthorizationRequest
    exchange: ApiExchange
    document: Document
    version: DocumentVersion
    chunk: Chunk
    vectors: ChunkVectors
    waiting: Job
    running: Job
    dead: Job

    @property
    def case_id(self) -> str:
        return self.view.case.id


async def settle(backend: Backend, context: Context) -> Belongings:
    """Write everything as the tenant's own units and runners do."""
    running = await claimed(backend, context, lane="running")
    dead = await claimed(backend, context, lane="dead")
    await backend.jobs.fail(dead, at=NOON, retry_at=None, problem="hopeless")
    done = await claimed(backend, context, lane="done")
    await backend.jobs.finish(done, at=NOON)
    async with backend.store.unit(context) as unit:
        return await write(unit, running=running, dead=dead)


async def claimed(backend: Backend, context: Context, *, lane: str) -> Job:
    job = a_job(tenant_id=context.tenant_id, lane=lane)
    async with backend.store.unit(context) as unit:
        assert await unit.jobs.add(job)
    lease = timedelta(seconds=60)
    mine = await claim_one(backend.jobs, job.id, at=NOON, lease=lease)
    assert mine
    return mine


async def write(unit: Unit, *, running: Job, dead: Job) -> Belongings:
    view = await put_case(unit, group_key="g1")
    case_id, tenant = view.case.id, dict[str, Any](tenant_id=view.case.tenant_id)
    account = an_account(**tenant)
    document = a_document(case_id=case_id, **tenant)
    await unit.deliveries.add(a_delivery(state=DeliveryState.DONE, **tenant))
    mine = Belongings(
        view=view,
        memory=a_memory(case_id, **tenant),
        feedback=some_feedback(case_id, **tenant),
        event=seal(
            case_id, 2, EventKind.SPOKEN, at=NOON, actor="a", data={}, previous=view.case.head
        ),
        delivery=a_delivery(**tenant),
        occurrence=an_occurrence(case_id, **tenant),
        question=a_question(case_id, **tenant),
        step=TurnStep(
            **tenant,
            case_id=case_id,
            turn="job_1",
            number=1,
            name=TurnStepName.DECIDED,
            outcome="{}",
            at=NOON,
        ),
        file=a_file(case_id, **tenant),
        binding=replace(a_binding(case_id, THREAD), **tenant),
        outbound=an_outbound(case_id, place=THREAD, **tenant),
        sent=an_outbound(case_id, place=THREAD, state=OutboundState.SENT, **tenant),
        message=a_message(place=THREAD, **tenant),
        utterance=an_utterance(a_heard(key="C1/1"), **tenant),
        identity=an_identity(**tenant),
        fact=a_fact(**tenant),
        model_call=a_model_call(case_id=case_id, is_settled=True, **tenant),
        workspace=a_workspace(**tenant),
        account=account,
        sign_in=a_sign_in(account.id, **tenant),
        token=a_token(account.id, **tenant),
        session=a_session(account.id, **tenant),
        member=a_member(case_id, account.id, **tenant),
        provider_login=a_provider_login(account.id, **tenant),
        authorization_request=an_authorization_request(**tenant),
        exchange=an_exchange(case_id, account.id, **tenant),
        document=document,
        version=a_version(document.id, **tenant),
        chunk=a_chunk(document.id, **tenant),
        vectors=ChunkVectors(document_id=document.id, model="m", packed=b"v", **tenant),
        waiting=a_job(lane="waiting", once="o", run_at=END, **tenant),
        running=running,
        dead=dead,
    )
    await put(unit, mine)
    file = (await unit.files.of_case(case_id))[0]
    await unit.files.put_extraction(file, an_extraction(a_finding()))
    return replace(mine, file=file)


async def put(unit: Unit, mine: Belongings) -> None:
    await unit.deliveries.add(mine.delivery)
    assert await unit.deliveries.claim_keys(
        AlertSource.PAGERDUTY, [EVENT], delivery_id=mine.delivery.id
    )
    assert await unit.occurrences.begin(mine.occurrence)
    await unit.memories.put(mine.memory)
    await unit.feedback.put(mine.feedback)
    await unit.questions.add(mine.question)
    await unit.steps.put(mine.step)
    assert await unit.files.add(mine.file)
    await unit.conversation.bind(mine.binding)
    await unit.conversation.put_outbound(mine.outbound)
    await unit.conversation.put_outbound(mine.sent)
    await unit.conversation.show(mine.message)
    assert await unit.incoming.add(mine.utterance)
    await unit.incoming.set_mention_only(THREAD, on=True)
    await unit.people.meet(mine.identity)
    await unit.facts.put(mine.fact)
    await unit.model_calls.add(mine.model_call)
    assert await unit.workspaces.add(mine.workspace)
    assert await unit.accounts.add(mine.account)
    await unit.sign_ins.add(mine.sign_in)
    await unit.tokens.add(mine.token)
    await unit.sessions.add(mine.session)
    await unit.members.put(mine.member)
    assert await unit.provider_logins.add(mine.provider_login)
    await unit.authorization_requests.add(mine.authorization_request)
    assert await unit.exchanges.add(mine.exchange)
    revision = await unit.documents.next_revision()
    await unit.documents.add(mine.document, revision=revision)
    await unit.documents.put_version(mine.version)
    await unit.documents.put_chunks(mine.document.id, [mine.chunk])
    await unit.documents.put_vectors(mine.vectors, revision=revision)
    assert await unit.jobs.add(mine.waiting)


async def seen(store: Store, context: Context, mine: Belongings) -> dict[str, object]:
    """All that a tenant knows, by every method that reads."""
    async with store.reading(context) as unit:
        return {
            method: await outcome(call(unit, mine))
            for method, (call, _) in STRANGERS.items()
            if method not in CHANGING
        }


def repositories() -> dict[str, type]:
    """Those of a unit of work, by the names under which it has them."""
    known = {name: kind for room in ROOMS for name, kind in vars(room).items()}
    return {
        name: known[returned]
        for unit in Unit.__mro__
        for name, member in vars(unit).items()
        if isinstance(member, property) and (returned := annotation_of(member)) in known
        if known[returned].__module__.endswith((".ports", ".access"))
    }


def annotation_of(member: property) -> str:
    return str(member.fget.__annotations__["return"])


def methods() -> dict[str, Any]:
    """`cases.view`, and all others."""
    return {
        f"{name}.{method}": member
        for name, kind in repositories().items()
        for method, member in vars(kind).items()
        if not method.startswith("_") and (callable(member) or isinstance(member, property))
    }


def methods_of_places() -> set[str]:
    """Those that are asked about a place."""
    return {
        name
        for name, member in methods().items()
        if callable(member)
        and any(
            parameter.annotation == Place.__name__
            or (parameter.name, parameter.annotation) == ("workspace", "str")
            for parameter in signature(member).parameters.values()
        )
    }


Call = Callable[[Unit, Belongings], Awaitable[object]]


async def outcome(awaited: Awaitable[object]) -> object:
    try:
        return await awaited
    except (NotFound, LeaseLost, Conflict, ValueError) as error:
        return type(error)


async def claim_the_same_key(unit: Unit, _: Belongings) -> bool:
    mine = a_delivery(tenant_id=unit.context.tenant_id)
    await unit.deliveries.add(mine)
    return await unit.deliveries.claim_keys(AlertSource.PAGERDUTY, [EVENT], delivery_id=mine.id)


async def behind(unit: Unit, x: Belongings) -> object:
    return await unit.jobs.behind(replace(x.running, lane=x.waiting.lane), at=END, most=9)


async def due_cards(unit: Unit, _: Belongings) -> object:
    return set(unit.cases.due_cards)


# What a stranger gets, who knows every id: nothing, NotFound or LeaseLost; and ValueError for a
# record that names its owner.
STRANGERS: dict[str, tuple[Call, object]] = {
    "deliveries.add": (lambda unit, x: unit.deliveries.add(x.delivery), ValueError),
    "deliveries.get": (lambda unit, x: unit.deliveries.get(x.delivery.id), NotFound),
    "deliveries.get_all": (lambda unit, x: unit.deliveries.get_all([x.delivery.id]), NotFound),
    "deliveries.mark_all": (
        lambda unit, x: unit.deliveries.mark_all([x.delivery.id], DeliveryState.DONE, at=NOON),
        NotFound,
    ),
    "deliveries.mark": (
        lambda unit, x: unit.deliveries.mark(x.delivery.id, DeliveryState.DONE, at=NOON),
        NotFound,
    ),
    "deliveries.since": (lambda unit, _: unit.deliveries.since(NOON), []),
    "deliveries.of_group": (
        lambda unit, x: unit.deliveries.of_group(x.delivery.source, "g1", since=NOON),
        [],
    ),
    "deliveries.count": (lambda unit, _: unit.deliveries.count(DeliveryState.PENDING), 0),
    "deliveries.purge": (lambda unit, _: unit.deliveries.purge(before=END), 0),
    "deliveries.claim_keys": (claim_the_same_key, True),
    "occurrences.begin": (lambda unit, x: unit.occurrences.begin(x.occurrence), ValueError),
    "occurrences.latest_of": (lambda unit, _: unit.occurrences.latest_of("f1"), None),
    "occurrences.update": (lambda unit, x: unit.occurrences.update(x.occurrence), ValueError),
    "occurrences.open_among": (lambda unit, _: unit.occurrences.open_among(["f1"]), {}),
    "occurrences.latest_among": (lambda unit, _: unit.occurrences.latest_among(["f1"]), {}),
    "occurrences.begin_all": (
        lambda unit, x: unit.occurrences.begin_all([x.occurrence]),
        ValueError,
    ),
    "occurrences.update_all": (
        lambda unit, x: unit.occurrences.update_all([x.occurrence]),
        ValueError,
    ),
    "occurrences.of_case": (lambda unit, x: unit.occurrences.of_case(x.case_id), []),
    "occurrences.alerts_of": (lambda unit, x: unit.occurrences.alerts_of([x.case_id]), []),
    "occurrences.firing_in": (lambda unit, x: unit.occurrences.firing_in(x.case_id), []),
    "occurrences.all_open": (lambda unit, _: unit.occurrences.all_open(), []),
    "cases.due_cards": (due_cards, set()),
    "cases.next_number": (lambda unit, _: unit.cases.next_number(), 1),
    "cases.append": (lambda unit, x: unit.cases.append([x.event], x.view), ValueError),
    "cases.view": (lambda unit, x: unit.cases.view(x.case_id), NotFound),
    "cases.by_number": (lambda unit, x: unit.cases.by_number(x.view.case.number), NotFound),
    "cases.open_for_group": (lambda unit, _: unit.cases.open_for_group("g1"), None),
    "cases.latest_for_group": (lambda unit, _: unit.cases.latest_for_group("g1"), None),
    "cases.listing": (lambda unit, _: unit.cases.listing(), []),
    "case_rows.of_case": (lambda unit, x: unit.case_rows.of_case(x.case_id), NotFound),
    "case_rows.page": (lambda unit, _: unit.case_rows.page(CaseFilter(), limit=9), []),
    "case_rows.count": (lambda unit, _: unit.case_rows.count(CaseFilter()), 0),
    "memories.put": (lambda unit, x: unit.memories.put(x.memory), ValueError),
    "memories.remove": (lambda unit, x: unit.memories.remove(x.case_id), None),
    "memories.find": (lambda unit, x: unit.memories.find(x.case_id), None),
    "memories.of_cases": (lambda unit, x: unit.memories.of_cases([x.case_id]), []),
    "memories.page": (lambda unit, _: unit.memories.page(limit=9), []),
    "feedback.put": (lambda unit, x: unit.feedback.put(x.feedback), ValueError),
    "feedback.of_case": (lambda unit, x: unit.feedback.of_case(x.case_id), []),
    "feedback.about": (lambda unit, x: unit.feedback.about([x.feedback.suggestion]), []),
    "feedback.newest": (
        lambda unit, x: unit.feedback.newest({x.feedback.suggestion.kind}, most=9),
        [],
    ),
    "memories.alike": (
        lambda unit, x: unit.memories.alike(faults={x.memory.fault or ""}, alerts=(), limit=9),
        [],
    ),
    "case_rows.figures": (lambda unit, _: unit.case_rows.figures(CaseFilter()), CaseFigures()),
    "cases.events": (lambda unit, x: unit.cases.events(x.case_id), []),
    "cases.newest": (
        lambda unit, x: unit.cases.newest(x.case_id, {EventKind.OPENED}, most=9),
        [],
    ),
    "cases.since": (
        lambda unit, _: unit.cases.since(EventKind.OPENED, EPOCH),
        [],
    ),
    "cases.put_texts": (
        lambda unit, x: unit.cases.put_texts(x.case_id, [redacted("theirs")]),
        NotFound,
    ),
    "cases.texts": (lambda unit, x: unit.cases.texts(x.case_id), {}),
    "cases.erase_texts": (
        lambda unit, x: unit.cases.erase_texts(x.case_id, [x.view.case.title.digest]),
        None,
    ),
    "questions.add": (lambda unit, x: unit.questions.add(x.question), ValueError),
    "questions.get": (lambda unit, x: unit.questions.get(x.question.id), NotFound),
    "questions.open": (lambda unit, x: unit.questions.open(x.case_id), []),
    "questions.of_case": (lambda unit, x: unit.questions.of_case(x.case_id), []),
    "questions.answered": (
        lambda unit, x: unit.questions.answered(x.question.id, at=NOON),
        NotFound,
    ),
    "steps.put": (lambda unit, x: unit.steps.put(x.step), ValueError),
    "steps.of_turn": (lambda unit, x: unit.steps.of_turn(x.case_id, x.step.turn), []),
    "steps.clear": (lambda unit, x: unit.steps.clear(x.case_id), None),
    "files.add": (lambda unit, x: unit.files.add(x.file), ValueError),
    "files.get": (lambda unit, x: unit.files.get(x.file.id), NotFound),
    "files.get_all": (lambda unit, x: unit.files.get_all([x.file.id]), NotFound),
    "files.ever_in_case": (lambda unit, x: unit.files.ever_in_case(x.case_id), []),
    "files.of_case": (lambda unit, x: unit.files.of_case(x.case_id), []),
    "files.of_content": (lambda unit, x: unit.files.of_content(x.case_id, x.file.blob), []),
    "files.holds_content": (
        lambda unit, x: unit.files.holds_content(x.case_id, x.file.blob, besides="file_none"),
        False,
    ),
    "files.is_any_unread": (lambda unit, x: unit.files.is_any_unread(x.case_id), False),
    "files.unread_from": (
        lambda unit, x: unit.files.unread_from(x.file.received_from, most=9),
        0,
    ),
    "files.newest_read": (lambda unit, x: unit.files.newest_read(x.case_id, most=9), []),
    "files.update": (lambda unit, x: unit.files.update(x.file), ValueError),
    "files.kept": (lambda unit, _: unit.files.kept(), []),
    "files.put_extraction": (lambda unit, x: unit.files.put_extraction(x.file, None), ValueError),
    "files.findings": (lambda unit, x: unit.files.findings(x.case_id), {}),
    "conversation.bind": (lambda unit, x: unit.conversation.bind(x.binding), ValueError),
    "conversation.rebind": (
        lambda unit, x: unit.conversation.rebind(x.binding, ELSEWHERE),
        ValueError,
    ),
    "conversation.bindings": (lambda unit, x: unit.conversation.bindings(x.case_id), []),
    "conversation.case_places": (
        lambda unit, _: unit.conversation.case_places(THREAD.platform),
        [],
    ),
    "conversation.case_at": (lambda unit, _: unit.conversation.case_at(THREAD), None),
    "conversation.open_cases_in": (lambda unit, _: unit.conversation.open_cases_in(THREAD), []),
    "conversation.put_outbound": (
        lambda unit, x: unit.conversation.put_outbound(x.outbound),
        ValueError,
    ),
    "conversation.outbound": (lambda unit, x: unit.conversation.outbound(x.outbound.id), NotFound),
    "conversation.mark_outbound": (
        lambda unit, x: unit.conversation.mark_outbound(x.outbound.id, OutboundState.FAILED),
        NotFound,
    ),
    "conversation.forget_sent": (
        lambda unit, _: unit.conversation.forget_sent(THREAD, case_number=1),
        None,
    ),
    "conversation.shown": (
        lambda unit, x: unit.conversation.shown(THREAD, x.message.card.key),
        None,
    ),
    "conversation.show": (lambda unit, x: unit.conversation.show(x.message), ValueError),
    "conversation.messages": (lambda unit, _: unit.conversation.messages(THREAD), []),
    "incoming.add": (lambda unit, x: unit.incoming.add(x.utterance), ValueError),
    "incoming.get": (lambda unit, x: unit.incoming.get(x.utterance.id), NotFound),
    "incoming.newest": (lambda unit, _: unit.incoming.newest(THREAD), None),
    "incoming.newest_on": (lambda unit, _: unit.incoming.newest_on(THREAD.platform), None),
    "incoming.places": (lambda unit, _: unit.incoming.places(THREAD.platform, since=NOON), []),
    "incoming.count": (
        lambda unit, x: unit.incoming.count(
            THREAD.platform, x.utterance.heard.by, since=NOON, until=END
        ),
        0,
    ),
    "incoming.pressed": (
        lambda unit, x: unit.incoming.pressed(
            THREAD.platform, x.utterance.heard.by, since=NOON, until=END
        ),
        [],
    ),
    "incoming.heard_in": (
        lambda unit, x: unit.incoming.heard_in(THREAD.whole_channel, x.utterance.heard.by),
        False,
    ),
    "incoming.purge": (lambda unit, _: unit.incoming.purge(before=END), 0),
    "incoming.set_mention_only": (
        lambda unit, _: unit.incoming.set_mention_only(THREAD, on=False),
        None,
    ),
    "incoming.mention_only": (lambda unit, _: unit.incoming.mention_only(THREAD), False),
    "people.identity": (lambda unit, _: unit.people.identity("slack", "main", "U1"), None),
    "people.meet": (lambda unit, x: unit.people.meet(x.identity), ValueError),
    "people.link": (lambda unit, x: unit.people.link(x.identity), ValueError),
    "people.linked_to": (lambda unit, x: unit.people.linked_to(x.identity.user_id), []),
    "facts.put": (lambda unit, x: unit.facts.put(x.fact), ValueError),
    "facts.get": (lambda unit, x: unit.facts.get(x.fact.key), None),
    "facts.remove": (lambda unit, x: unit.facts.remove(x.fact.key), None),
    "model_calls.lock": (lambda unit, _: unit.model_calls.lock(), None),
    "model_calls.add": (lambda unit, x: unit.model_calls.add(x.model_call), ValueError),
    "model_calls.get": (lambda unit, x: unit.model_calls.get(x.model_call.id), NotFound),
    "model_calls.update": (lambda unit, x: unit.model_calls.update(x.model_call), ValueError),
    "model_calls.spent": (
        lambda unit, x: unit.model_calls.spent(at=NOON, case_id=x.case_id),
        Spent(),
    ),
    "model_calls.totals": (
        lambda unit, _: unit.model_calls.totals(SpendingGroup.MODEL, since=EPOCH),
        [],
    ),
    "model_calls.purge": (lambda unit, _: unit.model_calls.purge(before=END), 0),
    "workspaces.add": (lambda unit, x: unit.workspaces.add(x.workspace), ValueError),
    "workspaces.of_platform": (lambda unit, _: unit.workspaces.of_platform("slack"), []),
    "workspaces.update": (lambda unit, x: unit.workspaces.update(x.workspace), ValueError),
    "accounts.add": (lambda unit, x: unit.accounts.add(x.account), ValueError),
    "accounts.get": (lambda unit, x: unit.accounts.get(x.account.id), NotFound),
    "accounts.named": (lambda unit, x: unit.accounts.named(x.account.username), None),
    "accounts.update": (lambda unit, x: unit.accounts.update(x.account), ValueError),
    "accounts.all": (lambda unit, _: unit.accounts.all(), []),
    "sign_ins.add": (lambda unit, x: unit.sign_ins.add(x.sign_in), ValueError),
    "sign_ins.get": (lambda unit, x: unit.sign_ins.get(x.sign_in.id), NotFound),
    "sign_ins.holder": (lambda unit, x: unit.sign_ins.holder(x.sign_in.id), None),
    "sign_ins.update": (lambda unit, x: unit.sign_ins.update(x.sign_in), ValueError),
    "sign_ins.of_account": (lambda unit, x: unit.sign_ins.of_account(x.account.id), []),
    "sign_ins.purge": (lambda unit, _: unit.sign_ins.purge(before=END), 0),
    "tokens.add": (lambda unit, x: unit.tokens.add(x.token), ValueError),
    "tokens.by_digest": (
        lambda unit, x: unit.tokens.by_digest(x.token.kind, x.token.digest),
        None,
    ),
    "tokens.update": (lambda unit, x: unit.tokens.update(x.token), ValueError),
    "tokens.of_account": (
        lambda unit, x: unit.tokens.of_account(x.account.id, x.token.kind),
        [],
    ),
    "tokens.purge": (lambda unit, _: unit.tokens.purge(before=END), 0),
    "sessions.add": (lambda unit, x: unit.sessions.add(x.session), ValueError),
    "sessions.get": (lambda unit, x: unit.sessions.get(x.session.id), NotFound),
    "sessions.of_client": (
        lambda unit, x: unit.sessions.of_client(x.account.id, x.session.client_id),
        None,
    ),
    "sessions.update": (lambda unit, x: unit.sessions.update(x.session), ValueError),
    "sessions.of_account": (lambda unit, x: unit.sessions.of_account(x.account.id), []),
    "sessions.purge": (lambda unit, _: unit.sessions.purge(before=END), 0),
    "provider_logins.add": (
        lambda unit, x: unit.provider_logins.add(x.provider_login),
        ValueError,
    ),
    "provider_logins.get": (
        lambda unit, x: unit.provider_logins.get(x.provider_login.issuer, x.provider_login.subject),
        None,
    ),
    "provider_logins.of_account": (
        lambda unit, x: unit.provider_logins.of_account(x.account.id),
        [],
    ),
    "authorization_requests.add": (
        lambda unit, x: unit.authorization_requests.add(x.authorization_request),
        ValueError,
    ),
    "authorization_requests.take": (
        lambda unit, x: unit.authorization_requests.take(x.authorization_request.state),
        None,
    ),
    "authorization_requests.purge": (
        lambda unit, _: unit.authorization_requests.purge(before=END),
        0,
    ),
    "members.put": (lambda unit, x: unit.members.put(x.member), ValueError),
    "members.remove": (lambda unit, x: unit.members.remove(x.case_id, x.account.id), False),
    "members.of_case": (lambda unit, x: unit.members.of_case(x.case_id), []),
    "members.of_account": (lambda unit, x: unit.members.of_account(x.account.id), []),
    "members.of_cases": (lambda unit, x: unit.members.of_cases([x.case_id]), {}),
    "members.cases": (lambda unit, _: unit.members.cases(), set()),
    "exchanges.add": (lambda unit, x: unit.exchanges.add(x.exchange), ValueError),
    "exchanges.get": (lambda unit, x: unit.exchanges.get(x.exchange.id), NotFound),
    "exchanges.of_key": (
        lambda unit, x: unit.exchanges.of_key(x.account.id, x.case_id, x.exchange.key),
        None,
    ),
    "exchanges.update": (lambda unit, x: unit.exchanges.update(x.exchange), ValueError),
    "exchanges.of_case": (lambda unit, x: unit.exchanges.of_case(x.case_id), []),
    "exchanges.last_numbers": (lambda unit, x: unit.exchanges.last_numbers([x.case_id]), {}),
    "documents.revision": (lambda unit, _: unit.documents.revision(), 0),
    "documents.next_revision": (lambda unit, _: unit.documents.next_revision(), 1),
    "documents.changed_since": (lambda unit, _: unit.documents.changed_since(0), []),
    "documents.add": (lambda unit, x: unit.documents.add(x.document, revision=9), ValueError),
    "documents.update": (
        lambda unit, x: unit.documents.update(x.document, revision=9),
        ValueError,
    ),
    "documents.remove": (
        lambda unit, x: unit.documents.remove(x.document.id, revision=9),
        None,
    ),
    "documents.get": (lambda unit, x: unit.documents.get(x.document.id, ANYTHING), NotFound),
    "documents.of_source": (
        lambda unit, x: unit.documents.of_source(EVERYBODY, x.document.source),
        None,
    ),
    "documents.of_digest": (
        lambda unit, x: unit.documents.of_digest(EVERYBODY, x.document.digest),
        None,
    ),
    "documents.page": (lambda unit, _: unit.documents.page(ANYTHING), []),
    "documents.of_case": (lambda unit, x: unit.documents.of_case(x.case_id), []),
    "documents.case_ids": (lambda unit, _: unit.documents.case_ids(), set()),
    "documents.put_version": (lambda unit, x: unit.documents.put_version(x.version), ValueError),
    "documents.version": (
        lambda unit, x: unit.documents.version(x.document.id, 1, ANYTHING),
        NotFound,
    ),
    "documents.versions": (lambda unit, x: unit.documents.versions(x.document.id, ANYTHING), []),
    "documents.put_chunks": (
        lambda unit, x: unit.documents.put_chunks(x.document.id, [x.chunk]),
        ValueError,
    ),
    "documents.chunks": (lambda unit, x: unit.documents.chunks(x.document.id, ANYTHING), []),
    "documents.put_vectors": (
        lambda unit, x: unit.documents.put_vectors(x.vectors, revision=9),
        ValueError,
    ),
    "documents.vectors": (
        lambda unit, x: unit.documents.vectors([x.document.id], model="m"),
        {},
    ),
    "documents.without_vectors": (
        lambda unit, _: unit.documents.without_vectors(model="", limit=9),
        [],
    ),
    "documents.to_index": (lambda unit, x: unit.documents.to_index([x.document.id]), []),
    "jobs.is_lane_free": (lambda unit, _: unit.jobs.is_lane_free("waiting"), True),
    "jobs.add": (lambda unit, x: unit.jobs.add(x.waiting), ValueError),
    "jobs.hand_on": (lambda unit, x: unit.jobs.hand_on("o", x.waiting), ValueError),
    "jobs.behind": (behind, []),
    "jobs.done": (lambda unit, x: unit.jobs.done(x.running, at=NOON), LeaseLost),
    "jobs.listing": (lambda unit, _: unit.jobs.listing(JobState.PENDING), []),
    "jobs.get": (lambda unit, x: unit.jobs.get(x.running.id), NotFound),
    "jobs.revive": (lambda unit, x: unit.jobs.revive(x.dead.id, at=NOON), NotFound),
    "jobs.drop": (lambda unit, x: unit.jobs.drop(x.dead.id, at=NOON), NotFound),
    "jobs.counts": (lambda unit, _: unit.jobs.counts(), dict.fromkeys(JobState, 0)),
    "jobs.purge": (lambda unit, _: unit.jobs.purge(before=END), 0),
}

CHANGING = [
    "deliveries.add",
    "deliveries.mark",
    "deliveries.mark_all",
    "deliveries.purge",
    "deliveries.claim_keys",
    "occurrences.begin",
    "occurrences.update",
    "occurrences.begin_all",
    "occurrences.update_all",
    "cases.next_number",
    "cases.append",
    "cases.put_texts",
    "cases.erase_texts",
    "feedback.put",
    "memories.put",
    "memories.remove",
    "questions.add",
    "questions.answered",
    "steps.put",
    "steps.clear",
    "files.add",
    "files.update",
    "files.put_extraction",
    "conversation.bind",
    "conversation.rebind",
    "conversation.put_outbound",
    "conversation.mark_outbound",
    "conversation.forget_sent",
    "conversation.show",
    "incoming.add",
    "incoming.purge",
    "incoming.set_mention_only",
    "people.meet",
    "people.link",
    "facts.put",
    "facts.remove",
    "model_calls.lock",
    "model_calls.add",
    "model_calls.update",
    "model_calls.purge",
    "workspaces.add",
    "workspaces.update",
    "accounts.add",
    "accounts.update",
    "sign_ins.add",
    "sign_ins.update",
    "sign_ins.purge",
    "tokens.add",
    "tokens.update",
    "tokens.purge",
    "sessions.add",
    "sessions.update",
    "sessions.purge",
    "provider_logins.add",
    "authorization_requests.add",
    "authorization_requests.take",
    "authorization_requests.purge",
    "members.put",
    "members.remove",
    "exchanges.add",
    "exchanges.update",
    "documents.next_revision",
    "documents.add",
    "documents.update",
    "documents.remove",
    "documents.put_version",
    "documents.put_chunks",
    "documents.put_vectors",
    "jobs.add",
    "jobs.hand_on",
    "jobs.done",
    "jobs.revive",
    "jobs.drop",
    "jobs.purge",
]

# What the owner gets who asks about the same channel of another workspace.
NEIGHBOURS: dict[str, tuple[Call, object]] = {
    "conversation.rebind": (
        lambda unit, x: unit.conversation.rebind(replace(x.binding, place=ELSEWHERE), ELSEWHERE),
        None,
    ),
    "conversation.case_at": (lambda unit, _: unit.conversation.case_at(ELSEWHERE), None),
    "conversation.open_cases_in": (
        lambda unit, _: unit.conversation.open_cases_in(ELSEWHERE),
        [],
    ),
    "conversation.forget_sent": (
        lambda unit, _: unit.conversation.forget_sent(ELSEWHERE, case_number=1),
        None,
    ),
    "conversation.shown": (
        lambda unit, x: unit.conversation.shown(ELSEWHERE, x.message.card.key),
        None,
    ),
    "conversation.messages": (lambda unit, _: unit.conversation.messages(ELSEWHERE), []),
    "incoming.newest": (lambda unit, _: unit.incoming.newest(ELSEWHERE), None),
    "incoming.heard_in": (
        lambda unit, x: unit.incoming.heard_in(ELSEWHERE.whole_channel, x.utterance.heard.by),
        False,
    ),
    "incoming.set_mention_only": (
        lambda unit, _: unit.incoming.set_mention_only(ELSEWHERE, on=False),
        None,
    ),
    "incoming.mention_only": (lambda unit, _: unit.incoming.mention_only(ELSEWHERE), False),
    "people.identity": (lambda unit, _: unit.people.identity("slack", "another", "U1"), None),
}


def calls_of(rows: dict[str, tuple[Call, object]]) -> dict[str, Call]:
    return {method: call for method, (call, _) in rows.items()}


async def tried(
    store: Store, context: Context, calls: dict[str, Call], theirs: Belongings
) -> dict[str, object]:
    """What comes of each call, in a unit of its own."""
    outcomes: dict[str, object] = {}
    for method, call in calls.items():
        with suppress(Conflict):  # also at the commit, where it was caught before
            async with store.unit(context) as unit:
                outcomes[method] = await outcome(call(unit, theirs))
    return outcomes


def disguised(theirs: Belongings, tenant_id: str) -> Belongings:
    """The same ids in records that name another tenant as their owner."""
    case = replace(theirs.view.case, tenant_id=tenant_id)
    others = {
        name: replace(record, tenant_id=tenant_id)
        for name, record in vars(theirs).items()
        if hasattr(record, "tenant_id")
    }
    return replace(theirs, view=replace(theirs.view, case=case), **others)


def test_no_method_is_left_out() -> None:
    assert methods().keys() == STRANGERS.keys()
    assert methods_of_places() == NEIGHBOURS.keys()
    assert STRANGERS.keys() >= set(CHANGING)


async def test_strangers_see_nothing_and_change_nothing(backend: Backend) -> None:
    store, ours = backend.store, await settle(backend, OURS)
    before = await seen(store, OURS, ours)
    outcomes = await tried(store, THEIRS, calls_of(STRANGERS), ours)
    assert outcomes == {method: expected for method, (_, expected) in STRANGERS.items()}
    assert await seen(store, OURS, ours) == before


async def test_strangers_change_nothing_in_the_disguise_of_owners(backend: Backend) -> None:
    store, ours = backend.store, await settle(backend, OURS)
    before = await seen(store, OURS, ours)
    theirs = disguised(ours, THEIRS.tenant_id)
    outcomes = await tried(store, THEIRS, calls_of(STRANGERS), theirs)
    assert ValueError not in outcomes.values()
    assert await seen(store, OURS, ours) == before


async def test_two_tenants_may_have_the_same_of_everything(backend: Backend) -> None:
    """Numbers, names, keys, lanes and places: all that is not an id of ours."""
    ours = await settle(backend, OURS)
    before = await seen(backend.store, OURS, ours)
    theirs = await settle(backend, THEIRS)
    assert (theirs.view.case.number, theirs.file.number) == (1, 1)
    assert await seen(backend.store, OURS, ours) == before
    after = await seen(backend.store, THEIRS, theirs)
    assert {method: type(answer) for method, answer in after.items()} == {
        method: type(answer) for method, answer in before.items()
    }


async def test_two_workspaces_of_a_platform_are_two(backend: Backend) -> None:
    store, ours = backend.store, await settle(backend, OURS)
    await settle(backend, THEIRS)
    before = await seen(store, OURS, ours)
    asked = {method: row for method, row in NEIGHBOURS.items() if method not in CHANGING}
    outcomes = await tried(store, OURS, {method: call for method, (call, _) in asked.items()}, ours)
    assert outcomes == {method: expected for method, (_, expected) in asked.items()}
    written = {method: NEIGHBOURS[method][0] for method in NEIGHBOURS if method in CHANGING}
    outcomes = await tried(store, OURS, written, ours)
    assert set(outcomes.values()) == {None}
    async with store.unit(OURS) as unit:
        elsewhere = replace(ours.binding, place=ELSEWHERE)
        assert await unit.conversation.bindings(ours.case_id) == [ours.binding, elsewhere]
    after = await seen(store, OURS, ours)
    bound = {"conversation.bindings", "conversation.case_places"}
    assert {method for method in STRANGERS if before.get(method) != after.get(method)} <= bound


async def test_a_unit_knows_which_cases_it_changed(backend: Backend) -> None:
    ours = await settle(backend, OURS)
    async with backend.store.unit(OURS) as unit:
        assert unit.cases.due_cards == set()
        new = await put_case(unit)
        await unit.cases.append([ours.event], ours.view)  # of talk, which no card shows
        assert unit.cases.due_cards == {new.case.id}
    async with backend.store.reading(OURS) as unit:
        assert unit.cases.due_cards == set()


async def test_a_unit_is_of_its_context(backend: Backend) -> None:
    for opened in (backend.store.unit(OURS), backend.store.reading(OURS)):
        async with opened as unit:
            assert unit.context is OURS
            assert (unit.now, unit.rules) == (NOON, OURS.rules)
