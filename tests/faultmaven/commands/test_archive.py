"""Moving house: everything in one sealed file, into another installation, as often as one likes."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from core.accounts.model import Account, AccountRole
from core.cases.rows import CaseFilter, ListedCase
from core.conversation.cards.card import Card
from core.conversation.messages.outbox import draw_case_card
from core.errors import NotFound
from core.jobs.model import JobState
from core.knowledge.model import Collection, ContentType
from core.workflows import case_requests
from core.workflows.accounts import Registration, make_account
from core.workflows.case_access import members_of
from core.workflows.case_export import contents
from core.workflows.case_requests import CaseWish
from core.workflows.evidence_intake import receive_file
from core.workflows.exchange_intake import Wish, take_in
from core.workflows.knowledge_documents import DocumentWish, bring
from core.workflows.knowledge_search import SearchWish, search
from storage.database.archive import TABLES
from storage.database.tables.parts import metadata
from storage.sealing.archives import MAGIC
from tests.fakes.clock import SetClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from faultmaven.wiring import Installation
    from tests.faultmaven.commands.conftest import Shell

SECRET = "a secret that both houses have, long enough"  # noqa: S105  # pragma: allowlist secret
PASSWORD = "correct horse battery"  # noqa: S105 - of tests  # pragma: allowlist secret
PASSPHRASE = "four words that nobody says"  # noqa: S105 - of tests  # pragma: allowlist secret
LATER = datetime(2040, 1, 1, tzinfo=UTC)
LINES = b"".join(
    b"2026-11-20T12:%02d:%02dZ %s checkout request_id=r%d took %d ms\n"
    % (n // 60, n % 60, b"ERROR pool timeout" if n > 400 else b"INFO", n, n)
    for n in range(600)
)


@dataclass
class Face:
    """What people see of an installation."""

    rows: list[ListedCase] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    bundles: list[dict[str, bytes]] = field(default_factory=list)  # with what claims cite
    originals: dict[str, str] = field(default_factory=dict)
    tables: dict[str, bool] = field(default_factory=dict)  # in which events are looked up
    exchanges: list[Any] = field(default_factory=list)
    members: list[Any] = field(default_factory=list)
    accounts: list[tuple[str, str | None, AccountRole]] = field(default_factory=list)
    runbooks: list[Any] = field(default_factory=list)


async def face(house: Installation) -> Face:
    """At one and the same moment: cards tell how long ago something was."""
    seen, services = Face(), replace(house.services, clock=SetClock(LATER))
    async with services.reading() as unit:
        seen.rows = await unit.case_rows.page(CaseFilter(is_archived=True), limit=100)
        accounts = await unit.accounts.all()
        for row in seen.rows:
            case_id = row.case.id
            seen.cards.append(await draw_case_card(unit, await unit.cases.view(case_id)))
            seen.exchanges.append(await unit.exchanges.of_case(case_id))
            seen.exchanges.append(await unit.conversation.bindings(case_id))
            for file in await unit.files.of_case(case_id):
                original = await services.files.original(file.blob, case_id=case_id)
                with original.open() as stream:
                    seen.originals[file.id] = hashlib.sha256(stream.read()).hexdigest()
                shelf = await services.files.shelf(file.blob, case_id=case_id, file_id=file.id)
                seen.tables[file.id] = shelf.table is not None and shelf.table.exists()
    seen.accounts = [(known.username, known.email, known.role) for known in accounts]
    root = next((known for known in accounts if known.is_admin), None)
    wish = SearchWish(query="the pool has no free connections")
    seen.runbooks = await search(wish, root, services=services) if root else []
    for row in seen.rows:
        seen.bundles.append(await contents(row.case.number, services=services))
        if root:
            seen.members.append(await members_of(row.case.id, root, services=services))
    return seen


async def live_in(house: Installation) -> None:
    """Two people; a case with evidence of two kinds that was weighed, and one that was closed."""
    services = house.services
    root, dana = [await somebody(house, name, role) for name, role in PEOPLE.items()]
    async with house.workers.running():
        wish = CaseWish(key="a-key-of-dana", digest="d", title="Checkout is slow")
        case = (await case_requests.open_case(wish, dana, services=services)).case
        for name, content in (("checkout.log", LINES), ("again.log.gz", gzip.compress(LINES))):
            sent = in_pieces(content)
            await receive_file(
                case.id, sent, name=name, by="@dana", service="checkout", services=services
            )
        await bring(RUNBOOK, root, services=services)
        question = Wish(key="a-question-1", digest="q", text="what is going on?")
        await take_in(case.id, question, dana, services=services)
        other = CaseWish(key="a-key-of-root", digest="d", title="Nothing in particular")
        closed = (await case_requests.open_case(other, root, services=services)).case
        await case_requests.close_case(closed.id, root, services=services)
        await rest(house)


RUNBOOK = DocumentWish(
    raw=b"# Pool timeout\n\nWhere the pool has no free connections, raise its size to 40.\n",
    content_type=ContentType.MARKDOWN,
    collection=Collection.GLOBAL,
    source="runbooks/pool.md",
)
PEOPLE = {"root": AccountRole.ADMIN, "dana": AccountRole.USER}


async def somebody(house: Installation, name: str, role: AccountRole) -> Account:
    wish = Registration(username=name, email=f"{name}@shop.test", password=PASSWORD)
    return await make_account(wish, role=role, services=house.services)


async def rest(house: Installation) -> None:
    """Return when no job is left but those for later."""
    for _ in range(600):
        async with house.services.reading() as unit:
            waiting = await unit.jobs.listing(JobState.PENDING, limit=100)
            running = await unit.jobs.listing(JobState.RUNNING, limit=100)
        now = house.services.now
        if not running and all(job.run_at > now for job in waiting):
            return
        await asyncio.sleep(0.1)
    message = "jobs are left"
    raise AssertionError(message)


async def in_pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the data of the first house is kept, for those of later tests."""
    return tmp_path_factory.mktemp("house") / "data"


