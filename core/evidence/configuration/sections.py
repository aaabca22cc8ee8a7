"""Reads the sections of haproxy: a keyword begins each, and its settings follow, one a line.

A setting is named by its keyword, or by two of them: `timeout server`. What may come often is named
by what it is of: `server[a1]`, `bind[:443]`; rules without a name are a list, whose order is none
of the differences.
"""

from __future__ import annotations

import re

from core.evidence.configuration.line_settings import LineReading
from core.evidence.configuration.tree import MAX_LEAVES, Branch, Leaf

_SECTIONS = frozenset(
    {"global", "defaults", "frontend", "backend", "listen", "peers", "resolvers", "userlist"}
    | {"mailers", "cache", "program", "ring", "http-errors", "fcgi-app", "log-forward"}
)
_WORD = re.compile(r"(?:\"(?:[^\"\\]|\\.)*+\"|'[^']*+'|\\.|[^\s#\"'\\])++|#|[\"'\\]")
_QUOTES = re.compile(r"[\"']")
_IN_FAMILIES = frozenset({"timeout", "option", "stats", "compression", "email-alert"})
_NAMED = frozenset(
    {"server", "server-template", "bind", "nameserver", "peer", "mailer", "user", "group"}
)
_RULES = frozenset(
    {"acl", "use_backend", "use-server", "http-request", "http-response", "http-after-response"}
    | {"tcp-request", "tcp-response", "http-check", "tcp-check", "log", "redirect", "stick"}
    | {"capture", "filter", "force-persist", "ignore-persist", "lua-load", "declare"}
)
_KEYED = frozenset({"setenv", "presetenv", "errorfile", "errorloc", "errorloc302", "errorloc303"})
# Of servers and addresses: the others have a value behind them.
_SWITCHES = frozenset(
    {"check", "backup", "disabled", "enabled", "ssl", "send-proxy", "send-proxy-v2", "check-ssl"}
    | {"send-proxy-v2-ssl", "send-proxy-v2-ssl-cn", "check-send-proxy", "accept-proxy", "tfo"}
    | {"allow-0rtt", "non-stick", "transparent", "defer-accept", "strict-sni", "v4v6", "v6only"}
    | {"force-tlsv12", "force-tlsv13", "tls-tickets", "prefer-client-ciphers", "check-via-socks4"}
)
_DEFAULTS_OF_SERVERS = "default-server"
_OFF = "no"
_ON = "on"
_MAX_LINE = 20_000  # characters of a line that are looked at


def read_sections(text: str) -> LineReading:
    """All settings under their sections; the lines above the first section stand alone."""
    reading = LineReading(Branch(1))
    section, count = reading.tree, 0
    for number, line in enumerate(text.split("\n"), 1):
        words = _words(line[:_MAX_LINE])
        if not words:
            continue
        if count >= MAX_LEAVES:
            reading.is_cut = True
            break
        if words[0] in _SECTIONS and line[:1] == line.lstrip()[:1]:
            section = _begin(reading.tree, words, number)
        else:
            _set(section, words, number)
        count += len(words)
    return reading


def _words(line: str) -> list[str]:
    """The words of a line without quotes, up to a comment."""
    words = []
    for match in _WORD.finditer(line):
        if match[0] == "#":
            break
        words.append(_QUOTES.sub("", match[0]))
    return words


def _begin(root: Branch, words: list[str], line: int) -> Branch:
    """A section: `backend[shop]`. An old `listen shop :80` sets an address with its name."""
    keyword, *names = words
    section = Branch(line)
    root.entries.append((f"{keyword}[{names[0]}]" if names else keyword, section))
    if names[1:2] == ["from"]:
        _set(section, names[1:], line)
    elif names[1:]:
        _set(section, ["bind", *names[1:]], line)
    return section


def _set(section: Branch, words: list[str], line: int) -> None:
    is_off = words[0] == _OFF and len(words) > 1
    keyword, *values = words[1:] if is_off else words
    if keyword in _IN_FAMILIES and values:
        keyword, values = f"{keyword} {values[0]}", values[1:]
    if keyword == "stats auth" and values:
        _set_login(section, values[0], line)
    elif keyword in _NAMED and values:
        _set_named(section, keyword, values, line)
    elif keyword == _DEFAULTS_OF_SERVERS:
        _set_options(section, keyword, values, line)
    elif keyword in _KEYED and values:
        section.entries.append((f"{keyword}[{values[0]}]", Leaf(" ".join(values[1:]), line)))
    elif keyword in _RULES:
        rule = " ".join(values)
        section.entries.append((f"{keyword}[{rule}]", Leaf(rule, line)))
    else:
        value = "off" if is_off else " ".join(values) or _ON
        section.entries.append((keyword, Leaf(value, line)))


def _set_login(section: Branch, login: str, line: int) -> None:
    """The password of a login as one, so that it is shown to nobody."""
    user, _, password = login.partition(":")
    section.entries.append((f"stats auth[{user}].password", Leaf(password, line)))


def _set_named(section: Branch, keyword: str, values: list[str], line: int) -> None:
    """A server with its address and each of its options, whatever their order; so with others."""
    name, *options = values
    key = f"{keyword}[{name}]"
    if keyword == "server" and options:
        section.entries.append((f"{key}.address", Leaf(options[0], line)))
        options = options[1:]
    elif not options or keyword == "bind":
        section.entries.append((key, Leaf(name, line)))
    _set_options(section, key, options, line)


def _set_options(section: Branch, key: str, options: list[str], line: int) -> None:
    at = 0
    while at < len(options):
        option, following = options[at], options[at + 1 : at + 2]
        has_value = option not in _SWITCHES and not option.startswith("no-") and following
        section.entries.append((f"{key}.{option}", Leaf(following[0] if has_value else _ON, line)))
        at += 2 if has_value else 1
