"""The recordings as incidents that journeys play: in disguise, with what is true of them."""

from __future__ import annotations

import json
import os
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.faultmaven.forked_programs import start_faultmaven
from tests.journeys.disguise import Disguise

if TYPE_CHECKING:
    from core.evidence.model import Locus

ROOT = Path(__file__).parents[2]
INCIDENTS = {
    "cinema-seats": ROOT / "tests/recordings/cinema-seats",
    "ferry-bookings": ROOT / "faultmaven/recordings/ferry-bookings",
    "library-loans": ROOT / "tests/recordings/library-loans",
    "meter-quotes": ROOT / "tests/recordings/meter-quotes",
    "parcel-scans": ROOT / "tests/recordings/parcel-scans",
}
QUIET = {"bike-rides": ROOT / "tests/recordings/bike-rides"}
SHIFT = -timedelta(days=17, hours=5, minutes=13, seconds=42)
SERIES = "metrics.json"
BESIDE = (SERIES, "topology.json", "traces.jsonl")


@dataclass(frozen=True)
class DisguisedIncident:
    """A recording in disguise, with what is true of it."""

    name: str
    folder: Path
    disguise: Disguise
    truth: dict[str, Any]

    @property
    def service(self) -> str:
        return self.disguise.names[self.truth["service"]]

    @property
    def innocent(self) -> set[str]:
        return {self.disguise.names[name] for name in self.truth["not_to_blame"]}

    @property
    def files(self) -> list[Path]:
        """What an operator has: the files of each service, and what lies beside them."""
        beside = [self.folder / name for name in BESIDE]
        return [self.folder / "files", *(file for file in beside if file.exists())]

    def is_decisive(self, file: str, line_start: int, line_end: int) -> bool:
        """Whether decisive lines lie there. file: as citations name it."""
        name = Path(file).name  # a chat platform knows no folders
        return any(
            Path(self._told(span["file"])).name == name
            and line_start <= span["line_end"]
            and span["line_start"] <= line_end
            for span in self.truth["decisive"]
        )

    def shows_it(self, locus: Locus) -> bool:
        """Whether it is decisive: lines, or a series of the service at fault."""
        return f'"{self.service}"' in (locus.series or "") or self.is_decisive(
            locus.file, locus.line_start, locus.line_end
        )

    def decides(self, name: str) -> bool:
        """Whether the file of this name holds decisive lines or series."""
        decisive = {Path(self._told(span["file"])).name for span in self.truth["decisive"]}
        return Path(name).name in decisive | {SERIES}

    def _told(self, file: str) -> str:
        return "/".join(self.disguise.name(part) for part in Path(file).parts)


def in_disguise(name: str, folder: Path) -> DisguisedIncident:
    """The recording of this name, put below `folder`."""
    recording = (INCIDENTS | QUIET)[name]
    truth = json.loads((ROOT / f"tests/recordings/truth/{name}.json").read_text())
    disguise = Disguise.of(recording, by=SHIFT)
    return DisguisedIncident(name, disguise.put_on(recording, folder), disguise, truth)


async def investigate(incident: DisguisedIncident) -> dict[str, Any]:
    """What `faultmaven investigate --json` says about its files."""
    files = [str(file) for file in incident.files if file.name != "topology.json"]
    alert, topology = (str(incident.folder / name) for name in ("alert.json", "topology.json"))
    process = await start_faultmaven(
        *("investigate", *files),
        *("--alert", alert, "--topology", topology, "--question", "why 1?", "--json"),
        folder=Path.cwd(),
        environment=os.environ,
        stdout=PIPE,
        stderr=PIPE,
    )
    out, output = await process.communicate()
    assert (process.returncode, output) == (0, b"")
    document: dict[str, Any] = json.loads(out)
    return document
