"""What chat needs of the world: platforms, what people said there, and where cases live."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from core.accounts import ports as accounts_ports
from core.cases import ports as cases_ports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping

    from core.access import People, PersonProfile
    from core.context import Context
    from core.conversation.cards.card import Card
    from core.conversation.messages.exchange import ApiExchange
    from core.conversation.messages.message import (
        Attachment,
        Binding,
        IncomingMessage,
        JournaledMessage,
        Message,
        Opened,
        Opening,
        Outbound,
        OutboundState,
    )
    from core.investigation.ports import ModelCalls
    from core.jobs.ports import Facts
    from core.places import Destination, Place


class Conversation(Protocol):
    """Where cases are at home in chat, what waits to be shown, and what is shown."""

    async def bind(self, binding: Binding) -> None:
        """No change where the case is bound to the place, or to open there, already."""

    async def rebind(self, binding: Binding, place: Place) -> None:
        """The place that the binding opens has been made: that is where the case is at home.

        What it opened becomes its `made_from`. No change where that was said before.
        """

    async def bindings(self, case_id: str) -> list[Binding]:
        """In the order they were made."""

    async def case_places(self, platform: str) -> list[Binding]:
        """Every made place of a platform where an open case is at home, oldest first."""

    async def case_at(self, place: Place) -> str | None:
        """The only open case bound there; with none open the one bound last; None where unclear.

        A binding whose place is yet to be made counts nowhere.
        """

    async def open_cases_in(self, place: Place) -> list[str]:
        """Ids of open cases at home in the place's channel, or in any thread of it; by number."""

    async def put_outbound(self, outbound: Outbound) -> list[str]:
        """Also marks older pending versions of the same card at the same place as stale: those."""

    async def outbound(self, outbound_id: str) -> Outbound:
        """Raises NotFound."""

    async def mark_outbound(self, outbound_id: str, state: OutboundState) -> None:
        """Its handle, which lets anyone speak for us, is forgotten with a final state."""

    async def forget_sent(self, place: Place, *, case_number: int) -> None:
        """Of a case's cards there that are not to be sent any more, nothing is left but the key."""

    async def shown(self, place: Place, key: str) -> Message | None: ...
    async def show(self, message: Message) -> None:
        """Insert or replace the message with its place and card key, giving it the next seq."""

    async def messages(self, place: Place, *, after: int = 0) -> list[Message]:
        """What changed at a place since seq `after`, in order."""


class MessageJournal(Protocol):
    """What people said, journaled before it is acknowledged."""

    async def add(self, utterance: JournaledMessage) -> bool:
        """False where its key (by tenant, platform and workspace) was heard already."""

    async def get(self, utterance_id: str) -> JournaledMessage:
        """Raises NotFound."""

    async def newest(self, place: Place) -> JournaledMessage | None:
        """Of those at exactly this place that have a `ref`, the one said last."""

    async def newest_on(self, platform: str) -> JournaledMessage | None:
        """Of all on a platform, the one heard last: until then somebody was listening."""

    async def places(self, platform: str, *, since: datetime) -> list[Place]:
        """Everywhere on a platform where something was heard at or after `since`; in any order."""

    async def count(self, platform: str, person: str, *, since: datetime, until: datetime) -> int:
        """What one person said to us, or pressed, that was heard after `since`, up to `until`.

        Not what they said to nobody in particular.
        """

    async def pressed(
        self, platform: str, person: str, *, since: datetime, until: datetime
    ) -> list[JournaledMessage]:
        """The buttons that one person pressed, heard after `since`, up to `until`, in order."""

    async def heard_in(self, channel: Place, person: str) -> bool:
        """Whether anything kept was said by the person in the channel, or in a thread of it."""

    async def purge(self, *, before: datetime) -> int:
        """Forget what was heard before; says how many."""

    async def set_mention_only(self, channel: Place, *, on: bool) -> None:
        """In this channel and its threads, listen to what is said to us by name only."""

    async def mention_only(self, place: Place) -> bool:
        """For the place's whole channel; off where nobody switched it."""


class Exchanges(Protocol):
    """What accounts asked over the API."""

    async def add(self, exchange: ApiExchange) -> bool:
        """False where its account used its key before, in this case or, opening, in any."""

    async def get(self, exchange_id: str) -> ApiExchange:
        """Raises NotFound."""

    async def of_key(self, account_id: str, case_id: str, key: str) -> ApiExchange | None:
        """case_id: "" for one that opened a case."""

    async def update(self, exchange: ApiExchange) -> None:
        """Raises NotFound."""

    async def of_case(self, case_id: str) -> list[ApiExchange]:
        """By number, without the one that opened it."""

    async def last_numbers(self, case_ids: Collection[str]) -> dict[str, int]:
        """By case id, the number of its last; without those that have none."""


