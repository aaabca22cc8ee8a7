"""What should stand in a policy file where a mistake stands?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from yaml.nodes import MappingNode, ScalarNode

from core.alerts.alert_titles import SEVERITIES
from core.alerts.channel_names import PLATFORMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yaml import MarkedYAMLError
    from yaml.nodes import Node

    from core.alerts.routing import Matcher

# What Alertmanager calls it, or what one would.
MEANT = {
    "default": "otherwise",
    "route": "routes",
    "matchers": "match",
    "match_re": "match",
    "receiver": "to",
    "room": "place",
}
# What Alertmanager has and we do not, and what does the same here.
FOREIGN = {"continue": "The first route that fits takes the case: list all its channels in to."}
NULL = "tag:yaml.org,2002:null"
EXAMPLE = '{slack: "#incidents"}'
# To YAML a `#` after a blank begins a comment, which may swallow a brace as well.
_SWALLOWED = re.compile(rf"[^#]*(?:{'|'.join(PLATFORMS)}):[ \t]+#")


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """What is wrong in a line, counted from 1, and what to write instead."""

    line: int
    says: str
    instead: str


def of_yaml(error: MarkedYAMLError, text: str) -> Mistake:
    """Why a text is no YAML.

    A channel without quotes is a mistake in its own line; YAML stumbles over what stands after it.
    """
    line = error.problem_mark.line + 1 if error.problem_mark else 1
    before = enumerate(text.splitlines()[:line], start=1)
    swallowed = [number for number, one in before if _SWALLOWED.match(one)]
    if swallowed:
        says = "without quotes a # begins a comment"
        return Mistake(line=swallowed[-1], says=says, instead=f"Write {EXAMPLE}.")
    # Some of its messages are the second half of a sentence.
    first = f"{error.context}, " if str(error.problem).startswith("but ") else ""
    says = f"no YAML: {first}{error.problem}"
    return Mistake(line=line, says=says, instead="Check quotes and indentation.")


def meant_key(word: str, known: Sequence[str]) -> str | None:
    """The key that was probably meant."""
    if MEANT.get(word) in known:
        return MEANT[word]
    return next(iter(get_close_matches(word, known, n=1)), None)


def key_advice(word: str, known: Sequence[str]) -> str:
    """What to write in place of a key that there is not."""
    if word in FOREIGN:
        return FOREIGN[word]
    meant = meant_key(word, known)
    return f"Did you mean {meant}?" if meant else f"There are {', '.join(known)}."


def matcher_advice(node: Node) -> str:
    """`match: {severity: critical}` is Alertmanager's old way; `{a="b"}` is a mapping to YAML."""
    if isinstance(node, MappingNode) and node.value:
        key, value = node.value[0]
        if isinstance(value, ScalarNode) and value.tag != NULL:
            return f'Write {key.value}="{value.value}".'
        return "Leave the braces out, or put the whole line in single quotes."
    return 'Write one, as in severity="critical", or leave match out to take every case.'


def scale_advice(matcher: Matcher, scale: Sequence[str]) -> str:
    """What to write where a matcher fits none of the few values that there are, or all of them."""
    ours = SEVERITIES.get(matcher.value.lower()) if matcher.label == "severity" else None
    if ours is not None:
        return f'Write "{ours}": that is what {matcher.value} counts as.'
    return f"There are {', '.join(scale)}."
