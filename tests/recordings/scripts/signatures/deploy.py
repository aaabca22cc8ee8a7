"""A release breaks a service, or goes well. The release lines are ours and say so in README.md."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from tests.recordings.scripts.signatures.stage import Stage

ORDERS = "http://127.0.0.1:8080"
CATALOG = "http://127.0.0.1:8081"
SUPERVISOR = (
    "[supervisord]\nnodaemon=true\nlogfile=/srv/log/supervisord.log\nloglevel=info\n"
    "[unix_http_server]\nfile=/srv/run/sup.sock\n[supervisorctl]\nserverurl=unix:///srv/run/sup.sock\n"
    "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"
    "[program:orders]\ncommand=/srv/venv/bin/python /srv/app/orders.py\n"
    "autorestart=true\nstartretries=5\nstartsecs=2\n"
    "stdout_logfile=/srv/log/app.log\nredirect_stderr=true\nenvironment={environment}\n"
)


def supervised(environment: str) -> None:
    """(Re)write supervisord's file; both its own lines and orders' lines land in one log."""
    Path("/srv/app/supervisord.conf").write_text(SUPERVISOR.format(environment=environment))


def supervise(stage: Stage) -> None:
    stage.run(
        "/srv/venv/bin/python", "-m", "supervisor.supervisord", "-c", "/srv/app/supervisord.conf"
    )
    stage.wait_port(8080)


def control(stage: Stage, *words: str) -> None:
    stage.run(
        "/srv/venv/bin/python",
        "-m",
        "supervisor.supervisorctl",
        "-c",
        "/srv/app/supervisord.conf",
        *words,
        log=Path("/dev/null"),
        wait=True,
    )


def crash_loop(stage: Stage) -> None:
    stage.postgres()
    stage.redis()
    supervised('VERSION="1.14.2"')
    supervise(stage)
    stage.load(ORDERS, ["/orders/#", "/cart/#", "/health"], 6, 25)
    stage.say("deploying orders 1.15.0 (commit 2f9c41d) by ci-bot, previous 1.14.2")
    supervised('VERSION="1.15.0",MALFORMED_RELEASE="1"')
    control(stage, "reread")
    control(stage, "update")
    time.sleep(30)


def wrong_column(stage: Stage) -> None:
    stage.postgres()
    stage.redis()
    supervised('VERSION="1.14.2"')
    supervise(stage)
    stage.load(ORDERS, ["/orders/#", "/cart/#", "/health"], 6, 25)
    stage.say("deploying orders 1.16.0 (commit 8be0174) by ci-bot, previous 1.14.2")
    supervised('VERSION="1.16.0",PRICE_COLUMN="total_amount"')
    control(stage, "update")
    stage.wait_port(8080)
    stage.say("orders 1.16.0 released, 1 of 1 instances updated")
    stage.load(ORDERS, ["/orders/#", "/cart/#", "/health"], 3, 20)


def node_regression(stage: Stage) -> None:
    stage.postgres()
    stage.redis()
    first = stage.node("catalog.js")
    stage.wait_port(8081)
    stage.load(CATALOG, ["/items/#", "/session/#"], 6, 25)
    with stage.log.open("a") as out:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        words = "rollout of catalog 3.3.0 started, replacing 3.2.0"
        line = {"level": 30, "time": stamp, "service": "deployer", "msg": words}
        out.write(json.dumps(line, separators=(",", ":")) + "\n")
    first.terminate()
    first.wait(10)
    stage.node("catalog.js", env={"VERSION": "3.3.0", "RELEASE_BUG": "1"})
    stage.wait_port(8081)
    stage.load(CATALOG, ["/items/#", "/session/#"], 6, 25)


def good_release(stage: Stage) -> None:
    stage.postgres()
    stage.redis()
    supervised('VERSION="1.14.2"')
    supervise(stage)
    stage.load(ORDERS, ["/orders/#", "/cart/#", "/health"], 6, 25)
    stage.say("deploying orders 1.14.3 (commit 77aa012) by ci-bot, previous 1.14.2")
    supervised('VERSION="1.14.3"')
    control(stage, "update")
    stage.wait_port(8080)
    stage.say("orders 1.14.3 released, 1 of 1 instances updated, error rate unchanged, no rollback")
    stage.load(ORDERS, ["/orders/#", "/cart/#", "/health"], 6, 60)


def rolling_reload(stage: Stage) -> None:
    """gunicorn reloads its workers on SIGHUP for a release; workers exit and boot, none fails."""
    stage.postgres()
    stage.redis()
    server = stage.run(
        "/srv/venv/bin/python",
        "-m",
        "gunicorn",
        "-w",
        "3",
        "-b",
        "127.0.0.1:8080",
        "--access-logfile",
        "-",
        "orders:app",
    )
    stage.wait_port(8080)
    for release in ("1.14.4", "1.14.5"):
        stage.load(ORDERS, ["/orders/#", "/cart/#"], 4, 15)
        stage.say(
            f"deploying orders {release} by ci-bot; "
            "will roll back if it fails or goes into CrashLoopBackOff"
        )
        server.send_signal(1)
        time.sleep(2)
    stage.load(ORDERS, ["/orders/#", "/cart/#"], 4, 25)


FAULT = "bad_deploy"
SCENES: dict[str, Callable[[Stage], None]] = {
    f"{FAULT}/positive_crash_loop": crash_loop,
    f"{FAULT}/positive_wrong_column": wrong_column,
    f"{FAULT}/positive_node": node_regression,
    f"{FAULT}/healthy_release": good_release,
    f"{FAULT}/healthy_reload": rolling_reload,
}
