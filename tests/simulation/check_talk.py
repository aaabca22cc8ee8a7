"""Nothing is lost or doubled of what people said: notes, verbs, questions, files."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.conversation.model import Manner, Utterance
from core.evidence.model import FileState
from core.jobs import catalogue
from tests.simulation.ledger import Ledger, events_of, meant_by, text_of, word_of
from tests.simulation.platform import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.cases.events import Event

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
            text = text_of(ledger, event)
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
        word = word_of(meant_by(utterance, journal))
        carriers[word] += bool(word)
    for utterance in journal.values():
        if PEOPLE[utterance.heard.by].standing == "bot":
            continue
        word = word_of(meant_by(utterance, journal))
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
        word = word_of(utterance.heard)
        for event in texts[word] if word else ():
            if event.kind is EventKind.NOTED:
                key = (event.case_id, utterance.heard.place.channel)
                if event.seq < last.get(key, 0):
                    yield f"noted out of order: {utterance.heard.text}"
                last[key] = event.seq


def _shows_by_itself(ledger: Ledger, utterance: Utterance) -> bool:
    """A paste becomes a file; where two cases share a thread, nobody is overheard."""
    place, manner = utterance.heard.place, utterance.heard.manner
    bound = [one for one in ledger.tables.bindings if one.place == place]
    if manner is Manner.MESSAGE and len(bound) > 1:
        return True
    text = meant_by(utterance, {one.id: one for one in ledger.tables.utterances}).text
    return text.startswith("evidence ") and any(
        one.received_from == f"@{PEOPLE[utterance.heard.by].name}" for one in ledger.tables.files
    )


def questions(ledger: Ledger) -> Iterator[str]:
    """Each is answered once or given up, in the order they were asked."""
    for view in ledger.tables.views:
        asked: list[str] = []
        answered: list[str] = []
        given_up: list[str] = []
        for event in events_of(ledger, view):
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
            dropped = meant_by(utterance, journal).attachments
            file = next(one for one in dropped if one.id == wanted)
            told = f"reply:{utterance.id}:{wanted}" in replies
            if not told and (str(job.payload["case_id"]), file.name) not in names:
                yield f"neither evidence nor refused: {wanted}"
    for view in ledger.tables.views:
        mine = [one for one in ledger.tables.files if one.case_id == view.case.id]
        kinds = Counter(event.kind for event in events_of(ledger, view))
        counts = (len(mine), kinds[EventKind.FILE_RECEIVED], kinds[EventKind.FILE_PROCESSED])
        if len(set(counts)) > 1 or any(one.state is FileState.RECEIVED for one in mine):
            yield f"#{view.case.number}: files, received, processed are {counts}"
