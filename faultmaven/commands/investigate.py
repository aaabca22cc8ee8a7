"""`faultmaven investigate`: the whole product on your own files, with nothing left behind.

It opens a case in a store of its own, sends the alert through the journal and the files through
the jobs, as a server would, and prints what the case holds when nothing is left to do. The exit
code is 0 whatever of the files could not be read: each of them is named, with the reason. Where
nothing that was given can even be opened, it is 2, as for any wrong usage.
"""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson
from rich.text import Text

from bot.terminal.cards import draw
from bot.terminal.uploads import (
    HIDDEN,
    all_uploads,
    chunks,
    in_batches,
    without_common_folder,
)
from core.alerts.model import Severity
from core.cases.lifecycle import SYSTEM, open_case
from core.cases.model import Question
from core.cases.ports import gather
from core.context import HOME
from core.conversation.cards.answer_cards import body_of
from core.conversation.cards.card import Card
from core.conversation.cards.case_rows import gaps_of, unread_rows
from core.conversation.cards.quotes import coverage_text, gap_text
from core.errors import UnparsableDelivery, UnreadableEvidence, WrongUsage
from core.evidence.model import Coverage
from core.investigation.decision import Verdict
from core.investigation.service_names import ServiceNames
from core.investigation.situation import observe
from core.text.redacted import RedactedText
from core.workflows.code_quotes import with_quoted_code
from core.workflows.delivery_intake import DeliveryBody, accept, is_delivery, source_of
from core.workflows.evidence_intake import ArrivingFile, receive_files
from core.workflows.turn import consider
from faultmaven.commands.file_progress import FileProgress, progress_console, show_progress
from faultmaven.commands.investigation import MICRO, Investigation, document
from faultmaven.commands.verdict_picture import draw_to, form_of
from faultmaven.output import Terminal
from faultmaven.scratch import scratch_folder
from faultmaven.settings import scratch_settings
from faultmaven.wiring import Installation, wire

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from datetime import datetime
    from pathlib import Path

    from rich.console import Console

    from bot.terminal.uploads import Upload
    from core.cases.model import Case
    from core.evidence.model import EvidenceFile
    from core.investigation.decision import Situation
    from core.workflows.services import Services


MOST_NAMED = 10  # files in a refusal
MOST_OF_ALERT = 2**20  # bytes
MOST_MISSING = 2  # of what would tell more, what helps most
HEAD_START = 1_000  # files that are received before the first is read
COPIES = 16  # of a file's bytes: its original, what was unpacked of it, its table
BYTES_BESIDE = 64 * 2**10  # of each file: its key, its rows, blocks that are not full


def run(  # noqa: PLR0913 - each of them is an option
    *,
    paths: list[Path],
    alert: Path | None,
    topology: Path | None,
    question: str | None,
    at: datetime | None,
    as_json: bool,
    picture: Path | None = None,
    services: bool = False,
    models: tuple[str, ...] = (),
) -> int:
    """Investigate, print, draw `picture` if asked to, forget.

    services: print which names are of one service instead. models: asked in this order.
    Raises WrongUsage for a model that is spelt wrong, or whose library is missing.
    """
    form_of(picture)
    given = list(all_uploads([*paths, *([topology] if topology else [])]))
    among = None if alert else alert_among(given)
    if among and not as_json:
        Terminal().print(Text(f"The alert is {among.name}."))
    outcome = _result_of(
        _investigate(
            files=_readable([upload for upload in given if upload.path != among], paths=paths),
            alert=alert or among,
            question=question,
            at=at,
            console=progress_console(quiet=as_json),
            models=models,
        )
    )
    if topology and not outcome.situation.calls:
        message = f"the file given with --topology names no calls: {topology.name}"
        raise UnreadableEvidence(message, next_step='Write {"calls": [["caller", "callee"]]}.')
    if picture is not None:
        draw_to(
            picture,
            outcome.decision,
            outcome.situation,
            paths=paths,
            redactor=outcome.redactor,
        )
    if as_json:
        _write(document(outcome))
    elif services:
        _draw_services(ServiceNames(outcome.situation), Terminal())
    else:
        _draw(outcome)
    return 0


