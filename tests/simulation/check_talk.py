"""Nothing is lost or doubled of what people said: notes, verbs, questions, files."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from core.access import Standing
from core.cases.events import EventKind
from core.conversation.cards.news_cards import NEWS
from core.conversation.messages.message import IncomingMessage, JournaledMessage, MessageKind
from core.evidence.model import FileState
from core.jobs import kinds
from tests.simulation.ledger import Ledger, events_of, meant_by, text_of, word_of, words_in
from tests.simulation.platform import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.cases.events import CaseEvent
    from core.cases.projection import CaseView

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


def heard(ledger: Ledger) -> Iterator[str]:
    """What was acknowledged as news is in the journal, and was taken up."""
    known = {message.heard.key for message in ledger.tables.utterances}
    for flock in ledger.flocks.values():
        for line in flock.lines:
            must = line.taken or (line.heard.ref and line.heard.manner is MessageKind.MENTION)
            if must and line.heard.key not in known:
                yield f"lost: {line.heard.key}"
    takes = Counter(
        job.payload["utterance_id"]
        for job in ledger.tables.settled
        if job.kind == kinds.CHAT_HEAR.name
    )
    for utterance in ledger.tables.utterances:
        if not takes[utterance.id]:
            yield f"no job for {utterance.heard.key}"


def said(ledger: Ledger) -> Iterator[str]:
    """What people said has its effect once: an event, a file or a reply."""
    events, replies = _events_by_word(ledger), _replies(ledger)
    journal = {message.id: message for message in ledger.tables.utterances}
    carriers = Counter(word_of(meant_by(message, journal)) for message in journal.values())
    for utterance in journal.values():
        meant = meant_by(utterance, journal)
        became = events[word_of(meant)]
        if not (became or replies[utterance.id] or _shows_otherwise(ledger, utterance, meant)):
            yield f"no effect: {utterance.heard.key} {meant.text!r}"
        if len(became) > carriers[word_of(meant)]:
            kinds = [event.kind.value for event in became]
            yield f"{utterance.heard.key} {meant.text!r} became {kinds}"


def notes(ledger: Ledger) -> Iterator[str]:
    """In each case, what was noted in a channel stands in the order in which it was heard.

    Excused is whom the platform could not name at first: nobody waits for them.
    """
    events = _events_by_word(ledger)
    jobs = Counter(job.payload.get("utterance_id") for job in ledger.tables.settled)
    last: dict[tuple[str, str], int] = {}
    for utterance in ledger.tables.utterances:
        for event in events[word_of(utterance.heard)] if jobs[utterance.id] == 1 else ():
            if event.kind is EventKind.NOTED:
                key = (event.case_id, utterance.heard.place.channel)
                if event.seq < last.get(key, 0):
                    yield f"noted out of order: {utterance.heard.text}"
                last[key] = event.seq


def questions(ledger: Ledger) -> Iterator[str]:
    """Each is answered once or given up, in the order they were asked."""
    for view in ledger.tables.views:
        asked = _ids(ledger, view, EventKind.ASKED)
        answered = _ids(ledger, view, EventKind.ANSWERED)
        given_up = _ids(ledger, view, EventKind.CANCELLED)
        if sorted(answered + given_up) != sorted(asked):
            yield f"#{view.case.number}: asked {asked}, answered {answered}, given up {given_up}"
        if [question for question in asked if question in answered] != answered:
            yield f"#{view.case.number}: answered out of order"
    for question in ledger.tables.questions:
        if question.answered_at is None:
            yield f"never answered: {question.text.text}"


def files(ledger: Ledger) -> Iterator[str]:
    """Every file is evidence once, and read once, unless a person stopped that."""
    known = Counter((file.case_id, file.name.text, file.blob) for file in ledger.tables.files)
    yield from (f"{count} times evidence: {name}" for name, count in known.items() if count > 1)
    for view in ledger.tables.views:
        mine = [file for file in ledger.tables.files if file.case_id == view.case.id]
        kinds = Counter(event.kind for event in events_of(ledger, view))
        read = kinds[EventKind.FILE_PROCESSED] + kinds[EventKind.FILE_CANCELLED]
        counts = (len(mine), kinds[EventKind.FILE_RECEIVED], read)
        if len(set(counts)) > 1 or any(file.state is FileState.RECEIVED for file in mine):
            yield f"#{view.case.number}: files, received, processed are {counts}"


def dropped(ledger: Ledger) -> Iterator[str]:
    """Each file that was dropped was to be fetched, or its sender was told something."""
    replies = _replies(ledger)
    journal = {message.id: message for message in ledger.tables.utterances}
    wanted = {
        job.payload["attachment_id"]
        for job in ledger.tables.settled
        if job.kind == kinds.CHAT_FETCH.name
    }
    for utterance in journal.values():
        is_bot = PEOPLE[utterance.heard.by].standing is Standing.BOT
        for file in () if is_bot else meant_by(utterance, journal).attachments:
            if file.id not in wanted and not replies[utterance.id]:
                yield f"dropped, and nobody cared: {file.name}"


def fetches(ledger: Ledger) -> Iterator[str]:
    """Each file that was to be fetched is evidence, or its sender was told why not."""
    keys = {queued.card.key for queued in ledger.tables.outbound}
    names = {(file.case_id, file.name.text) for file in ledger.tables.files}
    journal = {message.id: message for message in ledger.tables.utterances}
    for job in ledger.tables.settled:
        if job.kind != kinds.CHAT_FETCH.name:
            continue
        utterance, wanted = journal[str(job.payload["utterance_id"])], job.payload["attachment_id"]
        dropped = meant_by(utterance, journal).attachments
        file = next(attachment for attachment in dropped if attachment.id == wanted)
        became = (str(job.payload["case_id"]), file.name) in names
        if not became and f"reply:{utterance.id}:{wanted}" not in keys:
            yield f"neither evidence nor refused: {wanted}"


def _events_by_word(ledger: Ledger) -> dict[str, list[CaseEvent]]:
    """What people's own words, which no two lines share, are found in."""
    events_of: dict[str, list[CaseEvent]] = defaultdict(list)
    for event in ledger.tables.events:
        for word in words_in(text_of(ledger, event)) if event.kind in SAID else ():
            events_of[word].append(event)
    events_of[""] = []
    return events_of


