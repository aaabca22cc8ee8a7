"""What was unpacked of a bundle moves with its case, is verified with it, and goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.evidence_files import delete
from core.workflows import case_requests
from core.workflows.case_requests import CaseWish
from core.workflows.evidence_intake import receive_file
from tests.core.evidence.archives.archives import LINES, a_tar, a_zip
from tests.faultmaven.commands.test_archive import (
    PEOPLE,
    in_pieces,
    move,
    rest,
    somebody,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from faultmaven.wiring import Installation
    from tests.faultmaven.commands.conftest import Shell

__all__ = ["move"]

BUNDLE = a_zip({"db/db.log": LINES * 9, "in.tgz": a_tar({"b.log": LINES}, compression="gz")})


async def bring_bundle(house: Installation) -> None:
    services = house.services
    dana = await somebody(house, "dana", PEOPLE["dana"])
    async with house.workers.running():
        wish = CaseWish(key="a-key-of-dana", digest="d", title="Checkout is slow")
        case = (await case_requests.open_case(wish, dana, services=services)).case
        await receive_file(
            case.id, in_pieces(BUNDLE), name="b.zip", by="@dana", service=None, services=services
        )
        await rest(house)


async def listed(house: Installation) -> list[tuple[str, str, str | None]]:
    """Name, content and archive of each file; each original can be opened."""
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(1)
        files = await unit.files.of_case(case.id)
    for file in files:
        original = await house.services.files.original(file.blob, case_id=file.case_id)
        with original.open() as stream:
            assert len(stream.read()) == file.size
    names = {file.id: file.name.text for file in files}
    return [(file.name.text, file.blob, names.get(file.archive_id or "")) for file in files]


async def delete_bundle(house: Installation) -> None:
    async with house.services.unit() as unit:
        case = await unit.cases.by_number(1)
        view = await unit.cases.view(case.id, lock=True)
        archive, *_ = await unit.files.of_case(case.id)
        await delete(unit, view, archive, by="@dana")
    await house.workers.run_until_idle()


def test_members_move_with_their_archive_and_go_with_it(
    shell: Shell, move: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAULTMAVEN_SECRET_KEY", "a secret that both houses have, long enough")
    shell.prepare(bring_bundle)
    before = shell.prepare(listed)
    assert [(name, archive) for name, _, archive in before] == [
        ("b.zip", None),
        ("b.zip/db/db.log", "b.zip"),
        ("b.zip/in.tgz", "b.zip"),
        ("b.zip/in.tgz/b.log", "b.zip/in.tgz"),
    ]
    assert shell.run("export", 1, "--out", "case.zip").code == 0
    assert shell.run("verify", "case.zip").code == 0
    assert shell.run("export", "--all", "house.fm").code == 0
    move("other")
    ran = shell.run("import", "house.fm", "--json")
    assert ran.document["files"] == 4
    assert shell.prepare(listed) == before
    shell.prepare(delete_bundle)
    assert shell.prepare(listed) == []
