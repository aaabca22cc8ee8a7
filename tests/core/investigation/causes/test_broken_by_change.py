"""Whom a change may have broken: the last before it began, where more than time speaks of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.cases.model import EvidenceKind
from core.evidence.logs.changes import COMMAND
from core.evidence.model import EARNEST, EvidenceFile, Finding, FindingKind, Level, Locus
from core.evidence.signatures import match
from core.investigation.causes.broken_by_change import BROKEN_BY_CHANGE, BrokenByChange
from core.investigation.causes.change_traces import ChangeTraces
from core.investigation.causes.evidence_index import EvidenceIndex
from core.investigation.causes.scores import rank_causes
from core.investigation.causes.troubles import ServiceHealth, Trouble
from core.investigation.decision import Situation, Verdict
from core.investigation.reasoner import decide
from tests.core.investigation.sample_situations import (
    REDACTOR,
    T0,
    LogLines,
    a_file,
    a_log,
    a_situation,
)

pytestmark = pytest.mark.unit

CALLS = (("shop", "orders"), ("shop", "tokens"), ("orders", "books"))
FAILS = LogLines(text="orders answered 500 (path=/cart)", at=600)


def changes(*lines: tuple[float, str]) -> tuple[EvidenceFile, tuple[Finding, ...]]:
    """A record of changes: seconds after T0, and the line."""
    name = "changes.log"
    file = a_file(name, None, first=T0, last=T0 + timedelta(minutes=15), lines=len(lines))
    findings = []
    for place, (at, line) in enumerate(lines, start=1):
        text = f"{(T0 + timedelta(seconds=at)).isoformat()} {line}"
        moment = T0 + timedelta(seconds=at)
        findings.append(
            Finding(
                kind=FindingKind.CHANGE,
                level=Level.INFO,
                text=REDACTOR.clean(text),
                locus=Locus(file=name, line_start=place, line_end=place),
                first=moment,
                last=moment,
                signals=match(text, Level.INFO),
            )
        )
    return file, tuple(findings)


def situation(*logs: object, alert: str = "shop", alert_at: float = 640) -> Situation:
    return a_situation(*logs, calls=CALLS, alert=alert, alert_at=alert_at)  # type: ignore[arg-type]


def suspected(known: Situation) -> dict[str | None, dict[str, float]]:
    """By service: what speaks for it, by the kind of evidence."""
    broken = BrokenByChange(EvidenceIndex(known), ServiceHealth(known))
    suspects: dict[str | None, dict[str, float]] = {}
    for candidate, lines in broken.candidates():
        weights = suspects.setdefault(candidate.cause.service, {})
        for line in lines:
            weights[line.kind] = weights.get(line.kind, 0.0) + line.weight
    return suspects


CONFIG = "CHG-7 config target=orders by=dana: page size 20 -> 2000"


def test_the_last_change_before_it_began_is_suspected() -> None:
    known = situation(a_log("shop", FAILS), changes((595, CONFIG)))
    assert suspected(known)["orders"][EvidenceKind.CHANGE] == pytest.approx(2.0)


def test_an_earlier_change_is_suspected_less() -> None:
    earlier = "CHG-6 deploy target=tokens by=dana: 1.4"
    failing = LogLines(
        text="could not take the cart of orders from its tokens (path=/cart)", at=600
    )
    known = suspected(situation(a_log("shop", failing), changes((540, earlier), (595, CONFIG))))
    assert known["tokens"][EvidenceKind.CHANGE] < known["orders"][EvidenceKind.CHANGE]


def test_who_complains_of_another_is_not_affected_by_the_change() -> None:
    changed = changes((595, "CHG-6 deploy target=tokens by=dana: 1.4"))
    assert "tokens" not in suspected(situation(a_log("shop", FAILS), changed))


def test_a_change_long_before_it_began_is_not_the_last() -> None:
    known = suspected(situation(a_log("shop", FAILS), changes((480, CONFIG))))
    assert known["orders"][EvidenceKind.CHANGE] < 1.0


def test_a_change_after_it_began_is_suspected_of_nothing() -> None:
    assert suspected(situation(a_log("shop", FAILS), changes((620, CONFIG)))) == {}


def test_where_nobody_suffers_no_change_is_suspected() -> None:
    quiet = LogLines(text="cart read", level=Level.INFO)
    assert suspected(situation(a_log("shop", quiet), changes((595, CONFIG)))) == {}


def test_what_is_felt_for_a_moment_is_not_when_it_began() -> None:
    blip = LogLines(text="orders answered 503 while it restarts", at=480, lasting=4, count=5)
    earlier = "CHG-6 deploy target=tokens by=dana: 1.4"
    known = situation(a_log("shop", blip, FAILS), changes((478, earlier), (595, CONFIG)))
    assert suspected(known)["orders"][EvidenceKind.CHANGE] == pytest.approx(2.0)


def test_failures_that_speak_of_what_was_changed_point_at_it() -> None:
    rotation = "CHG-9 rotation target=tokens by=dana: signing key k1 -> k2"
    refused = LogLines(
        text="token rejected: signature verification failed", at=598, level=Level.WARNING
    )
    fails = replace(FAILS, text="orders answered 401 (path=/cart)", at=599)
    known = situation(a_log("shop", fails), a_log("orders", refused), changes((595, rotation)))
    best = decide(known).hypotheses[0]
    assert (best.cause.service, best.cause.fault) == ("tokens", BROKEN_BY_CHANGE)
    assert any("speaks of what was changed" in line.why.text for line in best.supporting)


def test_what_was_run_in_one_moment_is_one_change() -> None:
    copied, edited = "cp orders.conf orders.old", "sed -i s/allow-refunds/allow-none/ orders.conf"
    refused = LogLines(text="orders answered 500: its refunds are not allowed", at=600)

    def speaking(*ran: tuple[float, str]) -> bool:
        file, commands = changes(*ran)
        by_hand = tuple(replace(each, signals=(COMMAND,)) for each in commands)
        weights = suspected(situation(a_log("shop", refused), (file, by_hand)))
        return EvidenceKind.LOG in weights.get("orders", {})

    assert speaking((595, copied), (596, edited))
    assert not speaking((595, copied), (580, edited))


def test_whose_failures_speak_of_another_is_not_broken_by_its_own_change() -> None:
    deploy = "CHG-3 deploy target=orders by=dana: 2.14"
    other = LogLines(text="call to books failed after 3.00s: TimeoutError", at=600)
    known = situation(a_log("shop", FAILS), a_log("orders", other), changes((595, deploy)))
    best = decide(known).hypotheses[0].cause
    assert (best.service, best.fault) != ("orders", BROKEN_BY_CHANGE)


def test_an_address_in_a_change_is_of_who_listens_there() -> None:
    rule = "CHG-4 network target=firewall by=dana: default deny, 10.0.3.7:5432 not on the list"
    slow = LogLines(text="query took too long: TimeoutError", at=600)
    known = situation(a_log("shop", FAILS), a_log("orders", slow), changes((595, rule)))
    known = replace(known, addresses={"10.0.3.7:5432": "books"})
    assert "books" in suspected(known)


def test_a_change_alone_is_no_root_cause() -> None:
    known = situation(a_log("shop", FAILS), changes((595, "CHG-5 config target=tokens: x -> y")))
    assert decide(known).verdict is not Verdict.ROOT_CAUSE


def test_a_change_that_names_another_service_is_borne_out_by_its_failed_calls() -> None:
    """`orders` was told a new address of `books`, and calls to `books` fail since."""
    moved = "CHG-7 config target=orders by=dana: books listens on port 9909 now"
    failing = LogLines(text="call to books failed after 0.0 s (path=/cart)", at=600)
    known = suspected(
        situation(a_log("orders", failing), a_log("shop", FAILS), changes((595, moved)))
    )
    assert known["orders"][EvidenceKind.LOG] > 1


def test_who_shares_a_store_with_what_was_changed_may_be_broken_by_it() -> None:
    purge = "CHG-8 config target=nightly by=dana: retention of totals 400 -> 30 days"
    failing = LogLines(text="account 34 has no totals (path=/cart)", at=600)
    shared = (*CALLS, ("nightly", "books"))
    logs = (a_log("orders", failing), a_log("nightly"), changes((595, purge)))
    known = a_situation(*logs, calls=shared, alert="shop", alert_at=640)
    assert suspected(known)["nightly"][EvidenceKind.ALERT] > 0


def test_a_line_of_the_same_whole_second_may_come_after_the_change() -> None:
    early = LogLines(text="page of 2000 rows (path=/cart)", at=600, count=9)
    known = situation(a_log("orders", early), a_log("shop", FAILS), changes((600.6, CONFIG)))
    assert suspected(known)["orders"][EvidenceKind.LOG] > 0


def test_what_was_changed_after_it_was_felt_set_nothing_off() -> None:
    late = "CHG-9 deploy target=orders by=dana: 1.5"
    full = LogLines(text="java.lang.OutOfMemoryError: Java heap space", at=630, count=40)
    logs = (a_log("shop", FAILS), a_log("orders", full), changes((625, late)))
    leader = decide(situation(*logs)).hypotheses[0]
    assert leader.cause.service == "orders"
    assert EvidenceKind.CHANGE not in {line.kind for line in leader.supporting}


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ("dns target=books: 2 stale records removed", "Name or service not known: stock.local"),
        ("CHG-7 config target=books by=dana: limiter counts by address", "429 Too Many Requests"),
        ("CHG-7 config target=books by=dana: new certs pushed", "certificate has expired"),
    ],
)
def test_a_failure_of_the_sort_that_such_changes_bring_speaks_of_it(
    change: str, failure: str
) -> None:
    failed = a_log("orders", LogLines(text=f"reading stock failed: {failure}", at=600))
    for line, speaks in ((change, True), ("CHG-8 deploy target=books: release 9", False)):
        known = situation(a_log("shop", FAILS), failed, changes((598, line)))
        broken = BrokenByChange(EvidenceIndex(known), ServiceHealth(known))
        whys = [why.why.text for _, lines in broken.candidates() for why in lines]
        assert any("speaks of what was changed" in why for why in whys) is speaks


@pytest.mark.parametrize(("at", "weighs"), [(560, True), (596, False)])
def test_what_begins_with_a_later_change_is_not_of_an_earlier_one(
    at: float, *, weighs: bool
) -> None:
    earlier = "CHG-6 deploy target=tokens by=dana: 1.4, sessions carry the basket"
    speaking = LogLines(text="session without a basket refused", at=at, count=60)
    known = situation(
        a_log("shop", FAILS), a_log("tokens", speaking), changes((540, earlier), (595, CONFIG))
    )
    assert (EvidenceKind.LOG in suspected(known).get("tokens", {})) is weighs


def test_a_name_server_is_behind_whoever_asks_for_the_name_it_changed() -> None:
    refused = LogLines(text="connect to orders:8080 failed: connection refused", at=600)
    logs = (a_log("shop", refused), a_log("orders"), a_log("ns-1"))
    zone = "REL-2 dns target=ns-1: zone push: orders.corp.internal -> 10.0.9.9"
    weights = suspected(situation(*logs, changes((598, zone))))["ns-1"]
    assert weights[EvidenceKind.CHANGE] == pytest.approx(2.0)  # and nothing against it
    leader = decide(situation(*logs, changes((598, zone)))).hypotheses[0]
    assert (leader.cause.service, leader.cause.fault) == ("ns-1", BROKEN_BY_CHANGE)


def test_what_was_changed_after_a_blip_and_before_it_surely_began_is_suspected() -> None:
    """A deploy elsewhere failed a few requests for a moment; those who count see no more of it."""
    own = a_log("orders", LogLines(text="cannot read page: KeyError", at=638))
    known = situation(a_log("shop", FAILS), own, changes((635, CONFIG)), alert_at=680)
    scene = EvidenceIndex(known)
    assert not list(BrokenByChange(scene, ServiceHealth(known)).candidates())
    (suspect,) = BrokenByChange(scene, SurelyLater(known)).candidates()
    assert suspect[0].cause.service == "orders"


class SurelyLater(ServiceHealth):
    """Figures tell that it surely began 40 s after the first complaint."""

    @property
    def certain(self) -> datetime:
        return T0 + timedelta(seconds=640)


SENT = (("shop", "queue"), ("baker", "queue"), ("feeder", "queue"))


def test_who_sent_what_another_fails_at_was_changed() -> None:
    """A producer's release: whoever reads its messages fails, and whoever waits for that work."""
    release = "CHG-3 deploy target=feeder by=dana: 3.3 -> 3.4"
    fails = LogLines(text="could not bake, returned to the queue: app_id=feeder id=7", at=598)
    waits = LogLines(text="bread not ready within 4s", at=600)
    logs = (a_log("baker", fails), a_log("shop", waits), a_log("feeder"), changes((590, release)))
    known = a_situation(*logs, calls=SENT, alert="shop", alert_at=640)
    assert suspected(known)["feeder"][EvidenceKind.LOG] > 1
    other = LogLines(text="could not bake, returned to the queue: app_id=miller id=7", at=598)
    logs = (a_log("baker", other), *logs[1:])
    known = a_situation(*logs, calls=SENT, alert="shop", alert_at=640)
    assert EvidenceKind.LOG not in suspected(known).get("feeder", {})


