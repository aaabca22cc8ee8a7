"""Writes the golden reports again: `python -m tests.reports`, or `make cards`.

Recorded incidents are played on a store in memory, with a clock that stands still: one is still
open, in the other people talk, confirm, apply the fix and resolve.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.terminal.uploads import chunks, uploads
from core.workflows.case_report import ReportForm, write_report
from core.workflows.delivery_intake import Journal, accept
from core.workflows.evidence_intake import receive_file
from tests.core.alerts.desk import body_of
from tests.fakes.chat import in_memory

if TYPE_CHECKING:
    from tests.fakes.chat import House

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "golden" / "reports"
RECORDINGS = {
    "ferry-bookings": ROOT / "faultmaven/recordings/ferry-bookings",
    "cinema-seats": ROOT / "tests/recordings/cinema-seats",
}
WITH_PEOPLE = "cinema-seats"
_NAMES = {ReportForm.MARKDOWN: "report", ReportForm.POST_MORTEM: "post-mortem"}
FORMS = tuple(_NAMES)
STARTED = {  # when the investigation begins, a little after the alert
    "ferry-bookings": datetime(2026, 11, 20, 8, 24, tzinfo=UTC),
    "cinema-seats": datetime(2026, 11, 20, 18, 0, tzinfo=UTC),
}
_PICTURE = re.compile(r"^\[(timeline|causes)\]: data:image/svg\+xml;base64,\S+$", re.MULTILINE)


async def play(slug: str, folder: Path) -> House:
    """The recorded case as number 1, investigated."""
    house, recording = in_memory(folder), RECORDINGS[slug]
    house.clock.at = STARTED[slug]
    services = house.services
    delivery = body_of((recording / "alert.json").read_bytes())
    await accept(delivery, journal=Journal(services.store), services=services)
    await house.work()
    async with services.reading() as unit:
        case = await unit.cases.by_number(1)
    beside = [recording / name for name in ("metrics.json", "topology.json")]
    for upload in uploads([recording / "files", *beside]):
        await receive_file(
            case.id,
            chunks(upload.path),
            name=upload.name,
            by="dana",
            service=upload.service,
            services=services,
        )
        await house.work()
    if slug == WITH_PEOPLE:
        await _talk(house)
    return house


async def _talk(house: House) -> None:
    """What people do: questions, which no report tells, and what helped, which it does."""
    for line in (
        "#1 ask what is going on?",
        "#1 owner lee",
        "#1 confirm 1 the kernel log shows it",
        "#1 fixed 1",
        "#1 resolve rolled back the deploy",
    ):
        house.clock.advance(60)
        await house.say(line, by="lee")
        await house.work()


async def written(slug: str, form: ReportForm, folder: Path) -> str:
    """The report of a recorded case as text; in place of its picture, that there is one."""
    house = await play(slug, folder)
    report = await write_report(1, form=form, services=house.services)
    return _PICTURE.sub(r"[\1]: (a picture)", report.body.decode())


def golden_path(slug: str, form: ReportForm) -> Path:
    return GOLDEN / f"{slug}.{_NAMES[form]}.md"


def main() -> None:
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for slug in RECORDINGS:
        for form in FORMS:
            with tempfile.TemporaryDirectory() as folder:
                text = asyncio.run(written(slug, form, Path(folder)))
            golden_path(slug, form).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
