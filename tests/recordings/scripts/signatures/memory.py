"""Memory runs out, or the words of it appear in a healthy log."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.recordings.scripts.signatures.stage import Stage

ORDERS = "http://127.0.0.1:8080"
CATALOG = "http://127.0.0.1:8081"
BILLING = "http://127.0.0.1:8082"
GATEWAY = "http://127.0.0.1:8083"


def jvm_heap(stage: Stage) -> None:
    stage.postgres()
    stage.java("-Xmx64m", "-XX:+UseSerialGC")
    stage.wait_port(8082)
    stage.load(BILLING, ["/invoices?id=#"], 6, 20)
    stage.load(BILLING, ["/statements?mb=2"], 2.2, 30, wait=False)
    stage.load(BILLING, ["/invoices?id=#"], 4, 30)


def node_heap(stage: Stage) -> None:
    stage.postgres()
    stage.redis()
    stage.node("--max-old-space-size=96", "catalog.js")
    stage.wait_port(8081)
    stage.load(CATALOG, ["/items/#", "/session/#"], 6, 20)
    stage.load(CATALOG, ["/reindex"], 1, 25, wait=False)
    stage.load(CATALOG, ["/items/#", "/session/#"], 5, 25)


def redis_maxmemory(stage: Stage) -> None:
    stage.postgres()
    stage.redis("--maxmemory", "4mb", "--maxmemory-policy", "noeviction")
    stage.python("orders.py")
    stage.wait_port(8080)
    stage.load(ORDERS, ["/orders/#", "/cart/#"], 6, 20)
    stage.load(ORDERS, ["/cart/#?bytes=60000"], 2, 20, wait=False)
    stage.load(ORDERS, ["/orders/#", "/cart/#"], 3, 20)


def python_address_space(stage: Stage) -> None:
    stage.postgres()
    stage.redis()
    stage.python("orders.py", address_space_mb=900)
    stage.wait_port(8080)
    stage.load(ORDERS, ["/orders/#", "/cart/#"], 6, 20)
    stage.load(ORDERS, ["/import?mb=40"], 1.5, 25, wait=False)
    stage.load(ORDERS, ["/orders/#", "/cart/#"], 6, 25)


def go_runtime(stage: Stage) -> None:
    stage.python("inventory.py", log=Path("/dev/null"))
    stage.go(address_space_mb=1400)
    stage.wait_port(8083)
    stage.load(GATEWAY, ["/stock/#"], 8, 20)
    stage.load(GATEWAY, ["/buffer?mb=60"], 2, 25, wait=False)
    stage.load(GATEWAY, ["/stock/#"], 5, 20)


def gunicorn_killed(stage: Stage) -> None:
    """SIGKILL is sent to a growing worker, by this script in the place of the kernel."""
    stage.postgres()
    stage.redis()
    process = stage.run(
        "/srv/venv/bin/python",
        "-m",
        "gunicorn",
        "-w",
        "2",
        "-k",
        "gthread",
        "--threads",
        "8",
        "-b",
        "127.0.0.1:8080",
        "--access-logfile",
        "-",
        "orders:app",
    )
    stage.wait_port(8080)
    stage.load(ORDERS, ["/orders/#", "/cart/#", "/health"], 6, 20)
    for _ in range(5):
        stage.load(ORDERS, ["/import?mb=20", "/orders/#", "/cart/#"], 6, 6)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
        time.sleep(1)
    stage.load(ORDERS, ["/orders/#", "/cart/#"], 6, 5)


def postgres_work_mem(stage: Stage) -> None:
    """Each backend may map little memory; a very long value meets the limit."""
    stage.postgres(
        "log_min_duration_statement=0",
        "work_mem=600MB",
        "max_parallel_workers_per_gather=0",
        log=True,
        address_space_mb=400,
    )
    stage.python("orders.py", log=Path("/dev/null"))
    stage.wait_port(8080)
    stage.load(ORDERS, ["/orders/#"], 4, 20)
    for _ in range(6):
        stage.sql("select length(repeat('invoice line ', 60000000) || id) from orders limit 3")
        stage.load(ORDERS, ["/orders/#"], 3, 4)


def redis_startup_words(stage: Stage) -> None:
    """The overcommit warning and maxmemory settings of a healthy Redis."""
    Path("/srv/app/redis.conf").write_text(
        "maxmemory 64mb\nmaxmemory-policy allkeys-lru\nloglevel debug\noom-score-adj no\n"
    )
    stage.run(
        "redis-server",
        "/srv/app/redis.conf",
        "--port",
        "6379",
        "--bind",
        "127.0.0.1",
        "--dir",
        "/srv/data",
        "--save",
        "15",
        "1",
    )
    stage.wait_port(6379)
    stage.postgres()
    stage.python("orders.py", log=Path("/dev/null"))
    stage.wait_port(8080)
    stage.load(ORDERS, ["/cart/#?bytes=9000"], 12, 50)


def jvm_gc_log(stage: Stage) -> None:
    """A busy collector and the flags that name the error; the heap recovers every time."""
    stage.postgres()
    stage.java(
        "-Xmx96m",
        "-XX:+UseSerialGC",
        "-Xlog:gc*:stdout:time,level,tags",
        "-XX:+HeapDumpOnOutOfMemoryError",
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:+PrintCommandLineFlags",
    )
    stage.wait_port(8082)
    pid = next(
        p for p in stage.started if "Billing" in str(p.args) and "javac" not in str(p.args)
    ).pid
    stage.load(BILLING, ["/invoices?id=#"], 20, 40, wait=False)
    stage.load(BILLING, ["/statements?mb=3"], 1, 15, wait=False)
    for _ in range(8):
        time.sleep(5)
        stage.quiet("jcmd", str(pid), "GC.run", wait=True)


def tests_named_after_it(stage: Stage) -> None:
    """A test run whose names speak of running out of memory; all pass."""
    stage.tests(
        "test_limits.py",
        "limits",
        "checking case %d of %s",
        "out_of_memory_is_reported",
        "oom_killed_pod_is_restarted",
        "cannot_allocate_memory_maps_to_503",
        "heap_out_of_memory_message_is_parsed",
        "java_lang_OutOfMemoryError_is_recognised",
    )


FAULT = "out_of_memory"
SCENES: dict[str, Callable[[Stage], None]] = {
    f"{FAULT}/positive_jvm": jvm_heap,
    f"{FAULT}/positive_node": node_heap,
    f"{FAULT}/positive_redis": redis_maxmemory,
    f"{FAULT}/positive_python": python_address_space,
    f"{FAULT}/positive_go": go_runtime,
    f"{FAULT}/positive_gunicorn": gunicorn_killed,
    f"{FAULT}/positive_postgres": postgres_work_mem,
    f"{FAULT}/healthy_redis": redis_startup_words,
    f"{FAULT}/healthy_jvm": jvm_gc_log,
    f"{FAULT}/healthy_pytest": tests_named_after_it,
}
