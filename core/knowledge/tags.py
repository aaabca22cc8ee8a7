"""The tags that a document has by rules: its service, its alert, and the technologies it is about.

What stands in front of a document between `---` goes first; then what the names in it tell. No
model is asked. A rule's tag has a prefix (`service:`, `alert:`, `tech:`, `owner:`), so that people
see whose it is; what a person takes off stays off.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.knowledge.formats.blocks import front_matter
from core.knowledge.names import known_in, names_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

TECHNOLOGIES = Path(__file__).parent / "technologies.toml"
SERVICE, ALERT, TECHNOLOGY, OWNER = "service:", "alert:", "tech:", "owner:"
MOST_BY_RULES = 12
_MOST_OF_A_SORT = 5
TAG = re.compile(r"[\w][\w.:/-]{0,49}")
_FRONT_FIELD = re.compile(
    r"^(tags|services?|alerts?|owners?):[ \t]*(.*(?:\n[ \t]*- .*)*)$", re.MULTILINE
)
_WORD = re.compile(r"[\w][\w.:/-]*")
_ALERT_NAME = re.compile(r"(?:[A-Z][a-z0-9]+){2,}")  # as rules are named: `PostgresReplicaLagging`
_PREFIXES = {"tag": "", "service": SERVICE, "alert": ALERT, "owner": OWNER}


@dataclass(frozen=True, kw_only=True)
class KnownNames:
    """What the cases of an installation tell: names of services and of alerts."""

    services: frozenset[str] = frozenset()
    alerts: frozenset[str] = frozenset()


def tags_by_rules(name: str, text: str, known: KnownNames) -> tuple[str, ...]:
    """In lower case, each once, the surest first; what is no tag is left out.

    name: its source, title and first heading.
    """
    names = names_in(f"{name}\n{text}")
    tags = [
        *_in_front(text),
        *_some(ALERT, _ALERT_NAME.findall(name)),
        *_some(ALERT, known_in(names, known.alerts)),
        *_some(SERVICE, known_in(names, known.services)),
        *_some(TECHNOLOGY, _technologies_in(names)),
    ]
    folded = dict.fromkeys(tag.lower() for tag in tags)
    return tuple(tag for tag in folded if TAG.fullmatch(tag))[:MOST_BY_RULES]


def is_by_rules(tag: str) -> bool:
    """Whether it has the prefix of a rule's tag; a person may add one with it, too."""
    return tag.startswith((SERVICE, ALERT, TECHNOLOGY, OWNER))


def _some(prefix: str, names: Iterable[str]) -> list[str]:
    return [f"{prefix}{name}" for name in names][:_MOST_OF_A_SORT]


def _in_front(text: str) -> Iterator[str]:
    """Of `tags: [a, b]`, `service: checkout` and the like, also as a list below."""
    for field in _FRONT_FIELD.finditer(front_matter(text)):
        prefix = _PREFIXES[field[1].removesuffix("s")]
        yield from (f"{prefix}{name}" for name in _WORD.findall(field[2]))


def _technologies_in(names: frozenset[str]) -> list[str]:
    """Those with a word of theirs among the names, in alphabetical order."""
    return [name for name, words in _technologies().items() if words & names]


@cache
def _technologies() -> Mapping[str, frozenset[str]]:
    table = tomllib.loads(TECHNOLOGIES.read_text(encoding="utf-8"))
    return {name: frozenset(words) for name, words in sorted(table.items())}
