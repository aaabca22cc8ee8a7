"""Which templates are another one with words where that is wild?"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from core.evidence.logs.masks import WILD

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_FILLING = "(?:[^\\s:]|:(?!:?[A-Za-z_]{3}))+"  # a wild place, but not the words that name it
_WORD = re.compile("[A-Za-z]{2,}")
_MAX_PEERS = 300  # templates of one length that are compared with each other
_ITEM = r"[^\s,;:|()\[\]{}<>=\"']{1,80}"
_SEVERAL = re.compile(
    rf"\[{_ITEM}(?:, ?{_ITEM}){{0,60}}+\]|(?<!\S){_ITEM}(?:, ?{_ITEM}){{1,60}}+(?!\S)"
    r"|(?<=[\s(=])(?:\"[^\"]{1,300}\"|'[^']{1,300}')"
)


def absorbed(templates: Collection[str]) -> dict[str, str]:
    """Each template, or the one whose wild places it fits into.

    A list or what is quoted fits into one place, of however many words it is.
    """
    shorter = {template: _SEVERAL.sub(_shortened, template) for template in templates}
    known = set(templates)
    found = _fitted(known, known | set(shorter.values()))
    roots = {template: _root(found, template) for template in found}
    return {
        template: roots[short] if roots[short] in known else roots[template]
        for template, short in shorter.items()
    }


def _shortened(several: re.Match[str]) -> str:
    text = several[0]
    return f"{text[0]}{WILD}{text[-1]}" if text[0] in "\"'" else WILD


def _fitted(hosts: set[str], templates: set[str]) -> dict[str, str]:
    """Which of the hosts each template fits into, or itself."""
    lengths: dict[int, list[str]] = defaultdict(list)
    for template in sorted(templates):
        lengths[template.count(" ")].append(template)
    found = {template: template for template in templates}
    for peers in lengths.values():
        wild = [one for one in peers if WILD in one and one in hosts]
        telling = [one for one in wild if len(_WORD.findall(one)) > 1]
        for host in telling[:_MAX_PEERS]:
            for peer in _fitting(host, peers[:_MAX_PEERS]):
                if found[peer] == peer:
                    found[peer] = host
    return found


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
    fits = re.compile(_FILLING.join(map(re.escape, parts)))
    return [peer for peer in likely if fits.fullmatch(peer)]


def _root(found: dict[str, str], template: str) -> str:
    seen = {template}
    while (above := found[template]) not in seen:
        seen.add(above)
        template = above
    return template