def test_its_own_failures_speak_of_another_however_long_after_its_change() -> None:
    deploy = "CHG-3 deploy target=orders by=dana: 2.14"
    other = LogLines(text="call to books failed after 3.00s: TimeoutError", at=600)
    known = situation(a_log("shop", FAILS), a_log("orders", other), changes((470, deploy)))
    assert suspected(known)["orders"][EvidenceKind.LOG] < -1


def test_a_zone_is_about_the_name_server_though_it_names_who_moved() -> None:
    refused = LogLines(text="connect to orders:8080 failed: connection refused", at=600)
    dns = a_log("dns-1", LogLines(text="dnsmasq[7]: query[A] orders", level=Level.INFO, at=5))
    moved = "REL-2 dns target=zone: push of hosts.corp: orders -> 10.0.9.8"
    known = situation(a_log("shop", refused), a_log("orders"), dns, changes((598, moved)))
    assert set(suspected(known)) == {"dns-1"}


def test_a_failure_at_an_address_that_the_change_brought_speaks_of_it() -> None:
    moved = "CHG-7 config target=orders by=dana: peer is 10.0.9.8 from now on"
    failing = LogLines(text="no route to 10.0.9.8 (path=/cart)", at=600)
    logs = (a_log("orders", failing), a_log("shop", FAILS))
    known = suspected(situation(*logs, changes((595, moved))))
    usual = LogLines(text="10.0.9.8 asked (path=/cart)", at=30, level=Level.INFO)
    logs = (a_log("orders", failing, usual), a_log("shop", FAILS))
    other = suspected(situation(*logs, changes((595, moved))))
    assert known["orders"][EvidenceKind.LOG] > other["orders"][EvidenceKind.LOG] + 1


