"""`faultmaven evidence`: an original as it came, for whoever looks after the installation."""

from __future__ import annotations

import asyncio
import hashlib
import re
from typing import TYPE_CHECKING, Any

from core.errors import StoreUnavailable, Tampered, WrongUsage
from faultmaven.operator_client import answer_of, operator_client
from faultmaven.output import print_json, print_line
from faultmaven.settings import load_settings
from faultmaven.whole_file import whole_file

if TYPE_CHECKING:
    from pathlib import Path

    import httpx


def run(*, case: int, file: str, out: Path, as_json: bool) -> int:
    """Write the original of `e3` to `out`: all of it, or nothing."""
    number = re.fullmatch(r"[eE]?(\d{1,6})", file)
    if number is None:
        message = f"{file!r} is no evidence"
        raise WrongUsage(
            message, next_step=f"For example: faultmaven evidence {case} e1 --out FILE"
        )
    written = asyncio.run(_fetch(f"/api/v1/operator/cases/{case}/files/{number[1]}", out))
    if as_json:
        print_json({"case": case, "file": f"e{number[1]}", "path": str(out), **written})
    else:
        print_line(f"{out}: {written['size']:,} bytes, as they came; nothing in it is redacted.")
    return 0


async def _fetch(url: str, out: Path) -> dict[str, Any]:
    import httpx  # noqa: PLC0415 - slow

    async with (
        operator_client(load_settings()) as client,
        client.stream("GET", url) as response,
    ):
        if not response.is_success:
            await response.aread()
            answer_of(response)
        try:
            return await _write(response, out)
        except httpx.RemoteProtocolError as error:
            message = "it broke off: the original was changed on the disk, or `up` was ended"
            step = "Try again; else restore the folder of the originals from a backup."
            raise StoreUnavailable(message, next_step=step) from error
        except OSError as error:
            message = f"{out} could not be written: {error.strerror}"
            step = "Choose another place with --out; nothing was kept."
            raise StoreUnavailable(message, next_step=step) from error


async def _write(response: httpx.Response, out: Path) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    with whole_file(out) as file:
        async for piece in response.aiter_bytes():
            file.write(piece)
            digest.update(piece)
            size += len(piece)
        if digest.hexdigest() != response.headers["X-Content-SHA256"]:
            message = "what arrived is not what was stored"
            raise Tampered(message)
    return {"size": size, "sha256": digest.hexdigest()}
