"""What can be done to a running stage: each step of a plan names one of these."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import asyncpg  # type: ignore[import-untyped]
import redis.asyncio

from benchmarks.lab import certificates, proxies

if TYPE_CHECKING:
    from benchmarks.lab.plan import Part
    from benchmarks.lab.stage import Stage

Step = dict[str, Any]


def merged(old: Any, new: Any) -> Any:
    """`new` over `old`, object by object."""
    if isinstance(old, dict) and isinstance(new, dict):
        both = {key: merged(old.get(key), value) for key, value in new.items()}
        return {**old, **both}
    return new


def _tell(stage: Stage, step: Step) -> None:
    if entry := step.get("tell"):
        stage.change(**entry)


async def deploy(stage: Stage, step: Step) -> None:
    """Another version or configuration of a service; it takes over, or starts again."""
    part = stage.plan.part(step["part"])
    part.spec = merged(part.spec, step.get("patch", {}))
    watched = stage.watched[part.name]
    _tell(stage, step)
    stage.note(part.name, f"rolled out {part.spec.get('version', 'configuration')}")
    command = stage.command(part)
    if step.get("crash"):
        await watched.restart(command)
    elif part.software in ("service", "partner"):
        await watched.replace(command)
    else:
        await watched.restart(command)


async def flag(stage: Stage, step: Step) -> None:
    """Flags of a running service."""
    part = stage.plan.part(step["part"])
    part.spec.setdefault("flags", {}).update(step["flags"])
    _tell(stage, step)
    stage.write_spec(part)


async def change(stage: Stage, step: Step) -> None:
    """Only the entry in the log of changes, of something that has no effect here."""
    _tell(stage, step)


async def sql(stage: Stage, step: Step) -> None:
    """Statements of a person, a job or a migration; `hold` keeps the transaction open."""
    part = stage.plan.part(step["part"])
    _tell(stage, step)

    session = _forever if step.get("forever") else _session
    for _ in range(step.get("sessions", 1)):
        stage.later(session(part, step))


async def _session(part: Part, step: Step) -> None:
    connection = await asyncpg.connect(
        f"postgresql://{step['role']}:{step['password']}@{part.addr}:{part.port}"
        f"/{part.spec['database']}",
        server_settings={"application_name": step["as"]},
    )
    try:
        if step.get("hold"):
            async with connection.transaction():
                for text in step["text"]:
                    await connection.execute(text, timeout=300)
                await asyncio.sleep(step["hold"])
        else:
            for text in step["text"]:
                await connection.execute(text, timeout=300)
    finally:
        await connection.close(timeout=1)


async def _forever(part: Part, step: Step) -> None:
    while True:
        try:
            await _session(part, step)
        except (asyncpg.PostgresError, OSError):
            await asyncio.sleep(0.5)


async def hosts_off(stage: Stage, step: Step) -> None:
    """Names that the name server no longer has, or has otherwise."""
    part = next(part for part in stage.plan.parts if part.software == "dnsmasq")
    for name, address in step["names"].items():
        if address is None:
            stage.names.pop(name, None)
        else:
            stage.names[name] = address
    _tell(stage, step)
    proxies.write_names(part, stage.names)
    stage.watched[part.name].signal(signal.SIGHUP)


async def resolver(stage: Stage, step: Step) -> None:
    """Another name server is asked first; nothing answers there."""
    _tell(stage, step)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=(step["dead"], 53)
    )
    Path("/srv/resolv.conf").write_text(
        f"nameserver {step['dead']}\nnameserver {step['alive']}\noptions timeout:2 attempts:2\n"
    )
    await asyncio.sleep(3600)
    transport.close()


async def cache(stage: Stage, step: Step) -> None:
    """A command for the cache or the queue."""
    part = stage.plan.part(step["part"])
    _tell(stage, step)

    async def run() -> None:
        client = redis.asyncio.Redis(host=part.addr, port=part.port, socket_timeout=120)
        try:
            while True:
                for command in step["commands"]:
                    await client.execute_command(*command)  # type: ignore[no-untyped-call]
                if not step.get("every"):
                    break
                await asyncio.sleep(step["every"])
        finally:
            await client.aclose()

    stage.later(run())


async def send(stage: Stage, step: Step) -> None:
    """A signal to a part, and `until` seconds later another."""
    _tell(stage, step)
    stage.watched[step["part"]].signal(getattr(signal, step["signal"]), whole=True)
    if step.get("until"):
        await asyncio.sleep(step["until"])
        stage.watched[step["part"]].signal(signal.SIGCONT, whole=True)


async def halt(stage: Stage, step: Step) -> None:
    """A part is stopped and not started again."""
    _tell(stage, step)
    watched = stage.watched[step["part"]]
    watched.wanted = False
    watched.signal(getattr(signal, step.get("signal", "SIGTERM")))
    stage.note(step["part"], "stopped")


async def blind(stage: Stage, step: Step) -> None:
    """The exporter beside a part ends; the part itself goes on."""
    _tell(stage, step)
    stage.exporters[step["part"]].kill()


async def load(stage: Stage, step: Step) -> None:
    """More customers or fewer, or strange ones."""
    _tell(stage, step)
    stage.customers.factor = step.get("factor", stage.customers.factor)
    stage.customers.large = step.get("large", stage.customers.large)
    stage.customers.strange = step.get("strange", stage.customers.strange)
    if step.get("until"):
        await asyncio.sleep(step["until"])
        stage.customers.factor = 1.0


async def cpu(stage: Stage, step: Step) -> None:
    """Another share of a core for a part."""
    _tell(stage, step)
    stage.watched[step["part"]].group.allow(step["share"])


async def hog(stage: Stage, step: Step) -> None:
    """Somebody else's computing in the same group, and for how long."""
    _tell(stage, step)
    group = stage.watched[step["part"]].group
    for _ in range(step.get("count", 3)):
        process = subprocess.Popen(["/bin/sh", "-c", "while :; do :; done"])
        group.adopt(process.pid)
        stage.others.append(process)
    await asyncio.sleep(step.get("until", 3600))


