"""The peer: our server with an endpoint at the same path that reads the body and answers 200.

Same framework, same middlewares, same uvicorn, same loop; it only stores nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn
from fastapi import APIRouter
from starlette.routing import Route

from faultmaven.application import build_app
from webhooks.alertmanager import PATH

Message = MutableMapping[str, Any]
BODY = b'{"delivery":"nowhere"}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]


class BareEndpoint:
    """Reads to the end, keeps nothing."""

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": BODY})


if __name__ == "__main__":
    uvicorn.run(
        build_app(APIRouter(routes=[Route(PATH, BareEndpoint())])),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
    )
