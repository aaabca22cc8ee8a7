"""`faultmaven knowledge`: the health of runbooks, drafts of new ones, and how all is related.

Works on the database, beside a server or alone.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from api.knowledge import document_answer, version_answer
from api.knowledge_health import health_answer
from core.errors import WrongUsage
from core.workflows.knowledge_documents import everybodys_document
from core.workflows.knowledge_health import knowledge_health
from core.workflows.runbook_drafts import draft_runbook
from faultmaven.commands.knowledge_graph import show_graph
from faultmaven.output import print_json, print_line
from faultmaven.settings import load_settings
from faultmaven.wiring import wire

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api.knowledge_health import (
        KnowledgeHealthAnswer,
        RunbookUseAnswer,
        StaleRunbookAnswer,
    )
    from core.cases.feedback import FeedbackTally
    from core.knowledge.model import Document
    from core.workflows.knowledge_documents import VersionChange

SHOWN = 10  # lines of a section; the JSON has all
CASES_SHOWN = 5


def run(*, action: str, as_json: bool = False, **arguments: Any) -> int:
    """Raises StoreUnavailable, NotFound."""
    match action:
        case "draft":
            return _draft(**arguments)
        case "graph":
            return show_graph(**arguments, as_json=as_json)
        case "show":
            return _show(**arguments, as_json=as_json)
        case _:
            return _health(**arguments, as_json=as_json)


def _show(*, source: str, diff: bool, as_json: bool) -> int:
    """A document of everybody, its tags and its versions. Raises NotFound."""
    document, changes, tally = asyncio.run(_read_document(source))
    if as_json:
        versions = [version_answer(change).model_dump(mode="json") for change in changes]
        print_json({**document_answer(document).model_dump(mode="json"), "versions": versions})
        return 0
    print_line(f"{document.title.text}  {document.source.text}")
    print_line(f"tags: {', '.join(document.tags) or '-'}")
    print_line(f"helped {tally.helped}, did not {tally.unhelpful}")
    for change in changes:
        version = change.version
        of = f", commit {version.commit[:12]}" if version.commit else ""
        print_line(f"version {version.number}: {version.brought_at:%Y-%m-%d %H:%M}{of}")
        for line in change.diff.text.splitlines() if diff else ():
            print_line(f"  {line}")
    return 0


async def _read_document(source: str) -> tuple[Document, list[VersionChange], FeedbackTally]:
    async with wire(load_settings(), audiences=()) as installation:
        return await everybodys_document(source, services=installation.services)


def _draft(*, alert: str, out: Path | None = None) -> int:
    """Into a file, or on standard output. Raises NotFound, WrongUsage."""
    text = asyncio.run(_drafted(alert))
    if out is None:
        for line in text.splitlines():
            print_line(line)
        return 0
    if out.exists():
        message = f"{out} is there already"
        raise WrongUsage(message, next_step="Name another file: what a person wrote stays.")
    out.write_text(f"{text}\n", encoding="utf-8")
    print_line(f"Written: {out}. Review it, then: faultmaven learn {out}")
    return 0


async def _drafted(alert: str) -> str:
    async with wire(load_settings(), audiences=()) as installation:
        return (await draft_runbook(alert, services=installation.services)).text


def _health(*, stale_days: int, as_json: bool) -> int:
    """One page."""
    answer = asyncio.run(_read_health(stale_days))
    if as_json:
        print_json(answer.model_dump(mode="json"))
        return 0
    for line in _page(answer, stale_days):
        print_line(line)
    return 0


async def _read_health(stale_days: int) -> KnowledgeHealthAnswer:
    async with wire(load_settings(), audiences=()) as installation:
        days = timedelta(days=stale_days)
        health = await knowledge_health(stale_after=days, services=installation.services)
    return health_answer(health)


def _page(answer: KnowledgeHealthAnswer, stale_days: int) -> Iterator[str]:
    since = f" since {answer.since:%Y-%m-%d}" if answer.since else ""
    yield f"{answer.runbooks} runbooks, {answer.cases} cases{since}"
    yield from _section(
        "Alerts without a runbook",
        [
            f"{alert.alert} at {alert.service or '-'}: {alert.cases} cases, the last #{alert.last}"
            for alert in answer.uncovered
        ],
    )
    yield from _section(
        "Never suggested, or never opened", [_use_line(use) for use in answer.unused]
    )
    yield from _section("Did not help", [_tally_line(use) for use in answer.unhelpful])
    yield from _section(
        "Steps that did not help",
        [
            f"{step.source} step {step.step}: {step.text}"
            f" (helped {step.helped}, did not {step.unhelpful})"
            for step in answer.steps
        ],
    )
    yield from _section(
        f"Stale, after {stale_days} days", [_stale_line(each) for each in answer.stale]
    )


def _section(title: str, lines: list[str]) -> Iterator[str]:
    yield ""
    yield f"{title}: {len(lines) or 'none'}"
    yield from (f"  {line}" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        yield f"  and {len(lines) - SHOWN} more: --json"


def _use_line(use: RunbookUseAnswer) -> str:
    if not use.suggested and not use.opened:
        return f"{use.source}: never suggested"
    if not use.opened:
        return f"{use.source}: suggested in {use.suggested} cases, never opened"
    return f"{use.source}: never suggested, opened in {use.opened} cases"


def _tally_line(use: RunbookUseAnswer) -> str:
    return f"{use.source}: helped {use.helped}, did not {use.unhelpful}"


def _stale_line(runbook: StaleRunbookAnswer) -> str:
    parts = []
    if runbook.cases:
        numbers = " ".join(f"#{number}" for number in runbook.cases[:CASES_SHOWN])
        updated = f"{runbook.updated_at:%Y-%m-%d}"
        parts.append(f"updated {updated}, {len(runbook.cases)} cases since: {numbers}")
    parts += [
        f"names {unseen.name}, last seen in #{unseen.last} on {unseen.last_at:%Y-%m-%d}"
        for unseen in runbook.unseen
    ]
    return f"{runbook.source}: {'; '.join(parts)}"