class Chat(Protocol):
    """A platform that shows cards.

    Every call may raise ChatUnavailable (it is tried again, after `retry_after_s` where that is
    known) and ChatRefused (it never will be).
    """

    @property
    def platform(self) -> str: ...
    @property
    def workspace_id(self) -> str:
        """That of the `Workspace` in which it speaks: places of another one are not its own."""

    async def post(self, place: Place, card: Card, *, marker: str) -> str:
        """The platform's name of the message; `marker` is in it."""

    async def edit(self, place: Place, ref: str, card: Card) -> None:
        """Raises NotFound where the message is gone."""

    async def find(self, place: Place, *, marker: str) -> str | None:
        """The message that carries `marker`, for looking before posting again after a crash."""

    async def open(
        self, destination: Destination, opening: Opening, *, marker: str, again: bool
    ) -> Opened:
        """Make the place of a case, with its card in it.

        again: an earlier call with this `marker` was cut off: what it made is found and used.
        """

    async def send_ephemeral(self, place: Place, card: Card, *, handle: str) -> None:
        """Show a card to the one person alone whom `handle` stands for.

        Where the platform can hide nothing, it is a reply to what they said, and quiet.
        Raises NotFound where the platform does not know the handle any more.
        """

    async def send_file(self, place: Place, name: str, content: bytes) -> None:
        """Put a file there, for everyone who reads there; called again it is there twice."""


class ChatReader(Protocol):
    """A platform, as far as what people say there is concerned. Raises like `Chat`."""

    @property
    def platform(self) -> str: ...
    @property
    def workspace_id(self) -> str: ...
    async def profile(self, person: str) -> PersonProfile:
        """A person's name and standing. person: the platform's id. Raises NotFound."""

    async def closed_to(self, place: Place) -> Place | None:
        """The channel or thread whose readers alone read what is said there.

        None where everybody of the workspace may, guests aside.
        """

    async def reads(self, place: Place, person: str) -> bool:
        """Whether a person reads what is said there, now. person: the platform's id."""

    def fetch(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """The content of a file that was dropped. Raises NotFound where it is gone."""

    def history(self, place: Place, *, after: str) -> AsyncIterator[IncomingMessage]:
        """What people said at a place after the message `after` (a ref), oldest first.

        For a place that has just been made: what was said there before we knew of it.
        """

    async def unread(self, places: Mapping[Place, str]) -> list[Place]:
        """Those of the places in which people may have spoken after a message (a ref) each.

        Asked of many at once, where the platform can tell that for less than a call each.
        """


class Unit(cases_ports.CasesUnit, accounts_ports.AccountsUnit, Protocol):
    """A unit of work with all that chat needs."""

    @property
    def conversation(self) -> Conversation: ...
    @property
    def incoming(self) -> MessageJournal: ...
    @property
    def people(self) -> People: ...
    @property
    def facts(self) -> Facts: ...
    @property
    def workspaces(self) -> Workspaces: ...
    @property
    def exchanges(self) -> Exchanges: ...
    @property
    def model_calls(self) -> ModelCalls: ...


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A workspace of Slack, or the servers that one bot of Discord is in.

    id: ours; a `Place` names it. external_id: the platform's own; "" until it was connected first.
    connected_at: when it became the one in which new cases open.
    """

    tenant_id: str
    id: str
    platform: str
    external_id: str
    connected_at: datetime


class Workspaces(Protocol):
    """The workspaces of the tenant."""

    async def add(self, workspace: Workspace) -> bool:
        """False where there is one of that platform and external id: nothing is stored."""

    async def of_platform(self, platform: str) -> list[Workspace]:
        """The one that was connected last is first."""

    async def update(self, workspace: Workspace) -> None:
        """Stores its external id, and when it was connected. Raises NotFound."""


class WorkspacesUnit(Protocol):
    """A unit of work, as far as workspaces go."""

    @property
    def workspaces(self) -> Workspaces: ...
    @property
    def context(self) -> Context: ...
    @property
    def now(self) -> datetime: ...
    def new_id(self, prefix: str) -> str: ...


async def current_workspace(unit: WorkspacesUnit, platform: str) -> str:
    """The id of the workspace in which the tenant's new cases open; it is made where none is."""
    known = await unit.workspaces.of_platform(platform)
    if not known:
        await _add(unit, platform, "")
        known = await unit.workspaces.of_platform(platform)
    return known[0].id


async def connect_workspace(unit: WorkspacesUnit, platform: str, external_id: str) -> str:
    """The id of the workspace that the platform calls so; from now on it is the current one.

    A token of another workspace leaves the cases of the one before where they are.
    """
    known = await unit.workspaces.of_platform(platform)
    same = next((each for each in known if each.external_id == external_id), None)
    unnamed = next((each for each in known if not each.external_id), None)
    workspace = same or unnamed
    if workspace is None:
        await _add(unit, platform, external_id)
        return await current_workspace(unit, platform)
    if workspace != known[0] or workspace is unnamed:
        connected = replace(workspace, external_id=external_id, connected_at=unit.now)
        await unit.workspaces.update(connected)
    return workspace.id


async def _add(unit: WorkspacesUnit, platform: str, external_id: str) -> None:
    workspace = Workspace(
        tenant_id=unit.context.tenant_id,
        id=unit.new_id("workspace"),
        platform=platform,
        external_id=external_id,
        connected_at=unit.now,
    )
    await unit.workspaces.add(workspace)