def test_a_cache_that_nobody_is_known_to_ask_may_be_behind_where_no_topology_tells() -> None:
    flushed = "app-1 sudo: dana : TTY=pts/2 ; COMMAND=/usr/bin/mc-admin -s mc-cache flush_all"
    slow = LogLines(text="call to seats failed after 2.0 s: TimeoutError", at=600)
    asked = LogLines(text="call to books failed once", at=30, count=3, level=Level.WARNING)
    cache = a_log("mc-cache", LogLines(text="slab 3 grows", at=30, level=Level.INFO))
    gave_up = LogLines(text="no seat map for show 436, giving up", at=601)
    shop = a_log("shop", slow, gave_up)
    logs = (shop, a_log("seats", asked), cache, changes((598, flushed)))
    known = a_situation(*logs, alert="shop", alert_at=640)
    (candidate, _), *_ = BrokenByChange(EvidenceIndex(known), ServiceHealth(known)).candidates()
    assert candidate.cause.service == "mc-cache"
    assert decide(known).hypotheses[0].cause.service == "mc-cache"


def test_what_began_in_earnest_with_the_change_is_new_though_one_line_was_before() -> None:
    own = LogLines(text="cannot read page: KeyError", at=400, lasting=500)
    file, (finding,) = a_log("orders", own)
    late = replace(finding, data={EARNEST: 198.0})
    known = situation(a_log("shop", FAILS), (file, (late,)), changes((595, CONFIG)))
    assert suspected(known)["orders"].get(EvidenceKind.LOG, 0) > 0
    known = situation(a_log("shop", FAILS), (file, (finding,)), changes((595, CONFIG)))
    assert suspected(known)["orders"].get(EvidenceKind.LOG, 0) <= 0


