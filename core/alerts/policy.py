"""Reads a policy file: YAML to routes; every mistake with its line and what to write instead."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

import yaml
from yaml import MarkedYAMLError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from core.alerts.model import SEVERITIES
from core.alerts.routing import (
    PLATFORMS,
    SCALES,
    Matcher,
    Policy,
    Route,
    channel_advice,
    find_contradiction,
    find_covering_route,
    is_channel,
    read_matchers,
    takes_every_case,
)
from core.errors import WrongUsage
from core.places import CaseRoom, Destination

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FILE_KEYS = ("routes", "otherwise")
ROUTE_KEYS = ("name", "match", "to")
DESTINATION_KEYS = (*PLATFORMS, "place")


def parse_policy(
    text: str, *, name: str, room: CaseRoom = CaseRoom.THREAD, otherwise: Sequence[Destination] = ()
) -> Policy:
    """The policy that a file states. Raises WrongUsage with all of its mistakes, one a line.

    name: of the file. room: what a case gets where the file does not say.
    otherwise: where a case opens that no route takes, where the file does not say.
    """
    policy, mistakes = examine_policy(text, room=room, otherwise=otherwise)
    if mistakes:
        message = "\n".join(
            f"{name}:{mistake.line}: {mistake.says}. {mistake.instead}" for mistake in mistakes
        )
        raise WrongUsage(message, next_step="Then try it: faultmaven routes test < alert.json")
    return policy


def examine_policy(
    text: str, *, room: CaseRoom = CaseRoom.THREAD, otherwise: Sequence[Destination] = ()
) -> tuple[Policy, list[Mistake]]:
    """Read what can be understood of a policy file, and its mistakes in the order of its lines."""
    reading = _Reading(room=room)
    policy = reading.policy(text, otherwise=tuple(otherwise))
    return policy, sorted(reading.mistakes, key=lambda mistake: mistake.line)


@dataclass
class _Reading:
    """One pass over a file. What cannot be understood is noted and left out."""

    room: CaseRoom
    mistakes: list[Mistake] = field(default_factory=list)
    understood: list[Route] = field(default_factory=list)  # those whose matchers are all right

    def policy(self, text: str, *, otherwise: tuple[Destination, ...]) -> Policy:
        root = self._compose(text)
        if root is None:
            return Policy(otherwise=otherwise)
        keys = self._fields(root, FILE_KEYS, "the file")
        routes = list(self._routes(keys["routes"])) if "routes" in keys else []
        if "otherwise" in keys:
            otherwise = tuple(self._destinations(keys["otherwise"]))
        return Policy(routes=tuple(routes), otherwise=otherwise)

    def _compose(self, text: str) -> Node | None:
        """The document, still with its lines; None where it is no YAML, or empty."""
        try:
            root: Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            self.mistakes.append(yaml_mistake(error, text))
        except yaml.reader.ReaderError:
            self._note(1, "it holds characters that YAML does not allow", "Save it as UTF-8.")
        except RecursionError:
            self._note(1, "nested too deeply", "Write routes, as in docs/how-to/routing.md.")
        else:
            if root is not None:
                return root
            self._note(1, "it is empty", f"Write routes, or at least otherwise: {EXAMPLE}.")
        return None

    def _routes(self, node: Node) -> Iterator[Route]:
        if not isinstance(node, SequenceNode):
            self._fault(node, "routes is no list", "Begin each route with a dash: - name: …")
            return
        before: list[Route] = []
        for child in node.value:
            route = self._route(child, before)
            if route is not None:
                before.append(route)
                yield route

    def _route(self, node: Node, before: Sequence[Route]) -> Route | None:
        keys = self._fields(node, ROUTE_KEYS, "a route")
        if not keys:
            return None
        mistakes = len(self.mistakes)
        matchers = tuple(self._matchers(keys["match"])) if "match" in keys else ()
        is_understood = len(self.mistakes) == mistakes
        route = Route(
            name=self._name(node, keys.get("name"), before),
            line=_line(node),
            matchers=matchers,
            destinations=tuple(self._destinations(keys["to"])) if "to" in keys else (),
        )
        if "to" not in keys:
            self._fault(node, "the route has no to", f"Add to: {EXAMPLE}, or to: [] for no chat.")
        if is_understood:
            self._check_reach(node, route)
        # One whose matchers are all faulty takes nothing, rather than everything.
        return route if route.matchers or "match" not in keys else None

    def _check_reach(self, node: Node, route: Route) -> None:
        """Report a route that can take no case at all."""
        if pair := find_contradiction(route.matchers):
            self._fault(node, f"{pair[0]} and {pair[1]} never fit together", "Keep one of them.")
            return
        wider = find_covering_route(route, self.understood)
        self.understood.append(route)
        if wider is None:
            return
        if takes_every_case(wider):
            says, instead = "takes every case", f"Move {wider.name} to the end, or give it a match."
        else:
            says = "takes every case that fits it"
            instead = f"Move it above {wider.name}, or take it out."
        self._fault(node, f"never tried: {wider.name} in line {wider.line} {says}", instead)

    def _name(self, route: Node, node: Node | None, before: Sequence[Route]) -> str:
        name = "" if node is None else self._word(node)
        if not name:
            self._fault(node or route, "the route has no name", "Add name: and a word or two.")
        elif same := next((matcher for matcher in before if matcher.name == name), None):
            says = f"{name} is the name of the route in line {same.line} already"
            self._fault(node or route, says, "Name this one differently.")
        return name or f"line {_line(route)}"

    def _matchers(self, node: Node) -> Iterator[Matcher]:
        for child in node.value if isinstance(node, SequenceNode) else [node]:
            if not isinstance(child, ScalarNode) or child.tag == NULL:
                self._fault(child, "no matcher", matcher_advice(child))
                continue
            try:
                matchers = read_matchers(child.value)
            except WrongUsage as error:
                self._fault(child, str(error), error.next_step)
                continue
            for matcher in matchers:
                self._check_scale(child, matcher)
                yield matcher
        if isinstance(node, SequenceNode) and not node.value:
            self._fault(
                node, "match is empty", "Leave match out for a route that takes every case."
            )

    def _check_scale(self, node: Node, matcher: Matcher) -> None:
        scale = SCALES.get(matcher.label)
        if scale is None:
            return
        fitting = [value for value in scale if matcher.fits({matcher.label: value})]
        if len(fitting) == (len(scale) if matcher.negates else 0):
            how = "keeps nothing out" if matcher.negates else "fits no case"
            self._fault(node, f"{matcher} {how}", scale_advice(matcher, scale))

    def _destinations(self, node: Node) -> Iterator[Destination]:
        seen = set[tuple[str, str]]()
        for child in node.value if isinstance(node, SequenceNode) else [node]:
            keys = self._fields(child, DESTINATION_KEYS, "a destination")
            room = self._room(keys["place"]) if "place" in keys else self.room
            chats = [(platform, keys[platform]) for platform in PLATFORMS if platform in keys]
            if keys and not chats:
                self._fault(child, "no platform", f"Write slack: or discord:, as in {EXAMPLE}.")
            for platform, channel in chats:
                destination = self._destination(platform, channel, room)
                if destination is not None and (platform, destination.channel) in seen:
                    self._fault(channel, "named twice", "Name each channel once.")
                elif destination is not None:
                    seen.add((platform, destination.channel))
                    yield destination

    def _destination(self, platform: str, node: Node, room: CaseRoom) -> Destination | None:
        channel = self._word(node)
        if is_channel(platform, channel):
            return Destination(platform=platform, channel=channel, room=room)
        if node.tag == NULL:
            says = f"{platform} has no channel; without quotes a # begins a comment"
        else:
            says = f"{channel or 'this'} is no channel of {platform}"
        self._fault(node, says, channel_advice(platform))
        return None

    def _room(self, node: Node) -> CaseRoom:
        word = self._word(node)
        if word in set(CaseRoom):
            return CaseRoom(word)
        self._fault(node, f"{word or 'this'} is no place", f"Write {' or '.join(CaseRoom)}.")
        return self.room

    def _fields(self, node: Node, known: Sequence[str], what: str) -> dict[str, Node]:
        """The values of a mapping by their keys; none where it is no mapping."""
        if not isinstance(node, MappingNode) or not node.value:
            keys = ", ".join(f"{key}:" for key in known)
            self._fault(node, f"{what} is made of {keys}", "Indent them below it, one a line.")
            return {}
        fields: dict[str, Node] = {}
        misspelt: dict[str, Node] = {}
        for key, value in node.value:
            word = self._word(key)
            if word in fields:
                self._fault(key, f"{word} is there twice", "Keep one of them.")
            elif word in known:
                fields[word] = value
            else:
                meant = meant_key(word, known)
                advice = key_advice(word, known)
                self._fault(key, f"{word or 'this'} is no key of {what}", advice)
                misspelt |= {meant: value} if meant else {}
        return {**misspelt, **fields}  # what is below a misspelt key is looked at all the same

    def _word(self, node: Node) -> str:
        """Return a value as it is written: `0123` stays what it is. Empty for a list."""
        return node.value.strip() if isinstance(node, ScalarNode) else ""

    def _fault(self, node: Node, says: str, instead: str) -> None:
        self._note(_line(node), says, instead)

    def _note(self, line: int, says: str, instead: str) -> None:
        self.mistakes.append(Mistake(line=line, says=says, instead=instead))


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


# What Alertmanager calls it, or what one would.
KEY_ALIASES = {
    "default": "otherwise",
    "route": "routes",
    "matchers": "match",
    "match_re": "match",
    "receiver": "to",
    "room": "place",
}
# What Alertmanager has and we do not, and what does the same here.
ALERTMANAGER_KEYS = {
    "continue": "The first route that fits takes the case: list all its channels in to."
}
NULL = "tag:yaml.org,2002:null"
EXAMPLE = '{slack: "#incidents"}'
# To YAML a `#` after a blank begins a comment, which may swallow a brace as well.
_SWALLOWED = re.compile(rf"[^#]*(?:{'|'.join(PLATFORMS)}):[ \t]+#")


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A mistake in a line, counted from 1, and what to write instead."""

    line: int
    says: str
    instead: str


