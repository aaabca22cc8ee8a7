"""What differs between two versions of one object, without what means the same or was generated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.evidence.configuration.amounts import (
    amount,
    is_generated,
    is_same,
    is_switched,
    moved_part,
    times_more,
)
from core.evidence.configuration.digests import SettingDifference, SettingPlace
from core.evidence.configuration.replacements import (
    list_of,
    renamed_blocks,
    replaced_members,
    told_apart,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.evidence.configuration.digests import StoredSettings

# Of what only tools write.
_GENERATED_NAME = re.compile(
    r"(?i)(?:^|[._\-/\[])(?:resource-?version|observed-?generation|creation-?timestamp"
    r"|(?:build|generated|rendered|deployed|updated|modified|created|synced|applied)"
    r"[_-]?(?:at|on|by|date|time|id|number|timestamp)|last[_-]?(?:updated|modified|applied|synced|run)"
    r"|restarted-?at|git[_-]?(?:sha|commit|rev(?:ision)?)|lineage|trace[_-]?id|request[_-]?id"
    r"|(?:helm\.sh/)?chart|managed[_-]?by)\]?$"
)
# Of what tools write, and people too: `ip_hash`, `enable.auto.commit`, `etag off`.
_OFTEN_GENERATED_NAME = re.compile(
    r"(?i)(?:^|[._\-/\[])(?:uid|checksum|[\w-]{0,30}hash|etag|timestamp|nonce|commit|fingerprint"
    r"|(?P<counter>revision|serial|build))\]?$"
)
# Of a container that runs, as Docker inspects it: not how it was set up.
_OF_RUN = re.compile(
    r"(?:^|[.\]])(?:NetworkSettings|State|GraphDriver)(?:[.\[]|$)"
    r"|(?:ResolvConfPath|HostnamePath|HostsPath|LogPath|RestartCount)$"
)
_ID = re.compile(r"(?:^|[.\]])id$")
_MADE_UP = re.compile(r"[a-z]{1,12}-[\da-f]{8,17}")  # of a cloud: `sg-0a1b2c3d`
_WORD = re.compile(r"[A-Za-z]+(?:[_-][A-Za-z]+)*")
_LEAST_GENERATED = 100_000  # of a plain number: nobody sets a thread count that large
# All that is within these is for people and for selectors of people.
_PASSIVE_BRANCH = re.compile(
    r"(?i)(?:^|[.\[/])(?:labels?|tags|maintainers?|owners?|teams?|authors?|contacts?|descriptions?"
    r"|devdependencies)(?:[.\[]|$)"
)
_ANNOTATION = re.compile(
    r"(?i)(?:^|[.\[])(?:pod|common|service)?annotations?[.\[](?P<name>.{1,400})$"
)
_PASSIVE_NAME = re.compile(
    r"(?i)(?:^|[._\-/\[$@])(?:labels?|annotations?|description|comment|owner|team|maintainers?|title"
    r"|doc(?:s|umentation)?|contact|colou?r|dashboard|tags?|summary|note|email|slack|cost[_-]?cent(?:er|re)|(?:server|site)?[_-]?admin|e?mail[_-]?to|mailto"
    r"|display[_-]?name|home ?page|license|author|locale|theme|banner|motd|legend|icon"
    r"|(?:support|help|docs?|wiki|runbook|status)[_-](?:link|url|page))"
    r"(?:[_-](?:name|id|text|url|link))?\]?(?:#\d{1,6})?$"
)
_OPERATIVE = re.compile(
    r"(?i)time-?_?out|deadline|pool|max|min|limit|request|memory|cpu|replica|retr(?:y|ies)|backoff"
    r"|host|url|uri|endpoint|addr|(?<!sup)(?<!re)(?<!im)(?<!ex)port|upstream|receiver|route|proxy|server|database|dsn|enable|feature|flag|ttl"
    r"|cache|thread|worker|concurren|queue|batch|heap|xmx|tls|ssl|verify|cert|auth|rate|breaker|probe"
    r"|strategy|image|command|args|selector|interval|size|capacity|threshold|window|buffer|connect"
    r"|keep-?_?alive|expir|mode|algorithm|level|partition|isolation|schedule|weight|quota|shard"
)
_IMAGE = re.compile(
    r"(?P<name>[\w.-]+(?::\d+)?(?:/[\w.-]+)*)(?::(?P<tag>[\w.-]+))?(?:@sha256:[\da-f]+)?"
)
# How many times more or less than before, and what that weighs.
_NUDGE = 1.5
_GROWN = ((_NUDGE, 0.0), (2.5, 0.5), (10.0, 1.5), (100.0, 2.0))
_GROWN_MOST = 3.0
_RELEASE_WEIGHT = 1.5
_TOLD_RELEASE = 0.2
# Of how a thing is watched, and of how it ends: it runs as before.
_WATCHING = re.compile(
    r"(?i)otel|sentry|tracing|traces?[._-]?sampl|sampler|telemetry|metrics?(?=[._-]|$)"
    r"|(?:^|[.\[])log(?:s|ger|ging|4j)(?=[._-])|log[._-]?(?:level|format|min_duration)|serilog"
    r"|root\.level$|(?:^|[.\[])loggers?[.\[]|(?:custom|error|access|general|slow(?:_query)?)_?log"
    r"|minimumlevel|logrotate|(?:^|[.\[])rotate$|leak-?detection|terminationgraceperiod|(?:revision|jobs?)-?history-?limit|purge-?interval|types_hash|server_tokens"
)
_FLOOD = re.compile(r"(?i)(?:debug|trace|verbose|finest?|all)\W*")  # levels that tell everything
_OF_FLOOD = -0.3
_ADDRESS = re.compile(
    r"(?i)(?:host(?:name)?|port|url|uri|endpoint|addr(?:ess)?|upstream|node|server|backend|origin|broker|dsn)"
    r"s?(?:[._\-\[]?\d{0,3}\]?)?$"
)
_MANNER = re.compile(r"(?i)mode|strategy|policy|handling|algorithm|isolation|level|semantics")
_RELEASE_PATH = re.compile(r"(?i)(?:^|[._\-\[])(?:release|app_?version|version|build|tag)\]?$")
_RELEASE_WITHIN = re.compile(
    r"(?<![\w.])v?\d{1,4}\.\d{1,5}\.\d{1,5}(?:[-+]\w[\w.]{0,19})?(?![\w.])"
)
_RELEASE_VALUE = re.compile(r"v?\d{1,4}(?:\.\d{1,5}){1,3}(?:[-+.]\w{1,20})?")
_ABSENT = ""


def differences(older: StoredSettings, newer: StoredSettings) -> list[SettingDifference]:
    """All that differ, in the order of the newer version; what was removed comes last."""
    changes = list(_changed(older, newer))
    if older.is_live != newer.is_live:  # a cluster fills in what the manifest leaves open
        changes = [change for change in changes if None not in (change.old, change.new)]
    return [change for change in _joined(changes, older, newer) if not is_noise(change)]


def _changed(older: StoredSettings, newer: StoredSettings) -> Iterator[SettingDifference]:
    for path, (place, value) in newer.settings.items():
        before = older.settings.get(path)
        if before is None:
            yield _difference(path, None, value, _near(older, path), place)
        elif not is_same(before[1], value):
            yield _difference(path, before[1], value, before[0], place)
    for path, (place, value) in older.settings.items():
        if path not in newer.settings:
            yield _difference(path, value, None, place, _near(newer, path))


def _near(version: StoredSettings, path: str) -> SettingPlace:
    """The first line of what the setting would be within; of the file where that is missing."""
    parent = path
    while parent:
        cut = max(parent.rfind("."), parent.rfind("["))
        parent = parent[:cut] if cut > 0 else ""
        places = [
            place
            for other, (place, _) in version.settings.items()
            if parent and other.startswith(parent)
        ]
        if places:
            return min(places, key=lambda place: place.line)
    return SettingPlace(1)


def _joined(
    changes: Sequence[SettingDifference], older: StoredSettings, newer: StoredSettings
) -> Iterator[SettingDifference]:
    """A block, or a member of a list, that went and the one that came for it are one change."""
    blocks = list(renamed_blocks(changes, older.settings, newer.settings))
    known = {each.path for block in blocks for each in (*block.gone, *block.come)}
    for block in blocks:
        places = block.gone[0].old_place, block.come[0].new_place
        yield _difference(block.path, block.old, block.new, *places)
    left = [change for change in changes if change.path not in known]
    before = replaced_members(left)
    replaced = {change.path for change in before.values()}
    for change in left:
        if gone := before.get(change.path):
            old, new = told_apart(gone, change)
            yield _difference(list_of(change.path), old, new, gone.old_place, change.new_place)
        elif change.path not in replaced:
            yield change


def _difference(
    path: str, old: str | None, new: str | None, old_place: SettingPlace, new_place: SettingPlace
) -> SettingDifference:
    weight = weigh(path, old or _ABSENT, new or _ABSENT)
    return SettingDifference(
        path=path, old=old, new=new, old_place=old_place, new_place=new_place, weight=weight
    )


def is_noise(change: SettingDifference) -> bool:
    """Whether it is of what tools generate."""
    if _IMAGE_TAG.search(change.path):  # may be a digest of its commit
        return False
    values = [value for value in (change.old, change.new) if value]
    if _OF_RUN.search(change.path):
        return True
    if all(map(is_generated, values)) or _GENERATED_NAME.search(change.path):
        return True
    if _ID.search(change.path) and all(map(_MADE_UP.fullmatch, values)):
        return True
    name = _OFTEN_GENERATED_NAME.search(change.path)
    if name is None:
        return False
    return not any(_is_set_by_hand(value, is_counter=bool(name["counter"])) for value in values)


def _is_set_by_hand(value: str, *, is_counter: bool) -> bool:
    """Whether a value is none that a tool makes up: a word, an amount, a small number.

    is_counter: whether tools count by the setting, so that a plain number tells nothing.
    """
    if _WORD.fullmatch(value):
        return True
    counted = amount(value)
    if counted is None:
        return False
    unit, number = counted
    return bool(unit) or (not is_counter and abs(number) < _LEAST_GENERATED)


_IMAGE_PATH = re.compile(r"(?i)(?:^|[.\[_])image\]?$")
_IMAGE_TAG = re.compile(r"(?i)image\]?[._-]?tag\]?$")  # of Helm values: the release that runs


def weigh(path: str, old: str, new: str) -> float:
    """How likely a change of this setting matters to how something runs."""
    if _IMAGE_PATH.search(path):
        return _image_weight(old, new)
    if _IMAGE_TAG.search(path):
        return _RELEASE_WEIGHT
    if is_for_people(path):
        return (1.5 if _OPERATIVE.search(path) else 0.5) - 2.5
    # What else that release changed is told apart from it.
    if tells_release(path, new) or is_another_release(old, new):
        return _TOLD_RELEASE
    around, old, new = moved_part(old, new)
    weight = 1.5 if _OPERATIVE.search(f"{path} {around}") else 0.5
    return weight + _worth(path, old, new, around=around)


def _worth(path: str, old: str, new: str, *, around: str) -> float:
    """What is added for what a setting is about, and how far its value moved."""
    if _WATCHING.search(path) or _WATCHING.search(around):
        return _OF_FLOOD if _FLOOD.fullmatch(new) and not _FLOOD.fullmatch(old) else -1.0
    if old and new and _ADDRESS.search(path):
        return 1.5
    grown = times_more(old, new)
    if grown is not None:
        more = (worth for limit, worth in _GROWN if grown < limit)
        return next(more, _GROWN_MOST)
    if is_switched(old, new) or (old and new and _MANNER.search(path)):
        return 1.0
    return 0.5 if old and new else 0.0


def is_nudge(path: str, old: str, new: str) -> bool:
    """Whether a value moved by less than half, or only tells which release runs."""
    grown = times_more(old, new)
    return tells_release(path, new) or (grown is not None and grown < _NUDGE)


def tells_release(path: str, value: str) -> bool:
    """Whether a setting only tells which release runs: `RELEASE=5.6.9`."""
    return bool(_RELEASE_PATH.search(path) and _RELEASE_VALUE.fullmatch(value))


def is_another_release(old: str, new: str) -> bool:
    """Whether two lines differ in releases alone: `deploy --tag 1.13.1` and `1.14.0`."""
    parts = _RELEASE_WITHIN.split(old), _RELEASE_WITHIN.split(new)
    return old != new and parts[0] == parts[1] and len(parts[0]) > 1


def is_for_people(path: str) -> bool:
    """Whether a setting only describes: a label, a note, an owner.

    An annotation may be a setting of what reads it: `nginx.ingress.../proxy-read-timeout`.
    """
    if annotation := _ANNOTATION.search(path):
        name = annotation["name"].rpartition("/")[2]
        return bool(_PASSIVE_NAME.search(name)) or not _OPERATIVE.search(name)
    return bool(_PASSIVE_BRANCH.search(path) or _PASSIVE_NAME.search(path))


def _image_weight(old: str, new: str) -> float:
    """Another tag is a release; another digest of the same tag is a new build of it."""
    one, other = _IMAGE.fullmatch(old), _IMAGE.fullmatch(new)
    if one and other and (one["name"], one["tag"]) == (other["name"], other["tag"]):
        return 0.0
    return _RELEASE_WEIGHT
