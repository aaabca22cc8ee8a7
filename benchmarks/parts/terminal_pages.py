"""Terminals as HTML, drawn from seeds, with the text that each shows."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.parts.tiles import Tile

if TYPE_CHECKING:
    from random import Random


@dataclass(frozen=True)
class TerminalTheme:
    """Colours: paper, ink, and those of levels, names and times."""

    paper: str
    ink: str
    accents: tuple[str, ...]


THEMES = {
    "black": TerminalTheme("#000000", "#c7c7c7", ("#ff5f5f", "#ffd75f", "#5fd7ff", "#87d75f")),
    "one-dark": TerminalTheme("#282c34", "#abb2bf", ("#e06c75", "#e5c07b", "#61afef", "#98c379")),
    "ubuntu": TerminalTheme("#300a24", "#eeeeec", ("#ef2929", "#c4a000", "#729fcf", "#8ae234")),
    "white": TerminalTheme("#ffffff", "#1f2328", ("#cf222e", "#9a6700", "#0969da", "#1a7f37")),
    "powershell": TerminalTheme("#012456", "#eeedf0", ("#ff8080", "#ffff60", "#80ffff", "#80ff80")),
}
OTHER_THEMES = {
    "dracula": TerminalTheme("#282a36", "#f8f8f2", ("#ff5555", "#f1fa8c", "#8be9fd", "#50fa7b")),
    "solarized": TerminalTheme("#fdf6e3", "#586e75", ("#dc322f", "#b58900", "#268bd2", "#859900")),
    "tango": TerminalTheme("#2e3436", "#d3d7cf", ("#ef2929", "#fce94f", "#729fcf", "#8ae234")),
}
FONTS = ("DejaVu Sans Mono", "Liberation Mono", "Hack", "Fira Code", "Noto Sans Mono")
OTHER_FONTS = ("JetBrains Mono", "Inconsolata", "Anonymous Pro")
_SERVICES = ("checkout", "payments", "orders-db", "cart", "search-api", "billing", "gateway")
_MESSAGES = (
    "timeout waiting for connection from pool after {n}ms (in use: {m}, max: {m})",
    "remaining connection slots are reserved for non-replication superuser connections",
    "GET /api/v1/cart/{n} 503 {m}ms user_agent=curl/8.5.0",
    "deadlock detected: process {n} waits for ShareLock on transaction {m}",
    "Back-off restarting failed container app in pod {s}-{x}-{y}",
    "upstream connect error or disconnect/reset before headers. reset reason: overflow",
    "retrying request id={x}{y}{x} attempt={m} in {n} ms",
    "java.lang.OutOfMemoryError: Java heap space (used {n} MiB of {m} MiB)",
    "x509: certificate has expired or is not yet valid: current time is after {d}",
    "health check OK latency={m}ms queue_depth={n}",
    "dial tcp 10.{m}.3.{m}:5432: connect: connection refused",
)
_LEVELS = ("ERROR", "WARN", "INFO", "INFO", "DEBUG", "FATAL")


def terminal_tile(random: Random, *, is_aside: bool) -> Tile:
    """One terminal; is_aside: of themes and fonts that nobody has tuned for."""
    themes, fonts = (OTHER_THEMES, OTHER_FONTS) if is_aside else (THEMES, FONTS)
    name, font = random.choice(sorted(themes)), random.choice(fonts)
    size, theme = random.choice((11, 12, 13, 14, 16, 18)), themes[name]
    lines = _lines(random)
    shown = "\n".join(_coloured(line, theme, random) for line in lines)
    height = random.choice((1.15, 1.3, 1.5))
    bar = _title_bar(random) if random.random() < 0.3 else ""  # noqa: PLR2004 - some have one
    page = (
        f'{bar}<pre style="margin:0;padding:{random.randint(4, 20)}px;white-space:pre;'
        f"font:{size}px/{height} '{font}';"
        f'color:{theme.ink}">{shown}</pre>'
    )
    return Tile(
        html=page,
        paper=theme.paper,
        label=f"{name}, {font} {size}px",
        scale=random.choice((1.0, 1.0, 1.5, 2.0)),
        is_lossy=random.random() < 0.2,  # noqa: PLR2004 - as chats make of them
        truth={"lines": lines},
    )


def _title_bar(random: Random) -> str:
    colours = ("#ff5f56", "#ffbd2e", "#27c93f")
    dots = "".join(
        f'<i style="display:inline-block;width:11px;height:11px;margin:6px 3px;border-radius:6px;'
        f'background:{colour}"></i>'
        for colour in colours
    )
    return f'<div style="height:24px;background:{random.choice(("#444", "#ddd"))}">{dots}</div>'


def _lines(random: Random) -> list[str]:
    kind = random.choice(("log", "log", "log", "shell", "stack", "pods"))
    if kind == "pods":
        return _pods(random)
    if kind == "stack":
        return [_log_line(random, "iso"), *_stack(random), _log_line(random, "iso")]
    style = random.choice(("iso", "klog", "logfmt", "spring", "syslog"))
    lines = [_log_line(random, style) for _ in range(random.randint(4, 22))]
    if kind == "shell":
        service = random.choice(_SERVICES)
        lines.insert(0, f"dana@prod-eu-1:~$ kubectl logs deploy/{service} --tail={len(lines)}")
    return lines


def _log_line(random: Random, style: str) -> str:
    service, level = random.choice(_SERVICES), random.choice(_LEVELS)
    clock = f"{random.randint(0, 23):02}:{random.randint(0, 59):02}:{random.randint(0, 59):02}"
    message = random.choice(_MESSAGES).format(
        n=random.randint(100, 60_000),
        m=random.randint(1, 250),
        s=service,
        x=f"{random.getrandbits(32):08x}",
        y=f"{random.getrandbits(20):05x}",
        d="2026-11-20T00:00:00Z",
    )
    match style:
        case "klog":
            return f"{level[0]}1122 {clock}.{random.randint(0, 999_999):06} 1 {service}.go:{random.randint(20, 900)}] {message}"  # noqa: E501 - a line is a line
        case "logfmt":
            return (
                f'time=2026-11-22T{clock}Z level={level.lower()} service={service} msg="{message}"'
            )
        case "spring":
            return f"2026-11-22 {clock}.{random.randint(0, 999):03} {level:>5} 1 --- [main] c.e.{service} : {message}"  # noqa: E501 - see above
        case "syslog":
            return f"Nov 22 {clock} node-{random.randint(1, 9)} {service}[{random.randint(100, 9999)}]: {message}"  # noqa: E501 - see above
    return f"2026-11-22T{clock}.{random.randint(0, 999):03}Z {level} {service} {message}"


def _stack(random: Random) -> list[str]:
    frames = ("com.acme.cart.CartService.load", "com.zaxxer.hikari.pool.HikariPool.getConnection")
    head = "java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available"
    files = ("Cart.java", "Pool.java")
    calls = [
        f"    at {random.choice(frames)}({random.choice(files)}:{random.randint(9, 999)})"
        for _ in range(random.randint(3, 8))
    ]
    return [head, *calls]


def _pods(random: Random) -> list[str]:
    rows = [f"{'NAME':<36}{'READY':<8}{'STATUS':<20}{'RESTARTS':<11}AGE"]
    for _ in range(random.randint(4, 12)):
        name = (
            f"{random.choice(_SERVICES)}-{random.getrandbits(36):09x}-{random.getrandbits(20):05x}"
        )
        status = random.choice(("Running", "CrashLoopBackOff", "Pending", "OOMKilled", "Completed"))
        rows.append(
            f"{name:<36}{random.choice(('1/1', '0/1', '2/2')):<8}{status:<20}"
            f"{random.randint(0, 48):<11}{random.randint(1, 90)}d"
        )
    return rows


def _coloured(line: str, theme: TerminalTheme, random: Random) -> str:
    """Some words in an accent, as loggers and shells do."""
    if random.random() < 0.4:  # noqa: PLR2004 - some do not
        return html.escape(line)
    words = [html.escape(word) for word in line.split(" ")]
    at = random.randrange(len(words))
    words[at] = f'<b style="font-weight:400;color:{random.choice(theme.accents)}">{words[at]}</b>'
    return " ".join(words)
