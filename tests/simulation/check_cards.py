"""Nothing is posted twice, every card gets out in order, and each case shows its newest one."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from core.conversation.glance import CASE_CARD, case_card
from core.conversation.model import Binding, Outbound, OutboundState
from core.redaction.engine import Redactor
from core.redaction.keys import case_key
from core.services import Rules
from tests.fakes.services import SECRET
from tests.simulation.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.cases.events import CaseView


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
