"""Captures webhook bodies of every shape from the real Alertmanager."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.recordings.scripts.receiver import ReceivedPost, Receiver

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HOST = "127.0.0.1"
SINK_PORT = 19801
MAIN, PAIR = 19802, (19803, 19804)
GROUP_INTERVAL_S = 5

CONFIG = """
route:
  receiver: single
  group_by: [alertname, service]
  group_wait: 1s
  group_interval: 5s
  repeat_interval: 15s
  routes:
    - {matchers: ['team="payments"'], receiver: single}
    - {matchers: ['team="search"'], receiver: grouped, repeat_interval: 1h}
    - {matchers: ['team="media"'], receiver: truncated, repeat_interval: 1h}
    - {matchers: ['team="edge"'], receiver: flap, repeat_interval: 1h}
    - {matchers: ['team="ledger"'], receiver: pair, repeat_interval: 1h}
receivers:
"""
RECEIVER = """
  - name: {name}
    webhook_configs: [{{url: 'http://127.0.0.1:19801/{name}', send_resolved: true{extra}}}]
"""
RECEIVERS = {
    "single": "",
    "grouped": "",
    "truncated": ", max_alerts: 2",
    "flap": "",
    "pair": "",
}


def capture(out: Path) -> None:
    """Write one .json per shape into `out`; takes about a minute."""
    sink = Receiver(HOST, SINK_PORT)
    sink.start()
    with tempfile.TemporaryDirectory() as scratch:
        config = Path(scratch, "alertmanager.yml")
        config.write_text(CONFIG + "".join(_receivers()))
        with _alertmanager(config, MAIN, "alertmanager.example.net"):
            _keep(_grouped(sink) | _truncated(sink) | _flap(sink) | _single(sink), out)
        with _pair(config):
            _keep(_delivered_twice(sink), out)


def _keep(named: dict[str, ReceivedPost], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name, delivery in named.items():
        (out / f"{name}.json").write_bytes(delivery.body)


def _single(sink: Receiver) -> dict[str, ReceivedPost]:
    """Fire, wait for the repeat (a repeat_interval later), resolve."""
    alert = _alert("CheckoutErrors", "checkout", "payments", "checkout-1:9100", "critical")
    _post(MAIN, [alert])
    sink.wait_for("/single", 2, timeout_s=40)
    _post(MAIN, [_ended(alert)])
    three = sink.wait_for("/single", 3, timeout_s=20)
    names = ("single_firing", "single_repeat_firing", "single_resolved")
    return dict(zip(names, three, strict=True))


def _grouped(sink: Receiver) -> dict[str, ReceivedPost]:
    """Four instances fire, one recovers, then the other three."""
    alerts = [_alert("HighLatency", "search", "search", f"search-{n}:9100") for n in range(1, 5)]
    _post(MAIN, alerts)
    sink.wait_for("/grouped", 1, timeout_s=10)
    _post(MAIN, [_ended(alerts[0])])
    sink.wait_for("/grouped", 2, timeout_s=20)
    _post(MAIN, [_ended(alert) for alert in alerts[1:]])
    names = ("group_4_firing", "group_1_resolved_3_firing", "group_all_resolved")
    return dict(zip(names, sink.wait_for("/grouped", 3, timeout_s=20), strict=True))


def _truncated(sink: Receiver) -> dict[str, ReceivedPost]:
    """Five fire; four recover while the fifth, which sorts last and is cut off, still fires."""
    instances = [f"thumbs-{n}:9100" for n in range(1, 6)]
    alerts = [_alert("ThumbnailBacklog", "thumbs", "media", instance) for instance in instances]
    _post(MAIN, alerts)
    sink.wait_for("/truncated", 1, timeout_s=10)
    _post(MAIN, [_ended(alert) for alert in alerts[:4]])
    two = sink.wait_for("/truncated", 2, timeout_s=20)
    names = ("truncated_2_of_5_firing", "truncated_says_resolved_while_one_fires")
    return dict(zip(names, two, strict=True))


def _flap(sink: Receiver) -> dict[str, ReceivedPost]:
    """Fire, resolve, fire again: same groupKey and fingerprint, another startsAt."""
    first = _alert("TlsHandshakeErrors", "gateway", "edge", "gateway-1:9100")
    _post(MAIN, [first])
    sink.wait_for("/flap", 1, timeout_s=10)
    _post(MAIN, [_ended(first)])
    sink.wait_for("/flap", 2, timeout_s=20)
    _post(MAIN, [_alert("TlsHandshakeErrors", "gateway", "edge", "gateway-1:9100")])
    three = sink.wait_for("/flap", 3, timeout_s=20)
    names = ("flap_1_firing", "flap_2_resolved", "flap_3_firing_again")
    return dict(zip(names, three, strict=True))


def _delivered_twice(sink: Receiver) -> dict[str, ReceivedPost]:
    """Two peers that do not wait for each other; each heard of the alert on its own."""
    alerts = [_alert("ReplicationLag", "ledger-db", "ledger", f"ledger-{n}:9187") for n in (1, 2)]
    for port in PAIR:
        _post(port, alerts)
        time.sleep(0.2)
        alerts = [alert | {"startsAt": _moment()} for alert in alerts]
    firing = sink.wait_for("/pair", 2, timeout_s=20)
    for port in PAIR:
        _post(port, [_ended(alert) for alert in alerts])
    resolved = sink.wait_for("/pair", 4, timeout_s=30)[2:]
    return _by_peer("ha_firing", firing) | _by_peer("ha_resolved", resolved)


def _by_peer(name: str, deliveries: list[ReceivedPost]) -> dict[str, ReceivedPost]:
    peers = {json.loads(delivery.body)["externalURL"]: delivery for delivery in deliveries}
    return {f"{name}_peer_{n}": peers[url] for n, url in enumerate(sorted(peers))}


def _alert(
    name: str, service: str, team: str, instance: str, severity: str = "warning"
) -> dict[str, object]:
    return {
        "labels": {
            "alertname": name,
            "service": service,
            "team": team,
            "instance": instance,
            "severity": severity,
        },
        "annotations": {"summary": f"{name} on {instance}"},
        "startsAt": _moment(),
        # As Prometheus does: far enough ahead that only we decide when it ends.
        "endsAt": _moment(ahead_s=600),
        "generatorURL": f"http://prometheus.example.net:9090/graph?g0.expr={name}&g0.tab=1",
    }


def _ended(alert: dict[str, object]) -> dict[str, object]:
    return alert | {"endsAt": _moment()}


def _moment(ahead_s: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=ahead_s)).isoformat(timespec="milliseconds")


def _post(port: int, alerts: list[dict[str, object]]) -> None:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/api/v2/alerts", json.dumps(alerts), headers)
    answer = connection.getresponse()
    if answer.status != http.client.OK:
        raise RuntimeError(f"Alertmanager refused the alerts: {answer.status} {answer.read()!r}")


def _receivers() -> Iterable[str]:
    return (RECEIVER.format(name=name, extra=extra) for name, extra in RECEIVERS.items())


@contextmanager
def _pair(config: Path) -> Iterator[None]:
    ports = (19805, 19806)
    # Peer 1 normally waits 15 s for peer 0's word. Without the wait and with gossip that comes
    # late, both deliver, as they do whenever the link between them is slow or cut.
    flags = ["--cluster.peer-timeout=0s", "--cluster.gossip-interval=3s"]
    flags += ["--cluster.settle-timeout=1s"]
    first = [*flags, f"--cluster.listen-address={HOST}:{ports[0]}"]
    second = [*flags, f"--cluster.listen-address={HOST}:{ports[1]}"]
    second.append(f"--cluster.peer={HOST}:{ports[0]}")
    with (
        _alertmanager(config, PAIR[0], "alertmanager-0.example.net", first),
        _alertmanager(config, PAIR[1], "alertmanager-1.example.net", second),
    ):
        time.sleep(3)
        yield


@contextmanager
def _alertmanager(
    config: Path, port: int, name: str, cluster: Iterable[str] = ("--cluster.listen-address=",)
) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as data:
        command = [
            "prometheus-alertmanager",
            f"--config.file={config}",
            f"--storage.path={data}",
            f"--web.listen-address={HOST}:{port}",
            f"--web.external-url=http://{name}:9093",
            "--web.route-prefix=/",
            *cluster,
        ]
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, stdout=quiet, stderr=quiet, env=os.environ)
        try:
            _wait_until_ready(port)
            yield
        finally:
            process.terminate()
            process.wait()


def _wait_until_ready(port: int) -> None:
    for _ in range(100):
        time.sleep(0.1)
        try:
            connection = http.client.HTTPConnection(HOST, port, timeout=1)
            connection.request("GET", "/-/ready")
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            continue
    raise TimeoutError(f"nothing ready on port {port}")
