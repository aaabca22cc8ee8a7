"""What the roles of the newer topologies do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.lab import roles

if TYPE_CHECKING:
    from benchmarks.lab.plan import Part
    from benchmarks.lab.world import World

AUDIENCE = "api"


def _second_database(world: World, part: Part) -> None:
    part.spec |= {
        "database": world.company.replace("-", "_") + "_books",
        "prefix": world.rng.choice(roles.PREFIXES),
        "tables": [
            "CREATE TABLE postings (id bigserial primary key, account_id int not null, ref text, "
            "amount int default 0, at timestamptz default now());",
            "INSERT INTO postings (account_id, amount) SELECT g % 3000, g % 700 FROM "
            "generate_series(1, 60000) g;",
            "CREATE INDEX postings_account_idx ON postings (account_id);",
            "VACUUM ANALYZE;",
            "ALTER ROLE dba PASSWORD 'dba';",  # pragma: allowlist secret
            roles.login(roles.role_of(world["keeper"]), roles.password_of(world["keeper"])),
            "GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC;",
            "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO PUBLIC;",
        ],
    }
    part.limits["cpu"] = 0.5


def _keeper(world: World, part: Part) -> None:
    if "db2" in world:
        roles.on_database(world, part, 5, "db2")
        add = "INSERT INTO postings (account_id, ref) VALUES ($1, $2)"
        read = "SELECT sum(amount), count(*) FROM postings WHERE account_id = $1"
        adding = ["query", add, {"args": ["id", "text"]}]
    else:
        roles.on_database(world, part, 5)
        add = "INSERT INTO audit_trail (ref) VALUES ($1)"
        read = f"SELECT total, seen FROM {world.domain['noun']}_totals WHERE id = $1"
        adding = ["query", add, {"args": ["text"]}]
    part.spec["routes"] = {
        "/balance": [["query", read, {"args": ["id"]}]],
        "/post": [adding],
    }


def _relay(world: World, part: Part) -> None:
    target, path = ("mid", "/work") if "mid" in world else ("quoter", "/price")
    part.spec["routes"] = {"/pass": [["work", 1], world.call(part.role, target, path, timeout=5)]}


def _side(_: World, part: Part) -> None:
    part.spec["routes"] = {"/info": [["work", 1], ["wait", 6]]}


def _replica(world: World, part: Part) -> None:
    part.spec |= {
        "database": world["db"].spec["database"],
        "prefix": world["db"].spec["prefix"],
        "follows": f"{world['db'].addr}:{world['db'].port}",
        "tables": [],
    }
    part.limits["cpu"] = 0.5
    world.uses("replica", "db")


def _scribe(world: World, part: Part) -> None:
    roles.on_database(world, part)
    sql = "INSERT INTO audit_trail (ref) VALUES ($1)"
    part.spec["routes"] = {"/write": [["query", sql, {"args": ["text"]}]]}


def _finder(world: World, part: Part) -> None:
    roles.on_database(world, part, 6, "replica")
    sql = "SELECT id, at FROM audit_trail WHERE ref = $1"
    missing = {"must": f"{world.domain['noun']} with reference $rid not found", "status": 404}
    table = f"SELECT total, seen FROM {world.domain['noun']}_totals WHERE id = $1"
    part.spec["routes"] = {
        "/find": [["query", sql, {"args": ["text"], **missing}]],
        "/totals": [["query", table, {"args": ["id"]}]],
    }


def _clerk(world: World, part: Part) -> None:
    roles.on_database(world, part, 2)
    part.spec["routes"] = {"/jobs/ping": [["wait", 1]]}
    text = "scheduler: next run of tidy-sessions in $n s"
    part.spec["background"] = [{"every": 9, "steps": [["say", "info", text]]}]


def front(world: World) -> None:
    """The routes customers call."""
    noun = world.domain["noun"]
    for role in ("front", "front2"):
        if role in world:
            world[role].spec["routes"] = _routes(world, role, noun)
            world[role].spec["routes"]["/api/status"] = [["work", 1]]
    if "front2" in world:
        world["front2"].spec["version"] = world["front"].spec["version"]
    if "auth" in world:
        _tokens(world)
    if world.shape == "gateway":
        world["front"].spec["prefers"] = "node"
        for role in ("mid", "reader", "keeper"):
            world[role].spec["prefers"] = "java"


def _routes(world: World, role: str, noun: str) -> dict[str, Any]:
    def to(callee: str, path: str) -> list[Any]:
        return world.call(role, callee, path, timeout=6)

    shape = world.shape
    if shape == "star":
        calls = [to("reader", "/list"), *(to(f"side{number}", "/info") for number in range(1, 5))]
        return {f"/v3/{noun}-page": [["together", calls]]}
    if shape == "follow":
        find = [*to("finder", "/find")[:3], {"timeout": 4, "retries": 2, "backoff": 0.15}]
        return {
            f"/{noun}s/register": [to("scribe", "/write"), ["wait", 30], find],
            f"/{noun}s/totals": [to("finder", "/totals")],
        }
    if shape == "groups":
        take = world["worker"].spec["background"][0]["steps"][0]
        take[2]["steps"].append(world.call("worker", "keeper", "/post", timeout=3))
    behind = BEHIND.get(shape, {"/v3/{noun}s": ("relay", "/pass")})
    return {path.format(noun=noun): [to(*target)] for path, target in behind.items()}


BEHIND = {
    "twin": {"/v3/{noun}s": ("mid", "/work"), "/v3/balance": ("keeper", "/balance")},
    "gateway": {
        "/{noun}s/mine": ("mid", "/work"),
        "/account/balance": ("keeper", "/balance"),
        "/account/post": ("keeper", "/post"),
    },
    "groups": {"/v3/{noun}s/new": ("writer", "/submit"), "/v3/balance": ("keeper", "/balance")},
    "clerked": {
        "/{noun}s/list": ("reader", "/list"),
        "/{noun}s/summary": ("reader", "/summary"),
        "/account/balance": ("keeper", "/balance"),
    },
    "siblings": {"/v3/{noun}s": ("mid", "/work"), "/v3/{noun}s/all": ("reader", "/list")},
}


def _tokens(world: World) -> None:
    start, reader = world["front"], world["reader"]
    world["auth"].spec["routes"] = {
        "/token": [["issue", roles.SECRET, {"ttl": 60, "aud": AUDIENCE}]]
    }
    ask = world.call("front", "auth", "/token", timeout=2)
    for path, steps in start.spec["routes"].items():
        if path != "/api/status":
            start.spec["routes"][path] = [ask, *steps]
    verify = ["verify", roles.SECRET, {"leeway": 5, "kid": "k1", "aud": AUDIENCE}]
    for path, steps in reader.spec["routes"].items():
        reader.spec["routes"][path] = [verify, *steps]


FURNITURE = {
    "db2": _second_database,
    "keeper": _keeper,
    "relay": _relay,
    "side1": _side,
    "side2": _side,
    "side3": _side,
    "side4": _side,
    "replica": _replica,
    "scribe": _scribe,
    "finder": _finder,
    "clerk": _clerk,
}
