"""What stands in front: nginx, HAProxy, and the name server. Each is written from its part."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.lab.plan import Part

NGINX = """
worker_processes 1;
daemon off;
pid /srv/data/{name}/nginx.pid;
error_log {log}/error.log warn;
events {{ worker_connections {connections}; }}
http {{
  client_body_temp_path /srv/data/{name}/body;
  proxy_temp_path /srv/data/{name}/proxy;
  fastcgi_temp_path /srv/data/{name}/f;
  uwsgi_temp_path /srv/data/{name}/u;
  scgi_temp_path /srv/data/{name}/s;
  log_format edge '$remote_addr - - [$time_local] "$request" $status $body_bytes_sent '
    '"$http_user_agent" rt=$request_time ua="$upstream_addr" us="$upstream_status" '
    'ut="$upstream_response_time"';
  access_log {log}/access.log edge;
{limits}
  upstream {upstream} {{
{servers}
  }}
  server {{
    listen {addr}:{port};
    server_name {host};
    location / {{
{location}
      proxy_pass http://{upstream};
      proxy_connect_timeout 2s;
      proxy_read_timeout 8s;
    }}
  }}
  server {{ listen {addr}:8099; location /status {{ stub_status; access_log off; }} }}
}}
"""

HAPROXY = """
global
  maxconn 400
  log stdout format raw local0 info
defaults
  mode http
  log global
  option httplog
  retries 1
  timeout connect 2s
  timeout client 20s
  timeout queue 3s
  timeout server 8s
frontend public
  bind {addr}:{port}
  default_backend {upstream}
backend {upstream}
  balance roundrobin
  option httpchk GET {health}
{servers}
frontend stats
  bind {addr}:8405
  http-request use-service prometheus-exporter if {{ path /metrics }}
  stats enable
  option dontlog-normal
"""


def nginx_text(part: Part, log: Path) -> str:
    """nginx.conf as the spec has it."""
    spec = part.spec
    servers = "\n".join(f"    server {address};" for address in spec["servers"])
    return NGINX.format(
        connections=spec.get("connections", 512),
        name=part.name,
        host=part.host,
        addr=part.addr,
        port=part.port,
        log=log,
        limits="\n".join(f"  {line}" for line in spec.get("limits", [])),
        location="\n".join(f"      {line}" for line in spec.get("location", [])),
        upstream=spec["upstream"],
        servers=servers,
    )


def haproxy_text(part: Part) -> str:
    """haproxy.cfg as the spec has it."""
    spec = part.spec
    more = spec.get("server", "")
    servers = "\n".join(
        f"  server {spec['upstream'][:6]}-{number} {address} check inter 3s {more}".rstrip()
        for number, address in enumerate(spec["servers"], 1)
    )
    return HAPROXY.format(
        addr=part.addr,
        health=spec.get("health", "/healthz"),
        port=part.port,
        upstream=spec["upstream"],
        servers=servers,
    )


def prepare_nginx(part: Part, log: Path) -> list[str]:
    """The command that serves the front door."""
    data = Path("/srv/data", part.name)
    data.mkdir(parents=True, exist_ok=True)
    log.mkdir(parents=True, exist_ok=True)
    config = config_path(part)
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(nginx_text(part, log))
    return ["/usr/sbin/nginx", "-c", str(config), "-e", str(log / "error.log")]


def prepare_haproxy(part: Part) -> list[str]:
    """The command that balances; in master mode, so that it can be told to read again."""
    config = config_path(part)
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(haproxy_text(part))
    return ["/usr/sbin/haproxy", "-W", "-f", str(config)]


def config_path(part: Part) -> Path:
    """Where the configuration of a proxy stands."""
    return Path("/srv/etc", f"{part.name}.conf")


def prepare_dnsmasq(part: Part, names: dict[str, Any]) -> list[str]:
    """The command that answers for the company's names."""
    write_names(part, names)
    return [
        "/usr/sbin/dnsmasq", "--keep-in-foreground", "--no-resolv", "--domain-needed", "--no-hosts",
        "--user=root", "--bind-interfaces", f"--listen-address={part.addr}",
        f"--addn-hosts={names_path(part)}",
        "--log-facility=-", "--local-ttl=2", f"--local=/{part.spec['zone']}/",
        *(["--log-queries"] if part.spec.get("queries") else []),
    ]  # fmt: skip


def names_path(part: Part) -> Path:
    """The zone of a name server, as a hosts file."""
    return Path("/srv/etc", f"{part.name}.zone")


def write_names(part: Part, names: dict[str, Any]) -> None:
    """Which address each name has."""
    path = names_path(part)
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, known in names.items():
        rows += [
            f"{address} {name}\n" for address in (known if isinstance(known, list) else [known])
        ]
    path.write_text("".join(rows))
