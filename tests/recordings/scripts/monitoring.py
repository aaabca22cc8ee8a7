"""Monitoring of a recording: Prometheus, Alertmanager and the export of the series."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.recordings.scripts.fleet import Fleet

STEP_S = 5
PROMETHEUS, ALERTMANAGER, RECEIVER = "127.0.100.1", "127.0.100.2", "127.0.100.3"
RECEIVER_PORT = 8080

_PROMETHEUS = """
global: {{scrape_interval: 5s, evaluation_interval: 5s, external_labels: {{cluster: {cluster}}}}}
rule_files: [/srv/prometheus/rules.yml]
alerting:
  alertmanagers: [{{static_configs: [{{targets: ['alertmanager:9093']}}]}}]
scrape_configs:
"""
_JOB = """
  - job_name: {job}
    static_configs: [{{targets: ['{target}'], labels: {{service: {service}}}}}]
"""
_ALERTMANAGER = """
route:
  receiver: on-call
  group_by: [alertname, service]
  group_wait: 5s
  group_interval: 10s
  repeat_interval: 4h
receivers:
  - name: on-call
    webhook_configs: [{url: 'http://receiver:8080/alerts', send_resolved: true}]
"""


def start_monitoring(
    fleet: Fleet, *, cluster: str, domain: str, rules: Path, targets: Mapping[str, Sequence[str]]
) -> None:
    """Scrape every 5 s and deliver alerts to the receiver.

    targets: job name to [host:port, service label].
    """
    home = Path("/srv/prometheus")
    home.mkdir()
    (home / "rules.yml").write_text(rules.read_text())
    jobs = (_JOB.format(job=job, target=at, service=of) for job, (at, of) in targets.items())
    (home / "prometheus.yml").write_text(_PROMETHEUS.format(cluster=cluster) + "".join(jobs))
    (home / "alertmanager.yml").write_text(_ALERTMANAGER)
    fleet.start(
        "prometheus",
        [
            "prometheus",
            "--config.file=/srv/prometheus/prometheus.yml",
            "--storage.tsdb.path=/var/lib/prometheus",
            f"--web.listen-address={PROMETHEUS}:9090",
            f"--web.external-url=http://prometheus.{domain}:9090",
            "--web.route-prefix=/",
        ],
    )
    fleet.start(
        "alertmanager",
        [
            "prometheus-alertmanager",
            "--config.file=/srv/prometheus/alertmanager.yml",
            "--storage.path=/srv/prometheus/alertmanager",
            f"--web.listen-address={ALERTMANAGER}:9093",
            f"--web.external-url=http://alertmanager.{domain}:9093",
            "--web.route-prefix=/",
            "--cluster.listen-address=",
        ],
    )


def export(queries: Iterable[str], *, start: float, end: float) -> bytes:
    """The answers of /api/v1/query_range as one answer of the same shape. Times in epoch seconds.

    Each query is the selector of a series or of a recording rule, so every series has a name.
    """
    series: list[object] = []
    for query in queries:
        results = _query_range(query, start, end)
        if not results:
            print(f"no series for {query}")
        series += results
    answer = {"status": "success", "data": {"resultType": "matrix", "result": series}}
    return json.dumps(answer, separators=(",", ":")).encode()


def _query_range(query: str, start: float, end: float) -> list[object]:
    asked = urlencode({"query": query, "start": start, "end": end, "step": STEP_S})
    connection = http.client.HTTPConnection(PROMETHEUS, 9090, timeout=20)
    connection.request("GET", f"/api/v1/query_range?{asked}")
    answer = json.loads(connection.getresponse().read())
    if answer["status"] != "success":
        raise RuntimeError(f"{query}: {answer}")
    results: list[object] = answer["data"]["result"]
    return results
