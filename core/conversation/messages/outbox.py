"""The queue of outgoing cards: rows that are committed first and sent after, newest only.

Cards follow from events: a unit that changed a case commits the case's newest card with it, by
`publish_changed_cases` and in no other place. A card is due while its case is in
`unit.cases.due_cards`: every event outside `UNSHOWN` puts it there, a turn's end does too, and
intake takes it out while many files are unread. Everything here runs inside a unit of work;
`core/workflows/card_delivery.py` sends what is queued.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.cases.file_ownership import name_key, owners_by_name
from core.conversation.cards.card import Card, Mark, Row, one_screen
from core.conversation.cards.case_card import CASE_CARD, case_card
from core.conversation.cards.evidence_cards import (
    FILE_CARD,
    batch_card,
    dropped_together,
)
from core.conversation.cards.news_cards import NEWS
from core.conversation.cards.quotes import shown_name, with_shown_names
from core.conversation.messages.channels import channels_of_case
from core.conversation.messages.message import Message, Outbound
from core.conversation.ports import current_workspace
from core.errors import NotFound
from core.jobs.kinds import send_outbound, sending_of, show_progress
from core.jobs.model import Job, JobState
from core.places import API, Destination, Place
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from core.cases.investigation_state import Stall
    from core.cases.model import Case
    from core.cases.projection import CaseView
    from core.conversation.ports import Unit
    from core.evidence.model import EvidenceFile, Finding

_HEAD_CHARACTERS = 24  # characters of a quote that name it, also where a card cut it short
FIRST_AFTER = timedelta(seconds=3)


async def publish_changed_cases(unit: Unit) -> None:
    """Queue the newest card of each case whose events the unit appended to, once.

    Last in the unit: whatever the card shows is as it will be committed.
    """
    for case_id in sorted(unit.cases.due_cards):
        view = await unit.cases.view(case_id)
        await queue_case_card(unit, view, await draw_case_card(unit, view))


async def draw_case_card(unit: Unit, view: CaseView) -> Card:
    """The case card as the tables are now."""
    return case_card(
        await _without_settled_stalls(unit, view),
        # What has ended is counted by the case: in a storm there is more of it with every batch.
        occurrences=await unit.occurrences.firing_in(view.case.id),
        files=await unit.files.of_case(view.case.id),
        now=unit.now,
        resolve_after=unit.rules.resolve_after,
        redactor=unit.redactor(view.case.id),
    )


async def queue_case_card(unit: Unit, view: CaseView, card: Card) -> None:
    """Queue `card` to every place where the case is at home."""
    card = replace(card, case_number=view.case.number)
    for home in await channels_of_case(unit, view.case):
        await queue_card(unit, view.case, home.place, card, opens=home.opens)


async def queue_file_cards(
    unit: Unit, view: CaseView, files: Mapping[EvidenceFile, Sequence[Finding]]
) -> None:
    """Queue what was found: at the terminal a card a file, in chat one for all that came together.

    files: those that were just read. In chat the card waits for the last of them; where that
    takes its time, `plan_progress_check` lets it grow meanwhile.
    """
    homes = await channels_of_case(unit, view.case)
    remembered = await _remembered_owners(unit, view, files)
    for home in homes:
        if home.place == unit.rules.home:
            for file, findings in files.items():
                card = batch_card(view.case, [file], {file.id: findings})
                card = replace(card, rows=(*card.rows, *_owner_rows([file], remembered)))
                await queue_card(unit, view.case, home.place, card, opens=home.opens)
    in_chat = [home for home in homes if home.place != unit.rules.home]
    if not in_chat or not files:
        return
    present, findings_of = (
        await unit.files.ever_in_case(view.case.id),
        await unit.files.findings(view.case.id),
    )
    for batch in dict.fromkeys(dropped_together(file, present) for file in files):
        card = with_shown_names(batch_card(view.case, batch, findings_of), present)
        card = replace(card, rows=(*card.rows, *_owner_rows(batch, remembered)))
        if card.mark is not Mark.PROGRESS:
            for home in in_chat:
                await queue_card(unit, view.case, home.place, card, opens=home.opens)


async def _remembered_owners(
    unit: Unit, view: CaseView, files: Iterable[EvidenceFile]
) -> Mapping[str, RedactedText]:
    """By file id, the service that a file is of because people said so of an earlier one."""
    if not any(file.service for file in files):
        return {}
    owners, redactor = await owners_by_name(unit), unit.redactor(view.case.id)
    return {
        file.id: redactor.clean(file.service).line()
        for file in files
        if file.service and owners.get(name_key(file.name)) == file.service
    }


def _owner_rows(
    files: Iterable[EvidenceFile], remembered: Mapping[str, RedactedText]
) -> Iterator[Row]:
    """`e3 app.log is of booking, as said of app.log before.`, and how to say otherwise."""
    for file in files:
        if file.id in remembered:
            text = RedactedText.format(
                "{tag} is of {service}, as people said of {name}. Wrong? `{tag} is none`",
                tag=file.tag,
                service=remembered[file.id],
                name=file.name.line(),
            )
            yield Row(text=text)


async def queue_admin_notice(unit: Unit, card: Card) -> None:
    """Queue a notice to everyone who looks after this installation."""
    for place in await notice_places(unit):
        await queue_card(unit, None, place, card)


async def notice_places(unit: Unit) -> list[Place]:
    """The terminal, and the direct conversation with each admin."""
    home = unit.rules.home
    places = [home]
    for admin in sorted(unit.rules.admins):
        platform, _, person = admin.partition(":")
        if platform != home.platform:
            workspace = await current_workspace(unit, platform)
            places.append(Place(platform=platform, workspace=workspace, channel=f"@{person}"))
    return places


async def queue_card(
    unit: Unit,
    case: Case | None,
    place: Place,
    card: Card,
    *,
    opens: Destination | None = None,
    handle: str = "",
) -> None:
    """Queue `card` to one place; with the unit's commit it is on its way.

    opens: the place is yet to be made. handle: only the person whom it stands for sees it.
    """
    shown = await unit.conversation.shown(place, card.key)
    if shown is not None and shown.card.version >= card.version:
        return
    if place != unit.rules.home:  # a terminal scrolls
        card = one_screen(card)
    outbound = Outbound(
        id=unit.new_id("out"),
        tenant_id=unit.context.tenant_id,
        case_id=case.id if case else None,
        place=place,
        card=card,
        created_at=unit.now,
        opens=opens,
        handle=handle,
    )
    overtaken = await unit.conversation.put_outbound(outbound)
    job = _sending(unit, outbound, case)
    # In a storm a card changes faster than it is sent: it keeps its place in the queue, once.
    for older in overtaken:
        if await unit.jobs.hand_on(sending_of(older), job):
            return
    await unit.jobs.add(job)


def _sending(unit: Unit, outbound: Outbound, case: Case | None) -> Job:
    """The job that sends it. Its lane follows from place, key and case: all versions share it."""
    place, context = outbound.place, unit.context
    if not _is_busy(place, unit.rules.home):
        return send_outbound(outbound.id, place, context)
    return send_outbound(
        outbound.id,
        place,
        context,
        is_answer=outbound.opens is None and _is_answer(outbound.card),
        opened_by_person=case.id if case and case.is_of_person else "",
    )


def _is_answer(card: Card) -> bool:
    """Whether somebody waits for it; cases and what was read of files tell of themselves."""
    return not card.key.startswith((CASE_CARD, FILE_CARD, NEWS))


def _is_busy(place: Place, home: Place) -> bool:
    """Whether many may read there: at the terminal and by the API one person reads in order."""
    return place != home and place.platform != API


async def take_back(
    unit: Unit,
    view: CaseView,
    gone: Sequence[EvidenceFile],
    *,
    findings: Mapping[str, Sequence[Finding]],
    redrawn: str,
) -> None:
    """Edit each card of the case that quotes files that are gone.

    gone: the one that was deleted, and what went with it. findings: by file, before that. The
    case's card and the file's own are for the caller to publish, before this. redrawn: the key of
    the latter.
    """
    first, case_id = gone[0], view.case.id
    published = {f"{CASE_CARD}{case_id}", f"{FILE_CARD}{first.id}", redrawn}
    kept = await unit.files.of_case(case_id)
    quotes = _DeletedFiles(
        names={name for file in gone for name in (file.name.text, shown_name(file, [*kept, file]))},
        tag=first.tag,
        heads=_unique_heads(findings, {file.id for file in gone}),
        others={name for other in kept for name in (other.name.text, shown_name(other, kept))},
    )
    homes = [home.place for home in await channels_of_case(unit, view.case)]
    # In the channel around a thread one person alone may have been shown something.
    for place in dict.fromkeys([*homes, *(home.whole_channel for home in homes)]):
        for message in await unit.conversation.messages(place):
            if message.card.case_number != view.case.number or message.card.key in published:
                continue
            card = quotes.out_of(message.card)
            if card != message.card:
                await replace_card(unit, view.case, message, card)
        await unit.conversation.forget_sent(place, case_number=view.case.number)


async def replace_card(unit: Unit, case: Case, message: Message, card: Card) -> None:
    """Queue an edit of a message; what one person alone saw is changed where `More` reads it."""
    newer = replace(card, version=card.version + 1)
    if message.is_ephemeral:
        await unit.conversation.show(replace(message, card=newer))
    else:
        await queue_card(unit, case, message.place, newer)


async def plan_progress_check(
    unit: Unit,
    place: Place,
    key: str,
    *,
    began: datetime | None = None,
    after: timedelta = FIRST_AFTER,
) -> None:
    """Look after a while whether what `key` names still lasts, and say so at `place` then."""
    now = unit.now
    job = show_progress(key, place, began=began or now, due=now + after, context=unit.context)
    await unit.jobs.add(job)


async def _without_settled_stalls(unit: Unit, view: CaseView) -> CaseView:
    """A job that failed may have been tried again, or dropped, since it was told."""
    if not view.investigation.stalls:
        return view
    still_failing = tuple(
        [stall for stall in view.investigation.stalls if await _still_fails(unit, stall)]
    )
    return replace(view, investigation=replace(view.investigation, stalls=still_failing))


async def _still_fails(unit: Unit, stall: Stall) -> bool:
    try:
        job = await unit.jobs.get(stall.job)
    except NotFound:
        return False
    return job.state is JobState.DEAD or (not stall.is_over and job.state is not JobState.DONE)


def _unique_heads(
    findings_of: Mapping[str, Sequence[Finding]], file_ids: Collection[str]
) -> set[str]:
    """How lines begin that were found in these files and in no other."""
    mine, theirs = set[str](), set[str]()
    for file_id, findings in findings_of.items():
        heads = (finding.text.line().text[:_HEAD_CHARACTERS] for finding in findings)
        (mine if file_id in file_ids else theirs).update(
            head for head in heads if len(head) == _HEAD_CHARACTERS
        )
    return mine - theirs


@dataclass(frozen=True, kw_only=True)
class _DeletedFiles:
    """Files that are gone, under each of their names. others: the names of those that are there.

    tag: of the one that was deleted; the others went with it.
    """

    names: Collection[str]
    tag: RedactedText
    heads: Collection[str]
    others: Collection[str]

    def out_of(self, card: Card) -> Card:
        """The card, with other words where a row rests on them, or quotes them."""
        rows, fold = (
            tuple(self._replace_quote(row) for row in some) for some in (card.rows, card.fold)
        )
        return replace(card, rows=rows, fold=fold)

    def _replace_quote(self, row: Row) -> Row:
        text = row.text.line().text
        if not self._cites_them(row.citation or "") and not any(
            head in text for head in self.heads
        ):
            return row
        gone = RedactedText.format("(from {tag}, which was deleted)", tag=self.tag)
        return replace(row, text=gone, citation=None, code=False)

    def _cites_them(self, citation: str) -> bool:
        """Whether one is cited. File names may hold spaces, and be the end of other names."""
        for other in sorted(self.others, key=len, reverse=True):
            if other not in self.names:
                citation = citation.replace(f"{other}:", "")
        return any(f" {name}:" in f" {citation}" for name in self.names)
