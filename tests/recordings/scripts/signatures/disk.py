"""A disk fills up, or the words of it appear in a healthy log."""

import time
from collections.abc import Callable
from pathlib import Path

from tests.recordings.scripts.signatures.stage import Stage, mount_tmpfs

ORDERS = "http://127.0.0.1:8080"
CATALOG = "http://127.0.0.1:8081"


def postgres_small_disk(stage: Stage) -> None:
    mount_tmpfs("/srv/postgres", 110)
    stage.postgres(
        "log_min_duration_statement=0",
        "wal_level=minimal",
        "max_wal_senders=0",
        "min_wal_size=32MB",
        "max_wal_size=32MB",
        "fsync=off",
        log=True,
    )
    stage.python("orders.py", log=Path("/dev/null"))
    stage.wait_port(8080)
    stage.load(ORDERS, ["/orders/#"], 6, 20)
    for _ in range(7):
        stage.sql(
            "insert into orders select n, n, repeat('y', 900) from generate_series(1, 9000) n"
        )
        stage.load(ORDERS, ["/orders/#"], 6, 4)


def redis_snapshot(stage: Stage) -> None:
    mount_tmpfs("/srv/data", 3)
    stage.postgres()
    stage.redis("--save", "2 1", log=True)
    stage.python("orders.py", log=Path("/dev/null"))
    stage.wait_port(8080)
    stage.load(ORDERS, ["/cart/#?bytes=3000"], 8, 20)
    stage.load(ORDERS, ["/cart/#?bytes=20000"], 10, 25)


def redis_client_misconf(stage: Stage) -> None:
    mount_tmpfs("/srv/data", 3)
    stage.postgres()
    stage.redis("--save", "2 1")
    stage.python("orders.py")
    stage.wait_port(8080)
    stage.load(ORDERS, ["/cart/#?bytes=500", "/orders/#"], 8, 20)
    stage.load(ORDERS, ["/cart/#?bytes=20000", "/orders/#"], 10, 25)


def python_write(stage: Stage) -> None:
    stage.postgres()
    stage.redis()
    mount_tmpfs("/srv/data", 20)
    stage.python("orders.py")
    stage.wait_port(8080)
    stage.load(ORDERS, ["/orders/#", "/cart/#", "/invoice/#?kb=30"], 6, 20)
    stage.load(ORDERS, ["/orders/#", "/cart/#", "/invoice/#?kb=700"], 6, 25)


def node_write(stage: Stage) -> None:
    stage.postgres()
    stage.redis()
    mount_tmpfs("/srv/data", 20)
    stage.node("catalog.js")
    stage.wait_port(8081)
    stage.load(CATALOG, ["/items/#", "/session/#", "/thumb/#?kb=20"], 6, 20)
    stage.load(CATALOG, ["/items/#", "/session/#", "/thumb/#?kb=800"], 6, 25)


def pytest_names(stage: Stage) -> None:
    """Tests named after the failure, with log lines of its words; all pass."""
    stage.tests(
        "test_storage.py",
        "storage",
        "volume %d: simulated %s",
        "no_space_left_on_device_is_retried",
        "disk_full_turns_read_only",
        "enospc_is_mapped",
        "quota_exceeded_is_shown",
    )


def nearly_full_then_rotated(stage: Stage) -> None:
    """A real disk goes to 90 % and is cleaned in time; writes never fail."""
    mount_tmpfs("/srv/data", 60)
    stage.python("diskwatch.py", wait=True)


def postgres_temp_files(stage: Stage) -> None:
    """Checkpoints, temporary files and a statement that quotes the error; no error happens."""
    stage.postgres(
        "log_temp_files=0",
        "log_checkpoints=on",
        "log_statement=all",
        "work_mem=64kB",
        "checkpoint_timeout=30s",
        log=True,
    )
    stage.python("orders.py", log=Path("/dev/null"))
    stage.wait_port(8080)
    stage.sql("create table incidents(title text)")
    stage.sql(
        'insert into incidents values (\'could not extend file "base/5/1234": No space left '
        "on device'), ('disk full on db-2')"
    )
    for _ in range(4):
        stage.sql("select * from generate_series(1, 60000) n order by md5(n::text)")
        stage.sql("checkpoint")
        stage.load(ORDERS, ["/orders/#"], 5, 8)
        time.sleep(0.5)


FAULT = "disk_full"
SCENES: dict[str, Callable[[Stage], None]] = {
    f"{FAULT}/positive_postgres": postgres_small_disk,
    f"{FAULT}/positive_redis": redis_snapshot,
    f"{FAULT}/positive_misconf": redis_client_misconf,
    f"{FAULT}/positive_python": python_write,
    f"{FAULT}/positive_node": node_write,
    f"{FAULT}/healthy_pytest": pytest_names,
    f"{FAULT}/healthy_diskwatch": nearly_full_then_rotated,
    f"{FAULT}/healthy_postgres": postgres_temp_files,
}
