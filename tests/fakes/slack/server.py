"""Where the fake listens: the Web API, files, response URLs and Socket Mode on one port."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes.slack import (
    channel_methods,
    chat_methods,
    file_methods,
    history_methods,
    user_methods,
    view_methods,
)
from tests.fakes.slack.calls import (
    METHODS,
    CallArguments,
    Method,
    MethodCall,
    SlackRefused,
    invalid_arguments,
    need,
)
from tests.fakes.slack.limits import TIERS
from tests.fakes.slack.responses import respond

if TYPE_CHECKING:
    from tests.fakes.slack.model import Json
    from tests.fakes.slack.sockets import Sockets
    from tests.fakes.slack.stage import MethodTrouble, SlackStage

# Importing them enters their functions in METHODS.
METHOD_MODULES = (
    channel_methods,
    chat_methods,
    file_methods,
    history_methods,
    user_methods,
    view_methods,
)
LARGEST_REQUEST = 64 * 1024 * 1024
# Slack answers a download without a good token with its sign-in page and HTTP 200
# (docs.slack.dev/reference/objects/file-object: url_private needs an `Authorization` header).
SIGN_IN = "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head></html>"


def site(stage: SlackStage, sockets: Sockets) -> web.Application:
    """The fake as a web application; `stage.url` is set by whoever starts it."""
    site = Site(stage, sockets)
    app = web.Application(client_max_size=LARGEST_REQUEST)
    app.router.add_route("*", "/api/{method}", site.api)
    app.router.add_get("/link/", site.link)
    app.router.add_post("/upload/v1/{file}", site.upload)
    app.router.add_get("/files-pri/{key}/{rest:.*}", site.download)
    app.router.add_post("/respond/{key}", site.respond)
    return app


class Site:
    def __init__(self, stage: SlackStage, sockets: Sockets) -> None:
        self.stage, self.sockets = stage, sockets

    async def api(self, request: web.Request) -> web.StreamResponse:
        """One call of a method: noted, with what it was answered."""
        arguments = await _arguments(request)
        name, stage = request.match_info["method"], self.stage
        shown = {argument: value for argument, value in arguments.items() if argument != "token"}
        call = MethodCall(name, shown, time.monotonic(), in_url=bool(request.query))
        stage.calls.append(call)
        trouble = stage.trouble_of(name)
        if trouble:
            await asyncio.sleep(trouble.delay_s)
        if trouble and trouble.status:
            call.status = trouble.status
            return web.Response(status=trouble.status, text="upstream connect error")
        call.status, call.answer, headers = self._answer(request, arguments, name, trouble)
        if trouble and trouble.lost and request.transport:
            request.transport.abort()
        return web.json_response(call.answer, status=call.status, headers=headers)

    async def link(self, request: web.Request) -> web.StreamResponse:
        """A Socket Mode URL is good once."""
        ticket = request.query.get("ticket", "")
        if ticket not in self.stage.tickets:
            return web.Response(status=404, text="used or unknown ticket")
        self.stage.tickets.discard(ticket)
        return await self.sockets.attend(request)

    async def upload(self, request: web.Request) -> web.Response:
        """The bytes of files.getUploadURLExternal: raw, or as the one file of a form."""
        file = self.stage.team.files.get(request.match_info["file"])
        if file is None or file.complete:
            return web.Response(status=404)
        if request.content_type.startswith("multipart/"):
            content = b""
            async for part in await request.multipart():
                content += bytes(await part.read())  # type: ignore[union-attr] # no nested forms
        else:
            content = await request.read()
        if len(content) != file.announced:
            return web.Response(status=400, text="length does not match")
        file.content = content
        return web.Response(text=f"OK - {len(content)}")

    async def download(self, request: web.Request) -> web.Response:
        file = self.stage.team.files.get(request.match_info["key"].partition("-")[2])
        token = request.headers.get("Authorization", "")
        may = token == f"Bearer {self.stage.app.bot_token}" and not self.stage.app.refusal
        if not may or "files:read" not in self.stage.app.scopes:
            return web.Response(text=SIGN_IN, content_type="text/html")
        if file is None or file.deleted or not file_methods.may_see(self.stage, file):
            return web.Response(status=404, text="not found")
        return web.Response(body=file.content, content_type="text/plain")

    async def respond(self, request: web.Request) -> web.Response:
        """docs.slack.dev/interactivity/handling-user-interaction#message_responses."""
        try:
            respond(self.stage, request.match_info["key"], await request.json())
        except SlackRefused as refused:
            return web.json_response({"ok": False, "error": refused.error}, status=404)
        return web.Response(text="ok")

    def _answer(
        self, request: web.Request, given: Json, name: str, trouble: MethodTrouble | None
    ) -> tuple[int, Json, dict[str, str]]:
        """HTTP status, body and headers of one call."""
        try:
            method = _method(name)
            token = self._token(request, given, method)
            headers = self._scope_headers(method, token)
        except SlackRefused as refused:
            return 200, _refusal(refused), {}
        if trouble and trouble.error:
            return 200, {"ok": False, "error": trouble.error}, headers
        try:
            return 200, {"ok": True, **self._run(method, given, token)}, headers
        except SlackRefused as refused:
            if refused.retry_after_s:
                headers["Retry-After"] = str(refused.retry_after_s)
                return 429, _refusal(refused), headers
            return 200, _refusal(refused), headers

    def _run(self, method: Method, given: Json, token: str) -> Json:
        if method.tier:
            wait_s = self.stage.limits.take(**{method.name: TIERS[method.tier]})
            if wait_s:
                raise SlackRefused("ratelimited", retry_after_s=wait_s)
        need(self.stage, *method.scopes)
        missing = [name for name in method.required if given.get(name) in (None, "")]
        if missing:
            raise invalid_arguments(*(f"missing required field: {name}" for name in missing))
        return method.run(self.stage, CallArguments({**given, "token": token}))

    def _token(self, request: web.Request, given: Json, method: Method) -> str:
        """docs.slack.dev/authentication/tokens: as a header or an argument. Raises SlackRefused."""
        header = request.headers.get("Authorization", "").removeprefix("Bearer ")
        token, app = header or str(given.get("token") or ""), self.stage.app
        if not token:
            raise SlackRefused("not_authed")
        kinds = {"xoxb": app.bot_token, "xapp": app.app_token}
        if token not in kinds.values():
            raise SlackRefused("invalid_auth")
        if token not in [kinds[kind] for kind in method.tokens]:
            raise SlackRefused("not_allowed_token_type")
        if app.refusal and token == app.bot_token:
            raise SlackRefused(app.refusal)
        return token

    def _scope_headers(self, method: Method, token: str) -> dict[str, str]:
        """docs.slack.dev/authentication: what a token may, and what a method takes."""
        app = self.stage.app
        if not app.tells_scopes:
            return {}
        scopes = app.scopes if token == app.bot_token else app.app_scopes
        accepted = ",".join(method.scopes)
        return {"x-oauth-scopes": ",".join(sorted(scopes)), "x-accepted-oauth-scopes": accepted}


def _method(name: str) -> Method:
    if name not in METHODS:
        raise SlackRefused("unknown_method", req_method=name)
    return METHODS[name]


def _refusal(refused: SlackRefused) -> Json:
    return {"ok": False, "error": refused.error, **refused.more}


async def _arguments(request: web.Request) -> Json:
    """From the query, a form or a JSON body: docs.slack.dev/apis/web-api."""
    given: Json = dict(request.query)
    if request.content_type == "application/json":
        body = await request.read()
        return given | (json.loads(body) if body else {})
    return given | dict(await request.post())
