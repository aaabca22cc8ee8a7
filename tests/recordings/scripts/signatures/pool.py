"""Connection pools run dry, or look as if they would."""

from collections.abc import Callable
from pathlib import Path

from tests.recordings.scripts.signatures.stage import Stage

ORDERS = "http://127.0.0.1:8080"
CATALOG = "http://127.0.0.1:8081"
BILLING = "http://127.0.0.1:8082"
LEDGER = "http://127.0.0.1:8084"
NORMAL_S, FAULT_S = 25, 25


def sqlalchemy_queuepool(stage: Stage) -> None:
    stage.postgres()
    stage.redis()
    stage.python("orders.py")
    stage.wait_port(8080)
    stage.load(ORDERS, ["/orders/#", "/cart/#", "/health"], 6, NORMAL_S)
    stage.load(ORDERS, ["/report?seconds=9"], 1.5, FAULT_S, wait=False)
    stage.load(ORDERS, ["/orders/#", "/cart/#", "/health"], 6, FAULT_S)


def postgres_too_many_clients(stage: Stage) -> None:
    stage.postgres(
        "max_connections=12",
        "superuser_reserved_connections=2",
        "log_connections=on",
        "log_min_duration_statement=0",
        log=True,
    )
    stage.python("orders.py", env={"POOL_SIZE": "40"}, log=Path("/dev/null"))
    stage.wait_port(8080)
    stage.load(ORDERS, ["/orders/#"], 4, NORMAL_S)
    stage.load(ORDERS, ["/report?seconds=12"], 2, FAULT_S, wait=False)
    stage.load(ORDERS, ["/orders/#"], 4, FAULT_S)


def hikari(stage: Stage) -> None:
    stage.postgres()
    stage.java("-Xmx128m")
    stage.wait_port(8082)
    stage.load(BILLING, ["/invoices?id=#"], 5, NORMAL_S)
    stage.load(BILLING, ["/batch?seconds=10"], 1, FAULT_S, wait=False)
    stage.load(BILLING, ["/invoices?id=#"], 2, FAULT_S)


def node_pg(stage: Stage) -> None:
    stage.postgres()
    stage.redis()
    stage.node("catalog.js")
    stage.wait_port(8081)
    stage.load(CATALOG, ["/items/#", "/session/#"], 6, NORMAL_S)
    stage.load(CATALOG, ["/slow?seconds=8"], 1.2, FAULT_S, wait=False)
    stage.load(CATALOG, ["/items/#", "/session/#"], 5, FAULT_S)


def pgbouncer(stage: Stage) -> None:
    stage.postgres()
    Path("/srv/app/pgbouncer.ini").write_text(
        "[databases]\nshop = host=127.0.0.1 port=5432\n"
        "[pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port=6432\n"
        "auth_type=trust\nauth_file=/srv/app/users.txt\npool_mode=transaction\ndefault_pool_size=3\nmax_client_conn=14\nquery_wait_timeout=3\nunix_socket_dir=\n"
        "stats_period=5\nadmin_users=postgres\n"
    )
    Path("/srv/app/users.txt").write_text('"shop" ""\n"postgres" ""\n')
    stage.run(
        "setpriv",
        "--reuid=postgres",
        "--regid=postgres",
        "--clear-groups",
        "pgbouncer",
        "/srv/app/pgbouncer.ini",
    )
    stage.wait_port(6432)
    url = {
        "DATABASE_URL": "postgresql+psycopg://shop@127.0.0.1:6432/shop?sslmode=disable",
        "POOL_SIZE": "30",
    }
    stage.python("orders.py", env=url, log=Path("/dev/null"))
    stage.wait_port(8080)
    stage.load(ORDERS, ["/orders/#"], 6, NORMAL_S)
    stage.load(ORDERS, ["/report?seconds=9"], 2, FAULT_S, wait=False)
    stage.load(ORDERS, ["/orders/#"], 6, FAULT_S)


