"""The snippets that users paste, loaded by the real programs and compared with what we serve."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.journeys.alertmanagers import until
from tests.journeys.up import up_in
from tests.servers import Server, a_folder, free_port, program
from webhooks.alertmanager import PATH

MANIFESTS = Path(__file__).parents[2] / "manifests"
ALERTMANAGER = MANIFESTS / "alertmanager" / "alertmanager.yml"
PROMETHEUS = MANIFESTS / "prometheus" / "prometheus.yml"
RULES = MANIFESTS / "prometheus" / "faultmaven.rules.yml"


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


@pytest.mark.integration
@pytest.mark.parametrize(
    ("checker", "package", "arguments"),
    [
        ("amtool", "prometheus-alertmanager", ("check-config", ALERTMANAGER)),
        ("promtool", "prometheus", ("check", "config", PROMETHEUS)),
        ("promtool", "prometheus", ("check", "rules", RULES)),
    ],
)
def test_the_real_program_accepts_it(
    checker: str, package: str, arguments: tuple[str | Path, ...]
) -> None:
    program(package)  # skips where its package is not installed
    done = subprocess.run(
        (program(checker), *arguments), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout


def test_the_receiver_posts_to_our_door_and_tells_of_ends() -> None:
    config = read(ALERTMANAGER)
    (receiver,) = config["receivers"]
    (webhook,) = receiver["webhook_configs"]
    assert config["route"]["receiver"] == receiver["name"]
    assert webhook["url"].endswith(f":8000{PATH}")
    assert (webhook["send_resolved"], webhook["max_alerts"]) == (True, 0)
    assert webhook["http_config"]["follow_redirects"] is False
    assert set(webhook["http_config"]["authorization"]) == {"type", "credentials_file"}


def test_prometheus_reads_the_rules_beside_it() -> None:
    assert read(PROMETHEUS)["rule_files"] == [RULES.name]


@pytest.mark.e2e
async def test_every_metric_in_the_rules_is_one_that_we_tell(tmp_path: Path) -> None:
    (job,) = read(PROMETHEUS)["scrape_configs"]
    rules = [rule for group in read(RULES)["groups"] for rule in group["rules"]]
    named = {name for rule in rules for name in re.findall(r"\bfaultmaven_\w+", rule["expr"])}
    async with up_in(tmp_path) as up, httpx.AsyncClient() as client:
        await client.post(up.webhook, content=b"{}", headers={"Authorization": "Bearer wrong"})
        exposition = (await client.get(f"{up.url}/metrics")).text
    assert named
    for name in named:
        assert re.search(rf"^{name}[{{ ]", exposition, re.MULTILINE), f"{name} is not told"
    for rule in rules:
        assert f'job="{job["job_name"]}"' in rule["expr"]


@pytest.mark.e2e
async def test_a_real_prometheus_scrapes_us_and_evaluates_the_rules(tmp_path: Path) -> None:
    binary = program("prometheus")
    async with up_in(tmp_path) as up:
        with a_folder() as folder:
            config = read(PROMETHEUS)
            config["scrape_configs"][0] |= {
                "scrape_interval": "1s",
                "static_configs": [{"targets": [f"127.0.0.1:{up.port}"]}],
            }
            (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
            (folder / RULES.name).write_text(RULES.read_text())
            port = free_port()
            server = Server(
                (str(binary), f"--config.file={folder}/prometheus.yml",
                 f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}"),
                port=port,
                log=folder / "log",
                ready=b"Server is ready to receive web requests",
            )  # fmt: skip
            server.start()
            try:
                await until_scraped(f"http://127.0.0.1:{port}")
            finally:
                server.stop()


async def until_scraped(prometheus: str) -> None:
    """Return when Prometheus says that we are up, and that no rule failed."""
    async with httpx.AsyncClient() as client:

        async def is_up() -> bool:
            answer = await client.get(f"{prometheus}/api/v1/query?query=up")
            results = answer.json()["data"]["result"]
            return bool(results) and results[0]["value"][1] == "1"

        await until(is_up)
        (group,) = (await client.get(f"{prometheus}/api/v1/rules")).json()["data"]["groups"]
    assert {rule["health"] for rule in group["rules"]} <= {"ok", "unknown"}
