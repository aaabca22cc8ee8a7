"""The whole fake: a workspace with its people, listening on a port."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import aiohttp
from aiohttp import web

from tests.fakes.slack.model import Kind, Person, Room, Team
from tests.fakes.slack.office import DeliveryOffice
from tests.fakes.slack.people import SlackPeople
from tests.fakes.slack.request_url import HttpCarrier
from tests.fakes.slack.server import site
from tests.fakes.slack.sockets import Sockets
from tests.fakes.slack.stage import MethodTrouble

if TYPE_CHECKING:
    from tests.fakes.slack.app import App
    from tests.fakes.slack.limits import Limits

INHABITANTS = {
    "dana": Kind.MEMBER,
    "kim": Kind.ADMIN,
    "gus": Kind.GUEST,
    "solo": Kind.SINGLE_GUEST,
    "robin": Kind.BOT,
    "eve": Kind.STRANGER,
}


class FakeSlack(SlackPeople):
    """Made by `a_slack()`; see there."""

    sockets: Sockets
    _runner: web.AppRunner | None = None
    _session: aiohttp.ClientSession | None = None

    @classmethod
    def of(cls, app: App, limits: Limits) -> Self:
        """With people and channels in it, not listening yet."""
        sockets = Sockets(app.id)
        slack = cls(app=app, team=_inhabited(app), office=DeliveryOffice(sockets), limits=limits)
        slack.sockets = sockets
        return slack

    @property
    def api_url(self) -> str:
        """For `FAULTMAVEN_SLACK_API_URL` and slack-sdk's `base_url`."""
        return f"{self.url}/api/"

    def settings(self) -> dict[str, str]:
        """The environment with which our own program talks to this Slack in Socket Mode."""
        return {
            "FAULTMAVEN_SLACK_API_URL": self.api_url,
            "FAULTMAVEN_SLACK_BOT_TOKEN": self.app.bot_token,
            "FAULTMAVEN_SLACK_APP_TOKEN": self.app.app_token,
            "FAULTMAVEN_SLACK_SIGNING_SECRET": self.app.signing_secret,
            "FAULTMAVEN_SLACK_CHANNEL": "#incidents",
        }

    async def start(self, port: int = 0) -> None:
        # Closing waits for nobody: connections of an app under test end with the fake.
        self._runner = web.AppRunner(
            site(self, self.sockets), shutdown_timeout=0.1, access_log=None
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        host, bound = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{bound}"

    async def close(self) -> None:
        await self.office.close()
        self.sockets.drop()
        if self._session:
            await self._session.close()
        if self._runner:
            await self._runner.cleanup()

    async def post_to(self, url: str) -> bool:
        """From now on POST everything to a request URL. True where it echoed the challenge."""
        self._session = self._session or aiohttp.ClientSession()
        posting = HttpCarrier(self.app, url, self._session)
        self.office.carrier = posting
        return await posting.verify()

    def drop(self) -> int:
        """Kill all Socket Mode connections abruptly; how many there were."""
        return self.sockets.drop()

    def recycle(self) -> None:
        """Ask the app for new Socket Mode connections, as Slack does every few hours.

        What is open ends a moment later.
        """
        self.office.begin(self.sockets.recycle(after_s=0.3))

    def trouble(
        self,
        method: str,
        *,
        times: int = 1,
        status: int = 0,
        error: str = "",
        lost: bool = False,
        delay_s: float = 0.0,
    ) -> MethodTrouble:
        """The next calls of a method go wrong; see `MethodTrouble`."""
        made = MethodTrouble(method, times, status, error, lost, delay_s)
        self.troubles.append(made)
        return made


def _inhabited(app: App) -> Team:
    team = Team()
    bot = Person(app.bot_user, app.name, Kind.BOT, team.id)
    team.people[bot.id] = bot
    people = [team.add_person(name, kind) for name, kind in INHABITANTS.items()]
    gone = team.add_person("gone", Kind.DELETED)
    ids = [person.id for person in people]
    team.add_channel("incidents", bot.id, *ids, gone.id)
    team.add_channel("war-room", bot.id, *ids[:2], room=Room.PRIVATE)
    team.add_channel("lobby", *ids)
    team.add_channel("old", bot.id, *ids).archived = True
    return team
