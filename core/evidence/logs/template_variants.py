"""Templates that are another one with words in its wild places, or with a part that it lacks."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from core.evidence.logs.levels import guess_level
from core.evidence.logs.notations import WILD

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

# Words that name a place are not in it, nor is the colon that announces other lines.
_NO_FILLING = re.compile(r"\s|:(?=:?[A-Za-z_]{3}|$)")
_WORD = re.compile(r"[A-Za-z]{2,}|[^\x00-\xff]")  # or a sign such as an arrow
_LEAST_WORDS = 2  # of a template that takes others in
_MAX_PEERS = 300  # templates of one length that are compared with each other
_ITEM = r"[^\s,;:|()\[\]{}<>=\"']{1,80}"
_SEVERAL = re.compile(
    rf"\[{_ITEM}(?:, ?{_ITEM}){{0,60}}+\]|(?<!\S){_ITEM}(?:, ?{_ITEM}){{1,60}}+(?!\S)"
    r"|(?<=[\s(=])(?:\"[^\"]{1,300}\"|'[^']{1,300}')|(?<=\w)\(\)"
)


def absorb_templates(templates: Collection[str]) -> dict[str, str]:
    """Each template, or the one whose wild places it fits into.

    A list or what is quoted fits into one place, of however many words it is, and so do the
    arguments that something is called without.
    """
    shorter = {template: _SEVERAL.sub(_shortened, template) for template in templates}
    known = set(templates)
    fitted = _fitted(known, known | set(shorter.values()))
    roots = {template: _root(fitted, template) for template in fitted}
    return {
        template: roots[short] if roots[short] in known else roots[template]
        for template, short in shorter.items()
    }


def _shortened(several: re.Match[str]) -> str:
    text = several[0]
    return f"{text[0]}{WILD}{text[-1]}" if text[0] in "\"'(" else WILD


def _fitted(hosts: set[str], templates: set[str]) -> dict[str, str]:
    """Map each template to the host that it fits into, or to itself."""
    lengths: dict[int, list[str]] = defaultdict(list)
    for template in sorted(templates):
        lengths[template.count(" ")].append(template)
    roots = {template: template for template in templates}
    for peers in lengths.values():
        wild = [peer for peer in peers if WILD in peer and peer in hosts]
        telling = [template for template in wild if _WORD.search(template)]
        for host in telling[:_MAX_PEERS]:
            likely = peers[:_MAX_PEERS]
            if len(_WORD.findall(host)) < _LEAST_WORDS:  # it says little: values for values only
                likely = [peer for peer in likely if _has_as_many_values(peer, host)]
            level = guess_level(host)
            for peer in _fitting(host, likely):
                if roots[peer] == peer and guess_level(peer) is level:
                    roots[peer] = host
    return roots


def _has_as_many_values(peer: str, host: str) -> bool:
    """And no word that says what its value is: `stream(*): OK` is not `*: OK`."""
    called = peer.count("(*)") > host.count("(*)")
    return peer.count(WILD) == host.count(WILD) and not called


def _fitting(host: str, peers: Sequence[str]) -> list[str]:
    """The others that have words where `host` is wild, and else the same."""
    parts = host.split(WILD)
    likely = [
        peer
        for peer in peers
        if peer.startswith(parts[0]) and peer.endswith(parts[-1]) and peer != host
    ]
    if not likely:
        return []
    return [peer for peer in likely if _fits(peer, parts)]


def _fits(peer: str, parts: Sequence[str]) -> bool:
    """Whether it is these parts in this order, each two with something in the wild place between.

    Each part is taken where it comes first: a place that is filled wrongly is so if it is longer,
    too. So the time grows with the length, which a pattern with many wild places would multiply.
    """
    at = len(parts[0])
    for part in parts[1:-1]:
        begin = peer.find(part, at + 1)
        if begin < 0 or _NO_FILLING.search(peer, at, begin):
            return False
        at = begin + len(part)
    end = len(peer) - len(parts[-1])
    return end > at and not _NO_FILLING.search(peer, at, end)


def fits(template: str, host: str) -> bool:
    """Whether it has words where `host` is wild, and else the same."""
    return bool(_fitting(host, [template]))


def _root(roots: dict[str, str], template: str) -> str:
    seen = {template}
    while (above := roots[template]) not in seen:
        seen.add(above)
        template = above
    return template


# A part that a message has or not, and that holds nothing but a value. Fields at the end, as in
# `, referrer: "*"`, are no such part: who writes them decides message by message which to add.
# Nor is a value that another in brackets follows: `from (*) [*]`.
_OPTIONAL = re.compile(rf" \({re.escape(WILD)}\)(?! \[)")
# The same with a name or in quotes, and advice behind a sentence: only where the message is known
# without it, word by word. One name less, it would be taken for a value of other messages.
_KNOWN_WITHOUT = re.compile(
    rf" \([\w-]{{1,60}}[:=][^()]{{0,120}}{re.escape(WILD)}\)(?! \[)| '{re.escape(WILD)}'"
    r"|(?<=[.!]) [A-Z][^.!?]{1,200}\?$"
)
_EMPTY_CALL = re.compile(r"(?<=\w)\(\)")
_PLURAL = re.compile(rf"(?<={re.escape(WILD)} )((?:[a-z]+ )?[a-z]{{2,}})s\b")
_UNCALLED = re.compile(rf"({re.escape(WILD)}['\"]?)\(\)")
# What ends so lacks the value that others of it end in.
_DANGLING = re.compile(r"(?<!\S)(?:for|from|to|of|by|with|at|in|on|as|\w+:)$")


def join_spellings(templates: Collection[str]) -> dict[str, str]:
    """Each template, or the fullest of those that differ from it in spelling alone.

    That is in the quotes around a value, in one or several of what is counted, or in whether
    something is called with anything; what a value names always is.
    """
    called = {template: _UNCALLED.sub(rf"\1({WILD})", template) for template in templates}
    alike: dict[str, list[str]] = defaultdict(list)
    for template in called.values():
        alike[_spelt(template)].append(template)
    fullest = {spelt: max(same, key=_fullness) for spelt, same in alike.items()}
    return {template: fullest[_spelt(shown)] for template, shown in called.items()}


def _spelt(template: str) -> str:
    singular = _PLURAL.sub(r"\1", template)
    return _EMPTY_CALL.sub(f"({WILD})", singular.replace(f'"{WILD}"', f"'{WILD}'"))


def _fullness(template: str) -> tuple[int, int, str]:
    return template.count(WILD), len(template), template


def drop_optional(templates: Collection[str]) -> dict[str, str]:
    """Each template, or the one that it is without parts that the message may lack."""
    shorter = {template: _without(template, _OPTIONAL) for template in templates}
    known = set(templates)
    ended = {
        template: longer
        for template in templates
        if _DANGLING.search(template) and (longer := f"{template} {WILD}") in known
    }
    fitted = absorb_templates(known.union(*shorter.values())) if any(shorter.values()) else {}
    roots = {template: ended.get(template, template) for template in templates}
    for template, shorts in sorted(shorter.items()):
        hosts = (_host(short, fitted, known) for short in shorts)
        roots[template] = next(filter(None, hosts), roots[template])
    for template in sorted(templates):
        if roots[template] == template:
            lacking = (short for short in _without(template, _KNOWN_WITHOUT) if short in known)
            roots[template] = next(lacking, template)
    return {template: _root(roots, template) for template in templates}


def _host(short: str, fitted: Mapping[str, str], known: set[str]) -> str | None:
    """What a shortened template fits into, unless its last word would be the value there."""
    host = fitted[short]
    return host if host in known and host.endswith(WILD) <= short.endswith(WILD) else None


def _without(template: str, parts: re.Pattern[str]) -> list[str]:
    """The template without one of these parts, for each of them."""
    shorts = [
        template[: part.start()] + template[part.end() :] for part in parts.finditer(template)
    ]
    return [short for short in shorts if len(_WORD.findall(short)) > 1]