async def drop(stage: Stage, step: Step) -> None:
    """Packets to a part that are thrown away without an answer."""
    _tell(stage, step)
    part = stage.plan.part(step["part"])
    rule = ["/usr/sbin/iptables-legacy", "-I", "INPUT", "-p", "tcp", "-d", part.addr]
    subprocess.run([*rule, "--dport", str(part.port), "-j", "DROP"], check=True)


async def proxy(stage: Stage, step: Step) -> None:
    """Another configuration of a proxy, read without a restart."""
    part = stage.plan.part(step["part"])
    part.spec = merged(part.spec, step["patch"])
    _tell(stage, step)
    stage.command(part)
    number = signal.SIGUSR2 if part.software == "haproxy" else signal.SIGHUP
    stage.watched[part.name].signal(number)


async def certificate(stage: Stage, step: Step) -> None:
    """Another certificate of a part, which it loads."""
    part = stage.plan.part(step["part"])
    certificates.issue(part, step["name"], step.get("seconds", 86400 * 90))
    _tell(stage, step)
    stage.watched[part.name].signal(signal.SIGHUP)


async def clock(stage: Stage, step: Step) -> None:
    """The clock of one host is off by so many seconds."""
    _tell(stage, step)
    Path("/srv/clocks", step["part"]).write_text(f"{step['seconds']:+.1f}\n")


async def fill(stage: Stage, step: Step) -> None:
    """A file that grows on a volume until nothing is left, or many small ones."""
    _tell(stage, step)
    folder = Path(step["folder"])
    chunk = b"\0" * step.get("chunk", 200_000)
    for number in range(step.get("count", 100_000)):
        try:
            if step.get("many"):
                (folder / f"{step['many']}-{number:06d}.tmp").write_bytes(b"1")
            else:
                with (folder / step["file"]).open("ab") as out:
                    out.write(chunk)
        except OSError:
            break
        if number % step.get("burst", 1) == 0:
            await asyncio.sleep(step.get("pause", 0.1))


async def connections(stage: Stage, step: Step) -> None:
    """A program that opens connections of the database and keeps them."""
    part = stage.plan.part(step["part"])
    _tell(stage, step)
    address = (
        f"postgresql://{step['role']}:{step['password']}@{part.addr}:{part.port}"
        f"/{part.spec['database']}"
    )
    kept = []
    for _ in range(step["count"]):
        try:
            settings = {"application_name": step["as"]}
            kept.append(await asyncpg.connect(address, server_settings=settings))
        except (asyncpg.PostgresError, OSError):
            await asyncio.sleep(1)
        await asyncio.sleep(step.get("pause", 0.1))
    while True:
        await asyncio.sleep(0.1)
        for _ in range(3):
            try:
                settings = {"application_name": step["as"]}
                kept.append(await asyncpg.connect(address, server_settings=settings))
            except (asyncpg.PostgresError, OSError):
                break


async def poke(stage: Stage, step: Step) -> None:
    """A scheduler asks a service to run a job; or another client asks, `every` so often."""
    _tell(stage, step)
    headers = {"User-Agent": step["agent"]}
    timeout = aiohttp.ClientTimeout(total=30)

    async def ask(session: aiohttp.ClientSession) -> None:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with session.get(step["url"]) as response:
                await response.read()

    async def run() -> None:
        connector = aiohttp.TCPConnector(force_close=True)
        async with aiohttp.ClientSession(
            headers=headers, timeout=timeout, connector=connector
        ) as session:
            while True:
                await ask(session)
                if not step.get("every"):
                    break
                await asyncio.sleep(step["every"])

    stage.later(run())


async def refuse(stage: Stage, step: Step) -> None:
    """For some seconds a share of the packets to a part is answered with a reset."""
    _tell(stage, step)
    part = stage.plan.part(step["part"])
    rule = ["INPUT", "-p", "tcp", "-d", part.addr, "--dport", str(part.port)]
    rule += ["-m", "statistic", "--mode", "random", "--probability", str(step["share"])]
    rule += ["-j", "REJECT", "--reject-with", "tcp-reset"]
    subprocess.run(["/usr/sbin/iptables-legacy", "-I", *rule], check=True)
    await asyncio.sleep(step["until"])
    subprocess.run(["/usr/sbin/iptables-legacy", "-D", *rule], check=True)


async def silence(stage: Stage, step: Step) -> None:
    """Packets to an address are thrown away, as of a machine that is not there."""
    _tell(stage, step)
    rule = ["INPUT", "-p", "tcp", "-d", step["address"], "--dport", str(step["port"])]
    subprocess.run(["/usr/sbin/iptables-legacy", "-I", *rule, "-j", "DROP"], check=True)


STRIKES = {
    "silence": silence,
    "poke": poke,
    "refuse": refuse,
    "deploy": deploy,
    "flag": flag,
    "change": change,
    "sql": sql,
    "names": hosts_off,
    "resolver": resolver,
    "cache": cache,
    "signal": send,
    "halt": halt,
    "blind": blind,
    "load": load,
    "cpu": cpu,
    "hog": hog,
    "drop": drop,
    "proxy": proxy,
    "certificate": certificate,
    "clock": clock,
    "fill": fill,
    "connections": connections,
}
