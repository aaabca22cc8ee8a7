"""Migrations make exactly the tables that the code knows, whoever runs them and how often."""

from __future__ import annotations

import asyncio
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from sqlite3 import connect as connect_sqlite
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Table, UniqueConstraint, inspect, select, text

from core.access import Identity, PersonProfile
from core.alerts.model import AlertSource, Delivery, DeliveryState, Occurrence
from core.cases.events import CaseEvent
from core.cases.model import Case, Question, TurnStep
from core.clock import EPOCH
from core.conversation.messages.message import (
    Binding,
    IncomingMessage,
    JournaledMessage,
    Message,
    Outbound,
)
from core.conversation.ports import Workspace, connect_workspace
from core.errors import DatabaseDamaged, StoreUnavailable, WrongUsage
from core.evidence.model import EvidenceFile
from core.jobs.model import Job
from core.jobs.ports import Fact
from core.workflows.signature_failures import PINGED, REFUSED
from storage.database import ColumnSeal, SqlStore, open_store, upgrade
from storage.database.engine import connect
from storage.database.examination import lacking_in
from storage.database.rows import values_of
from storage.database.schema import MIGRATIONS, head, reach, revision
from storage.database.tables import (
    bindings,
    case_events,
    case_inbox,
    case_rows,
    cases,
    deliveries,
    facts,
    files,
    identities,
    jobs,
    messages,
    metadata,
    occurrences,
    outbound,
    turn_steps,
    utterances,
    workspaces,
)
from storage.sealing.keys import Keyring
from tests.contracts import samples
from tests.contracts.samples import (
    CONTEXT,
    THREAD,
    a_binding,
    a_context,
    a_delivery,
    a_hypothesis,
    a_member,
    an_account,
    an_id,
    an_outbound,
    changes_of_a_life,
    later,
    opened,
)
from tests.contracts.test_case_rows import ARCHIVED, CLOSED, SPOKEN, a_case, judged, ranked
from tests.databases import a_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from sqlalchemy import Connection

ROWS = {
    Delivery: deliveries,
    Occurrence: occurrences,
    Case: cases,
    CaseEvent: case_events,
    EvidenceFile: files,
    Binding: bindings,
    Outbound: outbound,
    Message: messages,
    Question: case_inbox,
    JournaledMessage: utterances,
    IncomingMessage: utterances,
    Identity: identities,
    PersonProfile: identities,
    Job: jobs,
    Fact: facts,
    Workspace: workspaces,
    TurnStep: turn_steps,
}
ADDED_LATER = {
    ("cases", "archived_at"),
    ("cases", "closed_to"),
    ("deliveries", "name"),
    ("bindings", "opens"),
    ("bindings", "made_from"),
    ("outbound", "opens"),
    ("outbound", "handle"),
    ("files", "decoded"),
    ("files", "onset"),
    ("files", "let_go_at"),
    ("files", "archive_id"),
}
PARTS = {
    "place": {"platform", "workspace", "channel", "thread"},
    "heard": set[str](),
    "profile": set[str](),
}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.integration)])
def server_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def empty_url(server_url: str) -> AsyncIterator[str]:
    """A database without any table."""
    if server_url.startswith("sqlite"):
        yield server_url
        return
    async with a_database(server_url) as url:
        yield url


