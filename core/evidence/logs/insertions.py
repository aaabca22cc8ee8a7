"""Parts that several messages have or lack: `job *`, `job * at *`; `end of *`, `end of * at *`.

They belong to a value: who prints it leaves out what it has not got. So does a tag at the end,
`entering [night]`, to where the line was printed. A part that one message alone has or lacks makes
another message of it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from core.evidence.logs.levels import guess_level
from core.evidence.logs.notations import WILD
from core.evidence.logs.template_variants import fits
from core.evidence.model import Level

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    _Kind = tuple[int, str]  # blanks in it, and its first word

_LEAST = 3  # messages with and without the part
_MOST_TEMPLATES = 300
_MOST_HOSTS = 30  # templates of one length and first word
_MOST_TOKENS = 30  # of a template
_LONGEST = 4  # tokens of a part
_TOKEN = re.compile(r"\s*(?:[\w*.-]*[\w*]|[^\w\s*])")
_TAG = re.compile(r" [\[(][\w-]+[\])]")
_WORD = re.compile("[A-Za-z]{2,}")
_TELLING = re.compile(r"(?i)\b(?:not?|non|already|never|\w+ed|\w+ing)\b")


class _Lacking(NamedTuple):
    """What a template is without a part: `host` is the template that this is, or fits into."""

    part: str
    host: str


def drop_insertions(templates: Collection[str]) -> dict[str, str]:
    """Each template, or the one that it is without such parts."""
    if len(templates) > _MOST_TEMPLATES:
        return {template: template for template in templates}
    hosts: dict[_Kind, list[str]] = defaultdict(list)
    for template in sorted(templates):
        kind = _kind(template)
        if _WORD.search(template) and len(hosts[kind]) < _MOST_HOSTS:
            hosts[kind].append(template)
    known = set(templates)
    lacking = {template: list(_lacking(template, hosts, known)) for template in sorted(templates)}
    messages: dict[str, set[str]] = defaultdict(set)
    for shorter in lacking.values():
        for lacks in shorter:
            messages[lacks.part].add(lacks.host)
    optional = {
        part for part, alike in messages.items() if len(alike) >= _LEAST and _is_value(part)
    }
    bare = {
        template: next((lacks.host for lacks in shorter if lacks.part in optional), template)
        for template, shorter in lacking.items()
    }
    return {template: _barest(template, bare) for template in templates}


def _kind(template: str) -> _Kind:
    return template.count(" "), template.partition(" ")[0]


def _lacking(
    template: str, hosts: Mapping[_Kind, list[str]], known: set[str]
) -> Iterator[_Lacking]:
    ends = [0]
    for token in _TOKEN.finditer(template):
        ends.append(token.end())
        if len(ends) > _MOST_TOKENS:
            return
    for length in range(1, _LONGEST + 1):
        for start, end in zip(ends, ends[length:], strict=False):
            if _belongs(template, start, end):
                rest = (template[:start] + template[end:]).lstrip()
                host = _host(rest, hosts, known)
                if host is not None and host != template:
                    yield _Lacking(template[start:end].strip(), host)


def _belongs(template: str, start: int, end: int) -> bool:
    """Whether the part follows a value, is one that the template begins with, or a last tag."""
    if end == len(template) and _TAG.fullmatch(template, start):
        return True
    return template.endswith(WILD, 0, start) if start else WILD in template[:end]


def _host(rest: str, hosts: Mapping[_Kind, list[str]], known: set[str]) -> str | None:
    """The template that this is, or that it fits into."""
    if not _WORD.search(rest):
        return None
    if rest in known:
        return rest
    length, first = _kind(rest)
    likely = chain(hosts.get((length, first), ()), hosts.get((length, WILD), ()))
    return next((host for host in likely if fits(rest, host)), None)


def _is_value(part: str) -> bool:
    return not _TELLING.search(part) and guess_level(part) is Level.INFO


def _barest(template: str, bare: Mapping[str, str]) -> str:
    seen = {template}
    while (shorter := bare[template]) not in seen:
        seen.add(shorter)
        template = shorter
    return template
