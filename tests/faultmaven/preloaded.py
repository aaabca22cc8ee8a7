"""What most commands load, loaded once: processes of `forked_programs` begin where this ends."""

from __future__ import annotations

import gc
from contextlib import suppress
from importlib import import_module

MODULES = (
    *(f"faultmaven.commands.{name}" for name in ("up", "serve", "worker", "bot", "investigate")),
    *("faultmaven.__main__", "aiosqlite", "alembic.command", "alembic.config"),
    *("bot.slack.connection", "bot.discord.connection"),
)
OF_AN_EXTRA = ("asyncpg", "storage.jobs.arq_pool", "tests.storage.jobs.worker")

gc.disable()
for module in MODULES:
    import_module(module)
for module in OF_AN_EXTRA:
    with suppress(ImportError):
        import_module(module)
gc.freeze()
gc.set_threshold(20_000, 20, 20)  # as in tests/conftest.py
gc.enable()
