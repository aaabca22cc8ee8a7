"""One of each thing that a store keeps, with every field filled, and easily varied."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from core.access import Identity, PersonProfile, Standing
from core.accounts.model import (
    Account,
    AccountRole,
    AuthorizationRequest,
    CaseMember,
    CaseRole,
    ClientSession,
    ProviderLogin,
    Scope,
    SignIn,
    Token,
    TokenKind,
)
from core.alerts.model import AlertSource, Delivery, Occurrence
from core.cases.events import CaseEvent, EventKind, seal
from core.cases.feedback import Feedback, SuggestionKey, SuggestionKind
from core.cases.investigation_state import (
    CITATIONS,
    SOLUTION,
    SPENT,
    Solution,
    SolutionState,
    Usage,
)
from core.cases.lifecycle import Change
from core.cases.memories import CaseMemory, FixOutcome, RejectedCause, TriedFix
from core.cases.model import CaseState, Cause, Citation, Hypothesis, HypothesisState, Question
from core.cases.projection import HYPOTHESES, CaseView, fold
from core.clock import micros
from core.context import DEFAULT_TENANT, Context
from core.conversation.cards.card import Action, Card, Mark, Row
from core.conversation.messages.exchange import ApiExchange
from core.conversation.messages.message import (
    Attachment,
    Binding,
    IncomingMessage,
    JournaledMessage,
    Message,
    MessageKind,
    Outbound,
)
from core.conversation.ports import Workspace
from core.evidence.model import (
    DataType,
    EvidenceFile,
    Extraction,
    Finding,
    FindingKind,
    Level,
    Locus,
)
from core.investigation.model_calls import ModelCall
from core.jobs.model import Audience, Job
from core.jobs.ports import Fact
from core.knowledge.model import (
    EVERYBODY,
    Chunk,
    ChunkKind,
    ContentType,
    Document,
    DocumentVersion,
)
from core.knowledge.model import Collection as DocumentCollection
from core.places import CaseRoom, Destination, Place
from core.text.redacted import RedactedText, redacted
from tests.fakes.clock import SeededRandom, SetClock

if TYPE_CHECKING:
    from core.clock import Clock
    from core.workflows.services import Store, Unit

NOON = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
HERE = Place(platform="terminal", workspace="local", channel="incidents")
THREAD = replace(HERE, thread="t1")
ROOM = Destination(platform="slack", channel="C1", room=CaseRoom.CHANNEL)

_numbers = count(1)

SECRET = b"a secret of contracts"


def a_context(
    tenant_id: str = DEFAULT_TENANT, *, clock: Clock | None = None, seed: int = 0
) -> Context:
    return Context(
        clock=clock or SetClock(NOON),
        random=SeededRandom(seed),
        secret=SECRET,
        tenant_id=tenant_id,
    )


CONTEXT = a_context()


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def an_id(prefix: str) -> str:
    return f"{prefix}_{next(_numbers):06}"


def a_delivery(**changes: Any) -> Delivery:
    plain = Delivery(
        id=an_id("delivery"),
        tenant_id=DEFAULT_TENANT,
        source=AlertSource.ALERTMANAGER,
        group="g1",
        received_at=NOON,
        body=b'{"alerts": []}\x00\xff',
        size=16,
        sha256="0" * 64,
        name="01D7-webhook",
    )
    return replace(plain, **changes)


def an_occurrence(case_id: str, **changes: Any) -> Occurrence:
    plain = Occurrence(
        id=an_id("occurrence"),
        tenant_id=DEFAULT_TENANT,
        source=AlertSource.ALERTMANAGER,
        fingerprint="f1",
        case_id=case_id,
        name="PoolExhausted",
        notes={"description": "all in use", "runbook": "https://wiki.example.com/pool"},
        service="checkout",
        severity="critical",
        labels={"alertname": "PoolExhausted", "größe": "„x“ \x00"},
        summary="no connections left",
        starts_at=NOON,
        ended_at=None,
        last_seen_at=later(1),
        fires=3,
        missing_since=later(2),
        restarted_at=later(3),
    )
    return replace(plain, **changes)


def a_job(**changes: Any) -> Job:
    plain = Job(
        id=an_id("job"),
        tenant_id=DEFAULT_TENANT,
        kind="a.kind",
        lane=an_id("lane"),
        payload={"text": "ä", "number": 1, "share": 0.5, "yes": True, "none": None},
        audience=Audience.ANY,
        run_at=NOON,
        created_at=NOON,
    )
    return replace(plain, **changes)


def a_question(case_id: str, **changes: Any) -> Question:
    plain = Question(
        id=an_id("question"),
        tenant_id=DEFAULT_TENANT,
        case_id=case_id,
        asked_by="ada",
        asked_at=NOON,
        text=redacted("why?"),
        place=THREAD,
    )
    return replace(plain, **changes)


def a_card(**changes: Any) -> Card:
    plain = Card(
        key="case:1",
        version=1,
        mark=Mark.FIRING,
        rows=(Row(text=redacted("#1 it burns"), citation="db.log:3", strong=True),),
        actions=(Action(verb="confirm", argument="1", label=redacted("confirm 1")),),
        fold=(Row(text=redacted("more")),),
        case_number=1,
    )
    return replace(plain, **changes)


def an_outbound(case_id: str | None = None, **changes: Any) -> Outbound:
    plain = Outbound(
        id=an_id("outbound"),
        tenant_id=DEFAULT_TENANT,
        case_id=case_id,
        place=HERE,
        card=a_card(),
        created_at=NOON,
    )
    return replace(plain, **changes)


def a_message(**changes: Any) -> Message:
    plain = Message(
        id=an_id("message"),
        tenant_id=DEFAULT_TENANT,
        place=HERE,
        card=a_card(),
        ref="1699.1",
        seq=0,
        shown_at=NOON,
    )
    return replace(plain, **changes)


def a_binding(case_id: str, place: Place = HERE) -> Binding:
    return Binding(tenant_id=DEFAULT_TENANT, case_id=case_id, place=place)


def an_opening(case_id: str, opens: Destination = ROOM) -> Binding:
    """A binding whose place is yet to be made."""
    return replace(a_binding(case_id, opens.place), opens=opens)


def a_heard(**changes: Any) -> IncomingMessage:
    plain = IncomingMessage(
        place=THREAD,
        key=f"C1/{next(_numbers):06}",
        by="U1",
        manner=MessageKind.MENTION,
        text="confirm 1 „größer“\nund so",
        said_at=NOON,
        ref="1700.01",
        case_number=128,
        attachments=(
            Attachment(id="F1", name="größe.log", size=3_000_000_000, source="https://files/F1"),
            Attachment(id="F2", name="b.log", size=0, source=""),
        ),
        handle="T1.secret",
        to_another=True,
    )
    return replace(plain, **changes)


def an_utterance(heard: IncomingMessage | None = None, **changes: Any) -> JournaledMessage:
    plain = JournaledMessage(
        id=an_id("utt"), tenant_id=DEFAULT_TENANT, heard_at=later(1), heard=heard or a_heard()
    )
    return replace(plain, **changes)


def a_fact(**changes: Any) -> Fact:
    fact = Fact(tenant_id=DEFAULT_TENANT, key="pagerduty:refused", value="three in a row", at=NOON)
    return replace(fact, **changes)


def a_model_call(**changes: Any) -> ModelCall:
    plain = ModelCall(
        id=an_id("modelcall"),
        tenant_id=DEFAULT_TENANT,
        case_id=None,
        channel="slack:C1",
        role="fast",
        model="anthropic/größe",
        at=NOON,
        until=later(900),
        tokens_in=1_000,
        tokens_out=200,
        cost=3_000_000_000,
    )
    return replace(plain, **changes)


def an_identity(**changes: Any) -> Identity:
    plain = Identity(
        tenant_id=DEFAULT_TENANT,
        platform="slack",
        workspace="main",
        external_id="U1",
        user_id=an_id("user"),
        profile=PersonProfile(name="Ada „λ“", standing=Standing.MEMBER),
        met_at=NOON,
        seen_at=later(1),
    )
    return replace(plain, **changes)


def a_file(case_id: str, **changes: Any) -> EvidenceFile:
    plain = EvidenceFile(
        id=an_id("file"),
        tenant_id=DEFAULT_TENANT,
        case_id=case_id,
        number=0,
        name=redacted("db.log"),
        service="db",
        blob="b" * 64,
        size=3_000_000_000,
        received_at=NOON,
        received_from="ada",
    )
    return replace(plain, **changes)


def a_finding(**changes: Any) -> Finding:
    plain = Finding(
        kind=FindingKind.BURST,
        level=Level.ERROR,
        text=redacted("too many clients"),
        locus=Locus(file="db.log", line_start=4, line_end=9, byte_start=100, byte_end=300),
        count=7,
        first=NOON,
        last=later(60),
        service="db",
        signals=("pool_timeout",),
        buckets={29_000_000: 3, 29_000_001: 4},
        data={"rate": 0.1},
    )
    return replace(plain, **changes)


def an_extraction(*findings: Finding) -> Extraction:
    return Extraction(
        data_type=DataType.LOG,
        extractor="log",
        confidence=0.9,
        events=10,
        lines=12,
        size=300,
        findings=findings,
    )


def a_hypothesis(**changes: Any) -> Hypothesis:
    locus = Locus(file="db.log", line_start=4, line_end=4)
    line = Citation(text=redacted("a line"), locus=locus, weight=1.1, why=redacted("says so"))
    plain = Hypothesis(
        number=1,
        cause=Cause(service="db", signal="pool_timeout", fault="connection_pool_exhausted"),
        statement=redacted("the pool is too small"),
        state=HypothesisState.PROPOSED,
        confidence=0.1 + 0.2,  # a number that rounds badly
        rank=1,
        supporting=(line,),
        contradicting=(replace(line, locus=None, weight=-0.5),),
        check=redacted("count them"),
    )
    return replace(plain, **changes)


def some_feedback(case_id: str, **changes: Any) -> Feedback:
    given = {
        "case_id": case_id,
        "tenant_id": DEFAULT_TENANT,
        "seq": 7,
        "suggestion": SuggestionKey(SuggestionKind.RUNBOOK, "doc_1"),
        "by": "dana",
        "helped": True,
        "at": NOON,
    }
    return Feedback(**{**given, **changes})


def a_memory(case_id: str, **changes: Any) -> CaseMemory:
    """What the case taught: a larger pool fixed it."""
    plain = CaseMemory(
        case_id=case_id,
        tenant_id=DEFAULT_TENANT,
        number=1,
        title=redacted("it burns"),
        at=NOON,
        service="db",
        fault="connection_pool_exhausted",
        alerts=(redacted("PoolFull"),),
        signs=("pool_timeout", "log"),
        checks=("db/connection_pool_exhausted/confirm",),
        rejected=(RejectedCause(service=None, fault="disk_full"),),
        fixes=(TriedFix(text=redacted("a larger pool"), outcome=FixOutcome.WORKED, at=NOON),),
        took=timedelta(minutes=14),
    )
    return replace(plain, **changes)


def opened(
    case_id: str,
    *,
    number: int,
    group_key: str = "",
    tenant_id: str = DEFAULT_TENANT,
    closed_to: str = "",
) -> tuple[CaseEvent, CaseView]:
    """The event that opens a case, and what it folds into."""
    title = redacted("it burns")
    data = {
        "tenant_id": tenant_id,
        "number": number,
        "title": title.digest,
        "severity": "critical",
        "service": "checkout",
        "group_key": group_key,
        "opened_at": micros(NOON),
        **({"closed_to": closed_to} if closed_to else {}),
    }
    event = seal(case_id, 1, EventKind.OPENED, at=NOON, actor="system", data=data, previous="")
    return event, fold([event], {title.digest: title})


async def put_case(unit: Unit, *, group_key: str = "", closed_to: str = "") -> CaseView:
    """A new case in the store, with its text."""
    tenant_id = unit.context.tenant_id
    number = await unit.cases.next_number()
    event, view = opened(
        an_id("case"),
        number=number,
        group_key=group_key,
        tenant_id=tenant_id,
        closed_to=closed_to,
    )
    await unit.cases.append([event], view)
    await unit.cases.put_texts(view.case.id, [view.case.title])
    return view


async def new_case(store: Store, group_key: str = "") -> CaseView:
    """A new case, in a unit of its own."""
    async with store.unit(CONTEXT) as unit:
        return await put_case(unit, group_key=group_key)


async def resolve(store: Store, view: CaseView) -> None:
    """End a case, as its last event does."""
    case = replace(view.case, state=CaseState.RESOLVED, version=2, resolved_at=NOON)
    event = seal(case.id, 2, EventKind.RESOLVED, at=NOON, actor="a", data={}, previous=case.head)
    async with store.unit(CONTEXT) as unit:
        await unit.cases.append([event], replace(view, case=case))


def changes_of_a_life(hypothesis: Hypothesis) -> list[Change]:
    """One of nearly every event, in an order that can happen."""
    texts: dict[str, RedactedText] = {}
    ranked = HYPOTHESES.dump_python((hypothesis,), mode="json", context={"texts": texts})
    why, fix = redacted("I saw it"), redacted("a larger pool")
    return [
        Change(
            kind=EventKind.ALERT_FIRED, data={"severity": "warning", "service": "db", "name": "x"}
        ),
        Change(kind=EventKind.SPOKEN),
        Change(kind=EventKind.OWNED, data={"owner": "ada"}),
        Change(kind=EventKind.FILE_RECEIVED, data={"share": 0.30000000000000004}),
        Change(kind=EventKind.RANKED, data={"hypotheses": ranked}, texts=list(texts.values())),
        *changes_of_the_engine(),
        Change(
            kind=EventKind.JUDGED,
            data={"number": 1, "confirmed": True, "why": why.digest},
            texts=[why],
        ),
        Change(kind=EventKind.ALERT_RESOLVED),
        Change(kind=EventKind.QUIETENED),
        Change(kind=EventKind.RESOLVED, data={"solution": fix.digest}, texts=[fix]),
    ]


def changes_of_the_engine() -> list[Change]:
    """A phase, a fix and what became of it, a call for help, and what the turn took."""
    texts: dict[str, RedactedText] = {}
    context, why = {"texts": texts}, redacted("the pool is full")
    shown = Citation(text=redacted("pool 9/10"), locus=None, weight=0.1, why=why)
    fix = Solution(
        number=1,
        hypothesis=1,
        text=redacted("a larger pool"),
        expects=redacted("no waiting"),
        state=SolutionState.PROPOSED,
        proposed_at=NOON,
    )
    proposed = {"solution": SOLUTION.dump_python(fix, mode="json", context=context)}
    cited = CITATIONS.dump_python((shown,), mode="json", context=context)
    spent = SPENT.dump_python(Usage(rounds=1, seconds=0.30000000000000004), mode="json")
    phase = {"phase": "analyzing", "why": why.digest, "hypothesis": 1}
    return [
        Change(kind=EventKind.PHASE_ENTERED, data=phase, texts=[why]),
        Change(kind=EventKind.SOLUTION_PROPOSED, data=proposed, texts=list(texts.values())),
        Change(kind=EventKind.SOLUTION_CONFIRMED, data={"number": 1}),
        Change(
            kind=EventKind.SOLUTION_SETTLED,
            data={"number": 1, "worked": True, "citations": cited},
            texts=list(texts.values()),
        ),
        Change(kind=EventKind.ESCALATED, data={"why": why.digest}, texts=[why]),
        Change(kind=EventKind.TURN_ENDED, data={"spent": spent, "weighed": "abc"}),
    ]


def a_workspace(**fields: Any) -> Workspace:
    given = {
        "tenant_id": DEFAULT_TENANT,
        "id": "main",
        "platform": "slack",
        "external_id": "T0SHOP",
        "connected_at": NOON,
    }
    return Workspace(**{**given, **fields})


def an_account(**fields: Any) -> Account:
    account_id = an_id("user")
    given = {
        "id": account_id,
        "tenant_id": DEFAULT_TENANT,
        "username": "dana",
        "email": "dana@shop.test",
        "display_name": "Dana",
        "role": AccountRole.USER,
        "password": "$2b$04$of-nobody",
        "created_at": NOON,
        "signed_in_at": later(5),
    }
    return Account(**{**given, **fields})


def a_sign_in(account_id: str, **fields: Any) -> SignIn:
    given = {
        "id": an_id("signin"),
        "tenant_id": DEFAULT_TENANT,
        "account_id": account_id,
        "began_at": NOON,
        "rotated_at": later(3),
        "expires_at": later(600),
        "rotation": 2,
    }
    return SignIn(**{**given, **fields})


def a_token(account_id: str | None, **fields: Any) -> Token:
    given = {
        "id": an_id("token"),
        "tenant_id": DEFAULT_TENANT,
        "kind": TokenKind.API,
        "account_id": account_id,
        "name": "grafana",
        "scopes": (Scope.READ, Scope.WRITE),
        "digest": an_id("digest"),
        "created_at": NOON,
        "expires_at": later(600),
    }
    return Token(**{**given, **fields})


def a_session(account_id: str, **fields: Any) -> ClientSession:
    given = {
        "id": an_id("session"),
        "tenant_id": DEFAULT_TENANT,
        "account_id": account_id,
        "client_id": "browser-1",
        "kind": "troubleshooting",
        "lasts": timedelta(minutes=60),
        "began_at": NOON,
        "seen_at": later(4),
        "metadata": '{"tab": 1}',
    }
    return ClientSession(**{**given, **fields})


def a_member(case_id: str, account_id: str, **fields: Any) -> CaseMember:
    given = {
        "tenant_id": DEFAULT_TENANT,
        "case_id": case_id,
        "account_id": account_id,
        "role": CaseRole.RESPONDER,
        "since": NOON,
    }
    return CaseMember(**{**given, **fields})


def a_provider_login(account_id: str, **fields: Any) -> ProviderLogin:
    given = {
        "tenant_id": DEFAULT_TENANT,
        "issuer": "https://login.shop.test",
        "subject": "größe|42",
        "account_id": account_id,
        "since": NOON,
    }
    return ProviderLogin(**{**given, **fields})


def an_authorization_request(**fields: Any) -> AuthorizationRequest:
    given = {
        "tenant_id": DEFAULT_TENANT,
        "state": "0" * 64,
        "browser": "1" * 64,
        "nonce": "a nonce",
        "verifier": "a verifier",
        "expires_at": later(600),
    }
    return AuthorizationRequest(**{**given, **fields})


def a_document(**fields: Any) -> Document:
    given = {
        "id": an_id("doc"),
        "tenant_id": DEFAULT_TENANT,
        "scope": EVERYBODY,
        "collection": DocumentCollection.GLOBAL,
        "source": redacted("runbooks/lag.md"),
        "title": redacted("Replica lag"),
        "content_type": ContentType.MARKDOWN,
        "digest": "d1",
        "created_at": NOON,
        "updated_at": NOON,
        "version": 1,
    }
    return Document(**{**given, **fields})


def a_version(document_id: str, **fields: Any) -> DocumentVersion:
    given = {
        "document_id": document_id,
        "tenant_id": DEFAULT_TENANT,
        "number": 1,
        "digest": "d1",
        "title": redacted("Replica lag"),
        "content_type": ContentType.MARKDOWN,
        "size": 3,
        "by": "dana",
        "brought_at": NOON,
        "raw": b"lag",
        "content": redacted("lag"),
        "commit": "2f9c",
    }
    return DocumentVersion(**{**given, **fields})


def a_chunk(document_id: str, **fields: Any) -> Chunk:
    given = {
        "document_id": document_id,
        "tenant_id": DEFAULT_TENANT,
        "position": 0,
        "scope": EVERYBODY,
        "kind": ChunkKind.PROSE,
        "headings": redacted("Replica lag > Meaning"),
        "text": redacted("The replica is behind."),
    }
    return Chunk(**{**given, **fields})


def an_exchange(case_id: str, account_id: str, **fields: Any) -> ApiExchange:
    given = {
        "id": an_id("exchange"),
        "tenant_id": DEFAULT_TENANT,
        "account_id": account_id,
        "case_id": case_id,
        "number": 1,
        "key": an_id("key"),
        "digest": "d1",
        "asked_at": NOON,
        "text": redacted("why is checkout slow?"),
    }
    return ApiExchange(**{**given, **fields})
