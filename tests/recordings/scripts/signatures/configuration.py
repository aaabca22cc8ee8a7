"""A setting is missing or wrong, or merely noisy."""

import time
from collections.abc import Callable
from pathlib import Path

from tests.recordings.scripts.signatures.stage import Stage

ORDERS = "http://127.0.0.1:8080"
CATALOG = "http://127.0.0.1:8081"
SITE = "http://127.0.0.1:8000"
LOG = "/srv/log/app.log"  # as a container does, with both logs in one stream
PROXY = """upstream inventory {{ server 127.0.0.1:8090; }}
server {{ listen 127.0.0.1:8000; {extra} location / {{ proxy_pass http://inventory; }} }}"""


def nginx_reload(stage: Stage) -> None:
    """A wrong directive: each reload fails, then a restart does not come up at all."""
    stage.python("inventory.py", log=Path("/dev/null"))
    stage.wait_port(8090)
    server = stage.nginx(PROXY.format(extra=""), access=LOG)
    stage.wait_port(8000)
    assert server is not None
    stage.load(SITE, ["/stock/#"], 4, 15)
    stage.nginx(PROXY.format(extra="proxy_buffers_size 8k;"), start=False, access=LOG)
    for _ in range(3):
        server.send_signal(1)
        stage.load(SITE, ["/stock/#"], 4, 5)
    server.terminate()
    server.wait(10)
    for _ in range(8):
        stage.run("nginx", "-c", "/srv/app/nginx.conf", wait=True)
        time.sleep(2)


def postgres_parameter(stage: Stage) -> None:
    server = stage.postgres("log_min_duration_statement=0", log=True)
    stage.python("orders.py", log=Path("/dev/null"))
    stage.wait_port(8080)
    stage.load(ORDERS, ["/orders/#"], 6, 20)
    with Path("/srv/postgres/main/postgresql.conf").open("a") as out:
        out.write("max_conections = 200\nwork_mem = 64 megs\n")
    server.send_signal(2)
    server.wait(20)
    for _ in range(6):
        stage.postgres(log=True, fill=False).wait(20)
        time.sleep(2)


def pydantic_settings(stage: Stage) -> None:
    """mailer is started again each time it ends, as a container would be; then a value is wrong."""
    good = {"SMTP_HOST": "smtp.internal", "BATCH_SIZE": "50"}
    stage.python("mailer.py", env=good, wait=True)
    for _ in range(6):
        stage.python("mailer.py", env={"BATCH_SIZE": "fifty"}, wait=True)
        time.sleep(2)


def node_environment(stage: Stage) -> None:
    stage.postgres()
    stage.redis()
    names = {"REQUIRED": "STRIPE_API_BASE,SESSION_NAMESPACE"}
    first = stage.node(
        "catalog.js",
        env=names | {"STRIPE_API_BASE": "http://127.0.0.1:8090", "SESSION_NAMESPACE": "shop"},
    )
    stage.wait_port(8081)
    stage.load(CATALOG, ["/items/#", "/session/#"], 6, 25)
    first.terminate()
    first.wait(10)
    for _ in range(7):
        stage.node("catalog.js", env=names | {"SESSION_NAMESPACE": "shop"}, wait=True)
        time.sleep(2)


def redis_directive(stage: Stage) -> None:
    Path("/srv/app/redis.conf").write_text(
        "port 6379\nbind 127.0.0.1\nsave 5 1\ndir /srv/data\nloglevel verbose\n"
    )
    server = stage.run("redis-server", "/srv/app/redis.conf")
    stage.wait_port(6379)
    stage.postgres()
    stage.python("orders.py", log=Path("/dev/null"))
    stage.wait_port(8080)
    stage.load(ORDERS, ["/cart/#"], 6, 40)
    server.terminate()
    server.wait(10)
    with Path("/srv/app/redis.conf").open("a") as out:
        out.write("maxmemory-polcy allkeys-lru\n")
    for _ in range(6):
        stage.run("redis-server", "/srv/app/redis.conf", wait=True)
        time.sleep(2)


def database_password(stage: Stage) -> None:
    stage.postgres()
    stage.redis()
    hba = Path("/srv/postgres/main/pg_hba.conf")
    stage.python("orders.py")
    stage.wait_port(8080)
    stage.load(ORDERS, ["/orders/#", "/cart/#", "/health"], 6, 25)
    stage.sql("alter role shop password 'rotated-1'")
    hba.write_text(
        "local all all trust\nhost all postgres 127.0.0.1/32 trust\n"
        "host all all 127.0.0.1/32 scram-sha-256\n"
    )
    stage.sql("select pg_reload_conf()")
    stage.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'shop'")
    stage.load(ORDERS, ["/orders/#", "/cart/#", "/health"], 2, 25)


def nginx_checked(stage: Stage) -> None:
    """Configuration tests that pass, a warning about a duplicate name, graceful reloads."""
    stage.python("inventory.py", log=Path("/dev/null"))
    stage.wait_port(8090)
    extra = "server_name shop; }} server {{ listen 127.0.0.1:8000; server_name shop; ".replace(
        "{{", "{"
    ).replace("}}", "}")
    server = stage.nginx(PROXY.format(extra=extra), access=LOG)
    stage.wait_port(8000)
    assert server is not None
    for _ in range(8):
        stage.load(SITE, ["/stock/#"], 5, 5)
        stage.run("nginx", "-t", "-c", "/srv/app/nginx.conf", wait=True)
        server.send_signal(1)


def postgres_reloaded(stage: Stage) -> None:
    """Settings changed on purpose and reloaded; one needs a restart and says so."""
    server = stage.postgres("log_statement=all", log=True)
    stage.python("orders.py", log=Path("/dev/null"))
    stage.wait_port(8080)
    for number, line in enumerate(
        (
            "work_mem = '8MB'",
            "random_page_cost = 1.1",
            "log_lock_waits = on",
            "deadlock_timeout = '2s'",
            "idle_session_timeout = 0",
            "log_hostname = off",
        )
    ):
        with Path("/srv/postgres/main/postgresql.conf").open("a") as out:
            out.write(line + "\n")
        server.send_signal(1)
        stage.sql(
            f"comment on table orders is 'configuration error {number} in file postgresql.conf: "
            "invalid value, unrecognized configuration parameter (training text)'"
        )
        stage.load(ORDERS, ["/orders/#"], 5, 7)


def settings_fine(stage: Stage) -> None:
    """A service that prints its settings, deprecations and defaults, and works."""
    good = {"SMTP_HOST": "smtp.internal", "BATCH_SIZE": "50", "CHATTY": "1"}
    stage.python("mailer.py", env=good, wait=True)
    stage.python("mailer.py", env=good, wait=True)


FAULT = "bad_configuration"
SCENES: dict[str, Callable[[Stage], None]] = {
    f"{FAULT}/positive_nginx": nginx_reload,
    f"{FAULT}/positive_postgres": postgres_parameter,
    f"{FAULT}/positive_pydantic": pydantic_settings,
    f"{FAULT}/positive_node": node_environment,
    f"{FAULT}/positive_redis": redis_directive,
    "credentials_rejected/positive_password": database_password,
    f"{FAULT}/healthy_nginx": nginx_checked,
    f"{FAULT}/healthy_postgres": postgres_reloaded,
    f"{FAULT}/healthy_mailer": settings_fine,
}
