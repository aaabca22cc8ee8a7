"""The same incident of another day and another company: every name and every time is changed.

What is found in a recording must be found in what its lines say. If it is found by a name or a
date that somebody has seen, it is not found here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from core.alerts.notification import fingerprint_of

if TYPE_CHECKING:
    from pathlib import Path

# Neither says what a service is for, nor is one within another.
SERVICES = ("alder", "birch-01", "cedar", "dogwood", "elm-x", "fir-green", "gorse", "hazel", "iris")
FILES = {"deploys": "history", "postgresql": "main", "redis-server": "node"}
SPAN = timedelta(hours=1)  # a number this near to a recording's time is one, too
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

ISO = re.compile(r"\b(?P<time>\d{4}-\d\d-\d\d(?P<t>[T ])\d\d:\d\d:\d\d)(?P<rest>[.,]\d+)?")
REDIS = re.compile(rf"\b\d\d (?:{'|'.join(MONTHS)}) \d{{4}} \d\d:\d\d:\d\d\b")
# Seconds, whole or not, or nanoseconds as spans have them.
EPOCH = re.compile(r"(?<![\w.-])(?P<whole>\d{10})(?P<rest>\.\d+|\d{9})?(?![\w.])")
NEVER = "0001-01-01"  # Go's zero time


@dataclass(frozen=True)
class Disguise:
    """How one recording is told otherwise. `names`: service to service; `by`: what is added."""

    names: Mapping[str, str]
    by: timedelta
    around: datetime

    @classmethod
    def of(cls, recording: Path, *, by: timedelta) -> Disguise:
        """Every folder and every end of a call is a service, and gets a name of no meaning."""
        calls = json.loads((recording / "topology.json").read_text())["calls"]
        folders = {folder.name for folder in (recording / "files").iterdir()} - set(FILES)
        services = sorted(folders | {service for call in calls for service in call})
        (alert,) = json.loads((recording / "alert.json").read_text())["alerts"]
        names = dict(zip(services, SERVICES, strict=False))
        assert len(names) == len(services), "more services than names"
        return cls(names, by, datetime.fromisoformat(alert["startsAt"]))

    def put_on(self, recording: Path, folder: Path) -> Path:
        """The whole recording below `folder`."""
        for file in sorted(path for path in recording.rglob("*") if path.is_file()):
            if file.suffix == ".md":
                continue
            inside = "/".join(self.name(part) for part in file.relative_to(recording).parts)
            path = folder / inside
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.text(file.read_text(), is_delivery="startsAt" in file.read_text()))
        return folder

    def name(self, name: str) -> str:
        """A file or folder under its other name."""
        stem = name.partition(".")[0]
        return self._renamed(name.replace(stem, FILES.get(stem, stem), 1))

    def text(self, text: str, *, is_delivery: bool = False) -> str:
        """Any file's content."""
        text = self._renamed(text)
        for pattern, shifted in ((ISO, self._iso), (REDIS, self._redis), (EPOCH, self._epoch)):
            text = pattern.sub(shifted, text)
        return _with_fingerprints(text) if is_delivery else text

    def _renamed(self, text: str) -> str:
        return self._known.sub(self._spelt, text)

    @cached_property
    def _spellings(self) -> dict[str, str]:
        """Each old name in each way it may be written, and the new one written so."""
        spells = (_shouted, _dotted, _camel, _snake, str)
        return {spell(old): spell(new) for old, new in self.names.items() for spell in spells}

    @cached_property
    def _known(self) -> re.Pattern[str]:
        """A name where it is a word of its own, also within `RATES_URL` and `%22rates%22`."""
        longest = sorted(self._spellings, key=len, reverse=True)
        plain = "|".join(
            re.escape(name) for name in longest if name in (name.lower(), name.upper())
        )
        mixed = "|".join(
            re.escape(name) for name in longest if name not in (name.lower(), name.upper())
        )
        return re.compile(
            rf"(?:(?<![A-Za-z0-9])|(?<=%22))(?:{plain})(?![A-Za-z0-9])"
            rf"|(?<![a-z])(?:{mixed})(?![a-z])"
        )

    def _spelt(self, match: re.Match[str]) -> str:
        """As the old name was, and fit for where it is: `rates_total` is no place for a hyphen."""
        new = self._spellings[match[0]]
        around = match.string[max(match.start() - 1, 0) : match.end() + 1]
        return _snake(new) if "_" in (around[0], around[-1]) else new

    def _iso(self, match: re.Match[str]) -> str:
        if match["time"].startswith(NEVER):
            return match[0]
        moment = datetime.fromisoformat(match["time"]) + self.by
        return f"{moment.isoformat(match['t'])}{match['rest'] or ''}"

    def _redis(self, match: re.Match[str]) -> str:
        day, month, rest = match[0].split(" ", 2)
        when = datetime.strptime(
            f"{day} {MONTHS.index(month) + 1} {rest}", "%d %m %Y %H:%M:%S"
        ).replace(tzinfo=UTC)
        moment = when + self.by
        return f"{moment:%d} {MONTHS[moment.month - 1]} {moment:%Y %H:%M:%S}"

    def _epoch(self, match: re.Match[str]) -> str:
        seconds = int(match["whole"])
        if abs(seconds - self.around.timestamp()) > SPAN.total_seconds():
            return match[0]
        return f"{seconds + int(self.by.total_seconds())}{match['rest'] or ''}"


def _snake(name: str) -> str:
    return name.replace("-", "_")


def _dotted(name: str) -> str:
    return name.replace("-", ".")


def _shouted(name: str) -> str:
    return _snake(name).upper()


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


def _with_fingerprints(delivery: str) -> str:
    """The body with the fingerprint that Alertmanager would give to its alerts' labels."""
    body: dict[str, Any] = json.loads(delivery)
    for alert in body["alerts"]:
        alert["fingerprint"] = fingerprint_of(alert["labels"])
    return json.dumps(body, separators=(",", ":"))
