"""`faultmaven timeline`: what happened when, in your files or in a case, and as a picture."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any

from core.errors import NotFound, WrongUsage
from faultmaven.output import print_json, print_line
from faultmaven.scratch import scratch_folder
from faultmaven.whole_file import write_picture

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    import httpx

    from core.evidence.pictures.style import Form
    from core.evidence.timeline import Timeline, TimelineFile
    from core.redaction.engine import Redactor

    Read = tuple[
        list[tuple[TimelineFile, Path]], list[str]
    ]  # with their tables, and the unreadable


def run(
    *,
    paths: list[Path],
    case: int | None,
    picture: Path | None,
    at: datetime | None,
    as_json: bool,
) -> int:
    """Merge, print, draw."""
    if bool(paths) == (case is not None):
        step = "For example: faultmaven timeline logs/ --picture timeline.png"
        raise WrongUsage("give either files or --case N", next_step=step)
    form = _form(picture)
    if case is None:
        report, drawn = _of_files(paths, at, form)
    else:
        report, drawn = asyncio.run(_of_case(case, at, form))
    if picture is not None and drawn is not None:
        write_picture(picture, drawn)
    if as_json:
        print_json(report)
    else:
        _print(report, picture)
    return 0


def _form(picture: Path | None) -> Form | None:
    match picture.suffix.lower() if picture else None:
        case None:
            return None
        case ".png":
            return "png"
        case ".svg":
            return "svg"
        case _:
            step = "For example: --picture timeline.png"
            raise WrongUsage("a picture is a .png or a .svg", next_step=step)


async def _of_case(
    number: int, at: datetime | None, form: Form | None
) -> tuple[dict[str, Any], bytes | None]:
    from faultmaven.operator_client import answer_of, operator_client  # noqa: PLC0415 - slow
    from faultmaven.settings import load_settings  # noqa: PLC0415

    path = f"/api/v1/operator/cases/{number}/timeline"
    asked = {"at": at.isoformat()} if at else {}
    async with operator_client(load_settings()) as client:
        report: dict[str, Any] = answer_of(await client.get(path, params=asked))
        if form is None:
            return report, None
        return report, await _picture(client, f"{path}/picture", {**asked, "form": form})


async def _picture(client: httpx.AsyncClient, path: str, asked: dict[str, str]) -> bytes:
    from faultmaven.operator_client import answer_of  # noqa: PLC0415 - slow

    response = await client.get(path, params=asked)
    if not response.is_success:
        answer_of(response)
    return response.content


def _of_files(
    paths: Sequence[Path], at: datetime | None, form: Form | None
) -> tuple[dict[str, Any], bytes | None]:
    from core.conversation.reports.timeline import document, until  # noqa: PLC0415 - slow
    from core.redaction.engine import Redactor  # noqa: PLC0415

    redactor = Redactor(secrets.token_bytes(32))
    merged, unread = _merged(paths, redactor)
    timeline = until(merged, at)
    drawn = None
    if form is not None:
        from core.evidence.pictures.timeline import draw_timeline  # noqa: PLC0415 - slow

        drawn = draw_timeline(timeline, form).content
    return {**document(timeline, redactor=redactor), "unread": unread}, drawn


def _merged(paths: Sequence[Path], redactor: Redactor) -> tuple[Timeline, list[str]]:
    """Read files into temporary stores, compare their ids for clock skew, and merge them."""
    from core.conversation.reports.timeline import merge  # noqa: PLC0415 - slow
    from core.evidence.events.table import read_table  # noqa: PLC0415
    from core.evidence.skew import find_skews, id_spans  # noqa: PLC0415
    from core.evidence.timeline import align_clocks  # noqa: PLC0415

    with scratch_folder() as scratch:
        read, unread = _read(paths, scratch, redactor)
        key = redactor.derive("identifiers")
        tables = {witness.name: read_table(table, key=key) for witness, table in read}
        seen = {name: id_spans(table) for name, table in tables.items() if table is not None}
        clocks = align_clocks(find_skews(seen))
    if not read and not unread:
        step = "`faultmaven extract FILE` says what a file is."
        raise NotFound("there is no file to read", next_step=step)
    return merge([witness for witness, _ in read], redactor=redactor, clocks=clocks), unread


def _read(
    paths: Sequence[Path], scratch: Path, redactor: Redactor
) -> tuple[list[tuple[TimelineFile, Path]], list[str]]:
    """Witnesses of the files, and the files that could not be read, each with its reason."""
    from bot.terminal.uploads import uploads  # noqa: PLC0415 - slow
    from core.evidence.timeline import TimelineFile  # noqa: PLC0415
    from faultmaven.unpacked_files import UnpackedFiles  # noqa: PLC0415

    witnesses, unread = [], list[str]()
    files = UnpackedFiles(redactor=redactor, folder=scratch)
    for reading in files.read_uploads(uploads(paths)):
        name, extraction = redactor.clean(reading.name).text, reading.extraction
        if extraction is None:
            unread.append(f"{name}: {reading.problem}")
            continue
        witness = TimelineFile(
            name=name,
            service=extraction.service,
            findings=extraction.findings,
            first=extraction.first,
            onset=extraction.onset,
        )
        witnesses.append((witness, reading.shelf.table))
    return witnesses, unread


def _print(report: dict[str, Any], picture: Path | None) -> None:
    if report["onset"]:
        print_line(report["onset"]["text"])
    for note in [
        *report["notes"],
        *(f"Not read: {problem}" for problem in report.get("unread", ())),
    ]:
        print_line(note)
    width = min(24, max((len(entry["lane"]) for entry in report["entries"]), default=0))
    day = ""
    for entry in report["entries"]:
        if entry["at"][:10] != day:
            day = entry["at"][:10]
            print_line(f"{day} (UTC)")
        print_line(_line(entry, width))
    if not report["entries"]:
        print_line("No file tells of anything that happened at a known time.")
    if picture is not None:
        print_line(f"Picture: {picture}")


def _line(entry: dict[str, Any], width: int) -> str:
    at, lane, locus = entry["at"][11:23].rstrip("Z"), entry["lane"], entry["locus"]
    own = f" (its own clock: {entry['told_at'][11:23]})" if entry["told_at"] != entry["at"] else ""
    place = f"  {_label(locus)}" if locus else ""
    return f"{at:<12}  {lane:<{width}}  {entry['text']}{own}{place}"


def _label(locus: dict[str, Any]) -> str:
    last = "" if locus["line_end"] == locus["line_start"] else f"-{locus['line_end']}"
    return f"{locus['file']}:{locus['line_start']}{last}"