def _result_of(investigation: Coroutine[None, None, Investigation]) -> Investigation:
    """Its result, which is no task's: Python spells a task's result out when its loop ends."""
    results = list[Investigation]()

    async def investigate() -> None:
        results.append(await investigation)

    asyncio.run(investigate())
    return results[0]


async def _investigate(
    *,
    files: Sequence[Upload],
    alert: Path | None,
    question: str | None,
    at: datetime | None,
    console: Console,
    models: tuple[str, ...],
) -> Investigation:
    """console: where people see how far it is."""
    started = time.monotonic()
    body = alert.read_bytes() if alert else None  # noqa: ASYNC240 - nothing else runs yet
    with scratch_folder(expected=_expected_bytes(files)) as scratch:
        async with wire(scratch_settings(scratch, models=models)) as installation:
            services = installation.services
            if models and services.model is None:
                message = "the library that asks models is not installed"
                raise WrongUsage(message, next_step="pip install 'faultmaven[llm]'")
            case = await _open(body, installation=installation)
            await services.runner.expect(case_key=services.context.key(case.id))
            await _read(case, files, console, installation=installation)
            outcome = await _outcome(case, question=question, at=at, services=services)
            return replace(outcome, seconds=time.monotonic() - started)


def _expected_bytes(files: Sequence[Upload]) -> int:
    """What the store of the case will hold: originals, texts, tables, keys."""
    return sum(COPIES * file.size + BYTES_BESIDE for file in files)


async def _read(
    case: Case, files: Sequence[Upload], console: Console, *, installation: Installation
) -> None:
    """Receive all files before reading any: one turn follows the last, not one each.

    Of very many the first are read meanwhile: that takes longer than receiving the others.
    """
    workers, reading = installation.workers, list[asyncio.Task[None]]()
    progress = FileProgress(total=len(files), tally=workers.tally)
    with show_progress(progress, console):
        for batch in in_batches(files):
            arriving = [
                ArrivingFile(
                    chunks=chunks(upload.path),
                    name=upload.name,
                    service=upload.service,
                    size=upload.size,
                    problem=upload.problem,
                )
                for upload in batch
            ]
            await receive_files(case.id, arriving, by=SYSTEM, services=installation.services)
            progress.received.append(len(batch))
            if not reading and sum(progress.received) >= HEAD_START:
                reading.append(asyncio.create_task(workers.run_until_idle()))
        await asyncio.gather(*reading)
        await workers.run_until_idle()


def alert_among(given: Sequence[Upload]) -> Path | None:
    """The only file that is an alert as it was delivered: people hand it in with the others."""
    alerts = [
        upload.path
        for upload in given
        if upload.path.suffix == ".json" and 0 < upload.size <= MOST_OF_ALERT
        if is_delivery(upload.path.read_bytes())
    ]
    return alerts[0] if len(alerts) == 1 else None


def _readable(given: Sequence[Upload], *, paths: Sequence[Path]) -> list[Upload]:
    """All of it as evidence. Raises WrongUsage where nothing of it can be opened.

    paths: what a person named.
    """
    given = list(without_common_folder(given))
    if not given:
        message = f"there is no file in {', '.join(map(str, paths))}"
        raise WrongUsage(message, next_step="Name a file, or a folder that has some.")
    if given and all(upload.problem for upload in given):
        message = "; ".join(f"{upload.path}: {upload.problem}" for upload in given[:MOST_NAMED])
        step = f"Save what it gives first: cat {given[0].path} > FILE"
        if given[0].problem == HIDDEN:
            step = f"Name it: faultmaven investigate {given[0].path}"
        raise WrongUsage(message, next_step=step)
    return given


async def _open(alert: bytes | None, *, installation: Installation) -> Case:
    services = installation.services
    if alert is not None:
        await accept(
            DeliveryBody.of(alert),
            source=source_of(alert),
            journal=installation.journal,
            services=services,
        )
        await installation.workers.run_until_idle()
        async with services.reading() as unit:
            opened = await unit.cases.listing()
        if opened:
            return opened[0]
        message = "the file given with --alert is no alert as Alertmanager or PagerDuty delivers it"
        raise UnparsableDelivery(message, next_step="Save the body that they post, unchanged.")
    async with services.unit() as unit:
        view = await open_case(
            unit,
            title=RedactedText.format("Investigation of files"),
            severity=Severity.UNKNOWN,
            service=None,
            group_key="",
            since=services.clock.now(),
            actor=SYSTEM,
        )
    return view.case


