from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.evidence.extractor import Detected
from core.evidence.extractors.configuration import ConfigurationExtractor
from core.evidence.model import DataType, FindingKind
from tests.core.evidence.exhibits import exhibit

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.model import Finding

DETECTED = Detected(DataType.CONFIG, 0.95, "configuration")
DEPLOYMENT = """\
kind: Deployment
metadata: {{name: pay}}
spec:
  replicas: {replicas}
  template:
    spec:
      containers:
      - name: api
        image: {image}
        resources: {resources}
"""
SOUND = {"replicas": "3", "image": "pay:1.2", "resources": "{limits: {memory: 1Gi}}"}


def hazards(folder: Path, name: str, text: str) -> list[Finding]:
    (folder / "f").write_text(text)
    extraction = ConfigurationExtractor().extract(exhibit(folder / "f", DETECTED, name=name))
    return [finding for finding in extraction.findings if finding.kind is FindingKind.HAZARD]


@pytest.mark.parametrize(
    ("name", "text", "reason", "line"),
    [
        ("c.yaml", DEPLOYMENT.format(**SOUND | {"replicas": "0"}), "replicas_0", 4),
        ("c.yaml", DEPLOYMENT.format(**SOUND | {"replicas": "1"}), "replicas_1", 4),
        ("c.yaml", DEPLOYMENT.format(**SOUND | {"image": "hub:5000/pay"}), "image_latest", 9),
        ("c.yaml", DEPLOYMENT.format(**SOUND | {"resources": "{}"}), "no_limit", 8),
        (
            "c.yaml",
            DEPLOYMENT.format(
                **SOUND | {"resources": "{limits: {memory: 64Mi}, requests: {memory: 1Gi}}"}
            ),
            "limit_below_request",
            10,
        ),
        ("values.yaml", "image:\n  repository: pay\n  tag: latest\n", "tag_latest", 3),
        ("docker-compose.yml", "services:\n  a:\n    image: redis:latest\n", "image_latest", 3),
        (".env", "PORT=1\nAPP_DEBUG=true\n", "debug_on", 2),
        ("a.json", '{"a": 1,\n"rejectUnauthorized": false}', "tls_unverified", 2),
        ("a.toml", "[s3]\nverify_ssl = false\n", "tls_unverified", 2),
        ("a.tf", 'provider "x" {\n  skip_tls_verify = true\n}\n', "tls_unverified", 2),
        ("n.conf", "server {\n proxy_ssl_verify off;\n}\n", "tls_unverified", 2),
        (".env", "A=1\nDB=postgres://u@db-1/x?sslmode=disable\n", "tls_off", 2),
        ("a.properties", "a=1\ndb.password=Tr0ub4dor-and-3\n", "secret_in_clear", 2),
        ("a.ini", "[db]\npool_size = 1\n", "pool_of_one", 2),
        ("a.yaml", "pool:\n  max_size: 5\n  min_size: 10\n", "pool_max_below_min", 2),
        ("a.ini", "[db]\npool_size = 300\n[pg]\nmax_connections = 100\n", "pool_above_server", 2),
        ("a.yaml", "server:\n  request_timeout: 2s\n  db_timeout: 30s\n", "timeout_inverted", 3),
        (
            "a.yaml",
            "route:\n  timeout: 2s\n  retries: {perTryTimeout: 9s}\n",
            "timeout_inverted",
            3,
        ),
        ("a.toml", "[http]\nmax_retries = 10\nurl = 'x'\n", "retries_without_pause", 2),
    ],
)
def test_what_is_dangerous_is_told_with_its_line(
    tmp_path: Path, name: str, text: str, reason: str, line: int
) -> None:
    [hazard] = hazards(tmp_path, name, text)
    assert (hazard.data["hazard"], hazard.locus.line_start) == (reason, line)
    assert hazard.locus.byte_end > hazard.locus.byte_start or line == text.count("\n") + 1


def test_a_secret_in_clear_is_not_told(tmp_path: Path) -> None:
    [hazard] = hazards(tmp_path, "a.properties", "db.password=Tr0ub4dor-and-3\n")
    assert "Tr0ub4dor" not in hazard.text.text + str(dict(hazard.data))


def test_what_is_sound_or_meant_for_development_is_none(tmp_path: Path) -> None:
    sound = """\
http: {request_timeout: 30s, upstream_timeout: 10s, retries: 3}
retry: {max_retries: 8, backoff: 200ms}
pool: {max_size: 40, min_size: 4}
tls: {verify_peer: true, insecure_skip_verify: false}
debug: false
log: {level: info}
db: {password: "${DB_PASSWORD}", passwordFile: /run/secrets/db, url: "postgres://localhost/x?sslmode=disable"}
token_ttl: 300
image: shop/pay@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
"""
    assert hazards(tmp_path, "sound.yaml", sound) == []
    assert hazards(tmp_path, "docker-compose.dev.yml", "services: {a: {image: redis}}\n") == []


def test_a_healthy_file_of_300_lines_has_none(tmp_path: Path) -> None:
    services = "".join(
        f"""\
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: service-{number}
  labels: {{app: service-{number}, team: blue}}
spec:
  replicas: {2 + number % 5}
  template:
    spec:
      terminationGracePeriodSeconds: 30
      containers:
        - name: main
          image: registry.example/service-{number}:1.{number}.0
          env:
            - name: LOG_LEVEL
              value: info
            - name: DB_PASSWORD
              valueFrom: {{secretKeyRef: {{name: db, key: password}}}}
            - name: DB_POOL_SIZE
              value: "{10 + number}"
            - name: REQUEST_TIMEOUT
              value: 20s
          readinessProbe:
            httpGet: {{path: /ready, port: 8080}}
            periodSeconds: 10
            timeoutSeconds: 2
          resources:
            requests: {{cpu: 250m, memory: 256Mi}}
            limits: {{memory: 512Mi}}
"""
        for number in range(11)
    )
    assert services.count("\n") > 300
    assert hazards(tmp_path, "services.yaml", services) == []