def difference(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return list(compare_metadata(context, metadata))


def described(connection: Connection) -> dict[str, Any]:
    """Tables, columns, keys and indexes as the database itself spells them, conditions too."""
    look = inspect(connection)
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql <> ''"))
        spelt: dict[str, Any] = {row.name: " ".join(row.sql.split()) for row in rows}
    else:
        indexes = connection.execute(
            text("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
        )
        keys = connection.execute(
            text("SELECT conname, pg_get_constraintdef(oid) AS rule FROM pg_constraint")
        )
        spelt = {row.indexname: row.indexdef for row in indexes}
        spelt |= {f"key {row.conname}": row.rule for row in keys}
    for table in look.get_table_names():
        spelt[f"columns {table}"] = {
            column["name"]: (str(column["type"]), column["nullable"])
            for column in look.get_columns(table)
        }
    return {name: value for name, value in spelt.items() if "alembic" not in name}


async def test_migrations_make_what_the_code_knows(empty_url: str) -> None:
    await upgrade(empty_url)
    database = connect(empty_url)
    async with database.writer.connect() as connection:
        assert await connection.run_sync(difference) == []
        migrated = await connection.run_sync(described)
    # Alembic compares no conditions of partial indexes, so the whole spelling is compared too.
    async with database.writer.begin() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
        created = await connection.run_sync(described)
    await database.close()
    assert {name: _in_any_order(value) for name, value in migrated.items()} == {
        name: _in_any_order(value) for name, value in created.items()
    }


def _in_any_order(spelt: object) -> object:
    """Rules of a table may be spelt in any order."""
    return sorted(spelt.replace(", ", " ").split()) if isinstance(spelt, str) else spelt


async def test_rows_of_an_older_version_are_kept(empty_url: str) -> None:
    await migrate_to("0001", empty_url)
    async with open_store(empty_url) as store:
        case = opened(an_id("case"), number=1)[1].case
        queued, bound = an_outbound(case.id), a_binding(case.id)
        delivery = a_delivery(name="")
        records = ((cases, case), (outbound, queued), (bindings, bound), (deliveries, delivery))
        async with store.database.writing() as work:
            for table, record in records:
                await work.execute(table.insert().values(values_of_0001(table, record)))
    await upgrade(empty_url)
    async with open_store(empty_url) as store, store.reading(CONTEXT) as unit:
        assert await unit.deliveries.get(delivery.id) == delivery
        assert await unit.conversation.outbound(queued.id) == queued
        assert await unit.conversation.bindings(case.id) == [bound]
        assert await unit.conversation.case_at(bound.place) == case.id


async def test_facts_leave_the_journal_of_deliveries(empty_url: str) -> None:
    await migrate_to("0004", empty_url)
    refused, pinged, theirs = (
        a_notice("default", "refused", problem="three in a row"),
        a_notice("default", "pinged"),
        a_notice("theirs", "refused"),  # they were right again
    )
    real, seal = a_delivery(), ColumnSeal(Keyring(b"of a test"))
    async with open_store(empty_url, seal=seal) as store, store.unit(CONTEXT) as unit:
        for delivery in (refused, pinged, real):
            await unit.deliveries.add(delivery)
    async with open_store(empty_url, seal=seal) as store, store.unit(a_context("theirs")) as unit:
        await unit.deliveries.add(theirs)
    await upgrade(empty_url)
    async with open_store(empty_url, seal=seal) as store:
        async with store.reading(CONTEXT) as unit:
            kept = [await unit.facts.get(key) for key in (REFUSED, PINGED)]
            assert kept == [
                Fact(tenant_id="default", key=REFUSED, value="three in a row", at=later(60)),
                Fact(tenant_id="default", key=PINGED, value="", at=later(60)),
            ]
            assert await unit.deliveries.since(EPOCH) == [real.id]
        async with store.reading(a_context("theirs")) as unit:
            assert await unit.facts.get(REFUSED) is None
            assert await unit.deliveries.since(EPOCH) == []


# As versions of before met somebody.
MEETING = (
    "INSERT INTO users (id, tenant_id, name, created_at) VALUES (:user, :tenant, 'ada', 1)",
    "INSERT INTO identities (tenant_id, platform, workspace, external_id, user_id, name, standing,"
    " met_at, seen_at) VALUES (:tenant, 'slack', 'main', 'U1', :user, 'ada', 'member', 1, 1)",
)


async def test_a_platform_with_cases_has_the_workspace_that_they_name(empty_url: str) -> None:
    await migrate_to("0005", empty_url)
    async with open_store(empty_url) as store:
        for tenant in ("default", "theirs"):
            async with store.database.writing() as work:
                for statement in MEETING:
                    await work.execute(text(statement), {"tenant": tenant, "user": f"u_{tenant}"})
        async with store.unit(CONTEXT) as unit:
            await unit.incoming.set_mention_only(THREAD, on=True)
    await upgrade(empty_url)
    async with open_store(empty_url) as store:
        for tenant in ("default", "theirs"):
            async with store.unit(a_context(tenant)) as unit:
                (workspace,) = await unit.workspaces.of_platform("slack")
                assert (workspace.id, workspace.external_id) == ("main", "")
                assert await connect_workspace(unit, "slack", "T0SHOP") == "main"
                assert await unit.workspaces.of_platform("discord") == []


async def test_cases_of_before_have_their_rows(empty_url: str) -> None:
    await upgrade(empty_url)
    seal = ColumnSeal(Keyring(b"of a test"))
    async with open_store(empty_url, seal=seal) as store:
        async with store.unit(CONTEXT) as unit:
            dana = an_account()
            assert await unit.accounts.add(dana)
            await a_case(unit, *changes_of_a_life(a_hypothesis()), group="g1")
            closed = await a_case(unit, SPOKEN, ranked("a", "b"), judged(2), CLOSED, ARCHIVED)
            await unit.members.put(a_member(closed.case.id, dana.id))
        kept = await rows_of(store)
        async with store.database.writing() as work:
            for younger in ("chunk_vectors", "feedback", "case_memories", "case_rows"):
                await work.execute(text(f"DROP TABLE {younger}"))
            await work.execute(text("DROP INDEX ix_files_unread"))
            await work.execute(text("ALTER TABLE files DROP COLUMN archive_id"))
            await work.execute(text("ALTER TABLE cases DROP COLUMN closed_to"))
            await work.execute(text("ALTER TABLE installation DROP COLUMN former"))
            await work.execute(text("ALTER TABLE installation DROP COLUMN moved_at"))
            await work.execute(text("ALTER TABLE documents DROP COLUMN refused_tags"))
            await work.execute(text("ALTER TABLE documents DROP COLUMN dated_at"))
            await work.execute(text('ALTER TABLE document_versions DROP COLUMN "commit"'))
            await work.execute(text("ALTER TABLE document_versions DROP COLUMN seal"))
            before = before_revision("0015")
            back = text("UPDATE alembic_version SET version_num = :before")
            await work.execute(back, {"before": before})
    await upgrade(empty_url)
    async with open_store(empty_url, seal=seal) as store:
        assert await rows_of(store) == kept
        assert [row["is_private"] for row in kept] == [False, True]


async def rows_of(store: SqlStore) -> list[dict[str, Any]]:
    async with store.database.reading() as work:
        rows = await work.execute(select(case_rows).order_by(case_rows.c.number))
        return [dict(row) for row in rows.mappings()]


def before_revision(name: str) -> str:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(config).get_revision(name)
    return str(script.down_revision)


def a_notice(tenant_id: str, fact: str, *, problem: str | None = None) -> Delivery:
    """A fact as the journal of deliveries kept it."""
    return a_delivery(
        id=f"delivery_{tenant_id}_pagerduty_{fact}",
        tenant_id=tenant_id,
        source=AlertSource.PAGERDUTY,
        group="!notices",
        body=b"",
        size=0,
        state=DeliveryState.DONE,
        problem=problem,
        processed_at=later(60),
    )


async def migrate_to(target: str, url: str) -> None:
    def run(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, target)

    database = connect(url, foreign_keys=False)
    async with database.writer.begin() as writing:
        await writing.run_sync(run)
    await database.close()


def values_of_0001(table: Table, record: Any) -> dict[str, Any]:
    """What the first release wrote of a record."""
    values = values_of(record)
    if table is cases:
        values |= {"group_index": record.group_key}
    if table is outbound:
        values |= {"card_key": record.card.key, "card_version": record.card.version}
    return {name: value for name, value in values.items() if (table.name, name) not in ADDED_LATER}


async def test_an_upgrade_may_come_twice_and_at_once(empty_url: str) -> None:
    await asyncio.gather(*(upgrade(empty_url) for _ in range(3)))
    await upgrade(empty_url)
    async with open_store(empty_url) as store:
        await store.check()
        assert await revision(store.database) == head()


async def test_a_newer_database_is_left_alone(empty_url: str) -> None:
    await upgrade(empty_url)
    async with open_store(empty_url) as store, store.database.writing() as work:
        await work.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(WrongUsage, match="9999"):
        await upgrade(empty_url)


async def test_a_database_that_lost_tables_is_not_started_with(empty_url: str) -> None:
    """Deliveries would be taken, and never worked on."""
    await upgrade(empty_url)
    async with open_store(empty_url) as store, store.database.writing() as work:
        await work.execute(text("DROP TABLE turn_steps"))
    for look in (upgrade, reach):
        with pytest.raises(DatabaseDamaged, match="lacks tables: turn_steps"):
            await look(empty_url)


async def test_an_upgrade_of_nothing_reachable_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        await upgrade(f"sqlite:///{tmp_path}/none/here.db")
    with pytest.raises(StoreUnavailable):
        await upgrade("postgresql://127.0.0.1:1/none")


async def test_a_failed_migration_leaves_no_half_of_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/half.db"
    with closing(connect_sqlite(tmp_path / "half.db")) as sqlite:
        sqlite.execute("CREATE TABLE jobs (id)")
        sqlite.commit()
    with pytest.raises(Exception, match="already exists"):
        await upgrade(url)
    with closing(connect_sqlite(tmp_path / "half.db")) as sqlite:
        assert sqlite.execute("SELECT name FROM sqlite_master").fetchall() == [("jobs",)]


async def test_the_file_of_sqlite_is_for_this_account_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    await upgrade(url)
    async with open_store(url) as store:
        await store.check()
        for path in tmp_path.iterdir():  # noqa: ASYNC240 - a test may wait
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_the_head_is_alembics() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [head()]


def test_a_database_that_is_up_to_date_is_not_shown_to_alembic(
    migrated_sqlite: Path,
) -> None:
    code = f"""if True:
        import asyncio, sys
        from storage.database import upgrade
        asyncio.run(upgrade("sqlite:///{migrated_sqlite}"))
        sys.exit("alembic" in sys.modules)
    """
    done = subprocess.run([sys.executable, "-c", code], cwd=Path.cwd(), check=False)
    assert done.returncode == 0


# Of all tenants is only what says under which secret the database rests.
OF_TENANTS = [table for name, table in metadata.tables.items() if name != "installation"]


class TestTables:
    @pytest.mark.parametrize("table", OF_TENANTS, ids=lambda table: table.name)
    def test_every_row_names_its_tenant(self, table: Table) -> None:
        tenant = table.c.id if table.name == "tenants" else table.c.tenant_id
        assert not tenant.nullable

    @pytest.mark.parametrize("table", metadata.tables.values(), ids=lambda table: table.name)
    def test_the_tenant_leads_every_unique_key_but_ids(self, table: Table) -> None:
        uniques: list[Iterable[Any]] = [
            constraint.columns
            for constraint in table.constraints
            if isinstance(constraint, UniqueConstraint)
        ]
        uniques += [index.columns for index in table.indexes if index.unique]
        leading = [[column.name for column in columns] for columns in uniques]
        assert all(names == ["id"] or names[0] == "tenant_id" for names in leading)

    @pytest.mark.parametrize("record", ROWS, ids=lambda record: record.__name__)
    def test_every_field_has_a_column(self, record: type[Any]) -> None:
        names = {field.name for field in fields(record)}
        for whole in names & PARTS.keys():
            names = names - {whole} | PARTS[whole]
        assert names <= set(ROWS[record].c.keys())


async def test_whether_a_case_has_a_content_is_found_without_looking_at_its_other_files(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'faultmaven.db'}"
    await upgrade(url)
    query = "SELECT * FROM files WHERE tenant_id = 'x' AND case_id = 'x' AND blob = 'x'"
    with closing(connect_sqlite(tmp_path / "faultmaven.db")) as database:
        (plan,) = database.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
    assert "(case_id=? AND blob=?)" in plan[-1]


async def test_missing_columns_and_indexes_are_named(empty_url: str) -> None:
    await upgrade(empty_url)
    assert await lacking_in(empty_url) == []
    async with open_store(empty_url) as store, store.database.writing() as work:
        await work.execute(text("DROP INDEX uq_jobs_pending_once"))
        await work.execute(text("ALTER TABLE cases DROP COLUMN owner"))
    lacking = ["column cases.owner", "index uq_jobs_pending_once"]
    assert await lacking_in(empty_url) == lacking
    async with open_store(empty_url) as store:
        with pytest.raises(DatabaseDamaged, match=r"lacks an index|damaged"):
            async with store.unit(CONTEXT) as unit:
                await unit.jobs.add(samples.a_job())