def test_who_shares_a_broker_with_the_changed_one_may_wait_for_its_work() -> None:
    scaled = "CHG-3 scale target=baker by=cost-saver: replicas 2 -> 0"
    waits = LogLines(text="no bread yet, giving up", at=600)
    logs = (a_log("shop", waits), a_log("baker"), changes((596, scaled)))
    known = a_situation(*logs, calls=SENT, alert="shop", alert_at=640)
    assert suspected(known)["baker"][EvidenceKind.ALERT] > 0
    apart = (("shop", "queue"), ("baker", "oven"), ("feeder", "queue"))
    known = a_situation(*logs, calls=apart, alert="shop", alert_at=640)
    assert suspected(known).get("baker", {}).get(EvidenceKind.ALERT, 0) <= 0


def test_a_path_that_a_failure_names_tells_whom_a_change_of_its_machine_is_about() -> None:
    file = "(/Stage[main]/File[/srv/media/incoming]/mode)"
    mode = f"puppet-agent[7]: {file} mode changed '2775' to '0755'"
    failing = LogLines(text="cannot store /srv/media/incoming/7.epub: permission denied", at=600)
    logs = (a_log("ingest", failing), a_log("shop", FAILS), changes((598, mode)))
    assert "ingest" in suspected(situation(*logs))


