"""The question whose log a file is: asked once, for all files that are unsure together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.file_ownership import never_asked, note_asked
from core.cases.lifecycle import SYSTEM
from core.conversation.cards.card import Action, Card, Mark, Row
from core.conversation.cards.news_cards import NEWS
from core.conversation.messages.outbox import queue_case_card
from core.evidence.model import DataType, FileState
from core.investigation.service_names import ServiceNames
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.cases.projection import CaseView
    from core.conversation.ports import Unit
    from core.evidence.model import EvidenceFile
    from core.investigation.decision import Situation

NOBODY = "none"  # what is said of a file that is of no service
_MOST_BUTTONS = 8
_MOST_SERVICES = 4
_LISTED = 6


async def ask_for_owners(unit: Unit, view: CaseView, situation: Situation) -> CaseView:
    """Ask, in a new line of the case, whose the logs are that nothing tells; never twice."""
    nameless = [
        file
        for file in situation.files
        if file.service is None
        and file.data_type is DataType.LOG
        and file.state is FileState.PROCESSED
    ]
    if not nameless or not view.case.state.is_open:
        return view
    unasked = {file.id for file in await never_asked(unit, view.case.id, nameless)}
    names = ServiceNames(situation) if unasked else None
    unsure = [file for file in names.unowned if file.id in unasked] if names else []
    if names is None or not unsure:
        return view
    view = await note_asked(unit, view, unsure, by=SYSTEM)
    redactor = unit.redactor(view.case.id)
    services = [redactor.clean(name).line() for name in names.candidates[:_MOST_SERVICES]]
    await queue_case_card(unit, view, owner_card(view, unsure, services))
    return view


def owner_card(
    view: CaseView, files: Sequence[EvidenceFile], services: Sequence[RedactedText]
) -> Card:
    """`Which service is e3 app.log? Nothing in it says.`, with a button for each that is likely."""
    tags = RedactedText.join(
        ", ",
        [
            RedactedText.format("{tag} {name}", tag=file.tag, name=file.name.line())
            for file in files[:_LISTED]
        ],
    )
    text = RedactedText.format(
        "{tag} which service is {files}? Nothing in it says.", tag=view.case.tag, files=tags
    )
    step = RedactedText.format(
        "To say so: `{file} is {service}`, or `{file} is none`. A file of that name is known then.",
        file=files[0].tag,
        service=services[0],
    )
    return Card(
        key=f"{NEWS}{view.case.id}:owner{view.case.version}",
        version=view.case.version,
        mark=Mark.ANSWER,
        rows=(Row(text=text, strong=True), Row(text=step)),
        actions=tuple(_choices(files, services)),
        case_number=view.case.number,
    )


def _choices(files: Sequence[EvidenceFile], services: Sequence[RedactedText]) -> Iterator[Action]:
    """Each service for each file, as far as there is room; and for each that it is of none."""
    each = max(1, min(len(services), _MOST_BUTTONS // len(files) - 1))
    for file in files[: _MOST_BUTTONS // 2]:
        of = RedactedText.format("{tag}: ", tag=file.tag) if len(files) > 1 else RedactedText.EMPTY
        for service in services[:each]:
            label = RedactedText.format("{of}{service}", of=of, service=service)
            yield Action(
                verb="evidence", argument=f"{file.tag.text} is {service.text}", label=label
            )
        label = RedactedText.format("{of}none of these", of=of)
        yield Action(verb="evidence", argument=f"{file.tag.text} is {NOBODY}", label=label)
