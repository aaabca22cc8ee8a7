"""Nothing is posted twice, every card gets out in order, and each case shows its newest one."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from core.conversation.cards.case_card import CASE_CARD, case_card
from core.conversation.messages.message import Outbound, OutboundState
from core.jobs.kinds import CHAT_SEND
from core.redaction.engine import Redactor, case_key
from tests.fakes.services import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.cases.projection import CaseView
    from core.conversation.cards.card import Card
    from core.conversation.messages.message import Binding
    from tests.simulation.ledger import Ledger
    from tests.simulation.platform import ShownPost

ON_ITS_WAY = (OutboundState.PENDING, OutboundState.SENDING)


def sent(ledger: Ledger) -> Iterator[str]:
    """Every card was sent, overtaken or refused; what was sent has been seen."""
    seen = {post.marker for flock in ledger.flocks.values() for post in flock.posts.values()}
    known = {message.card.key for message in ledger.tables.messages if not message.is_ephemeral}
    for flock in ledger.flocks.values():
        known |= {card.key for _, card in flock.whispers} | flock.too_late
    for queued in ledger.tables.outbound:
        if queued.state in ON_ITS_WAY:
            yield f"never sent: {queued.card.key} v{queued.card.version} ({queued.state})"
        was_seen = queued.id in seen or queued.card.key in known
        if queued.state is OutboundState.SENT and not was_seen:
            yield f"sent, and seen by nobody: {queued.card.key}"


def in_order(ledger: Ledger) -> Iterator[str]:
    """Messages of one channel begin in the order in which they were queued, answers and the rest.

    A card that changed before it was sent keeps its place: that of its job.
    """
    lanes: dict[str, list[str]] = defaultdict(list)
    jobs = (*ledger.tables.settled, *ledger.tables.waiting)
    for job in sorted(jobs, key=lambda job: job.seq):
        if job.kind == CHAT_SEND.name:
            lanes[job.lane].append(CHAT_SEND.read(job).outbound_id)
    for flock in ledger.flocks.values():
        posted = {post.marker: post.ref for post in flock.posts.values()}
        for lane in lanes.values():
            refs = [posted[marker] for marker in lane if marker in posted]
            if any(earlier > later for earlier, later in pairwise(refs)):
                yield f"posted out of order: {refs}"


def shown(ledger: Ledger) -> Iterator[str]:
    """What the tables say is shown is what the platforms show.

    Excused is what a refusal kept us from looking up after a lost answer.
    """
    known = {(message.place.platform, message.ref): message for message in ledger.tables.messages}
    for flock in ledger.flocks.values():
        for post in flock.shown():
            message = known.get((flock.name, post.ref))
            if message is None and post.ref not in flock.orphans:
                yield f"shown, and unknown to the tables: {post.ref} {post.card.key}"
            if message is not None and message.place != post.place:
                yield f"{post.ref} is elsewhere than the tables say"
            if message is None or post.ref in flock.doubtful:
                continue
            if not message.card.says_the_same(post.card):  # versions of the same words are not sent
                yield f"{post.ref} shows another card than the tables say: {post.card.key}"


def newest(ledger: Ledger) -> Iterator[str]:
    """Each case shows its newest card once at each of its homes, and it says what is true."""
    for view in ledger.tables.views:
        homes = [binding for binding in ledger.tables.bindings if binding.case_id == view.case.id]
        if not homes:
            yield f"#{view.case.number} is at home nowhere"
        for home in homes:
            where = f"#{view.case.number} at {home.place.channel}/{home.place.thread}"
            yield from (f"{where}: {problem}" for problem in _problems(ledger, view, home))


def refused(ledger: Ledger) -> Iterator[str]:
    """Where a platform takes a card for good no more, whoever looks after us hears of it."""
    notices = {queued.card.key for queued in ledger.tables.outbound}
    for queued in ledger.tables.outbound:
        is_lost = queued.state is OutboundState.FAILED and not queued.place.is_direct
        if is_lost and f"notice:{queued.place.platform}" not in notices:
            yield f"{queued.card.key} was refused, and nobody heard of it"


def _problems(ledger: Ledger, view: CaseView, home: Binding) -> Iterator[str]:
    """Excused is what people deleted, and what the platform refused."""
    key = f"{CASE_CARD}{view.case.id}"
    queued = [queued for queued in ledger.tables.outbound if _leads_to(queued, home, key)]
    if not queued:
        yield "no card was ever queued"
        return
    last = max(reversed(queued), key=lambda queued: queued.card.version)
    posts = _posts(ledger, home, key)
    live = [post.card for post in posts if not post.deleted]
    if len(live) > 1:
        yield f"{len(live)} case cards"
    if last.state is OutboundState.FAILED:
        return
    if posts and not live:
        latest = max((post.card for post in posts), key=lambda card: card.version)
        if latest.version < last.card.version and not latest.says_the_same(last.card):
            yield f"was deleted before {last.card.version}, which is not shown"
        return
    is_newest = live and live[0].version == last.card.version
    if not live or not (is_newest or live[0].says_the_same(last.card)):
        yield f"shows {[card.version for card in live]}, not {last.card.version}"
    elif not _is_true(live[0], ledger, view):
        yield f"its card says what is not so: {live[0].rows[0].text.text}"


def _posts(ledger: Ledger, home: Binding, key: str) -> list[ShownPost]:
    """Messages of ours with the case's card there; without those that nobody could know of."""
    flock = ledger.flocks[home.place.platform]
    known = {message.ref for message in ledger.tables.messages if message.place == home.place}
    return [
        post
        for post in flock.posts.values()
        if post.place == home.place
        and post.card.key == key
        and (post.ref in known or post.ref not in flock.orphans)
    ]


def _is_true(card: Card, ledger: Ledger, view: CaseView) -> bool:
    """Whether it would be drawn the same now, apart from how long things last."""
    drawn = case_card(
        view,
        occurrences=[
            occurrence
            for occurrence in ledger.tables.occurrences
            if occurrence.case_id == view.case.id
        ],
        files=[file for file in ledger.tables.files if file.case_id == view.case.id],
        now=ledger.clock.now(),
        resolve_after=ledger.rules.resolve_after,
        redactor=Redactor(case_key(SECRET, view.case.id)),
    )
    return (card.mark, card.actions, card.rows[0]) == (drawn.mark, drawn.actions, drawn.rows[0])


def _leads_to(outbound: Outbound, home: Binding, key: str) -> bool:
    if outbound.card.key != key:
        return False
    opens = outbound.opens
    return outbound.place == home.place or (opens in (home.opens, home.made_from) and bool(opens))
