"""Calls that go well, and then not: for certificates, names, networks and limits.

One of four clients (apps/caller.*) calls `stock.py` as `inventory`; half way the fault begins.
"""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.recordings.scripts.signatures.stage import Stage, mount_tmpfs

BEFORE, WHOLE = 14, 30  # seconds
CLEAR, SECURE = "http://inventory:8082", "https://inventory:8443"
TRUST = "/srv/run/trust.pem"


def settled(stage: Stage, resolver: str = "") -> None:
    """The name of the called service, by a hosts file or by our resolver."""
    hosts = "127.0.0.1 localhost\n" + ("" if resolver else "10.2.0.7 inventory\n")
    for name, text in {"hosts": hosts, "resolv.conf": resolver}.items():
        Path("/srv/run", name).write_text(text)
        subprocess.run(["mount", "--bind", f"/srv/run/{name}", f"/etc/{name}"], check=True)
    stage.quiet("ip", "addr", "add", "10.2.0.7/32", "dev", "lo", wait=True)


def certificate(name: str, *, days: int = 90, authority: str = "trust", host: str = "") -> None:
    """/srv/run/NAME.pem and its key, from an authority that is made when it is not there."""
    run = Path("/srv/run")
    if not (run / f"{authority}.pem").exists():
        line = f"openssl req -x509 -newkey rsa:2048 -nodes -days 400 -subj /CN={authority}"
        command = f"{line} -keyout {run}/{authority}.key -out {run}/{authority}.pem"
        subprocess.run(command.split(), check=True, capture_output=True)
    alt = host or "inventory"
    (run / "names").write_text(f"subjectAltName=DNS:{alt}\n")
    asked = f"openssl req -newkey rsa:2048 -nodes -subj /CN={alt} -keyout {run}/{name}.key"
    subprocess.run([*asked.split(), "-out", f"{run}/asked"], check=True, capture_output=True)
    signed = f"openssl x509 -req -in {run}/asked -CA {run}/{authority}.pem -CAcreateserial"
    signed += f" -CAkey {run}/{authority}.key -days {days} -extfile {run}/names"
    subprocess.run([*signed.split(), "-out", f"{run}/{name}.pem"], check=True, capture_output=True)


def call(stage: Stage, client: str, url: str, how: dict[str, str] | None = None) -> None:
    """Start the client; it ends by itself after WHOLE seconds."""
    env = {"TRUST": TRUST, "SSL_CERT_FILE": TRUST, "NODE_EXTRA_CA_CERTS": TRUST} | (how or {})
    words = (url, str(WHOLE))
    if client == "python":
        stage.run("/srv/venv/bin/python", "caller.py", *words, env=env)
    elif client == "node":
        stage.run("/usr/bin/node", "caller.js", *words, env=env)
    elif client == "go":
        made = {"GOCACHE": "/srv/run/go", "GO111MODULE": "off"}
        build = ("go", "build", "-o", "/srv/app/caller", "/srv/app/caller.go")
        stage.run(*build, env=made, wait=True, log=Path("/dev/null"))
        stage.run("/srv/app/caller", *words, env=env)
    else:
        stage.quiet("javac", "-d", "/srv/app", "/srv/app/Caller.java", wait=True)
        store = ["-keystore", "/srv/run/trust.jks", "-storepass", "changeit", "-noprompt"]
        if Path(TRUST).exists():
            stage.quiet("keytool", "-import", "-file", TRUST, *store, wait=True)
        flags = ["-Djavax.net.ssl.trustStore=/srv/run/trust.jks", "-cp", "/srv/app"]
        flags += ["-Djavax.net.ssl.trustStorePassword=changeit"]
        flags += ["-Dnetworkaddress.cache.ttl=0", "-Dsun.net.inetaddr.ttl=0"]
        stage.run("java", *flags, "Caller", *words)


def stock(stage: Stage, *words: str, **env: str) -> subprocess.Popen[bytes]:
    line = ("/srv/venv/bin/python", "stock.py", *words)
    return stage.run(*line, env=env, log=Path("/dev/null"))


def secure(
    client: str, *served: str, plain: bool = False, **made: object
) -> Callable[[Stage], None]:
    """The server comes back with another certificate, other versions, or without TLS."""

    def scene(stage: Stage) -> None:
        settled(stage)
        certificate("good")
        certificate("other", **made)  # type: ignore[arg-type]
        good = stock(stage, "8443", "/srv/run/good.pem", "/srv/run/good.key")
        stage.wait_port(8443)
        call(stage, client, SECURE)
        time.sleep(BEFORE)
        good.kill()
        good.wait()
        words = () if plain else ("/srv/run/other.pem", "/srv/run/other.key", *served)
        stock(stage, "8443", *words)
        time.sleep(WHOLE - BEFORE + 2)

    return scene


