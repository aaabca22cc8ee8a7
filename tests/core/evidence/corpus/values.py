"""What stands where messages have a value: each kind with the shapes it has in real logs."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_USERS = _words(
    "amara bjorn chiara deniz ewa farid greta hugo ines jonas kaja leif mira noor otto petra"
    " quentin rosa selim tilda ugo vera wim xenia yara zeno"
)
_HOSTS = _words("harbor atlas cedar dune ember fjord gale heron iris juniper")
_ZONES = ("example.net", "svc.cluster.local", "corp.internal", "mill.example.org")
_SERVICES = _words("cart ledger parcel quote refund search stock wallet")
_FOLDERS = _words("var srv data cache spool lib media home opt archive")
_FILES = _words("index segment manifest snapshot journal report ledger profile")
_ENDINGS = ("db", "log", "conf", "tmp", "dat", "json", "xml", "so")
_PACKAGES = _words("shop store mesh billing parcel auth")
_CLASSES = _words("OrderWriter StockReader TokenCache RetryPlan RouteTable PageLoader SeatMap")
_WORDS = _words(
    "anyone seen the red key near old mill we need more wood before night falls on this"
    " side trade two fish for a lamp good game all see you tomorrow who took my boat"
)
_PARTS = _words("intake valve rotor shutter mirror lens coil fan")
_TABLES = _words("orders parcels invoices stock seats tokens refunds")
_SHORT = _words("en0 en1 eth0 eth1 wlan0 lo utun2 bond0")
_TARGETS = _words("main worker parser linker docs icons engine client server kernel fonts tools")
_VOLUMES = _words("photos music mail homes projects archive vault")
_ITEMS = _words("lantern rope anvil compass barrel saddle candle hammer ladder kettle")


def filled(message: str, chance: random.Random) -> str:
    """The message with a value in each of its places."""
    return re.sub(r"\{([^{} ]+)\}", lambda match: _value(match[1], chance), message)


def _value(kind: str, chance: random.Random) -> str:
    return KINDS[kind](chance)


def _number(chance: random.Random) -> str:
    return str(int(10 ** chance.uniform(0, 5)))


def _hex(chance: random.Random, digits: int) -> str:
    return f"{chance.getrandbits(4 * digits):0{digits}x}"


def _ip(chance: random.Random) -> str:
    return f"10.{chance.randrange(4)}.{chance.randrange(256)}.{chance.randrange(1, 255)}"


def _host(chance: random.Random) -> str:
    return f"{chance.choice(_HOSTS)}.{chance.choice(_ZONES)}"


def _path(chance: random.Random) -> str:
    folders = chance.choices(_FOLDERS, k=chance.randint(2, 4))
    return "/" + "/".join(folders) + f"/{_file(chance)}"


def _file(chance: random.Random) -> str:
    number = chance.choice(["", "", "-" + str(chance.randrange(90)), "_old"])
    return f"{chance.choice(_FILES)}{number}.{chance.choice(_ENDINGS)}"


def _class(chance: random.Random) -> str:
    return f"org.{chance.choice(_PACKAGES)}.{chance.choice(_PACKAGES)}.{chance.choice(_CLASSES)}"


def _listed(
    draw: Callable[[random.Random], str], between: str, most: int
) -> Callable[[random.Random], str]:
    return lambda chance: between.join(draw(chance) for _ in range(chance.randint(1, most)))


def _duration(chance: random.Random) -> str:
    amount = 10 ** chance.uniform(-2, 3)
    return chance.choice([f"{amount:.3f}ms", f"{amount:.6f}s", f"{int(amount) + 1}m{7:02}s"])


def _clock(chance: random.Random) -> str:
    return f"{chance.randrange(24):02}:{chance.randrange(60):02}:{chance.randrange(60):02}"


def _bytes(chance: random.Random) -> str:
    """With the size in words where it is large, as one statement writes it."""
    n = chance.choice([0, chance.randrange(1_000), chance.randrange(1_024, 9_000_000)])
    return f"{n} bytes ({_size(chance)})" if n >= 1_024 else f"{n} bytes"


def _size(chance: random.Random) -> str:
    return f"{10 ** chance.uniform(0, 3):.2f} {chance.choice(['KB', 'MB', 'GB'])}"


def _url(chance: random.Random) -> str:
    return f"https://{_host(chance)}/{chance.choice(_SERVICES)}/{_number(chance)}?page=2"


def _mail(chance: random.Random) -> str:
    return f"{chance.choice(_USERS)}@{chance.choice(_HOSTS)}.example.com"


def _pod(chance: random.Random) -> str:
    letters = "".join(chance.choices("bcdfghjklmnpqrstvwxz2456789", k=14))
    return f"{chance.choice(_SERVICES)}-{letters[:9]}-{letters[9:]}"


def _windows_path(chance: random.Random) -> str:
    return "C:\\" + "\\".join(chance.choices(_FOLDERS, k=3)) + f"\\{_file(chance)}"


def _mac(chance: random.Random) -> str:
    return ":".join(_hex(chance, 2) for _ in range(6))


def _uuid(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128)))


def _one_of(*words: str) -> Callable[[random.Random], str]:
    return lambda chance: chance.choice(words)


KINDS: dict[str, Callable[[random.Random], str]] = {
    "n": _number,
    "signed": lambda chance: chance.choice(["", "-"]) + _number(chance),
    "bit": _one_of("0", "1"),
    "float": lambda chance: f"{10 ** chance.uniform(-3, 3):.4f}",
    "percent": lambda chance: f"{chance.uniform(0, 100):.1f}%",
    "hex": lambda chance: _hex(chance, 12),
    "0x": lambda chance: f"0x{_hex(chance, 8)}",
    "id": lambda chance: _hex(chance, 12).upper(),
    "uuid": _uuid,
    "ip": _ip,
    "ip:port": lambda chance: f"{_ip(chance)}:{chance.randrange(1024, 65535)}",
    "mac": _mac,
    "host": _host,
    "client": lambda chance: chance.choice([_host(chance), "unknown"]),
    "host:port": lambda chance: f"{_host(chance)}:{chance.choice(['443', '80', '5070'])}",
    "machine": _one_of(*_HOSTS),
    "node": lambda chance: f"R{chance.randrange(8):02}-M{chance.randrange(2)}-N{_hex(chance, 1)}",
    "user": _one_of(*_USERS),
    "operator": _one_of(*_USERS[:3]),
    "service": _one_of(*_SERVICES),
    "item": _one_of(*_ITEMS),
    "holder": lambda chance: chance.choice(["null", f"Holder{{{_number(chance)}}}"]),
    "target": _one_of(*_TARGETS),
    "volume": _one_of(*_VOLUMES),
    "part": _one_of(*_PARTS),
    "table": _one_of(*_TABLES),
    "interface": _one_of(*_SHORT),
    "port": lambda chance: f"Gi{chance.randrange(3)}/{chance.randrange(48)}",
    "path": _path,
    "winpath": _windows_path,
    "file": _file,
    "class": _class,
    "url": _url,
    "mail": _mail,
    "pod": _pod,
    "clock": _clock,
    "date": lambda chance: f"2026-{chance.randrange(1, 13):02}-11T{_clock(chance)}Z",
    "duration": _duration,
    "bytes": _bytes,
    "size": _size,
    "life": lambda chance: chance.choice(["<1 sec", f"{chance.randrange(60):02}:07"]),
    "numbers": _listed(_number, " ", 9),
    "numbers,": _listed(_number, ", ", 6),
    "numbers##": _listed(_number, "##", 5),
    "addresses": _listed(lambda chance: f"@0x{_hex(chance, 11)}", " ", 8),
    "users,": _listed(_one_of(*_USERS), ",", 4),
    "services,": _listed(_one_of(*_SERVICES), ", ", 5),
    "words": _listed(_one_of(*_WORDS), " ", 9),
    "program": lambda chance: chance.choice(["mailer.exe", "browser.exe", "sync.exe *64"]),
}
