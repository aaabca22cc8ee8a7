"""`faultmaven export`: a case in one signed file, which is checked before it gets its name."""

from __future__ import annotations

import asyncio
import hashlib
import io
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cases.bundle.container import Member, pack, unpack
from core.cases.bundle.manifest import (
    CASE,
    FILES,
    MANIFEST,
    ORIGINALS,
    README,
    SIGNATURE,
    Listed,
    manifest_of,
    read_rows,
    read_value,
    readme,
    secret_mark,
    signature_of,
    spell_key,
)
from core.cases.bundle.verification import Verified, verify
from core.errors import StoreUnavailable, Tampered, Unauthorised, WrongUsage
from core.evidence.model import PlainFile
from faultmaven import __version__
from faultmaven.commands import archive
from faultmaven.installation_files import make_data_dir
from faultmaven.operator_client import answer_of, operator_client
from faultmaven.output import print_json, print_line
from faultmaven.scratch import scratch_folder
from faultmaven.settings import load_settings
from faultmaven.whole_file import whole_file
from faultmaven.wiring import installation_secret
from storage.sealing.signatures import Signer, is_signed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import httpx

    from faultmaven.settings import Settings


def run(
    *,
    case: int | None,
    out: Path | None,
    everything: Path | None,
    passphrase: bool,
    originals: bool,
    public_key: bool,
    as_json: bool,
) -> int:
    """Write the bundle, all of it or nothing; everything; or print the key that checks bundles."""
    if everything is not None:
        return archive.export(out=everything, passphrase=passphrase, as_json=as_json)
    settings = load_settings()
    make_data_dir(settings)
    signer = Signer(installation_secret(settings))
    if public_key:
        key = spell_key(signer.public)
        print_json({"public_key": key}) if as_json else print_line(key)
        return 0
    if case is None or out is None:
        step = "For example: faultmaven export 12 --out case-12.zip"
        raise WrongUsage("name the case, and the file to write it to", next_step=step)
    with scratch_folder() as scratch:
        members, files = asyncio.run(_fetch(settings, case, scratch if originals else None))
        proven = _write(members, files, out, signer)
    if as_json:
        print_json({"path": str(out), **vars(proven)})
    else:
        _print(proven, out)
    return 0


def _print(proven: Verified, out: Path) -> None:
    print_line(
        f"{out}: case #{proven.number}, {proven.events} events, {out.stat().st_size:,} bytes"
    )
    if proven.originals:
        print_line(
            f"It holds {proven.originals} originals as they came: nothing in them is redacted."
        )
    print_line(f"Check it with: faultmaven verify {out} --key {proven.key}")


Originals = dict[Listed, Path]


async def _fetch(
    settings: Settings, case: int, scratch: Path | None
) -> tuple[dict[str, bytes], Originals]:
    """The members, and the originals where there is a folder for them.

    These come first: the case notes down who takes one, and that belongs into the bundle.
    """
    mark = secret_mark(installation_secret(settings))
    files: Originals = {}
    async with operator_client(settings) as client:
        members = await _members(client, case, mark)
        if scratch is not None:
            files = {
                listed: path
                async for listed, path in _originals(client, case, members[FILES], scratch)
            }
            members = await _members(client, case, mark)
    return members, files


async def _members(client: httpx.AsyncClient, case: int, mark: str) -> dict[str, bytes]:
    response = await client.get(f"/api/v1/operator/cases/{case}/bundle")
    if not response.is_success:
        answer_of(response)
    if response.headers["X-FaultMaven-Secret"] != mark:
        message = "the secret key here is not that of `up`: nobody could check the signature"
        step = "Set FAULTMAVEN_SECRET_KEY as it is set for `up`, or run this as its account."
        raise Unauthorised(message, next_step=step)
    container = unpack(io.BytesIO(response.content))
    return {member.name: b"".join(member.pieces()) for member in container}


async def _originals(client: httpx.AsyncClient, case: int, files: bytes, scratch: Path) -> Any:
    """Each that is kept, as it is listed and where it lies now."""
    for file in read_rows(FILES, files):
        if file["let_go_at"] is None:
            path = scratch / f"e{file['number']}"
            size = await _download(client, case, file, path)
            name = f"{ORIGINALS}e{file['number']}"
            yield Listed(name=name, size=size, sha256=file["blob"]), path


async def _download(
    client: httpx.AsyncClient, case: int, file: Mapping[str, Any], path: Path
) -> int:
    digest, size = hashlib.sha256(), 0
    url = f"/api/v1/operator/cases/{case}/files/{file['number']}"
    async with client.stream("GET", url) as response:
        if not response.is_success:
            await response.aread()
            answer_of(response)
        with path.open("xb") as out:
            async for piece in response.aiter_bytes():
                out.write(piece)
                digest.update(piece)
                size += len(piece)
    if digest.hexdigest() != file["blob"]:
        message = f"the original of e{file['number']} is not what was stored"
        raise Tampered(message)
    return size


def _write(members: Mapping[str, bytes], files: Originals, out: Path, signer: Signer) -> Verified:
    """Sign and verify the file before it gets its name. Raises StoreUnavailable, Tampered."""
    number = read_value(CASE, members[CASE])["case"]["number"]
    key = spell_key(signer.public)
    records = {README: readme(number, key), **members}
    manifest = manifest_of(records, list(files), made_by=__version__).dump()
    word = {MANIFEST: manifest, SIGNATURE: signature_of(manifest, signer.public, signer.sign)}
    try:
        with whole_file(out) as file:
            pack(_in_order(word | records, files), file)
            file.seek(0)
            return verify(file, is_signed=is_signed, key=key)
    except OSError as error:
        message = f"{out} could not be written: {error.strerror}"
        step = "Choose another place with --out; nothing was kept."
        raise StoreUnavailable(message, next_step=step) from error
    except Tampered as error:
        message = f"the case does not add up, and was not exported: {error}"
        raise Tampered(message, next_step=Tampered.next_step) from error


def _in_order(records: Mapping[str, bytes], files: Originals) -> Iterator[Member]:
    for name, content in records.items():
        yield Member(name=name, open=partial(io.BytesIO, content))
    for listed, path in files.items():
        yield Member(name=listed.name, open=PlainFile(path).open)
