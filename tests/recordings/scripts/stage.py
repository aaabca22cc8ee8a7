"""The clock of one recording, and the harvest of its files."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tests.recordings.scripts import monitoring, tracing, world
from tests.recordings.scripts.fleet import Fleet
from tests.recordings.scripts.receiver import ReceivedPost, Receiver

if TYPE_CHECKING:
    from collections.abc import Iterable

# What watches is not part of what is watched, and its logs would describe this machine.
_NOT_KEPT = shutil.ignore_patterns("prometheus", "alertmanager", "collector", "*-exporter")


@dataclass
class RecordingStage:
    """One recording. out: the folder that becomes it."""

    fleet: Fleet
    out: Path
    sink: Receiver = field(
        default_factory=lambda: Receiver(monitoring.RECEIVER, monitoring.RECEIVER_PORT)
    )
    began: float = 0.0
    expected: float = 0.0
    repaired: float = 0.0
    marks: dict[str, str] = field(default_factory=dict)

    def begin(self) -> None:
        """Listen for deliveries; from here on series are kept."""
        self.sink.start()
        time.sleep(10)
        self.began = time.time()

    def expect_alert(self) -> None:
        """What is delivered from here on is what the recording is about."""
        self.expected = time.time()

    def mark(self, name: str) -> None:
        """Note for the truth, not for the recording, that `name` happens now."""
        self.marks[name] = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    def wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.fleet.check()
            time.sleep(1)

    def wait_for_resolved(self, *, timeout_s: float) -> None:
        """Wait until the alert that was expected is delivered as resolved, or give up quietly."""
        until, self.repaired = time.monotonic() + timeout_s, time.time()
        while time.monotonic() < until and self._resolved() is None:
            self.wait(2)
        self.wait(10)

    def keep(self, series: Iterable[str], calls: list[list[str]]) -> None:
        """Write all that a recording consists of, its script and README apart, to `out`."""
        self.out.mkdir(parents=True, exist_ok=True)
        first, resolved = self._first(), self._resolved()
        if first is None:
            raise RuntimeError("no alert was delivered")
        (self.out / "alert.json").write_bytes(first.body)
        if resolved is not None:
            (self.out / "resolved.json").write_bytes(resolved.body)
        metrics = monitoring.export(series, start=self.began, end=time.time())
        (self.out / "metrics.json").write_bytes(metrics)
        (self.out / "topology.json").write_text(json.dumps({"calls": calls}, indent=1) + "\n")
        if tracing.SPANS.exists():
            shutil.copy(tracing.SPANS, self.out)
        shutil.copytree(world.LOGS, self.out / "files", ignore=_NOT_KEPT, dirs_exist_ok=True)
        for delivery in self.sink.deliveries:
            print(_summary(delivery))

    def _first(self) -> ReceivedPost | None:
        awaited = (delivery for delivery in self.sink.deliveries if delivery.at > self.expected)
        return next(
            (delivery for delivery in awaited if json.loads(delivery.body)["status"] == "firing"),
            None,
        )

    def _resolved(self) -> ReceivedPost | None:
        if (first := self._first()) is None:
            return None
        group = json.loads(first.body)["groupKey"]
        for delivery in self.sink.deliveries:
            body = json.loads(delivery.body)
            ended = body["status"] == "resolved" and delivery.at > self.repaired
            if ended and body["groupKey"] == group:
                return delivery
        return None


def _summary(delivery: ReceivedPost) -> str:
    body = json.loads(delivery.body)
    at = datetime.fromtimestamp(delivery.at, UTC)
    return f"{at:%H:%M:%S} {body['status']} {body['groupKey']}"