def test_a_change_that_harmed_nobody_until_another_was_made_is_suspected_less() -> None:
    earlier = "CHG-6 deploy target=tokens by=dana: 1.4"
    failing = LogLines(text="page size refused: no cart of orders from its tokens", at=600)
    own = a_log("orders", LogLines(text="page size 2000 is too large", at=600))
    logs = (a_log("shop", failing), own)

    def against(*records: tuple[float, str]) -> list[str]:
        ranked = rank_causes(situation(*logs, changes(*records)))
        return [
            line.why.text
            for scored in ranked
            if scored.candidate.cause.service == "tokens"
            for line in scored.citations
            if line.weight < 0
        ]

    later = "nothing failed until something else was changed, just before it began"
    assert later in against((540, earlier), (595, CONFIG))
    assert later not in against((540, earlier))


def test_what_another_changed_is_no_witness_against_the_cause_of_its_failure() -> None:
    """The release of who merely fails of it set nothing off."""
    full = a_log("books", LogLines(text="could not write: No space left on device", at=600))
    release = "CHG-9 deploy target=orders by=dana: 1.5"
    known = situation(a_log("orders", FAILS), full, changes((560, release)), alert="orders")
    leader = decide(known).hypotheses[0]
    assert leader.cause.service == "books"
    assert EvidenceKind.CHANGE not in {line.kind for line in leader.supporting}


def test_who_was_well_until_its_store_was_changed_is_not_blamed_for_its_own_release() -> None:
    release = "CHG-6 deploy target=orders by=dana: 1.4"
    store = "CHG-7 config target=books by=dana: persistence dropped"
    failing = a_log("orders", LogLines(text="session unknown, sign in again", at=600, count=60))

    def leader(*records: tuple[float, str]) -> str | None:
        ranked = rank_causes(situation(a_log("shop", FAILS), failing, changes(*records)))
        blamed = [each for each in ranked if each.candidate.cause.fault == BROKEN_BY_CHANGE]
        return blamed[0].candidate.cause.service if blamed else None

    assert leader((520, release), (597, store)) == "books"
    assert leader((597, release)) == "orders"


def test_a_word_that_all_changes_have_ties_none_to_a_failure() -> None:
    lines = [
        (float(at), f"acmeshop CHG-{at} deploy target=tokens by=dana: 1.{at}") for at in (50, 90)
    ]
    failing = a_log("orders", LogLines(text="connection of acmeshop was aborted", at=600))
    changed = (595.0, "acmeshop CHG-7 deploy target=orders by=dana: 1.4")

    def speaks(*records: tuple[float, str]) -> bool:
        known = situation(a_log("shop", FAILS), failing, changes(*records))
        broken = BrokenByChange(EvidenceIndex(known), ServiceHealth(known))
        whys = [line.why.text for _, cited in broken.candidates() for line in cited]
        return any("speaks of what was changed" in why for why in whys)

    assert speaks(changed)
    assert not speaks(*lines, changed)


