"""The headers of the imaginary systems, none like another's: a time, a line, and chance."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable


def _at(moment: float, pattern: str) -> str:
    return datetime.fromtimestamp(moment, tz=UTC).strftime(pattern)


def _milliseconds(moment: float) -> str:
    return f"{int(moment * 1000) % 1000:03}"


def _reef(moment: float, message: str, chance: random.Random) -> str:
    node = f"R{chance.randrange(8):02}-M{chance.randrange(2)}-N{chance.randrange(16):x}"
    level = chance.choice(["INFO", "INFO", "FATAL"])
    when = _at(moment, "%Y-%m-%d-%H.%M.%S.%f")
    day = _at(moment, "%Y.%m.%d")
    return f"{int(moment)} {day} {node} {when} {node} RAS KERNEL {level} {message}"


def _beacon(moment: float, message: str, chance: random.Random) -> str:
    thread = chance.choice(["main", "Elector[id=2]", f"Peer-{chance.randrange(9)}"])
    source = chance.choice(["Ballot", "Session", "Snapshots"])
    when = f"{_at(moment, '%Y-%m-%d %H:%M:%S')},{_milliseconds(moment)}"
    return f"{when} - INFO  [{thread}:{source}@{chance.randrange(90, 900)}] - {message}"


def _tarmac(moment: float, message: str, chance: random.Random) -> str:
    request = f"req-{chance.getrandbits(64):016x} {chance.getrandbits(64):016x} - - -"
    when = f"{_at(moment, '%Y-%m-%d %H:%M:%S')}.{_milliseconds(moment)}"
    module = chance.choice(["tarmac.api.server", "tarmac.fleet.manager", "tarmac.image.cache"])
    return f"{when} {chance.randrange(2000, 2009)} INFO {module} [{request}] {message}"


def _pedal(moment: float, message: str, chance: random.Random) -> str:
    when = f"{_at(moment, '%Y%m%d-%H:%M:%S')}:{_milliseconds(moment)}"
    return (
        f"{when}|{chance.choice(['Pedal_Steps', 'Pedal_Store', 'Pedal_Sync'])}|30002312|{message}"
    )


def _lantern(moment: float, message: str, chance: random.Random) -> str:
    who = chance.choice(["kernel[0]", "net.lantern.Dimmer[43]", "sharingd[311]", "WindowHost[290]"])
    return f"{_at(moment, '%b %e %H:%M:%S')} lanterns-laptop {who}: {message}"


def _till(moment: float, message: str, chance: random.Random) -> str:
    record = {
        "ts": _at(moment, "%Y-%m-%dT%H:%M:%S.%fZ"),
        "level": chance.choice(["info", "info", "warn"]),
        "logger": chance.choice(["till.cart", "till.payment"]),
        "msg": message,
        "request_id": f"{chance.getrandbits(64):016x}",
    }
    return json.dumps(record)


def _relay(moment: float, message: str, chance: random.Random) -> str:
    quoted = message.replace("\\", "\\\\").replace('"', '\\"')
    when = _at(moment, "%Y-%m-%dT%H:%M:%SZ")
    return f'time={when} level=info msg="{quoted}" shard={chance.randrange(16)}'


def _orrery(moment: float, message: str, chance: random.Random) -> str:
    when = f"{_at(moment, '%m%d %H:%M:%S.%f')}"
    return (
        f"{chance.choice('IIW')}{when}       1 controller.go:{chance.choice([77, 310])}] {message}"
    )


def _foundry(moment: float, message: str, chance: random.Random) -> str:
    return f"{_at(moment, '%Y-%m-%dT%H:%M:%S')}.{chance.getrandbits(22):07}Z {message}"


def _ferry(moment: float, message: str, chance: random.Random) -> str:
    level = chance.choice(["info", "info", "warning"])
    thread = f"{chance.randrange(99)}#{chance.randrange(9)}"
    return f"{_at(moment, '%Y/%m/%d %H:%M:%S')} [{level}] {thread}: {message}"


def _mosaic(moment: float, message: str, chance: random.Random) -> str:
    source = chance.choice(["mosaic.executor.Backend", "mosaic.Scheduler", "o.m.ipc.Server"])
    return f"{_at(moment, '%y/%m/%d %H:%M:%S')} INFO {source}: {message}"


def _granary(moment: float, message: str, chance: random.Random) -> str:
    when = f"{_at(moment, '%Y-%m-%d %H:%M:%S')}.{_milliseconds(moment)} UTC"
    return f"{when} [{chance.randrange(99)}] LOG:  {message}"


def _trunk(moment: float, message: str, _: random.Random) -> str:
    return f"{_at(moment, '%b %e %H:%M:%S')}.{_milliseconds(moment)}: {message}"


HEADERS: dict[str, Callable[[float, str, random.Random], str]] = {
    "reef": _reef,
    "barge": lambda moment, message, _: f"[{_at(moment, '%m.%d %H:%M:%S')}] {message}",
    "beacon": _beacon,
    "tarmac": _tarmac,
    "pedal": _pedal,
    "hatch": lambda moment, message, _: (
        f"{_at(moment, '%Y-%m-%d %H:%M:%S')}, Info    HTS    {message}"
    ),
    "lantern": _lantern,
    "till": _till,
    "relay": _relay,
    "stamp": lambda moment, message, chance: (
        f"{_at(moment, '%b %e %H:%M:%S')} mx1 stamp/smtpd[{chance.randrange(9999)}]: {message}"
    ),
    "granary": _granary,
    "orrery": _orrery,
    "foundry": _foundry,
    "ferry": _ferry,
    "mosaic": _mosaic,
    "larder": lambda moment, message, chance: (
        f"{_at(moment, '%d.%m.%Y %H:%M:%S')} | {chance.choice(['INFO', 'WARN']):5} | {message}"
    ),
    "arena": lambda moment, message, _: (
        f"[{_at(moment, '%H:%M:%S')}] [Server thread/INFO]: {message}"
    ),
    "trunk": _trunk,
}