@pytest.fixture
def house(shell: Shell, lived_in: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Lived in, on SQLite."""
    monkeypatch.setenv("FAULTMAVEN_SECRET_KEY", SECRET)
    if not lived_in.exists():
        shell.prepare(live_in)
        shutil.copytree(shell.data, lived_in)
    shutil.rmtree(shell.data)
    shutil.copytree(lived_in, shell.data)
    return shell


@pytest.fixture
def move(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """From now on commands are typed in another installation."""

    def moved(name: str, url: str = "", secret: str = SECRET) -> None:
        folder = tmp_path / name
        folder.mkdir(mode=0o700, exist_ok=True)
        monkeypatch.setenv("FAULTMAVEN_DATA_DIR", str(folder))
        monkeypatch.setenv("FAULTMAVEN_SECRET_KEY", secret)
        if url:
            monkeypatch.setenv("FAULTMAVEN_DATABASE_URL", url)

    return moved


@pytest.mark.integration
def test_from_sqlite_to_postgresql_everything_looks_as_before(
    house: Shell, move: Callable[..., None], fresh_postgres_url: str
) -> None:
    before = house.prepare(face)
    ran = house.run("export", "--all", "house.fm", "--json")
    assert (ran.code, ran.document["cases"], ran.document["files"]) == (0, 2, 2)
    assert ran.document["missing"] == []
    move("team", fresh_postgres_url)
    ran = house.run("import", "house.fm", "--json")
    assert ran.code == 0, ran.err
    assert ran.document == {"cases": {"new": 2}, "files": 2, "kept_apart": False}
    assert house.prepare(face) == before
    assert set(before.tables.values()) == {True}
    assert any(bundle["citations.jsonl"] for bundle in before.bundles)
    assert [passage.document.title.text for passage in before.runbooks] == ["Pool timeout"]
    again = house.run("import", "house.fm", "--json")
    assert again.document == {"cases": {"same": 2}, "files": 0, "kept_apart": False}
    assert house.prepare(face) == before
    assert house.prepare(next_number) == 3


async def next_number(house: Installation) -> int:
    async with house.services.unit() as unit:
        return await unit.cases.next_number()


def test_a_part_then_the_whole_is_the_whole(house: Shell, move: Callable[..., None]) -> None:
    assert house.run("export", "--all", "part.fm").code == 0
    house.prepare(go_on)
    assert house.run("export", "--all", "whole.fm").code == 0
    whole = house.prepare(face)
    move("other")
    assert house.run("import", "part.fm", "--json").document["cases"] == {"new": 2}
    ran = house.run("import", "whole.fm", "--json")
    assert ran.document["cases"] == {"behind": 1, "same": 1, "new": 1}
    assert house.prepare(face) == whole
    assert house.run("import", "part.fm", "--json").document["cases"] == {"ahead": 1, "same": 1}
    assert house.prepare(face) == whole


async def go_on(house: Installation) -> None:
    async with house.services.reading() as unit:
        dana = await unit.accounts.named("dana")
        case = await unit.cases.by_number(1)
    assert dana
    change = {"title": "Checkout was slow"}
    await case_requests.change_case(case.id, dana, changes=change, services=house.services)
    wish = CaseWish(key="a-third-key", digest="d", title="One more")
    await case_requests.open_case(wish, dana, services=house.services)


def test_what_went_on_differently_is_refused(house: Shell, move: Callable[..., None]) -> None:
    assert house.run("export", "--all", "house.fm").code == 0
    move("other")
    assert house.run("import", "house.fm").code == 0
    house.prepare(go_on)
    kept = house.prepare(face)
    move("data")
    house.prepare(go_on)
    assert house.run("export", "--all", "later.fm").code == 0
    move("other")
    ran = house.run("import", "later.fm")
    assert (ran.code, "#1 went on here in another way" in ran.err) == (1, True)
    assert house.prepare(face) == kept


def test_an_installation_with_cases_of_its_own_is_left_alone(
    house: Shell, move: Callable[..., None]
) -> None:
    assert house.run("export", "--all", "house.fm").code == 0
    move("other")
    house.prepare(live_in)
    kept = house.prepare(face)
    ran = house.run("import", "house.fm")
    assert (ran.code, "another account named" in ran.err) == (1, True)
    assert house.prepare(face) == kept


def test_no_password_or_secret_is_in_it(house: Shell, move: Callable[..., None]) -> None:
    assert house.run("export", "--all", "house.fm").code == 0
    move("other")
    assert house.run("import", "house.fm").code == 0

    async def passwords(house: Installation) -> list[str]:
        async with house.services.reading() as unit:
            return [account.password for account in await unit.accounts.all()]

    assert house.prepare(passwords) == ["", ""]
    ran = house.run("user", "password", "dana", stdin=f"{PASSWORD}\n")
    assert ran.code == 0


def test_a_passphrase_opens_it_where_the_secret_is_another(
    house: Shell, move: Callable[..., None]
) -> None:
    before = house.prepare(face)
    archive = ("--all", "house.fm", "--passphrase")
    assert house.run("export", *archive, stdin="short\n").code == 2
    assert house.run("export", *archive, stdin=f"{PASSPHRASE}\n").code == 0
    move("other", secret="another secret altogether, long enough")  # noqa: S106  # pragma: allowlist secret
    assert house.run("import", "house.fm").code == 2
    ran = house.run("import", "house.fm", "--passphrase", stdin="not this one at all\n")
    assert (ran.code, "not its passphrase" in ran.err) == (2, True)
    ran = house.run("import", "house.fm", "--passphrase", stdin=f"{PASSPHRASE}\n")
    assert (ran.code, "under another secret" in ran.out) == (0, True)
    after = house.prepare(face)
    assert set(after.tables.values()) == {False}
    assert (after.rows, after.cards, after.originals) == (
        before.rows,
        before.cards,
        before.originals,
    )


def test_the_secret_of_another_installation_does_not_open_it(
    house: Shell, move: Callable[..., None]
) -> None:
    assert house.run("export", "--all", "house.fm").code == 0
    move("other", secret="another secret altogether, long enough")  # noqa: S106  # pragma: allowlist secret
    ran = house.run("import", "house.fm")
    assert (ran.code, "secret of another installation" in ran.err) == (1, True)


def cut_in_half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def cut_at_a_chunk(content: bytes) -> bytes:
    return content[:-20]


def flip_a_bit(content: bytes) -> bytes:
    at = len(content) * 2 // 3
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def of_a_later_form(content: bytes) -> bytes:
    return MAGIC[:-1] + b"\x02" + content[len(MAGIC) :]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (cut_in_half, "cut off"),
        (cut_at_a_chunk, "cut off"),
        (flip_a_bit, "changed"),
        (of_a_later_form, "this version does not know"),
        (lambda _: b"", "no archive"),
        (lambda content: b"PK" + content, "no archive"),
    ],
)
def test_what_cannot_be_read_changes_nothing(
    house: Shell,
    move: Callable[..., None],
    tmp_path: Path,
    change: Callable[[bytes], bytes],
    message: str,
) -> None:
    assert house.run("export", "--all", "house.fm").code == 0
    broken = tmp_path / "broken.fm"
    broken.write_bytes(change((tmp_path / "house.fm").read_bytes()))
    move("other")
    ran = house.run("import", broken)
    assert (ran.code, message in ran.err) == (1, True), ran.err
    assert house.prepare(face) == Face()


async def without_an_original(house: Installation) -> None:
    async with house.services.reading() as unit:
        (file, *_) = await unit.files.of_case((await unit.cases.by_number(1)).id)
    await house.services.files.release(file.blob, case_id=file.case_id)


def test_an_original_that_is_gone_is_told_and_left_out(
    house: Shell, move: Callable[..., None]
) -> None:
    house.prepare(without_an_original)
    ran = house.run("export", "--all", "house.fm", "--json")
    assert (ran.code, ran.document["files"], len(ran.document["missing"])) == (0, 1, 1)
    move("other")
    assert house.run("import", "house.fm").code == 0
    with pytest.raises(NotFound):
        house.prepare(face)


# Of one machine, of this moment, or secret: none of it moves house.
LEFT_BEHIND = {
    "authorization_requests",
    "chunk_vectors",
    "deliveries",
    "delivery_keys",
    "facts",
    "installation",
    "jobs",
    "outbound",
    "sessions",
    "sign_ins",
    "tenants",
    "tokens",
    "turn_steps",
    "utterances",
}


def test_no_table_is_forgotten() -> None:
    assert metadata.tables.keys() - TABLES.keys() == LEFT_BEHIND


def test_another_server_is_neither_exported_nor_written_over(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FAULTMAVEN_SERVER", "http://127.0.0.1:1")
    for line in (("export", "--all", "x.fm"), ("import", "x.fm")):
        ran = shell.run(*line)
        assert (ran.code, "where its data is" in ran.err) == (2, True)
    assert not (tmp_path / "x.fm").exists()