def yaml_mistake(error: MarkedYAMLError, text: str) -> Mistake:
    """Describe why a text is no YAML.

    A channel without quotes is a mistake in its own line; YAML stumbles over what stands after it.
    """
    line = error.problem_mark.line + 1 if error.problem_mark else 1
    before = enumerate(text.splitlines()[:line], start=1)
    swallowed = [number for number, line_text in before if _SWALLOWED.match(line_text)]
    if swallowed:
        says = "without quotes a # begins a comment"
        return Mistake(line=swallowed[-1], says=says, instead=f"Write {EXAMPLE}.")
    # Some of its messages are the second half of a sentence.
    first = f"{error.context}, " if str(error.problem).startswith("but ") else ""
    says = f"no YAML: {first}{error.problem}"
    return Mistake(line=line, says=says, instead="Check quotes and indentation.")


def meant_key(word: str, known: Sequence[str]) -> str | None:
    """The key that was probably meant."""
    if KEY_ALIASES.get(word) in known:
        return KEY_ALIASES[word]
    return next(iter(get_close_matches(word, known, n=1)), None)


def key_advice(word: str, known: Sequence[str]) -> str:
    """Return what to write in place of an unknown key."""
    if word in ALERTMANAGER_KEYS:
        return ALERTMANAGER_KEYS[word]
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