def clear(client: str, *commands: str, **env: str) -> Callable[[Stage], None]:
    """Half way the server comes back with `env`, or `commands` are run."""

    def scene(stage: Stage) -> None:
        settled(stage)
        server = stock(stage, "8082")
        stage.wait_port(8082)
        call(stage, client, CLEAR)
        time.sleep(BEFORE)
        if env:
            server.kill()
            server.wait()
            stock(stage, "8082", **env)
        for command in commands:
            subprocess.run(command.split(), check=True)
        time.sleep(WHOLE - BEFORE + 2)

    return scene


def named(client: str, answer: str) -> Callable[[Stage], None]:
    """Half way the resolver answers otherwise."""

    def scene(stage: Stage) -> None:
        settled(stage, "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        stock(stage, "8082")
        stage.wait_port(8082)
        first = stage.quiet("/srv/venv/bin/python", "names.py", "answer")
        time.sleep(0.5)
        call(stage, client, CLEAR)
        time.sleep(BEFORE)
        first.kill()
        first.wait()
        stage.quiet("/srv/venv/bin/python", "names.py", answer)
        time.sleep(WHOLE - BEFORE + 2)

    return scene


def writes(kind: str, *limits: str, then: str = "", first: str = "") -> Callable[[Stage], None]:
    """`writer.py KIND` under `limits`; `then` is run half way."""

    def scene(stage: Stage) -> None:
        mount_tmpfs("/srv/data", 20)
        if kind == "ports":
            stock(stage, "8082")
            stage.wait_port(8082)
        if first:
            subprocess.run(first.split("|"), check=True)
        # Where the user is another one, ours is not within reach.
        python = "/usr/bin/python3" if limits[:1] == ("setpriv",) else "/srv/venv/bin/python"
        words = (python, "writer.py", kind, str(WHOLE))
        stage.run(*limits, *words)
        time.sleep(BEFORE)
        if then:
            subprocess.run(then.split(), check=True)
        time.sleep(WHOLE - BEFORE + 2)

    return scene


def postgres_revoked(stage: Stage) -> None:
    """A role loses its right to read a table."""
    stage.postgres("log_min_duration_statement=0", log=True)
    stage.sql("create role clerk login")
    stage.sql("grant select on orders to clerk")
    for number in range(60):
        if number == 25:
            stage.sql("revoke select on orders from clerk")
        stage.sql("select count(*) from orders", user="clerk")
        time.sleep(0.3)


def nginx_limited(stage: Stage) -> None:
    """A caller asks more often than nginx allows."""
    stock(stage, "8082")
    stage.nginx(
        "limit_req_zone $binary_remote_addr zone=perip:1m rate=8r/s; limit_req_status 429;\n"
        "server { listen 8080; location / { limit_req zone=perip burst=4 nodelay; "
        "proxy_pass http://127.0.0.1:8082; } }",
        access=str(stage.log),
    )
    stage.wait_port(8080)
    stage.load("http://127.0.0.1:8080", ["/orders/#"], 3, 12)
    stage.load("http://127.0.0.1:8080", ["/orders/#"], 16, 12)


SCENES: dict[str, Callable[[Stage], None]] = {
    "certificate_expired/positive_go": secure("go", days=-1),
    "certificate_expired/positive_java": secure("java", days=-1),
    "certificate_untrusted/positive_python": secure("python", authority="stranger"),
    "certificate_untrusted/positive_java": secure("java", authority="stranger"),
    "certificate_name_mismatch/positive_python": secure("python", host="stock"),
    "certificate_name_mismatch/positive_node": secure("node", host="stock"),
    "tls_handshake_failed/positive_go": secure("go", "TLS1"),
    "tls_handshake_failed/positive_node": secure("node", plain=True),
    "dns_name_unknown/positive_python": named("python", "nxdomain"),
    "dns_name_unknown/positive_java": named("java", "nxdomain"),
    "dns_failing/positive_node": named("node", "servfail"),
    "dns_failing/positive_go": named("go", "servfail"),
    "connection_reset/positive_python": clear("python", CUT="1"),
    "connection_reset/positive_node": clear("node", CUT="1"),
    "network_unreachable/positive_go": clear(
        "go",
        "ip addr del 10.2.0.7/32 dev lo",
        "ip route add unreachable 10.2.0.7",
    ),
    "network_unreachable/positive_java": clear(
        "java",
        "ip addr del 10.2.0.7/32 dev lo",
        "ip route add unreachable 10.2.0.7",
    ),
    "rate_limited/positive_python": clear("python", STATUS="429"),
    "rate_limited/positive_nginx": nginx_limited,
    "file_descriptors_exhausted/positive_python": writes("files", "prlimit", "--nofile=110"),
    "process_limit_reached/positive_python": writes(
        "threads",
        "setpriv",
        "--reuid=4711",
        "--regid=4711",
        "--clear-groups",
        "prlimit",
        "--nproc=110",
    ),
    "filesystem_failing/positive_python": writes("write", then="mount -o remount,ro /srv/data"),
    "mtu_mismatch/positive_python": writes("message", then="ip link set lo mtu 1280"),
    "ports_exhausted/positive_python": writes(
        "ports", first="sysctl|-w|net.ipv4.ip_local_port_range=41000 41110"
    ),
    "permission_denied/positive_postgres": postgres_revoked,
}
