"""What each role of a topology does: its routes, its tables, its queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.lab.phrases import wording

if TYPE_CHECKING:
    from benchmarks.lab.plan import Part
    from benchmarks.lab.world import World

STYLES = ("json", "logfmt", "plain", "bracket")
PREFIXES = ("%m [%p] %u@%d ", "%m [%p] %q%u@%d/%a ", "%t [%p]: user=%u,db=%d,app=%a ")
ROWS = 240_000


def furnish(world: World) -> None:
    """Give every part what it needs to run."""
    from benchmarks.lab import roles_more  # noqa: PLC0415 - it needs this module

    furniture = FURNITURE | roles_more.FURNITURE
    for role, part in world.parts.items():
        if part.software in ("service", "partner"):
            furnish_service(world, part)
        if role in furniture:
            furniture[role](world, part)
    if world.more:
        roles_more.front(world)
    else:
        _front(world)
    if "edge" in world:
        _edge(world)


def idle(world: World) -> Part:
    """A service of another team that nobody here calls."""
    part = world.join("spare")
    furnish_service(world, part)
    part.spec["routes"] = {"/status": [["wait", 2]]}
    return part


def furnish_service(world: World, part: Part) -> None:
    """A version, a way to log, and no routes yet."""
    rng = world.rng
    version = f"{rng.randint(1, 6)}.{rng.randint(0, 40)}.{rng.randint(0, 9)}"
    part.spec |= {"version": version, "style": rng.choice(STYLES), "routes": {}, "flags": {}}
    part.spec["phrases"] = wording(rng)
    part.limits["cpu"] = 0.8


def role_of(part: Part) -> str:
    """The database role a service logs in as."""
    return "svc_" + part.name.replace("-", "_")


def password_of(part: Part) -> str:
    """What it logs in with."""
    return f"{part.name[::-1]}-{len(part.name)}x"


def login(role: str, word: str) -> str:
    """The statement that makes a role of the database that can log in."""
    return f"CREATE ROLE {role} LOGIN PASSWORD '{word}';"


def _database(world: World, part: Part) -> None:
    table, noun = world.domain["table"], world.domain["noun"]
    part.spec |= {
        "database": world.company.replace("-", "_"),
        "prefix": world.rng.choice(PREFIXES),
        "tables": [
            f"CREATE TABLE {table} (id serial primary key, account_id int not null, "
            "status text, amount int, note text, created_at timestamptz default now());",
            f"INSERT INTO {table} (account_id, status, amount, note) SELECT g % 3000, 'open', "
            f"g % 9000, md5(g::text) FROM generate_series(1, {ROWS}) g;",
            f"CREATE INDEX {table}_account_idx ON {table} (account_id);",
            f"CREATE TABLE {noun}_totals (id int primary key, total bigint, seen int default 0);",
            f"INSERT INTO {noun}_totals SELECT g, g * 7, 0 FROM generate_series(1, 3000) g;",
            "CREATE TABLE audit_trail (id bigserial primary key, ref text, at timestamptz "
            "default now());",
            "VACUUM ANALYZE;",
            "ALTER ROLE dba PASSWORD 'dba';",  # pragma: allowlist secret
        ],
    }
    part.limits["cpu"] = 0.5
    users = ["reader", "quoter", "writer", "worker", "payer", "clerk", "scribe", "finder"]
    if "db2" not in world:
        users.append("keeper")
    for role in users:
        if role in world:
            user = world[role]
            part.spec["tables"].append(login(role_of(user), password_of(user)))
            part.spec["tables"].append(f"ALTER ROLE {role_of(user)} CONNECTION LIMIT 40;")
    part.spec["tables"].append("GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC;")
    part.spec["tables"].append("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO PUBLIC;")


def on_database(world: World, part: Part, pool: int = 6, where: str = "db") -> None:
    """The part has a pool of connections of a database."""
    database = world[where]
    dsn = (
        f"postgresql://{role_of(part)}:{password_of(part)}@{database.host}:{database.port}"
        f"/{database.spec['database']}"
    )
    part.spec["db"] = {"dsn": dsn, "pool": pool}
    world.uses(part.role, where)


def _on_redis(world: World, part: Part, role: str) -> None:
    store = world[role]
    part.spec["redis"] = f"redis://{store.host}:{store.port}/0"
    world.uses(part.role, role)


def listing(world: World) -> list[Any]:
    """The query that lists what an account has."""
    table = world.domain["table"]
    sql = (
        f"SELECT id, status, amount FROM {table} WHERE account_id = $1 ORDER BY created_at "
        "DESC LIMIT 20"
    )
    return ["query", sql, {"args": ["id"]}]


def _reader(world: World, part: Part) -> None:
    on_database(world, part)
    part.spec["routes"] = {"/list": [listing(world)], "/summary": [_summary(world)]}


def _summary(world: World) -> list[Any]:
    sql = f"SELECT total, seen FROM {world.domain['noun']}_totals WHERE id = $1"
    return ["query", sql, {"args": ["id"]}]


def _quoter(world: World, part: Part) -> None:
    on_database(world, part)
    _on_redis(world, part, "cache")
    table = world.domain["table"]
    sql = (
        f"SELECT status, avg(amount), count(*) FROM {table} "
        f"WHERE account_id BETWEEN $1 AND $1 + 12 GROUP BY status"
    )
    step = ["cached", f"{part.name}:v1", 600, sql, {"args": ["id"]}]
    part.spec["routes"] = {"/price": [step]}


def _writer(world: World, part: Part) -> None:
    on_database(world, part)
    _on_redis(world, part, "queue")
    sql = "INSERT INTO audit_trail (ref) VALUES ($1)"
    part.spec["routes"] = {
        "/submit": [
            ["query", sql, {"args": ["text"]}],
            ["push", queue_of(world), {}],
        ]
    }


def queue_of(world: World) -> str:
    """The name of the queue."""
    return f"{world.domain['noun']}.created"


def _worker(world: World, part: Part) -> None:
    on_database(world, part)
    _on_redis(world, part, "queue")
    sql = f"UPDATE {world.domain['noun']}_totals SET seen = seen + 1 WHERE id = $1"
    steps = [["query", sql, {"args": ["id"]}], ["wait", 20]]
    part.spec["routes"] = {"/jobs": [["wait", 1]]}
    part.spec["background"] = [{"steps": [["take", queue_of(world), {"steps": steps}]]}]


def _partner(_: World, part: Part) -> None:
    part.spec |= {
        "cert": "/srv/tls/partner.pem",
        "cert_key": "/srv/tls/partner.key",
        "style": "json",
        "routes": {"/v2/authorize": [["wait", 30]]},
    }


def _payer(world: World, part: Part) -> None:
    on_database(world, part)
    part.spec["ca"] = "/srv/tls/ca.pem"
    part.spec["routes"] = {
        "/charge": [
            world.call("payer", "partner", "/v2/authorize", timeout=3),
            ["query", "INSERT INTO audit_trail (ref) VALUES ($1)", {"args": ["text"]}],
        ]
    }


def _middle(world: World, part: Part) -> None:
    target = "reader" if "reader" in world else "quoter"
    path = {"reader": "/list", "quoter": "/price"}[target]
    if part.role == "mid2":
        path = "/summary"
    part.spec["routes"] = {
        "/work": [["work", 2], world.call(part.role, target, path, timeout=4, retries=0)]
    }


SECRET = "k1-b7f0"  # noqa: S105 - of a made-up company  # pragma: allowlist secret


def _names(world: World, part: Part) -> None:
    part.spec |= {"zone": world.domain["zone"], "queries": world.rng.random() < 0.5}  # noqa: PLR2004


def _auth(_: World, part: Part) -> None:
    part.spec["routes"] = {"/token": [["issue", SECRET, {"ttl": 60}]]}
    part.spec["clocked"] = True


def _front(world: World) -> None:
    """The routes customers call: one for each branch behind the front."""
    front, routes = world["front"], {}
    noun = world.domain["noun"]
    branches = {
        "mid": (f"/api/{noun}s", "/work"),
        "mid2": (f"/api/{noun}s/plan", "/work"),
        "payer": ("/api/pay", "/charge"),
        "writer": (f"/api/{noun}s/new", "/submit"),
        "quoter": ("/api/prices", "/price"),
        "reader": (f"/api/{noun}s/list", "/list"),
    }
    behind_mid = {"quoter"} if world.shape == "memory" else {"reader"}
    if "mid" not in world:
        behind_mid = set()
    for role, (path, target) in branches.items():
        if role in world and role not in behind_mid:
            routes[path] = [world.call("front", role, target, timeout=6)]
    if "auth" in world:
        routes = {
            path: [world.call("front", "auth", "/token", timeout=2), *steps]
            for path, steps in routes.items()
        }
        verify = ["verify", SECRET, {"leeway": 5, "kid": "k1"}]
        for path, steps in world["reader"].spec["routes"].items():
            world["reader"].spec["routes"][path] = [verify, *steps]
    routes["/api/status"] = [["work", 1]]
    front.spec["routes"] = routes


def _edge(world: World) -> None:
    edge, front = world["edge"], world["front"]
    world.uses("edge", "front")
    servers = [f"{front.addr}:{front.port}"]
    if "front2" in world:
        world.uses("edge", "front2")
        servers.append(f"{world['front2'].addr}:{world['front2'].port}")
    edge.spec |= {
        "servers": servers,
        "upstream": front.name.replace("-", "_"),
    }


FURNITURE = {
    "db": _database,
    "reader": _reader,
    "quoter": _quoter,
    "writer": _writer,
    "worker": _worker,
    "partner": _partner,
    "payer": _payer,
    "mid": _middle,
    "mid2": _middle,
    "auth": _auth,
    "dns": _names,
}