def test_where_a_setting_sends_somebody_was_not_changed() -> None:
    """The one who is there now is refused for it, and named by the failures."""
    refused = LogLines(text="call of http://books:8020/all: connection refused", at=600, count=60)
    change = "CHG-7 config target=orders by=dana: BOOKS_URL=http://books:8020"
    known = situation(
        a_log("shop", FAILS), a_log("orders", refused), a_log("books"), changes((595, change))
    )
    assert set(suspected(known)) == {"orders"}


@pytest.mark.parametrize("user", ["tokens", None])
def test_a_flag_is_of_the_only_one_whose_log_names_it(user: str | None) -> None:
    used = LogLines(text="kept new_format=False", at=300, level=Level.INFO)
    slow = LogLines(text="took far longer than usual", at=600, count=40)
    known = situation(
        a_log("shop", FAILS),
        a_log("orders", slow),
        a_log("tokens", slow, *([used] if user else [])),
        changes((595, "flag new_format changed off -> on (100% of orders)")),
    )
    assert set(suspected(known)) == {user or "orders"}


def test_a_job_is_not_of_whoever_shares_its_host() -> None:
    """Each line of a host's journal names the host, also those of before."""
    known = situation(
        a_log("shop", LogLines(text="node-07 shop[9]: order 7 taken", level=Level.INFO, at=300)),
        a_log(
            "orders", LogLines(text="node-07 orders[8]: not kept: nightly-tally", at=600, count=9)
        ),
        changes((595, "node-07 CRON[30]: (tally) CMD (/opt/nightly-tally --all)")),
        alert_at=640,
    )
    assert set(suspected(known)) == {"orders"}
    shared = LogLines(text="node-07 shop[9]: slow", at=600, count=90)
    known = situation(
        a_log("shop", LogLines(text="node-07 shop[9]: taken", level=Level.INFO, at=300), shared),
        a_log("orders"),
        changes((595, "node-07 CRON[30]: (tally) CMD (/opt/nightly-tally --all)")),
    )
    assert set(suspected(known)) == set()


@pytest.mark.parametrize(("store", "blamed"), [("cart-cache", True), ("mailer", False)])
def test_what_a_release_leaves_in_a_store_is_read_by_others(store: str, blamed: bool) -> None:  # noqa: FBT001
    refused = LogLines(text='invalid input syntax for type double precision: "2026"', at=600)
    known = a_situation(
        a_log("shop", FAILS),
        a_log("packer", refused),
        changes((597, "CHG-7 deploy target=orders by=dana: 1.4")),
        calls=(("orders", store), ("packer", store)),
        alert="packer",
    )
    assert ("orders" in suspected(known)) is blamed


@pytest.mark.parametrize(
    ("changed", "code", "says"),
    [
        ("timeout server: 30s -> 45", 504, True),
        ("TASK [Install signing key of orders]", 401, True),
        ("limit of requests 100 -> 10", 429, True),
        ("page size 20 -> 2000", 504, False),
        ("timeout server: 30s -> 45", 401, False),
    ],
)
def test_answers_of_the_sort_that_such_a_change_brings_speak_for_it(
    changed: str,
    code: int,
    says: bool,  # noqa: FBT001
) -> None:
    known = situation(a_log("orders"), changes((595, f"CHG-7 config target=orders: {changed}")))
    scene, health = EvidenceIndex(known), ServiceHealth(known)
    series = f'http_errors{{service="orders", code="{code}"}}: 0/s → 2/s at 09:10:00 UTC'
    trouble = Trouble(
        service="orders",
        kind=EvidenceKind.METRIC,
        since=T0 + timedelta(seconds=600),
        until=None,
        text=REDACTOR.clean(series),
        locus=Locus(file="edge.log", line_start=1, line_end=1),
    )
    health.__dict__["troubles"] = (trouble,)
    traces = ChangeTraces(scene, health, scene.changes[0], is_last=True)
    answers = [line for line in traces.grounds("orders") if f"answers of {code}" in line.why.text]
    assert bool(answers) is says