async def _outcome(
    case: Case, *, question: str | None, at: datetime | None, services: Services
) -> Investigation:
    redactor = services.redactor(case.id)
    async with services.reading() as unit:
        dossier = await gather(unit, case.id)
        situation = await observe(unit, dossier.view)
    situation = await with_quoted_code(situation, case.id, services=services)
    asked = (_question(question, case, services=services),) if question else ()
    situation = replace(situation, at=at or _newest(situation), questions=asked)
    decision = await consider(situation, services=services)
    return Investigation(
        dossier=dossier,
        redactor=redactor,
        situation=situation,
        decision=decision,
        answer=decision.answers[0].response if decision.answers else None,
    )


def _question(text: str, case: Case, *, services: Services) -> Question:
    return Question(
        id=services.context.new_id("ask"),
        tenant_id=case.tenant_id,
        case_id=case.id,
        asked_by=SYSTEM,
        asked_at=services.now,
        text=services.redactor(case.id).clean(text),
        place=HOME,
    )


def _write(printed: dict[str, object]) -> None:
    sys.stdout.buffer.write(orjson.dumps(printed, option=orjson.OPT_INDENT_2) + b"\n")


def _draw(outcome: Investigation) -> None:
    console = Terminal()
    decision = outcome.decision
    console.print(draw(replace(outcome.screen, fold=()), width=console.width))
    if outcome.answer:
        body = body_of(outcome.answer, hypotheses=decision.hypotheses)
        card = Card(key="answer", version=0, mark=body.mark, rows=body.rows, fold=body.fold)
        console.print(draw(card, width=console.width))
    _draw_gaps(outcome, console)
    if decision.verdict is Verdict.NO_ROOT_CAUSE_YET:
        for missing in decision.missing[:MOST_MISSING]:
            console.print(Text(f"Missing: {missing.text}"))
    if outcome.screen.fold:
        console.print(
            Text(
                "More: the same with --question 'why 1', or --question 'what changed?'", style="dim"
            )
        )
    files = outcome.dossier.files
    lines = sum(file.lines for file in files if file.coverage is not Coverage.NONE)
    took = f"{_counted(files)} {lines:,} lines in {outcome.seconds:.1f} s"
    console.print(Text(f"{took}, {_models(outcome)}", style="dim"))


def _draw_services(names: ServiceNames, console: Console) -> None:
    """Each service, and what else is called so with the reason; then what stays apart."""
    for name in names.applied_names:
        console.print(Text(name, style="bold"))
        for alias in names.same:
            if alias.name == name:
                place = f"  {alias.locus.label}" if alias.locus else ""
                console.print(Text(f"  {alias.alias}: {alias.why.text}{place}"))
    for conflict in names.conflicts:
        console.print(
            Text(f"{conflict.alias}: could be {' or '.join(conflict.names)}; left as it is")
        )


def _models(outcome: Investigation) -> str:
    spent = outcome.dossier.view.investigation.spent
    if not spent.calls:
        return "no model used"
    return f"{spent.calls} model calls, {spent.tokens:,} tokens, ${spent.cost / MICRO:.4f}"


def _counted(files: Sequence[EvidenceFile]) -> str:
    if all(file.coverage is Coverage.WHOLE for file in files):
        return f"{len(files)} file{'s' if len(files) != 1 else ''},"
    return f"{coverage_text(files).text};"


def _draw_gaps(outcome: Investigation, console: Console) -> None:
    """Each file that was not read, or not all of it, with the reason; but what the screen names."""
    files = outcome.dossier.files
    named = [row for row in unread_rows(files) if row in outcome.screen.rows]
    for file in gaps_of(files)[len(named) :]:
        console.print(Text(f"{file.name.text}: {gap_text(file).text}"))


def _newest(situation: Situation) -> datetime:
    return max((file.last for file in situation.files if file.last), default=situation.at)
