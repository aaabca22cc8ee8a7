"""`faultmaven events`: lines of files, or of a case's files, by level and time window."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from core.errors import NotFound, WrongUsage
from faultmaven.output import print_json, print_line, print_table
from faultmaven.scratch import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from core.evidence.events.answers import EventSource
    from core.evidence.events.window import EventQueryText
    from core.redaction.engine import Redactor
    from faultmaven.unpacked_files import FileReading


def run(*, paths: list[Path], case: int | None, spelt: EventQueryText, as_json: bool) -> int:
    """Find, redact, print."""
    if bool(paths) == (case is not None):
        step = "For example: faultmaven events app.log --level error --since 1h"
        raise WrongUsage("give either files or --case N", next_step=step)
    spelt.read()  # what is misspelt is said before anything is read
    answer = _of_files(paths, spelt) if case is None else asyncio.run(_of_case(case, spelt))
    if as_json:
        print_json(answer)
    else:
        _draw(answer, spelt)
    return 0


async def _of_case(number: int, spelt: EventQueryText) -> dict[str, Any]:
    from faultmaven.operator_client import answer_of, operator_client  # noqa: PLC0415 - slow
    from faultmaven.settings import load_settings  # noqa: PLC0415

    asked = {name: value for name, value in asdict(spelt).items() if value is not None}
    async with operator_client(load_settings()) as client:
        path = f"/api/v1/operator/cases/{number}/events"
        answer: dict[str, Any] = answer_of(await client.get(path, params=asked))
        return answer


def _of_files(paths: Sequence[Path], spelt: EventQueryText) -> dict[str, Any]:
    """Read files into a temporary store, and query them as a case's files are."""
    from core.evidence.events.answers import answer_document, find_events  # noqa: PLC0415 - slow
    from core.redaction.engine import Redactor  # noqa: PLC0415
    from faultmaven.redaction import read_redaction_rules  # noqa: PLC0415
    from faultmaven.settings import load_settings  # noqa: PLC0415

    rules = read_redaction_rules(load_settings())
    redactor, sought = Redactor(secrets.token_bytes(32), rules=rules), spelt.read()
    with scratch_folder() as scratch:
        read = list(_read(paths, scratch, redactor))
        sources = [source for _, source in read if source]
        if not sources:
            step = "`faultmaven extract FILE` says what a file is."
            raise NotFound("no file of these tells events", next_step=step)
        answered = find_events(sought, sources, redactor=redactor)
        unread = [name for name, source in read if source is None]
        return {**answer_document(sought, answered), "unread": unread}


def _read(
    paths: Sequence[Path], scratch: Path, redactor: Redactor
) -> Iterator[tuple[str, EventSource | None]]:
    """Every file by its redacted name; None where it tells no events. An archive is its files."""
    from bot.terminal.uploads import uploads  # noqa: PLC0415 - slow
    from faultmaven.unpacked_files import UnpackedFiles  # noqa: PLC0415

    files = UnpackedFiles(redactor=redactor, folder=scratch)
    for reading in files.read_uploads(uploads(paths)):
        if reading.extraction is None or not reading.extraction.members:
            yield redactor.clean(reading.name).text, _source(reading, redactor)


def _source(reading: FileReading, redactor: Redactor) -> EventSource | None:
    from core.evidence.events.answers import EventSource  # noqa: PLC0415 - slow
    from core.evidence.events.table import read_table  # noqa: PLC0415

    extraction, shelf = reading.extraction, reading.shelf
    table = read_table(shelf.table, key=redactor.derive("identifiers"))
    if table is None or extraction is None:
        return None
    return EventSource(
        name=redactor.clean(reading.name).text,
        table=table,
        text=shelf.rendition.original() if extraction.decoded else reading.original,
        service=extraction.service,
        services=frozenset(finding.service for finding in extraction.findings if finding.service),
    )


def _draw(answer: dict[str, Any], spelt: EventQueryText) -> None:
    print_line(_headline(answer))
    for name in answer["unread"]:
        print_line(f"{name} tells no events, or was read by another version of us.")
    events = answer["events"]
    if events:
        rows = [_row(event) for event in events]
        print_table(["time (UTC)", "level", "service", "line", "text"], rows)
    elif answer["files"] and answer["anchor"] is None:
        print_line("No file tells a time. Without --since and --until all their lines count.")
    elif not events:
        print_line(_advice(spelt))
    if answer["total"] > answer["shown"]:
        print_line(f"{answer['total'] - answer['shown']:,} more: --limit, or a narrower window.")


def _advice(spelt: EventQueryText) -> str:
    """Advice where nothing fits: a misspelt name is likelier than an empty hour."""
    named = {"service": spelt.service, "host": spelt.host, "id": spelt.id, "kind": spelt.kind}
    given = " ".join(f"--{option} {value}" for option, value in named.items() if value is not None)
    if given:
        return f"Next: without {given}; a name has to be spelt as the lines spell it."
    return "Next: a longer --since, a lower --level, or --at with another moment."


def _headline(answer: dict[str, Any]) -> str:
    """`4,236 events since … (counted back from the newest event, …)`."""
    headline = f"{answer['total']:,} event{'' if answer['total'] == 1 else 's'}"
    if answer["since"]:
        headline += f" since {_clock(answer['since'])}"
    if answer["until"]:
        headline += f" until {_clock(answer['until'])}"
    if answer["counted_from"]:
        headline += f", counted back from the {answer['counted_from']}, {_clock(answer['anchor'])}"
        headline = headline.replace("from the --at", "from --at")
    return f"{headline}, {answer['order']}"


def _row(event: dict[str, Any]) -> list[str]:
    locus = event["locus"]
    last = "" if locus["line_end"] == locus["line_start"] else f"-{locus['line_end']}"
    return [
        _clock(event["at"]) if event["at"] else "no time",
        event["level"],
        event["service"] or "-",
        f"{locus['file']}:{locus['line_start']}{last}",
        " ".join(event["text"].split()),
    ]


def _clock(wire: str) -> str:
    """Without the zone, which the heading says, and to the millisecond."""
    return wire.removesuffix("Z").replace("T", " ")[:23]
