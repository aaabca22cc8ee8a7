"""Counts of one memory cgroup, named as cAdvisor names them."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import start_http_server
from prometheus_client.core import REGISTRY, CounterMetricFamily, GaugeMetricFamily, Metric

FOLDER, NAME = Path(os.environ["FOLDER"]), os.environ["NAME"]


class Cgroup:
    def collect(self) -> Iterator[Metric]:
        stat = dict(line.split() for line in (FOLDER / "memory.stat").read_text().splitlines())
        used = _number("memory.usage_in_bytes") - int(stat["total_inactive_file"])
        events = dict(
            line.split() for line in (FOLDER / "memory.oom_control").read_text().splitlines()
        )
        yield _gauge("container_memory_working_set_bytes", "In use", used)
        limit = _number("memory.limit_in_bytes")
        yield _gauge("container_spec_memory_limit_bytes", "At most", limit)
        ended = CounterMetricFamily("container_oom_events", "Processes ended", labels=["name"])
        ended.add_metric([NAME], int(events["oom_kill"]))
        yield ended


def _gauge(name: str, says: str, value: float) -> Metric:
    gauge = GaugeMetricFamily(name, says, labels=["name"])
    gauge.add_metric([NAME], value)
    return gauge


def _number(file: str) -> int:
    return int((FOLDER / file).read_text())


if __name__ == "__main__":
    REGISTRY.register(Cgroup())  # type: ignore[arg-type]
    start_http_server(int(os.environ["PORT"]), os.environ["BIND"])
    while True:
        time.sleep(3600)
