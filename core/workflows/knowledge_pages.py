"""Learns pages from a list of addresses: only what changed is fetched again.

A page that is gone is named, and what was learned of it is kept until somebody wants it forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import FaultMavenError
from core.jobs.ports import Fact
from core.knowledge import documents
from core.knowledge.documents import NewDocument
from core.knowledge.model import EVERYBODY, Collection, ReadingState
from core.knowledge.pages import FetchedPage, PageMark, PageState, content_type_of_page
from core.workflows.knowledge_sync import SyncReport, learn_document

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from core.workflows.services import Services

    Fetch = Callable[[str, PageMark], Awaitable[FetchedPage]]

_NO_MARK = PageMark()


async def learn_pages(
    addresses: Sequence[str],
    fetch: Fetch,
    *,
    tags: Sequence[str] = (),
    forgets: bool = False,
    services: Services,
) -> SyncReport:
    """One after the other, so that no server is asked for many at once.

    fetch: asks for a page, unless it is as its mark says. forgets: what was learned of pages that
    are gone.
    """
    report, redactor = SyncReport(), services.redactor()
    for address in addresses:
        try:
            page = await fetch(address, await _known_mark(address, services=services))
            await _learn_page(address, page, report, tags=tags, services=services)
        except FaultMavenError as error:
            report.failed[address] = redactor.clean(f"{error}. {error.next_step}")
    if forgets:
        for address in report.gone:
            await _forget_page(address, report, services=services)
    return report


async def _known_mark(address: str, *, services: Services) -> PageMark:
    """None where there is no document of it that was read: then it is fetched whole."""
    async with services.reading() as unit:
        source = unit.redactor().clean(address)
        document = await unit.documents.of_source(EVERYBODY, source)
        mark = await unit.facts.get(_key(address))
    if document is None or document.state is not ReadingState.READY or mark is None:
        return _NO_MARK
    return PageMark.read(mark.value)


async def _learn_page(
    address: str, page: FetchedPage, report: SyncReport, *, tags: Sequence[str], services: Services
) -> None:
    """Raises TooLarge, WrongUsage."""
    match page.state:
        case PageState.GONE:
            report.gone.append(address)
        case PageState.UNCHANGED:
            report.unchanged.append(address)
        case PageState.READ:
            documents.must_fit(len(page.raw))
            new = NewDocument(
                raw=page.raw,
                content_type=content_type_of_page(address, page.media_type),
                scope=EVERYBODY,
                collection=Collection.GLOBAL,
                source=address,
                tags=tuple(tags),
                dated_at=page.mark.modified_at,
            )
            await learn_document(new, report, services=services)
            await _keep_mark(address, page.mark, services=services)


async def _keep_mark(address: str, mark: PageMark, *, services: Services) -> None:
    async with services.unit() as unit:
        tenant_id = unit.context.tenant_id
        fact = Fact(tenant_id=tenant_id, key=_key(address), value=mark.text, at=unit.now)
        await unit.facts.put(fact)


async def _forget_page(address: str, report: SyncReport, *, services: Services) -> None:
    async with services.unit() as unit:
        revision = await unit.documents.next_revision()
        source = unit.redactor().clean(address)
        document = await unit.documents.of_source(EVERYBODY, source)
        if document is not None:
            await unit.documents.remove(document.id, revision=revision)
            report.deleted.append(address)
        await unit.facts.remove(_key(address))


def _key(address: str) -> str:
    """The key of the fact that keeps the mark of a page."""
    return f"page:{address}"
