"""A dependency refuses or does not answer, or does so once and harmlessly."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.recordings.scripts.signatures.stage import Stage

ORDERS = "http://127.0.0.1:8080"
CATALOG = "http://127.0.0.1:8081"
BILLING = "http://127.0.0.1:8082"
GATEWAY = "http://127.0.0.1:8083"
SITE = "http://127.0.0.1:8000"
DELAY = Path("/srv/data/inventory.delay")
PROXY = """upstream inventory { server 127.0.0.1:8090; }
server { listen 127.0.0.1:8000; location / {
  proxy_pass http://inventory; proxy_read_timeout 2s; proxy_connect_timeout 2s; } }"""


def end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)  # PostgreSQL waits for its clients on SIGTERM
    process.wait(20)


def node_redis(stage: Stage) -> None:
    stage.postgres()
    redis = stage.redis()
    stage.node("catalog.js")
    stage.wait_port(8081)
    stage.load(CATALOG, ["/items/#", "/session/#"], 6, 25)
    end(redis)
    stage.load(CATALOG, ["/items/#", "/session/#"], 6, 25)


def python_postgres(stage: Stage) -> None:
    postgres = stage.postgres()
    stage.redis()
    stage.python("orders.py")
    stage.wait_port(8080)
    stage.load(ORDERS, ["/orders/#", "/cart/#", "/health"], 6, 25)
    end(postgres)
    stage.load(ORDERS, ["/orders/#", "/cart/#", "/health"], 2, 25)


def nginx_upstream(stage: Stage) -> None:
    inventory = stage.python("inventory.py", log=Path("/dev/null"))
    stage.wait_port(8090)
    stage.nginx(PROXY)
    stage.wait_port(8000)
    stage.load(SITE, ["/stock/#"], 6, 20)
    end(inventory)
    stage.load(SITE, ["/stock/#"], 6, 30)


def go_client(stage: Stage) -> None:
    inventory = stage.python("inventory.py", log=Path("/dev/null"))
    stage.go()
    stage.wait_port(8083)
    stage.load(GATEWAY, ["/stock/#"], 6, 25)
    end(inventory)
    stage.load(GATEWAY, ["/stock/#"], 6, 25)


def haproxy_backends(stage: Stage) -> None:
    inventory = stage.python("inventory.py", log=Path("/dev/null"))
    stage.wait_port(8090)
    Path("/srv/app/haproxy.cfg").write_text(
        "global\n  log stdout format iso local0\ndefaults\n  mode http\n  log global\n"
        "  option httplog\n  timeout connect 2s\n  timeout client 10s\n  timeout server 3s\n"
        "frontend site\n  bind 127.0.0.1:8000\n  default_backend inventory\n"
        "backend inventory\n  server inventory-1 127.0.0.1:8090 check inter 1s\n"
    )
    stage.run("haproxy", "-db", "-f", "/srv/app/haproxy.cfg")
    stage.wait_port(8000)
    stage.load(SITE, ["/stock/#"], 6, 25)
    end(inventory)
    stage.load(SITE, ["/stock/#"], 6, 25)


def refused_at_boot(stage: Stage) -> None:
    """The service starts before Redis: a few refused connections, then minutes of health."""
    stage.postgres()
    stage.node("catalog.js")
    stage.wait_port(8081)
    stage.load(CATALOG, ["/session/#"], 2, 1.5)
    stage.redis()
    stage.load(CATALOG, ["/items/#", "/session/#"], 8, 90)


def restarted_dependency(stage: Stage) -> None:
    """The inventory is restarted: a client retry succeeds at once, nobody sees an error."""
    inventory = stage.python("inventory.py", log=Path("/dev/null"))
    stage.postgres()
    stage.redis()
    stage.python("orders.py", env={"INVENTORY_ATTEMPTS": "400"})
    stage.wait_port(8080)
    stage.load(ORDERS, ["/stock/#", "/orders/#"], 5, 30)
    end(inventory)
    stage.load(ORDERS, ["/stock/#"], 4, 1.5)
    stage.python("inventory.py", log=Path("/dev/null"))
    stage.load(ORDERS, ["/stock/#", "/orders/#"], 1, 3)
    stage.load(ORDERS, ["/stock/#", "/orders/#"], 5, 60)


def httpx_read(stage: Stage) -> None:
    stage.python("inventory.py", log=Path("/dev/null"))
    stage.postgres()
    stage.redis()
    stage.python("orders.py")
    stage.wait_port(8080)
    stage.load(ORDERS, ["/stock/#", "/orders/#", "/cart/#"], 6, 25)
    DELAY.write_text("8")
    stage.load(ORDERS, ["/stock/#", "/orders/#", "/cart/#"], 2.5, 25)


def nginx_slow_upstream(stage: Stage) -> None:
    stage.python("inventory.py", log=Path("/dev/null"))
    stage.wait_port(8090)
    stage.nginx(PROXY)
    stage.wait_port(8000)
    stage.load(SITE, ["/stock/#"], 6, 20)
    DELAY.write_text("9")
    stage.load(SITE, ["/stock/#"], 4, 30)


def go_deadline(stage: Stage) -> None:
    stage.python("inventory.py", log=Path("/dev/null"))
    stage.go()
    stage.wait_port(8083)
    stage.load(GATEWAY, ["/stock/#"], 6, 25)
    DELAY.write_text("7")
    stage.load(GATEWAY, ["/stock/#"], 5, 25)
    time.sleep(2)


def java_read(stage: Stage) -> None:
    stage.python("inventory.py", log=Path("/dev/null"))
    stage.java("-Xmx96m", env={"NO_DATABASE": "1"})
    stage.wait_port(8082)
    stage.load(BILLING, ["/rates", "/invoices"], 6, 25)
    DELAY.write_text("7")
    stage.load(BILLING, ["/rates", "/invoices"], 4, 25)
    time.sleep(2)


def postgres_unreachable(stage: Stage) -> None:
    """A listener that never accepts: its backlog fills and new connections time out."""
    postgres = stage.postgres()
    stage.redis()
    url = "postgresql+psycopg://shop@127.0.0.1:5432/shop?connect_timeout=2"
    stage.python("orders.py", env={"DATABASE_URL": url, "POOL_SIZE": "20"})
    stage.wait_port(8080)
    stage.load(ORDERS, ["/orders/#", "/cart/#", "/health"], 6, 25)
    end(postgres)
    stage.python("deaf.py", log=Path("/dev/null"))
    stage.wait_port(5432)
    stage.load(ORDERS, ["/orders/#", "/cart/#", "/health"], 1.5, 25)


def one_slow_answer(stage: Stage) -> None:
    """One answer is late, the retry succeeds, and settings with the word are printed at start."""
    stage.python("inventory.py", log=Path("/dev/null"))
    stage.postgres()
    stage.redis()
    stage.python("orders.py", env={"INVENTORY_ATTEMPTS": "6"})
    stage.wait_port(8080)
    stage.load(ORDERS, ["/stock/#", "/orders/#"], 5, 30)
    DELAY.write_text("1.8")
    stage.load(ORDERS, ["/stock/#"], 2, 1.5)
    DELAY.unlink()
    stage.load(ORDERS, ["/stock/#", "/orders/#"], 5, 60)


def idle_clients(stage: Stage) -> None:
    """nginx at info level tells of idle clients that it closes: nothing is wrong."""
    stage.python("inventory.py", log=Path("/dev/null"))
    stage.wait_port(8090)
    stage.nginx("client_header_timeout 2s; keepalive_timeout 2s;\n" + PROXY)
    stage.wait_port(8000)
    stage.load(SITE, ["/stock/#"], 8, 60, wait=False)
    stage.python("idle.py", log=Path("/dev/null"), wait=True)


SCENES: dict[str, Callable[[Stage], None]] = {
    "connection_refused/positive_node_redis": node_redis,
    "connection_refused/positive_python_postgres": python_postgres,
    "connection_refused/positive_nginx": nginx_upstream,
    "connection_refused/positive_go": go_client,
    "no_healthy_upstream/positive_haproxy": haproxy_backends,
    "connection_refused/healthy_catalog_boot": refused_at_boot,
    "connection_refused/healthy_orders_retry": restarted_dependency,
    "connection_timeout/positive_httpx": httpx_read,
    "connection_timeout/positive_nginx": nginx_slow_upstream,
    "connection_timeout/positive_go": go_deadline,
    "connection_timeout/positive_java": java_read,
    "connection_timeout/positive_postgres_connect": postgres_unreachable,
    "connection_timeout/healthy_orders_retry": one_slow_answer,
    "connection_timeout/healthy_nginx_idle": idle_clients,
}
