"""A list of pages is followed: what is new, what changed, what is gone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.errors import SourceUnavailable
from core.knowledge.model import EVERYBODY, Document
from core.knowledge.pages import FetchedPage, PageMark, PageState
from core.workflows.knowledge_pages import learn_pages
from core.workflows.knowledge_sync import forget
from tests.fakes.services import memory_services

if TYPE_CHECKING:
    from core.workflows.services import Services

LAG, DISK, LOST = (f"https://wiki.example.com/{name}" for name in ("lag", "disk", "lost"))


@dataclass
class Web:
    """Pages by address; its marks are their contents."""

    pages: dict[str, str] = field(default_factory=dict)
    failing: bool = False

    async def fetch(self, address: str, mark: PageMark) -> FetchedPage:
        if self.failing:
            message = "its server answered 500"
            raise SourceUnavailable(message)
        text = self.pages.get(address)
        if text is None:
            return FetchedPage(state=PageState.GONE)
        if text == mark.etag:
            return FetchedPage(state=PageState.UNCHANGED)
        raw = f"# {text}\n\nWhat to do.\n".encode()
        return FetchedPage(state=PageState.READ, raw=raw, mark=PageMark(etag=text))


async def document_of(services: Services, address: str) -> Document | None:
    async with services.reading() as unit:
        return await unit.documents.of_source(EVERYBODY, unit.redactor().clean(address))


async def test_pages_are_followed_and_what_is_gone_is_kept_until_it_is_to_be_forgotten() -> None:
    services, web = memory_services(), Web({LAG: "Lag", DISK: "Disk"})
    first = await learn_pages([LAG, DISK], web.fetch, tags=["wiki"], services=services)
    assert first.added == [LAG, DISK]
    lag = await document_of(services, LAG)
    assert lag
    assert (lag.title.text, lag.tags) == ("Lag", ("wiki",))
    web.pages = {LAG: "Lag of replicas"}
    second = await learn_pages([LAG, DISK], web.fetch, services=services)
    assert (second.changed, second.gone, second.deleted) == ([LAG], [DISK], [])
    assert await document_of(services, DISK)
    third = await learn_pages([LAG, DISK, LOST], web.fetch, forgets=True, services=services)
    assert (third.unchanged, third.gone, third.deleted) == ([LAG], [DISK, LOST], [DISK])
    assert await document_of(services, DISK) is None


async def test_what_was_forgotten_is_fetched_whole_again() -> None:
    services, web = memory_services(), Web({LAG: "Lag"})
    await learn_pages([LAG], web.fetch, services=services)
    await forget([LAG], services=services)
    assert (await learn_pages([LAG], web.fetch, services=services)).added == [LAG]


async def test_a_page_that_cannot_be_fetched_is_named_and_nothing_of_it_is_lost() -> None:
    services, web = memory_services(), Web({LAG: "Lag"})
    await learn_pages([LAG], web.fetch, services=services)
    web.failing = True
    report = await learn_pages([LAG], web.fetch, forgets=True, services=services)
    assert "500" in report.failed[LAG].text
    assert await document_of(services, LAG)
