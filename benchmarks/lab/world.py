"""The topology of one incident while it is drawn: parts by role, before a fault is put in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.lab.names import (
    COMPANIES,
    MORE_COMPANIES,
    MORE_NOUNS,
    NOUNS,
    PEOPLE,
    host_of,
    name_of,
)
from benchmarks.lab.plan import Part

if TYPE_CHECKING:
    import random

SHAPES: dict[str, tuple[str, ...]] = {
    "chain": ("db", "reader", "mid", "front"),
    "fan": ("db", "cache", "reader", "quoter", "front"),
    "queue": ("db", "queue", "worker", "writer", "front"),
    "outside": ("db", "partner", "reader", "payer", "front"),
    "diamond": ("db", "reader", "mid", "mid2", "front"),
    "memory": ("db", "cache", "quoter", "mid", "front"),
    "tokens": ("db", "auth", "reader", "front"),
    "wide": ("db", "queue", "worker", "writer", "reader", "front"),
}
MORE_SHAPES: dict[str, tuple[str, ...]] = {
    "relay": ("db", "reader", "mid", "relay", "front"),
    "star": ("db", "reader", "side1", "side2", "side3", "side4", "front"),
    "twin": ("db", "db2", "reader", "keeper", "mid", "front"),
    "groups": ("db", "db2", "queue", "keeper", "worker", "writer", "front"),
    "gateway": ("db", "reader", "keeper", "mid", "front"),
    "passport": ("db", "auth", "reader", "mid", "relay", "front"),
    "follow": ("db", "replica", "scribe", "finder", "front"),
    "clerked": ("db", "reader", "clerk", "keeper", "front"),
    "shelf": ("db", "cache", "quoter", "relay", "front"),
    "siblings": ("db", "reader", "mid", "front", "front2"),
}
EDGES = ("nginx", "haproxy", "none")
SOFTWARE = {
    "db": "postgres", "db2": "postgres", "replica": "postgres", "cache": "redis", "queue": "redis",
    "partner": "partner",
}  # fmt: skip
PORTS = {"postgres": 5432, "redis": 6379, "nginx": 80, "haproxy": 80, "dnsmasq": 53}
TERSE = 0.4  # of the releases say nothing of what is in them


class World:
    """Parts by role, and the choices that the kind of fault may still change."""

    def __init__(self, rng: random.Random, shape: str, edge: str, *, dns: bool = False) -> None:
        self.rng, self.shape, self.edge = rng, shape, edge
        self.more = shape in MORE_SHAPES
        self.company = rng.choice(MORE_COMPANIES if self.more else COMPANIES)
        noun = rng.choice(MORE_NOUNS if self.more else NOUNS)
        self.domain = {"zone": f"{self.company}.internal", "noun": noun, "table": noun + "s"}
        self.parts: dict[str, Part] = {}
        self.calls: list[list[str]] = []
        self._taken: set[str] = set()
        self._names, self._hosts = rng.choice((0, 0, 1, 3)), rng.choice((0, 1, 1, 2, 3))
        self._octet = rng.randint(10, 90)
        self.load_factor = 1.0
        self.people_count = 400
        self.bodies: dict[str, int] = {}
        self.people = rng.sample(PEOPLE, 4)
        roles = list((SHAPES | MORE_SHAPES)[shape])
        if edge != "none":
            roles.append("edge")
        if dns:
            roles.insert(0, "dns")
        for number, role in enumerate(roles, 1):
            self._add(role, number)
        from benchmarks.lab import roles as furnishing  # noqa: PLC0415 - it needs this class

        furnishing.furnish(self)

    def join(self, role: str) -> Part:
        """One more part, which nobody calls."""
        self._add(role, len(self.parts) + 1)
        return self[role]

    def _add(self, role: str, number: int) -> None:
        software = SOFTWARE.get(role, "service")
        if role == "edge":
            software = self.edge
        if role == "dns":
            software = "dnsmasq"
        name = name_of(role, self.rng, self._taken, self._names, more=self.more)
        host = host_of(name, self.rng, self._hosts)
        if self.rng.random() < 0.3 and role != "partner":  # noqa: PLR2004
            host += "." + self.domain["zone"]
        if role == "partner":
            host = f"api.{name}.example"
        wrap = self.rng.choice(("none", "none", "docker", "cri", "syslog"))
        if software in ("nginx", "partner"):
            wrap = "none"
        address = f"127.{self._octet}.{self.rng.randint(1, 9)}.{10 + number}"
        port = PORTS.get(software, self.rng.choice((8000, 8080, 8081, 3000, 5000, 9000)))
        if role == "partner":
            port = 443
        self.parts[role] = Part(name, host, address, port, software, role, {}, wrap)

    def __getitem__(self, role: str) -> Part:
        return self.parts[role]

    def __contains__(self, role: str) -> bool:
        return role in self.parts

    def url(self, role: str, path: str) -> str:
        """Where a part of that role is called."""
        part = self[role]
        scheme = "https" if part.spec.get("cert") else "http"
        return f"{scheme}://{part.host}:{part.port}{path}"

    def call(self, caller: str, callee: str, path: str, **options: Any) -> list[Any]:
        """A step that calls; the topology knows of it."""
        edge = [self[caller].name, self[callee].name]
        if edge not in self.calls:
            self.calls.append(edge)
        return ["call", self[callee].name, self.url(callee, path + "?id=$id&q=$q"), options]

    def uses(self, caller: str, callee: str) -> None:
        """The topology knows that one uses the other."""
        self.calls.append([self[caller].name, self[callee].name])

    def change(self, target: str, text: str, what: str = "deploy", **more: Any) -> dict[str, Any]:
        """An entry for the log of changes; `ref` makes it findable."""
        ref = f"{self.rng.choice(('CHG', 'REL', 'OPS'))}-{self.rng.randint(1000, 9999)}"
        who = self.rng.choice(self.people)
        if what == "deploy" and self.rng.random() < TERSE:
            text = text.split(":", maxsplit=1)[0]
        return {"who": who, "what": what, "target": target, "text": text, "ref": ref, **more}