def _replies(ledger: Ledger) -> Counter[str]:
    """How many cards answer each utterance."""
    keys = (queued.card.key for queued in ledger.tables.outbound)
    return Counter(key.split(":")[1] for key in keys if key.startswith("reply:"))


def _shows_otherwise(ledger: Ledger, utterance: JournaledMessage, meant: IncomingMessage) -> bool:
    """Files, and pastes, which are files, are checked as such; bots are not listened to.

    Where two cases share a thread, nobody knows whose note it is. A case that comes back says so
    in its place. What waits while a channel is switched to mentions is let be.
    """
    heard = utterance.heard
    switched = any(
        other.heard.place.channel == heard.place.channel and "listen mention" in other.heard.text
        for other in ledger.tables.utterances
    )
    back = any(
        f"{NEWS}{view.case.id}:back" in queued.card.key
        for view in ledger.tables.views
        for queued in ledger.tables.outbound
    )
    bound = [binding for binding in ledger.tables.bindings if binding.place == heard.place]
    return (
        PEOPLE[heard.by].standing is Standing.BOT
        or bool(meant.attachments)
        or meant.text.startswith("evidence ")
        or (meant.text == "reopen" and back)
        or (heard.manner is MessageKind.MESSAGE and switched)
        or (heard.manner is MessageKind.MESSAGE and len(bound) > 1)
    )


def _ids(ledger: Ledger, view: CaseView, kind: EventKind) -> list[str]:
    """Of the questions that events of this kind are about, in order."""
    ids: list[str] = []
    for event in events_of(ledger, view):
        if event.kind is kind:
            ids += event.data.get("questions") or [event.data["question_id"]]
    return ids
