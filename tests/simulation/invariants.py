"""What must be true of every run, whatever went wrong in it.

Read from the tables and from the platforms as they are, never through the code that is on trial:
nothing lost, nothing doubled, nothing posted twice, and every case with its newest card.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from core.alerts.model import DeliveryState
from core.cases.events import EventKind, fold, verify_chain
from core.clock import SetClock
from core.conversation.glance import CASE_CARD, case_card
from core.conversation.model import Manner, OutboundState
from core.errors import Tampered
from core.evidence.model import FileState
from core.jobs import catalogue
from core.jobs.model import JobState
from core.redaction.engine import Redactor
from core.redaction.keys import case_key
from tests.fakes.services import SECRET
from tests.simulation.platform import PEOPLE
from tests.simulation.trace import Trace
from tests.simulation.platform import Flock
from tests.simulation.pager import Story
from tests.simulation.alerts import Group
from core.ports import Clock
from storage.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.cases.events import CaseView, Event
    from core.clean import Clean
    from core.conversation.model import Binding, Heard, Outbound, Utterance
    from core.services import Rules
    from storage.memory.tables import Tables

# What a person's line may become in the log of a case, each once.
SAID = frozenset(
    {
        EventKind.OPENED,
        EventKind.ASKED,
        EventKind.NOTED,
        EventKind.JUDGED,
        EventKind.CORRECTED,
        EventKind.RESOLVED,
    }
)


@dataclass
class Ledger:
    """What the world knows of a run: the tables, the platforms, what was accepted, the truth."""

    store: MemoryStore
    flocks: dict[str, Flock]
    trace: Trace
    clock: Clock = field(default_factory=SetClock)
    groups: list[Group] = field(default_factory=list)
    stories: list[Story] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    commits: int = 0

    @property
    def tables(self) -> Tables:
        return self.store.committed

    def unfinished(self) -> list[str]:
        """What still has to happen before the run is over."""
        jobs = [f"{job.kind} {job.state} {job.problem or ''}" for job in self.tables.waiting]
        unheard = [
            f"unheard: {line.heard.key}"
            for flock in self.flocks.values()
            for line in flock.lines
            if line.heard.ref and line.taken is None
        ]
        return jobs + unheard


def is_foreign(ledger: Ledger, heard: Heard) -> bool:
    """May it be waved away: heard before, or said where nobody listens to everything?"""
    if any(one.heard.key == heard.key for one in ledger.tables.utterances):
        return True
    if heard.manner is not Manner.MESSAGE:
        return False
    here = _cases_bound(ledger.tables, heard)
    deaf = any(
        on and channel == heard.place.whole_channel
        for (_, channel), on in ledger.tables.mention_only.items()
    )
    return not here or (deaf and not heard.attachments)


def _cases_bound(tables: Tables, heard: Heard) -> bool:
    """Is it clear which case is at home at the place, or in the channel around it?"""
    for place in (heard.place, heard.place.whole_channel):
        bound = [one.case_id for one in tables.bindings if one.place == place and not one.opens]
        live = [one for one in bound if tables.views.require(one, "case").case.state.is_open]
        if len(live) == 1 or (bound and not live):
            return True
    return False


def check_always(ledger: Ledger) -> None:
    """After every commit: what no moment may show."""
    ledger.commits += 1
    running = Counter(job.lane for job in ledger.tables.waiting if job.state is JobState.RUNNING)
    for lane, count in running.items():
        if count > 1:
            ledger.trace.accuse(f"{count} jobs of {lane} run at once")


def check_at_the_end(ledger: Ledger, *, rules: Rules) -> None:
    """When all is drained: every promise."""
    for check in (deliveries, jobs, occurrences, cases, heard, said, questions, files, outbound):
        for problem in check(ledger):
            ledger.trace.accuse(problem)
    for problem in shown(ledger, rules):
        ledger.trace.accuse(problem)


def deliveries(ledger: Ledger) -> Iterator[str]:
    """Every accepted delivery is journaled, and no longer pending."""
    for delivery_id in ledger.accepted:
        delivery = ledger.tables.deliveries.get(delivery_id)
        if delivery is None:
            yield f"lost: {delivery_id} was accepted"
    for delivery in ledger.tables.deliveries:
        if delivery.state is DeliveryState.PENDING:
            yield f"never processed: {delivery.id}"


def jobs(ledger: Ledger) -> Iterator[str]:
    """None waits; dead are only those that the platform refused."""
    for job in ledger.tables.settled:
        if job.state is JobState.DEAD and not _was_refused(ledger, job.payload.get("outbound_id")):
            yield f"dead: {job.kind} ({job.problem})"


def _was_refused(ledger: Ledger, outbound_id: object) -> bool:
    outbound = ledger.tables.outbound.get(str(outbound_id))
    return outbound is not None and outbound.state is OutboundState.FAILED


def occurrences(ledger: Ledger) -> Iterator[str]:
    """What fires at last is open once, what has ended is not, and events say the same."""
    fires = Counter(one.fingerprint for one in ledger.tables.occurrences if one.firing)
    truth = {
        alert.fingerprint: alert.fires_at_last for group in ledger.groups for alert in group.alerts
    } | {story.incident_id: story.open_at_last for story in ledger.stories}
    for fingerprint, fires_at_last in truth.items():
        if fires[fingerprint] != fires_at_last:
            yield f"{fires[fingerprint]} open of {fingerprint}, not {int(fires_at_last)}"
    for view in ledger.tables.views:
        mine = [one for one in ledger.tables.occurrences if one.case_id == view.case.id]
        kinds = Counter(event.kind for event in _events(ledger, view))
        if kinds[EventKind.ALERT_FIRED] != len(mine):
            yield f"{view.case.tag}: {kinds[EventKind.ALERT_FIRED]} fires, {len(mine)} occurrences"
        if view.case.firing != sum(one.firing for one in mine):
            yield f"{view.case.tag} says {view.case.firing} alerts fire"


def cases(ledger: Ledger) -> Iterator[str]:
    """Numbers and groups are alone, chains verify, and events fold into the tables."""
    numbers = [view.case.number for view in ledger.tables.views]
    if sorted(numbers) != list(range(1, len(numbers) + 1)):
        yield f"case numbers {numbers}"
    groups = Counter(
        view.case.group_key
        for view in ledger.tables.views
        if view.case.state.is_open and view.case.group_key
    )
    yield from (f"{count} open cases of one group" for count in groups.values() if count > 1)
    for view in ledger.tables.views:
        events = _events(ledger, view)
        try:
            head = verify_chain(events)
        except Tampered as error:
            yield str(error)
            continue
        if head != view.case.head or fold(events, _texts(ledger, view.case.id)) != view:
            yield f"the events of #{view.case.number} do not fold into its tables"


def heard(ledger: Ledger) -> Iterator[str]:
    """What was acknowledged as news is in the journal, and taken up by one job."""
    known = {one.heard.key: one for one in ledger.tables.utterances}
    for flock in ledger.flocks.values():
        for line in flock.lines:
            must = line.taken or (line.heard.ref and line.heard.manner is Manner.MENTION)
            if must and line.heard.key not in known:
                yield f"lost: {line.heard.key}"
    takes = Counter(
        job.payload["utterance_id"]
        for job in ledger.tables.settled
        if job.kind == catalogue.CHAT_HEAR
    )
    for utterance in ledger.tables.utterances:
        if takes[utterance.id] != 1:
            yield f"{takes[utterance.id]} jobs for {utterance.heard.key}"


def said(ledger: Ledger) -> Iterator[str]:
    """What people said has its effect once: an event, a file or a reply; notes keep their order."""
    texts: dict[str, list[Event]] = defaultdict(list)
    for event in ledger.tables.events:
        if event.kind in SAID:
            text = _text_of(ledger, event)
            for word in set(text.split()):
                texts[word.strip("?,.:")].append(event)
    replies = Counter(
        one.card.key.split(":")[1]
        for one in ledger.tables.outbound
        if one.card.key.startswith("reply:")
    )
    carriers: Counter[str] = Counter()
    journal = {one.id: one for one in ledger.tables.utterances}
    for utterance in journal.values():
        word = _word_of(_first(utterance, journal))
        carriers[word] += bool(word)
    for utterance in journal.values():
        if PEOPLE[utterance.heard.by].standing == "bot":
            continue
        word = _word_of(_first(utterance, journal))
        if not (replies[utterance.id] or texts[word] or utterance.heard.attachments):
            if not _shows_by_itself(ledger, utterance):
                yield f"no effect: {utterance.heard.key} {utterance.heard.text!r}"
        if word and len(texts[word]) > carriers[word]:
            kinds = [event.kind.value for event in texts[word]]
            yield f"{utterance.heard.key} {utterance.heard.text!r} became {kinds}"
    yield from _notes_in_order(ledger, texts)


def _notes_in_order(ledger: Ledger, texts: dict[str, list[Event]]) -> Iterator[str]:
    """In each case, what was noted in a channel stands in the order in which it was heard."""
    last: dict[tuple[str, str], int] = {}
    for utterance in ledger.tables.utterances:
        word = _word_of(utterance.heard)
        for event in texts[word] if word else ():
            if event.kind is EventKind.NOTED:
                key = (event.case_id, utterance.heard.place.channel)
                if event.seq < last.get(key, 0):
                    yield f"noted out of order: {utterance.heard.text}"
                last[key] = event.seq


def questions(ledger: Ledger) -> Iterator[str]:
    """Each is answered once or given up, in the order they were asked."""
    for view in ledger.tables.views:
        asked: list[str] = []
        answered: list[str] = []
        given_up: list[str] = []
        for event in _events(ledger, view):
            match event.kind:
                case EventKind.ASKED:
                    asked.append(event.data["question_id"])
                case EventKind.ANSWERED:
                    answered.append(event.data["question_id"])
                case EventKind.CANCELLED:
                    given_up += event.data["questions"]
        if sorted(answered + given_up) != sorted(asked):
            yield f"#{view.case.number}: asked {asked}, answered {answered}, given up {given_up}"
        if [one for one in asked if one in set(answered)] != answered:
            yield f"#{view.case.number}: answered out of order"
    for question in ledger.tables.questions:
        if question.answered_at is None:
            yield f"never answered: {question.text.text}"


def files(ledger: Ledger) -> Iterator[str]:
    """Each file that was fetched is evidence once, or its sender was told why not; all are read."""
    known = Counter((one.case_id, one.name.text, one.blob) for one in ledger.tables.files)
    yield from (f"{count} times evidence: {name}" for name, count in known.items() if count > 1)
    replies = {one.card.key for one in ledger.tables.outbound}
    names = {(one.case_id, one.name.text) for one in ledger.tables.files}
    journal = {one.id: one for one in ledger.tables.utterances}
    for job in ledger.tables.settled:
        if job.kind == catalogue.CHAT_FETCH:
            utterance = journal[str(job.payload["utterance_id"])]
            wanted = job.payload["attachment_id"]
            dropped = _first(utterance, journal).attachments
            file = next(one for one in dropped if one.id == wanted)
            told = f"reply:{utterance.id}:{wanted}" in replies
            if not told and (str(job.payload["case_id"]), file.name) not in names:
                yield f"neither evidence nor refused: {wanted}"
    for view in ledger.tables.views:
        mine = [one for one in ledger.tables.files if one.case_id == view.case.id]
        kinds = Counter(event.kind for event in _events(ledger, view))
        counts = (len(mine), kinds[EventKind.FILE_RECEIVED], kinds[EventKind.FILE_PROCESSED])
        if len(set(counts)) > 1 or any(one.state is FileState.RECEIVED for one in mine):
            yield f"#{view.case.number}: files, received, processed are {counts}"


def outbound(ledger: Ledger) -> Iterator[str]:
    """Every card was sent, overtaken or refused; first posts of a lane keep its order."""
    lanes: dict[str, list[str]] = defaultdict(list)
    for one in ledger.tables.outbound:
        if one.state in (OutboundState.PENDING, OutboundState.SENDING):
            yield f"never sent: {one.card.key} v{one.card.version} ({one.state})"
        lanes[one.place.lane].append(one.id)
    for flock in ledger.flocks.values():
        posted = {post.marker: post.ref for post in flock.posts.values()}
        for lane in lanes.values():
            refs = [posted[marker] for marker in lane if marker in posted]
            if any(earlier > later for earlier, later in pairwise(refs)):
                yield f"posted out of order: {refs}"


def shown(ledger: Ledger, rules: Rules) -> Iterator[str]:
    """What the tables say is shown is what the platforms show, and of each case that is the newest.

    Excused is what people deleted, and what the platform refused.
    """
    known = {(one.place.platform, one.ref): one for one in ledger.tables.messages}
    for flock in ledger.flocks.values():
        for post in flock.shown():
            if post.ref in flock.orphans:
                continue
            message = known.get((flock.name, post.ref))
            if message is None:
                yield f"shown, and unknown to the tables: {post.ref} {post.card.key}"
            elif message.place != post.place or (
                message.card != post.card and post.ref not in flock.doubtful
            ):
                yield f"{post.ref} shows another card than the tables say: {post.card.key}"
    for view in ledger.tables.views:
        homes = [one for one in ledger.tables.bindings if one.case_id == view.case.id]
        if not homes:
            yield f"#{view.case.number} is at home nowhere"
        for home in homes:
            yield from _newest_card(ledger, view, home, rules)


def _newest_card(ledger: Ledger, view: CaseView, home: Binding, rules: Rules) -> Iterator[str]:
    where = f"#{view.case.number} at {home.place.channel}/{home.place.thread}"
    key = f"{CASE_CARD}{view.case.id}"
    queued = [one for one in ledger.tables.outbound if _leads_to(one, home, key)]
    if not queued:
        yield f"{where}: no card was ever queued"
        return
    newest = max(reversed(queued), key=lambda one: one.card.version)
    if newest.state is OutboundState.FAILED:
        return
    flock = ledger.flocks[home.place.platform]
    posts = [
        post
        for post in flock.posts.values()
        if post.place == home.place and post.card.key == key and post.ref not in flock.orphans
    ]
    live = [post for post in posts if not post.deleted]
    if len(live) > 1:
        yield f"{where}: {len(live)} case cards"
    if posts and not live:
        return
    if not live or live[0].card.version != newest.card.version:
        yield f"{where}: shows v{live[0].card.version if live else 0}, not v{newest.card.version}"
        return
    drawn = case_card(
        view,
        occurrences=[one for one in ledger.tables.occurrences if one.case_id == view.case.id],
        files=[one for one in ledger.tables.files if one.case_id == view.case.id],
        now=ledger.clock.now(),
        resolve_after=rules.resolve_after,
        redactor=Redactor(case_key(SECRET, view.case.id)),
    )
    card = live[0].card
    if (card.mark, card.actions, card.rows[0]) != (drawn.mark, drawn.actions, drawn.rows[0]):
        yield f"{where}: its card says {card.rows[0].text}, the tables {drawn.rows[0].text}"


def _leads_to(outbound: Outbound, home: Binding, key: str) -> bool:
    if outbound.card.key != key:
        return False
    opens = outbound.opens
    return outbound.place == home.place or (opens in (home.opens, home.made_from) and bool(opens))


def _shows_by_itself(ledger: Ledger, utterance: Utterance) -> bool:
    """A paste becomes a file; where two cases share a thread, nobody is overheard."""
    place, manner = utterance.heard.place, utterance.heard.manner
    bound = [one for one in ledger.tables.bindings if one.place == place]
    if manner is Manner.MESSAGE and len(bound) > 1:
        return True
    text = _first(utterance, {one.id: one for one in ledger.tables.utterances}).text
    return text.startswith("evidence ") and any(
        one.received_from == f"@{PEOPLE[utterance.heard.by].name}" for one in ledger.tables.files
    )


def _first(utterance: Utterance, journal: dict[str, Utterance]) -> Heard:
    """What a button of a picker repeats."""
    text = utterance.heard.text
    if utterance.heard.manner is Manner.BUTTON and text.startswith("again "):
        return journal[text.split()[1]].heard
    return utterance.heard


def _word_of(heard: Heard) -> str:
    words = (word.strip("?,.:") for word in heard.text.split())
    return next((word for word in words if word.startswith("zebra")), "")


def _text_of(ledger: Ledger, event: Event) -> str:
    for name in ("text", "title", "why", "solution"):
        text = ledger.tables.texts.get((event.case_id, str(event.data.get(name))))
        if text is not None:
            return text.text
    return ""


def _events(ledger: Ledger, view: CaseView) -> list[Event]:
    found = [event for event in ledger.tables.events if event.case_id == view.case.id]
    return sorted(found, key=lambda event: event.seq)


def _texts(ledger: Ledger, case_id: str) -> dict[str, Clean]:
    return {
        digest: text for (owner, digest), text in ledger.tables.texts.items() if owner == case_id
    }
