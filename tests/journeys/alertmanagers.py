"""A real Alertmanager that delivers to us, told what Prometheus would tell it."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import yaml

from core.clock import wire_time
from tests.servers import Server, a_folder, free_port, program

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

MANIFEST = Path(__file__).parents[2] / "manifests" / "alertmanager" / "alertmanager.yml"
TOKEN = "a-token-of-the-tests"  # noqa: S105
# As fast as it goes; a flush lasts at least 10 s whatever is set here.
QUICK = {"group_wait": "100ms", "group_interval": "1s", "repeat_interval": "1h"}
HTTP_OK = 200


@dataclass(frozen=True)
class RealAlertmanager:
    """One running program."""

    server: Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    async def fire(self, *alerts: dict[str, str], ended: bool = False) -> None:
        """Post alerts by their labels, as Prometheus does; `ended` ends them now."""
        now = datetime.now(UTC)
        ends_at = now if ended else now + timedelta(minutes=10)
        content = [
            {
                "labels": labels,
                "annotations": {"summary": f"{labels['alertname']} of the tests"},
                "endsAt": wire_time(ends_at),
            }
            for labels in alerts
        ]
        await self._post("/api/v2/alerts", content)

    async def silence(self, alertname: str) -> None:
        now = datetime.now(UTC)
        matcher = {"name": "alertname", "value": alertname, "isRegex": False, "isEqual": True}
        content = {
            "matchers": [matcher],
            "startsAt": wire_time(now),
            "endsAt": wire_time(now + timedelta(hours=1)),
            "createdBy": "tests",
            "comment": "silenced by a test",
        }
        await self._post("/api/v2/silences", content)

    async def _post(self, path: str, content: object) -> None:
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"{self.url}{path}", json=content)
        assert answer.status_code == HTTP_OK, answer.text


@contextmanager
def a_real_alertmanager(
    webhook: str, *, token: str = TOKEN, max_alerts: int = 0, **route: str
) -> Iterator[RealAlertmanager]:
    """An Alertmanager with our manifest, delivering to `webhook`; `route` sets its timing."""
    binary = program("prometheus-alertmanager")
    port = free_port()
    with a_folder() as folder:
        config = folder / "alertmanager.yml"
        settings: dict[str, str | int] = {"url": webhook, "max_alerts": max_alerts}
        config.write_text(_config(folder, settings, token, QUICK | route))
        command = (
            f"{binary}",
            f"--config.file={config}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        )
        server = Server(command, port=port, log=folder / "log", ready=b"Listening on")
        server.start()
        try:
            yield RealAlertmanager(server)
        finally:
            server.stop()


def _config(folder: Path, settings: dict[str, str | int], token: str, route: dict[str, str]) -> str:
    config = yaml.safe_load(MANIFEST.read_text())
    config["route"] |= route
    (receiver,) = config["receivers"][0]["webhook_configs"]
    receiver |= settings
    secret = folder / "token"
    secret.write_text(token)
    receiver["http_config"]["authorization"]["credentials_file"] = str(secret)
    text: str = yaml.safe_dump(config)
    return text


async def until(
    happens: Callable[[], Awaitable[bool]], *, within_s: float = 90, every_s: float = 0.05
) -> None:
    """Return as soon as it has happened. Raises TimeoutError."""
    async with asyncio.timeout(within_s):
        while not await happens():  # noqa: ASYNC110 - nothing tells us
            await asyncio.sleep(every_s)
