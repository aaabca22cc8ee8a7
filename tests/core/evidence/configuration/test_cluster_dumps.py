from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import yaml

from core.evidence.model import FindingKind, Level, PlainFile
from core.evidence.pipeline import extract
from core.evidence.pods import workload_of
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.model import Extraction, Finding

POD = """\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  metadata:
    name: cart-7d9c5b6f4d-x2x9z
    labels: {app: cart}
  status:
    conditions:
    - lastTransitionTime: "2026-05-11T07:20:10Z"
      reason: ContainersNotReady
      status: "False"
      type: Ready
    - {lastTransitionTime: "2026-05-11T07:00:00Z", status: "True", type: PodScheduled}
    containerStatuses:
    - name: api
      lastState:
        terminated: {exitCode: 137, finishedAt: "2026-05-11T07:20:05Z", reason: OOMKilled}
      ready: false
      restartCount: 7
      state:
        waiting: {message: back-off 5m0s restarting failed container, reason: CrashLoopBackOff}
    - {name: proxy, ready: true, restartCount: 0, state: {running: {startedAt: "2026-05-11"}}}
- apiVersion: v1
  kind: Event
  metadata: {name: e1}
  involvedObject: {kind: Deployment, name: cart}
  reason: ScalingReplicaSet
  message: Scaled up replica set cart-7d9c5b6f4d to 3
  type: Normal
  firstTimestamp: "2026-05-11T07:15:00Z"
  lastTimestamp: "2026-05-11T07:15:00Z"
- apiVersion: v1
  kind: Event
  metadata: {name: e2}
  involvedObject: {kind: Pod, name: cart-7d9c5b6f4d-x2x9z}
  reason: Unhealthy
  message: "Readiness probe failed: HTTP probe failed with statuscode: 503"
  type: Warning
  count: 12
  firstTimestamp: "2026-05-11T07:18:30Z"
  lastTimestamp: "2026-05-11T07:29:30Z"
- apiVersion: v1
  kind: Event
  metadata: {name: e3}
  involvedObject: {kind: Pod, name: cart-7d9c5b6f4d-x2x9z}
  reason: Created
  message: Created container api
  type: Normal
"""


def extracted(folder: Path, name: str, text: str) -> Extraction:
    (folder / "f").write_text(text)
    return extract(PlainFile(folder / "f"), name=name, service=None, redactor=Redactor(b"k"))


def observed(extraction: Extraction) -> list[Finding]:
    kinds = (FindingKind.SIGNAL, FindingKind.TEMPLATE, FindingKind.CHANGE)
    return [finding for finding in extraction.findings if finding.kind in kinds]


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_dump_tells_who_failed_of_what_and_when(tmp_path: Path, form: str) -> None:
    text = POD if form == "yaml" else json.dumps(yaml.safe_load(POD), indent=1)
    extraction = extracted(tmp_path, f"pods.{form}", text)
    assert extraction.extractor == "configuration"
    rows = {
        finding.text.text.partition(": ")[2]: (finding.level, finding.count, finding.first)
        for finding in observed(extraction)
    }
    at = datetime(2026, 5, 11, 7, 20, 5, tzinfo=UTC)
    waits = "api waits: CrashLoopBackOff: back-off 5m0s restarting failed container"
    probe = "Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503"
    scaled = "ScalingReplicaSet: Scaled up replica set cart-7d9c5b6f4d to 3"
    assert rows == {
        "api terminated: OOMKilled, exit code 137": (Level.ERROR, 7, at),
        waits: (Level.ERROR, 7, None),
        "api restarted 7 times": (Level.WARNING, 1, None),
        "Ready is False: ContainersNotReady": (Level.WARNING, 1, at.replace(second=10)),
        scaled: (Level.INFO, 1, at.replace(minute=15, second=0)),
        probe: (Level.WARNING, 12, at.replace(minute=18, second=30)),
    }
    assert {finding.service for finding in observed(extraction)} == {"cart"}
    assert (extraction.errors, extraction.first) == (2, at.replace(minute=15, second=0))
    killed = observed(extraction)[0]
    assert "oom" in str(killed.signals).lower() or "memory" in str(killed.signals)


def test_an_event_is_quoted_with_its_reason_and_its_message(tmp_path: Path) -> None:
    text = json.dumps(yaml.safe_load(POD)["items"][1], indent=1)
    (scaled,) = observed(extracted(tmp_path, "event.json", text))
    lines = text.splitlines()[scaled.locus.line_start - 1 : scaled.locus.line_end]
    assert [line.split()[0] for line in lines] == ['"reason":', '"message":']


def test_a_table_of_events_has_ages_and_no_times(tmp_path: Path) -> None:
    table = (
        "LAST SEEN  TYPE     REASON            OBJECT                     MESSAGE\n"
        "2m13s      Warning  BackOff           pod/cart-7d9c5b6f4d-x2x9z  Back-off restarting\n"
        "5m (x12 over 1h)  Warning  FailedScheduling  pod/orders-0  0/3 nodes are available: "
        "3 Insufficient memory.\n"
        "10m        Normal   Pulled            pod/orders-0               Image already present\n"
    )
    findings = observed(extracted(tmp_path, "events.txt", table))
    assert [(each.service, each.count, each.first, each.locus.line_start) for each in findings] == [
        ("cart", 1, None, 2),
        ("orders", 12, None, 3),
    ]


def test_a_description_tells_of_the_last_state(tmp_path: Path) -> None:
    text = """\
Name:             cart-7d9c5b6f4d-x2x9z
Namespace:        shop
Containers:
  api:
    Image:          cart:2.1
    State:          Waiting
      Reason:       CrashLoopBackOff
    Last State:     Terminated
      Reason:       Error
      Exit Code:    1
      Finished:     Mon, 11 May 2026 07:20:05 +0000
  sidecar:
    Last State:     Terminated
      Reason:       Completed
      Exit Code:    0
      Finished:     Mon, 11 May 2026 07:20:05 +0000
Events:
  Type     Reason     Age                  From               Message
  ----     ------     ----                 ----               -------
  Warning  BackOff    2m (x30 over 12m)    kubelet            Back-off restarting failed container
"""
    findings = observed(extracted(tmp_path, "describe.txt", text))
    ended = datetime(2026, 5, 11, 7, 20, 5, tzinfo=UTC)
    assert [(each.locus.line_start, each.count, each.first) for each in findings] == [
        (6, 1, None),
        (8, 1, ended),
        (20, 30, None),
    ]


def test_a_healthy_pod_tells_nothing(tmp_path: Path) -> None:
    text = """\
apiVersion: v1
kind: Pod
metadata: {name: job-x, labels: {app: job}}
status:
  phase: Succeeded
  conditions: [{type: Ready, status: "False", reason: PodCompleted}]
  containerStatuses:
  - {name: a, ready: false, restartCount: 0, state: {terminated: {exitCode: 0, reason: Completed}}}
"""
    assert observed(extracted(tmp_path, "pod.yaml", text)) == []


@pytest.mark.parametrize(
    ("pod", "workload"),
    [
        ("cart-7d9c5b6f4d-x2x9z", "cart"),
        ("cart-db-0", "cart-db"),
        ("node-exporter-4hjk2", "node-exporter"),
        ("cart", "cart"),
    ],
)
def test_a_pod_is_of_its_workload(pod: str, workload: str) -> None:
    assert workload_of(pod) == workload
