"""One incident in all its states, for golden cards and for tests of what is said about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from core.alerts.model import AlertSource, Occurrence, Severity
from core.cases.events import CaseEvent, EventKind, seal
from core.cases.investigation_state import InvestigationState
from core.cases.model import (
    Case,
    CaseState,
    Cause,
    Citation,
    EvidenceKind,
    Hypothesis,
    HypothesisState,
    Question,
    Trust,
    WorkingConclusion,
)
from core.cases.projection import CaseView
from core.conversation.cards import answer_cards, evidence_cards, hypothesis_cards, reply_cards
from core.conversation.cards.card import Card, Mark, Row
from core.conversation.cards.case_card import case_card
from core.conversation.cards.case_rows import Held, standing
from core.conversation.cards.news_cards import cause_card, turning_points
from core.conversation.commands.parsing import understand
from core.errors import ChatRefused, NotFound, StoreUnavailable
from core.evidence.model import (
    DataType,
    EvidenceFile,
    Extraction,
    FileState,
    Finding,
    FindingKind,
    Level,
    Locus,
)
from core.investigation.answering.responses import Answer
from core.places import Place
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText, restore_redacted
from tests.event_examples import event_examples
from tests.response_examples import asked_view, fixable_view, response_examples
from tests.story_examples import story_examples

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2026, 3, 4, 2, 53, tzinfo=UTC)
BEGAN = NOW - timedelta(minutes=12)
RESOLVE_AFTER = timedelta(minutes=10)
PLACE = Place(platform="terminal", workspace="local", channel="incidents")
REDACTOR = Redactor(b"key of the examples")

CASE = Case(
    id="case_128",
    tenant_id="default",
    number=128,
    title=RedactedText.format("HighErrorRate: checkout answers 8 % with 5xx"),
    state=CaseState.CONSULTING,
    severity=Severity.HIGH,
    service="checkout",
    group_key="group",
    opened_at=BEGAN,
    version=3,
    firing=2,
    alerts=3,
)


def occurrence(name: str, service: str | None, *, ended: datetime | None = None) -> Occurrence:
    return Occurrence(
        id=f"occ_{name}",
        tenant_id="default",
        source=AlertSource.ALERTMANAGER,
        fingerprint=name,
        case_id=CASE.id,
        name=name,
        service=service,
        severity="high",
        labels={"cluster": "eu-1", "env": "prod"},
        notes={
            "description": "More than 5 % of the answers were 5xx for 2 min; carts are lost.",
            "runbook": "https://wiki.example.com/checkout-5xx",
            "graph": "http://prometheus.example.com:9090/graph?g0.expr=rate",
        },
        summary="checkout answers 8 % with 5xx",
        starts_at=BEGAN,
        ended_at=ended,
        last_seen_at=NOW,
        fires=4,
    )


OCCURRENCES = (
    occurrence("HighErrorRate", "checkout"),
    occurrence("SlowRequests", "payments"),
    occurrence("PodRestarted", "checkout", ended=BEGAN + timedelta(minutes=4)),
)


def evidence_file(
    number: int, name: RedactedText, state: FileState = FileState.PROCESSED
) -> EvidenceFile:
    read = state is FileState.PROCESSED
    return EvidenceFile(
        id=f"file_{number}",
        tenant_id="default",
        case_id=CASE.id,
        number=number,
        name=name,
        service="checkout",
        blob="3f" * 32,
        size=212_400_000,
        received_at=NOW,
        received_from="dana",
        state=state,
        data_type=DataType.LOG if read else None,
        events=48_200 if read else 0,
        lines=48_220 if read else 0,
        errors=1204 if read else 0,
        first=BEGAN - timedelta(minutes=6) if read else None,
        last=NOW if read else None,
    )


API_LOG = evidence_file(7, RedactedText.format("api.log"))
DB_LOG = evidence_file(8, RedactedText.format("db.log"))
READING = evidence_file(9, RedactedText.format("payments-worker.log"), FileState.RECEIVED)
BROKEN = replace(
    evidence_file(10, RedactedText.format("trace.json"), FileState.FAILED),
    problem=RedactedText.format("not JSON after byte 8,192, probably cut off while copying"),
)

FIRST_ERROR = Finding(
    kind=FindingKind.FIRST_ERROR,
    level=Level.ERROR,
    text=RedactedText.format("timeout waiting for connection: pool size 10, in use 10, waiting 37"),
    locus=Locus(file="api.log", line_start=8812, line_end=8812),
    count=1204,
    first=BEGAN + timedelta(seconds=7),
    last=NOW,
)
BURST = replace(
    FIRST_ERROR,
    kind=FindingKind.BURST,
    text=RedactedText.format("timeout waiting for connection: pool size 10, in use 10, waiting 12"),
    data={"peak": 96, "usual": 0.2, "minutes_per_bucket": 1},
)
CHANGE = replace(
    FIRST_ERROR,
    kind=FindingKind.CHANGE,
    level=Level.INFO,
    text=RedactedText.format("deployed 2f9c: pool.size 40 -> 10"),
    locus=Locus(file="api.log", line_start=8790, line_end=8790),
    count=1,
    first=BEGAN - timedelta(minutes=1),
)
CHATTER = replace(
    FIRST_ERROR,
    kind=FindingKind.TEMPLATE,
    level=Level.INFO,
    text=RedactedText.format("GET /health 200"),
    locus=Locus(file="api.log", line_start=1, line_end=1),
    count=48_000,
    first=BEGAN,
)

_REFUSED_SLOTS = RedactedText.format(
    "FATAL: remaining connection slots are reserved for superusers"
)
POOL = Hypothesis(
    number=1,
    cause=Cause(service="checkout", signal="pool_timeout", fault="connection_pool_exhausted"),
    statement=RedactedText.format("The connection pool of checkout is exhausted since deploy 2f9c"),
    state=HypothesisState.TESTING,
    confidence=0.72,
    rank=1,
    supporting=(
        Citation(
            text=FIRST_ERROR.text,
            locus=FIRST_ERROR.locus,
            weight=2.0,
            why=RedactedText.format("a request found no free connection"),
        ),
        Citation(
            text=FIRST_ERROR.text,
            locus=FIRST_ERROR.locus,
            weight=0.7,
            why=RedactedText.format("seen 1,204 times"),
        ),
        Citation(
            text=_REFUSED_SLOTS,
            locus=Locus(file="db.log", line_start=4182, line_end=4190),
            weight=0.6,
            why=RedactedText.format("the database has no slot left"),
        ),
        Citation(
            text=CHANGE.text,
            locus=CHANGE.locus,
            weight=0.5,
            why=RedactedText.format("changed 1 min before"),
        ),
    ),
    contradicting=(
        Citation(
            text=RedactedText.format("checkout-api-3 pool in use 4/10"),
            locus=Locus(file="api.log", line_start=9120, line_end=9120),
            weight=-0.4,
            why=RedactedText.format("one pod is healthy"),
        ),
    ),
    check=RedactedText.format(
        "compare pool_in_use with pool size before and after 2f9c; 10/10 confirms it"
    ),
)
SLOW = Hypothesis(
    number=2,
    cause=Cause(service="orders", signal="slow_query", fault="slow_queries"),
    statement=RedactedText.format("Slow queries on orders hold the connections"),
    state=HypothesisState.PROPOSED,
    confidence=0.18,
    rank=2,
    check=RedactedText.format("look for duration above 1,000 ms in the database log"),
)
DISK = Hypothesis(
    number=3,
    cause=Cause(service="db", signal="no_space", fault="disk_full"),
    statement=RedactedText.format("The disk of db is full"),
    state=HypothesisState.REJECTED,
    confidence=0.0,
    rank=3,
    verdict_by="dana",
    verdict_why=RedactedText.format("df shows 40 % free"),
)
KNOWN = CaseView(
    case=replace(CASE, state=CaseState.DIAGNOSING, version=9, owner="dana", files=2, turns=2),
    hypotheses=(POOL, SLOW, DISK),
)
FOUND = CaseView(
    case=replace(KNOWN.case, version=10),
    hypotheses=(replace(POOL, confidence=0.91), SLOW, DISK),
    investigation=InvestigationState(
        conclusion=WorkingConclusion(
            conclusion=RedactedText.format("Root cause"),
            confidence=Trust.HIGH,
            supporting=POOL.supporting[:1],
            next_steps=(),
            updated_at=NOW,
            impact=Citation(
                text=RedactedText.format("checkout:errors:ratio: 0.001 -> 0.18"),
                locus=Locus(file="metrics.json", line_start=1, line_end=1),
                weight=0.0,
                why=RedactedText.format(
                    "checkout: 18 % of requests fail since 02:41:07 UTC, 0.1 % before; also cart"
                ),
                kind=EvidenceKind.METRIC,
            ),
            trigger=replace(
                POOL.supporting[3],
                why=RedactedText.format("02:40:00 UTC, 1 min before it hurt"),
            ),
            about=1,
        )
    ),
)
CONFIRMED = CaseView(
    case=replace(KNOWN.case, state=CaseState.ANALYZING, version=11),
    hypotheses=(
        replace(POOL, state=HypothesisState.VALIDATED, verdict_by="dana"),
        SLOW,
        DISK,
    ),
)
QUIET = CaseView(
    case=replace(KNOWN.case, firing=0, quiet_since=NOW - timedelta(minutes=5), version=12),
    hypotheses=KNOWN.hypotheses,
)
RESOLVED = CaseView(
    case=replace(
        CONFIRMED.case,
        state=CaseState.RESOLVED,
        firing=0,
        version=13,
        resolved_at=NOW - timedelta(minutes=1),
        resolved_by="dana",
        solution=RedactedText.format("pool size back to 40, redeployed"),
    ),
    hypotheses=CONFIRMED.hypotheses,
)
BY_ITSELF = CaseView(
    case=replace(
        CASE,
        state=CaseState.RESOLVED,
        firing=0,
        resolved_at=NOW,
        resolved_by="system",
    )
)
BY_HAND = CaseView(
    case=replace(
        CASE,
        title=RedactedText.format("checkout is slow"),
        severity=Severity.UNKNOWN,
        service=None,
        firing=0,
        alerts=0,
        opened_at=NOW,
    )
)
HOSTILE = CaseView(
    case=replace(
        KNOWN.case,
        title=RedactedText.format(
            "支付服务 5xx \x1b[31m\u202eevil\n### a title that goes on for longer than any card"
        ),
        severity=Severity.CRITICAL,
        service="a-service-whose-name-goes-on-and-on-and-on-as-generated-names-do",
        number=1_048_576,
        alerts=1204,
        firing=1100,
        opened_at=NOW - timedelta(days=3),
    ),
    hypotheses=(
        replace(
            POOL,
            statement=RedactedText.format("连接池已耗尽 " + "and so on " * 20),
            supporting=(
                replace(
                    POOL.supporting[0],
                    locus=Locus(
                        file="2026-03-04-checkout-api-7c9f-x2x1.log",
                        line_start=104_857_600,
                        line_end=104_857_999,
                    ),
                ),
            ),
            check=RedactedText.format("check " + "everything " * 20),
        ),
        replace(SLOW, statement=RedactedText.format("x" * 300)),
    ),
)
MARKUP = "<!channel> @everyone [x](http://evil.example) *b* _i_ <@U1> https://x.example `rm -rf /`"
TURNED_ROUND = "\u202egol.exe\u2066 \x1b[31m\u200b"
MISLEADING = CaseView(
    case=replace(
        KNOWN.case,
        title=RedactedText.format(
            "{a} {b}", a=REDACTOR.clean(TURNED_ROUND), b=REDACTOR.clean(MARKUP)
        ),
        service="<@&123> **pay**",
        owner="||dana|| </fm:1>",
    ),
    hypotheses=(
        replace(
            POOL,
            statement=RedactedText.format(
                "{a}", a=REDACTOR.clean("> # <!here> ~~pool~~ :x: :rotating_light:")
            ),
            check=RedactedText.format(
                "look at {a}", a=REDACTOR.clean("<https://evil.example|the bank> @here")
            ),
        ),
        replace(SLOW, statement=RedactedText.format("{a} orders", a=REDACTOR.clean(TURNED_ROUND))),
    ),
)
QUESTION = Question(
    id="ask_1",
    tenant_id="default",
    case_id=CASE.id,
    asked_by="dana",
    asked_at=NOW,
    text=RedactedText.format("what was the first error?"),
    place=PLACE,
)
SECOND = replace(QUESTION, id="ask_2", asked_by="kim", text=RedactedText.format("what changed?"))
THIRD = replace(
    QUESTION, id="ask_3", asked_by="lee", text=RedactedText.format("is payments affected?")
)
ANSWER = Answer(
    text=RedactedText.format("First error: 02:41:07 UTC. 1,204 since, 96/min now."),
    citations=(replace(POOL.supporting[0], why=RedactedText.EMPTY),),
)
CHANGED = Answer(
    text=RedactedText.format(
        "api.log: deployed 2f9c, pool.size 40 -> 10, at 02:40:00 UTC, 1 min before."
    ),
    citations=(replace(POOL.supporting[3], why=RedactedText.EMPTY),),
)
UNKNOWN = Answer(
    text=RedactedText.format(
        "Nothing here tells that. It would take the log of payments after 02:41 UTC."
    ),
    known=False,
)


def card(
    view: CaseView,
    *,
    occurrences: tuple[Occurrence, ...] = (),
    files: tuple[EvidenceFile, ...] = (),
) -> Card:
    """The case card at `NOW`."""
    return case_card(
        view,
        occurrences=occurrences,
        files=files,
        now=NOW,
        resolve_after=RESOLVE_AFTER,
        redactor=REDACTOR,
    )


def extraction(*findings: Finding) -> Extraction:
    return Extraction(
        data_type=DataType.LOG,
        extractor="log",
        confidence=0.99,
        events=48_200,
        lines=48_220,
        size=212_400_000,
        findings=findings,
    )


REPORT = Card(
    key="report:case_128",
    version=1,
    mark=Mark.ANSWER,
    rows=(Row(text=RedactedText.format("#128 report, {n} lines of Markdown", n=3), strong=True),),
    fold=(Row(text=restore_redacted("# Case 128: checkout answers 8 % with 5xx\n\nAll of it.")),),
    case_number=128,
)


@cache
def examples() -> Mapping[str, Card]:
    """Every kind of card, by the name of its golden file."""
    files = (API_LOG, DB_LOG)
    opened, asked = CaseView(case=CASE), asked_view(KNOWN, now=NOW)
    read = CaseView(case=replace(CASE, version=5, owner="dana", files=2))
    opened_card = card(opened, occurrences=OCCURRENCES)
    second = replace(API_LOG, id="file_db", number=8, name=REDACTOR.clean("db.log"))
    return {
        "case-opened": opened_card,
        "case-opened-by-hand": card(BY_HAND),
        "case-reading": card(opened, occurrences=OCCURRENCES, files=(READING,)),
        "case-no-cause": card(read, occurrences=OCCURRENCES, files=files),
        "case-hypotheses": card(KNOWN, occurrences=OCCURRENCES, files=files),
        "case-root-cause": card(FOUND, occurrences=OCCURRENCES, files=files),
        "case-confirmed": card(CONFIRMED, occurrences=OCCURRENCES, files=files),
        "case-check-asked": card(asked, occurrences=OCCURRENCES, files=files),
        "case-fix-proposed": card(
            fixable_view(CONFIRMED, now=NOW), occurrences=OCCURRENCES, files=files
        ),
        "status": replace(
            card(asked, occurrences=OCCURRENCES, files=files),
            fold=standing(asked, Held(occurrences=OCCURRENCES, files=files, findings={}), now=NOW),
        ),
        "case-quiet": card(QUIET, occurrences=OCCURRENCES, files=files),
        "case-resolved": card(RESOLVED, occurrences=OCCURRENCES, files=files),
        "case-resolved-by-itself": card(BY_ITSELF, occurrences=OCCURRENCES),
        "case-hostile": card(HOSTILE, occurrences=OCCURRENCES, files=files),
        "case-misleading": card(
            MISLEADING, occurrences=(occurrence(MARKUP, "[a](b)"), *OCCURRENCES), files=files
        ),
        "hypotheses": hypothesis_cards.hypotheses_card(KNOWN, redactor=REDACTOR),
        "hypotheses-root-cause": hypothesis_cards.hypotheses_card(
            FOUND, files=(*files, BROKEN), redactor=REDACTOR
        ),
        "hypotheses-none": hypothesis_cards.hypotheses_card(opened, redactor=REDACTOR),
        "evidence": evidence_cards.evidence_card(
            KNOWN.case,
            occurrences=OCCURRENCES,
            files=(*files, READING, BROKEN),
            now=NOW,
            redactor=REDACTOR,
        ),
        "evidence-none": evidence_cards.evidence_card(
            BY_HAND.case, occurrences=(), files=(), now=NOW, redactor=REDACTOR
        ),
        "file": evidence_cards.file_card(API_LOG, extraction(FIRST_ERROR, BURST, CHANGE, CHATTER)),
        "file-quiet": evidence_cards.file_card(replace(API_LOG, errors=0), extraction(CHATTER)),
        "file-unreadable": evidence_cards.file_card(BROKEN, None),
        "file-reading": evidence_cards.reading_card(128, READING),
        "file-several": evidence_cards.batch_card(
            KNOWN.case,
            [
                API_LOG,
                second,
                BROKEN,
            ],
            {API_LOG.id: (FIRST_ERROR, BURST, CHANGE)},
        ),
        "file-storm": evidence_cards.batch_card(
            KNOWN.case,
            [
                API_LOG,
                *(
                    replace(
                        second,
                        id=f"file_{number}",
                        number=number,
                        name=RedactedText.format("pod-{n}.log", n=number),
                        errors=0,
                    )
                    for number in range(8, 19)
                ),
            ],
            {API_LOG.id: (FIRST_ERROR, BURST, CHANGE)},
        ),
        "report": REPORT,
        "news-cause": cause_card(FOUND, None) or opened_card,
        **{
            f"news-{name}": news_card
            for name, before in (
                ("back", RESOLVED),
                ("worse", replace(KNOWN, case=replace(KNOWN.case, severity=Severity.WARNING))),
            )
            for news_card in turning_points(before, KNOWN, now=NOW, by=RedactedText.EMPTY)
        },
        "answer": answer_cards.answer_card(KNOWN.case, QUESTION, ANSWER, redactor=REDACTOR),
        "answer-unknown": answer_cards.answer_card(
            KNOWN.case, QUESTION, UNKNOWN, redactor=REDACTOR
        ),
        "answers": answer_cards.answers_card(
            KNOWN.case,
            [(QUESTION, ANSWER), (SECOND, CHANGED), (THIRD, UNKNOWN)],
            redactor=REDACTOR,
        ),
        "looking": answer_cards.looking_card(KNOWN.case, QUESTION, since=NOW, now=NOW),
        "looking-with-others": answer_cards.looking_card(
            KNOWN.case, QUESTION, others=2, since=NOW, now=NOW + timedelta(seconds=18)
        ),
        "cancelled": answer_cards.cancelled_card(KNOWN.case, QUESTION, by="kim", redactor=REDACTOR),
        "refused": reply_cards.refusal(
            NotFound("#128 has no hypothesis 7; there is 1, 2, 3", next_step="Type `hypotheses`."),
            redactor=REDACTOR,
        ),
        "unavailable": reply_cards.refusal(
            StoreUnavailable("the database did not take the write"), redactor=REDACTOR
        ),
        "apology": reply_cards.apology(RedactedText.format("a3f1"), case=KNOWN.case),
        "not-shown": reply_cards.not_shown(
            "slack",
            ChatRefused(
                "Slack refused chat.postMessage: not_in_channel",
                next_step="Invite the bot to the channel: /invite @FaultMaven",
            ),
            version=1,
            redactor=REDACTOR,
        ),
        "listening": reply_cards.note(
            "listening",
            RedactedText.format("Here I listen to all that is said in a case's own thread."),
            RedactedText.format("To mentions only: `listen mentions`"),
        ),
        "picker": reply_cards.picker(
            [KNOWN.case, replace(BY_HAND.case, number=127)],
            verb="hypotheses",
            argument=RedactedText.EMPTY,
        ),
        "understood": reply_cards.understood_as(understand("hypotesis", ""), redactor=REDACTOR),
        "help": reply_cards.help_card(),
        **story_examples(
            asked,
            opened,
            occurrences=OCCURRENCES,
            question=QUESTION,
            card=card(asked, occurrences=OCCURRENCES, files=files),
            bare_card=card(opened, occurrences=OCCURRENCES),
            now=NOW,
            redactor=REDACTOR,
        ),
        **event_examples(KNOWN.case, now=NOW, redactor=REDACTOR),
        **response_examples(KNOWN, QUESTION, now=NOW, redactor=REDACTOR),
    }


def opening_of(view: CaseView) -> CaseEvent:
    """The event that opened it, as far as a store looks at it."""
    case = view.case
    at = case.opened_at
    return seal(case.id, 1, EventKind.OPENED, at=at, actor="system", data={}, previous="")