def mariadb_connections(stage: Stage) -> None:
    stage.mariadb("--max-connections=10")
    stage.python("ledger.py", env={"MARIADB": "1"})
    stage.wait_port(8084)
    stage.load(LEDGER, ["/entries"], 6, NORMAL_S)
    stage.load(LEDGER, ["/close?s=9"], 2, FAULT_S, wait=False)
    stage.load(LEDGER, ["/entries"], 4, FAULT_S)


def psycopg_pool(stage: Stage) -> None:
    stage.postgres()
    stage.python("ledger.py")
    stage.wait_port(8084)
    stage.load(LEDGER, ["/entries"], 6, NORMAL_S)
    stage.load(LEDGER, ["/close?s=9"], 1, FAULT_S, wait=False)
    stage.load(LEDGER, ["/entries"], 4, FAULT_S)


def sqlalchemy_busy_but_fine(stage: Stage) -> None:
    """Checked-out connections reach the limit for a moment and come back: every request is 200."""
    stage.postgres()
    stage.redis()
    stage.python("orders.py", env={"POOL_SIZE": "10", "POOL_OVERFLOW": "0", "POOL_TIMEOUT": "30"})
    stage.wait_port(8080)
    stage.load(ORDERS, ["/orders/#", "/cart/#"], 6, 15)
    stage.burst(ORDERS + "/report?seconds=2", 14)
    stage.load(ORDERS, ["/orders/#", "/cart/#"], 6, 15)
    stage.burst(ORDERS + "/report?seconds=1", 10)
    stage.load(ORDERS, ["/orders/#", "/cart/#", "/report?seconds=0.1"], 6, 15)


def hikari_debug_statistics(stage: Stage) -> None:
    """HikariCP's own debug statistics with callers waiting, none of which times out."""
    stage.postgres()
    stage.java(
        "-DHIKARI_LEVEL=DEBUG", "-Dwait=30000", "-Dcom.zaxxer.hikari.housekeeping.periodMs=3000"
    )
    stage.wait_port(8082)
    stage.load(BILLING, ["/invoices?id=#"], 5, 12)
    for _ in range(2):
        stage.burst(BILLING + "/batch?seconds=4", 9)
        stage.load(BILLING, ["/invoices?id=#"], 1, 12)
    stage.load(BILLING, ["/invoices?id=#"], 5, 12)


def postgres_words_in_statements(stage: Stage) -> None:
    """A runbook table that quotes the error text, with every statement logged."""
    stage.postgres(
        "log_statement=all",
        "log_connections=on",
        "log_disconnections=on",
        "max_connections=50",
        log=True,
    )
    stage.sql("create table runbooks(title text, body text)")
    stage.sql(
        "insert into runbooks values "
        "('FATAL: sorry, too many clients already', 'raise max_connections or add a pooler'), "
        "('QueuePool limit of size 5 overflow 10 reached', "
        "'look for connections that are not returned')"
    )
    stage.python("orders.py", log=Path("/dev/null"))
    stage.wait_port(8080)
    stage.load(ORDERS, ["/orders/#"], 5, 20)
    for words in (
        "too many clients",
        "remaining connection slots are reserved",
        "connection pool exhausted",
    ):
        query = f"select body from runbooks where title ilike '%{words}%'"  # noqa: S608 - ours
        stage.sql(query)
        stage.load(ORDERS, ["/orders/#"], 5, 6)


FAULT = "connection_pool_exhausted"
SCENES: dict[str, Callable[[Stage], None]] = {
    f"{FAULT}/positive_sqlalchemy": sqlalchemy_queuepool,
    f"{FAULT}/positive_postgres": postgres_too_many_clients,
    f"{FAULT}/positive_hikari": hikari,
    f"{FAULT}/positive_node_pg": node_pg,
    f"{FAULT}/positive_pgbouncer": pgbouncer,
    f"{FAULT}/positive_mariadb": mariadb_connections,
    f"{FAULT}/positive_psycopg_pool": psycopg_pool,
    f"{FAULT}/healthy_sqlalchemy": sqlalchemy_busy_but_fine,
    f"{FAULT}/healthy_hikari": hikari_debug_statistics,
    f"{FAULT}/healthy_postgres": postgres_words_in_statements,
}
