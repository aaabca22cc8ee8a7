"""What an account asked over the API about a case, under which key, and where the answer is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from core.places import API, Place
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from core.conversation.messages.message import Message

WORKSPACE = "local"


class DataOrigin(StrEnum):
    """Where the data of an exchange came from."""

    FILE = "file"
    PASTE = "paste"
    PAGE = "page"  # the text of a page in a browser


@dataclass(frozen=True, kw_only=True)
class ApiExchange:
    """One turn over the API: a question, data, or both; a repeat with its key is the same one.

    number: in its case, from 1; 0 for the one that opened the case. digest: of all that was sent.
    files: ids of the evidence that came with it. message_id: of the journaled question, "" for
    none. job_id: of the job that takes it up. reply: the answer, where nothing had to be asked.
    """

    id: str
    tenant_id: str
    account_id: str
    case_id: str
    number: int
    key: str
    digest: str
    asked_at: datetime
    text: RedactedText
    origin: DataOrigin = DataOrigin.FILE
    files: tuple[str, ...] = ()
    message_id: str = ""
    job_id: str = ""
    reply: RedactedText | None = None
    answered_at: datetime | None = None

    @property
    def opens(self) -> bool:
        return self.number == 0

    @property
    def is_taken_up(self) -> bool:
        """Whether all that was sent is in the hands of jobs; a try before that was cut off."""
        if self.message_id:
            return bool(self.job_id)
        return bool(self.files) or self.reply is not None

    @property
    def place(self) -> Place:
        return api_place(self.account_id, self.case_id)

    @property
    def question_id(self) -> str:
        return question_of(self.message_id)

    def is_reply(self, message: Message) -> bool:
        """Whether the message says something to this exchange, and not to another one."""
        return message.card.key.startswith(f"reply:{self.message_id}:")


def api_place(account_id: str, case_id: str) -> Place:
    """Where an account is told of a case over the API."""
    return Place(platform=API, workspace=WORKSPACE, channel=account_id, thread=case_id)


def question_of(message_id: str) -> str:
    """The id of the question that a message puts: it asks one at most."""
    return f"ask_{message_id.partition('_')[2]}"
