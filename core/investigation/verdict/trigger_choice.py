"""Which change set the leading cause off, if any did.

A change is named where enough speaks for it together: it was made just before the first effect, it
is of the accused service or of one that this depends on, its words are those of the failing lines,
or it is of the sort that brings such a fault.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING

from core.cases.model import Cause, Citation, EvidenceKind
from core.evidence.logs.changes import COMMANDS
from core.investigation.causes.change_kinds import may_bring
from core.investigation.causes.evidence_index import (
    CLOCKS,
    DEPLOY,
    RARELY,
    changes,
    is_everywhere,
    kinds_of_lines_with,
)
from core.investigation.causes.server_kinds import DATABASE
from core.investigation.causes.signature_grounds import cite
from core.investigation.causes.troubles import ServiceHealth
from core.investigation.memory.words import telling_words
from core.investigation.verdict.citations import moment_of
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from core.investigation.causes.evidence_index import Feature
    from core.investigation.causes.service_directory import ServiceDirectory

ENOUGH = 2.2
_FOLLOWS = timedelta(minutes=10)  # an accusing line its first effect, at most
# By how long before the first effect.
_SOON = (
    (timedelta(seconds=15), 1.5),
    (timedelta(seconds=60), 1.2),
    (timedelta(minutes=3), 0.8),
    (timedelta(minutes=10), 0.3),
    (timedelta(minutes=30), 0.0),
)
# What fills up shows later; there it matters less how long before.
_FILLS_UP = frozenset(
    {"out_of_memory", "disk_full", "inodes_exhausted", "file_descriptors_exhausted", "gc_pauses"}
)
_FILLED_WITHIN, _WHILE_IT_FILLS = timedelta(minutes=10), 1.2
# What no release of another service brings about, however near it is.
_MADE_THERE = frozenset({"certificate_expired", "database_read_only", "clock_skew"})
_LAST = 0.5  # nothing else was changed since
_OWN, _NEAR, _NOBODY, _OTHERS = 1.5, 0.7, 0.4, -1.0
_UNRELATED = -0.3  # of somebody else, where nobody tells who calls whom
_SAME_WORDS, _SAME_SORT = 1.0, 0.7
_MINOR, _STARTS = -1.0, timedelta(minutes=1)  # a mere start
_SETTING = 0.7  # two versions of a file, of which nobody knows when it was changed
_DEEDS = frozenset(
    {"batch_started", "cache_flushed", "chat_command", "data_changed_by_hand", *COMMANDS}
)
# What is done to a database, whoever tells it.
_OF_DATABASES = frozenset(
    {"data_changed_by_hand", "ddl_ran", "role_changed", "schema_migrated", "schema_tool_ran"}
)
_SCHEMA_DIFFERS = "schema_mismatch"
_ADMINISTERED = "administered"  # by whoever may: the file that tells it is nobody's own
_RELEASES = frozenset({DEPLOY, "version_changed"})
_FILE = re.compile(r"\(before: (?:[^()]{0,200}/)?(?P<name>[\w.-]{3,80}):\d{1,7}\)")
_OLDER = re.compile(r"\.(?:before|bak|old|orig|prev|\d{6,14})$")
_KEY = re.compile(r"(?P<key>[\w-]{5,80}): .{1,200} → ")
# `orders.rev42`, `orders-v42`, `orders_42`: the file of one revision.
_REVISION = re.compile(
    r"(?P<name>[A-Za-z][\w.-]{2,80}?)[._-](?:rev(?:ision)?|r|v)?[._-]?(?P<number>\d{1,5})"
)
_TELLING = 6  # letters of a name that tells a setting or its file
_EVER = datetime.min.replace(tzinfo=UTC)
_USUAL = frozenset({"service", "svc", "server", "api", "app", "worker", "web", "db", "job"})


@dataclass(frozen=True)
class TriggerChoice:
    """The changes that may have set a cause off, weighed. lines: those that speak for the cause."""

    cause: Cause
    lines: tuple[Citation, ...]
    health: ServiceHealth

    @cached_property
    def likeliest(self) -> tuple[Feature, float] | None:
        """The change with the most weight, and that; None where none has enough."""
        weighed = [(self._weight(change), change) for change in self._before]
        weight, best = max(weighed, key=lambda each: each[0], default=(0.0, None))
        return (best, weight) if best is not None and weight >= ENOUGH else None

    @property
    def best(self) -> Citation | None:
        """The same, as a line."""
        if self.likeliest is None:
            return None
        return cite(self.likeliest[0], 0.0, RedactedText.EMPTY, EvidenceKind.CHANGE)

    def is_of_others(self, change: Feature) -> bool:
        """Whether it is of a service that is not the accused."""
        return self._relation(change) not in {_OWN, _NOBODY}

    def told_when(self, setting: Citation) -> Citation | None:
        """The last record, before the first effect, of a setting whose file does not say when.

        It names the file, or the setting.
        """
        names = _names_of(setting)
        records = [
            change
            for change in self._before
            if not change.is_undated and any(name in change.text.text for name in names)
        ]
        last = max(records, key=lambda change: change.first or _EVER, default=None)
        return replace(setting, text=last.text, locus=last.locus) if last else None

    def released_at(self, setting: Citation) -> datetime | None:
        """When the revision came that a setting's file is of: `orders.rev42.yaml`, by a record.

        It names both: `42  deployed  orders-0.42.0`.
        """
        revision = _REVISION.fullmatch(PurePath(setting.locus.file).stem) if setting.locus else None
        if revision is None:
            return None
        number = re.compile(rf"(?<![\w.-]){revision['number']}(?![\w.-])")
        moments = [
            change.first
            for change in self._before
            if change.first
            and revision["name"] in change.text.text
            and number.search(change.text.text)
        ]
        return max(moments, default=None)

    @property
    def _services(self) -> ServiceDirectory:
        return self.health.field.directory

    @cached_property
    def _before(self) -> tuple[Feature, ...]:
        """What was changed before the first effect, or at a time that nobody tells."""
        return tuple(
            change
            for change in changes(self.health.sightings)
            if change.is_undated or self._is_before(change)
        )

    def _is_before(self, change: Feature) -> bool:
        """What merely started sets off at once what it does."""
        gap = self._gap(change)
        return gap is not None and (change.is_telling or gap <= _STARTS)

    def _gap(self, change: Feature) -> timedelta | None:
        """How long before the first effect; None for what was later, or long before."""
        if self._felt is None or change.first is None:
            return None
        gap = self._felt - change.first
        return max(gap, timedelta()) if -CLOCKS <= gap <= _SOON[-1][0] else None

    def _weight(self, change: Feature) -> float:
        return sum(self._reasons(change))

    def _reasons(self, change: Feature) -> Iterator[float]:
        gap = self._gap(change)
        if gap is None:
            yield _SETTING
        else:
            soon = next(weight for limit, weight in _SOON if gap <= limit)
            fills_up = self.cause.fault in _FILLS_UP and gap <= _FILLED_WITHIN
            yield max(soon, _WHILE_IT_FILLS) if fills_up else soon
            yield _LAST if gap == self._shortest else 0.0
        yield self._relation(change)
        yield _SAME_WORDS if self._has_words(change) else 0.0
        brings = may_bring(change.text.text, self.cause.fault) or (
            self._is_done_there(change) and self.cause.signal == _SCHEMA_DIFFERS
        )
        yield _SAME_SORT if brings else 0.0
        yield _SETTING if not change.is_undated and self._changes_setting(change) else 0.0
        yield 0.0 if change.is_telling else _MINOR

    @cached_property
    def _shortest(self) -> timedelta | None:
        gaps = (self._gap(change) for change in self._before if change.is_telling)
        return min((gap for gap in gaps if gap is not None), default=None)

    def _relation(self, change: Feature) -> float:
        """Whether it is about the accused, about what that depends on, or about somebody else.

        A job or a command works at others than it is called by.
        """
        service = self.cause.service
        named = self._services.keyed_in(change.text.text)
        about = named or frozenset(filter(None, [change.seen_by]))
        if (
            service in about
            or change.seen_by == service
            or is_everywhere(change)
            or (self._is_done_there(change) and not named)
            or (change.is_setting and _shares_words(change, service))
        ):
            return _OWN
        # A release is of whatever it names, known or not.
        is_release = change.signal.name in _RELEASES
        graph = self.health.graph
        near = graph.dependencies(service) | graph.dependants(service) if service else frozenset()
        is_near = bool(about & near) or any(map(self._shares_broker, about))
        if is_near and not (is_release and self.cause.fault in _MADE_THERE):
            return _NEAR
        is_typed = change.signal.name == _ADMINISTERED and self._has_words(change)
        if change.signal.name in _DEEDS or is_typed:
            return _NOBODY
        if not is_release and not about & frozenset(self._services.known):
            return _NOBODY
        return _OTHERS if graph.calls else _UNRELATED

    def _is_done_there(self, change: Feature) -> bool:
        """Whether it is done to a database, and the accused is one."""
        kind = self._services.kind(self.cause.service) if self.cause.service else None
        return change.signal.name in _OF_DATABASES and kind == DATABASE

    def _has_words(self, change: Feature) -> bool:
        """Whether somebody changed something, in rare words of the lines that accuse."""
        return change.is_telling and bool(self._rare & telling_words(change.text.text))

    def _shares_broker(self, other: str) -> bool:
        """Whether the accused may take from a broker what the other leaves there."""
        brokers_of = self._services.brokers_of
        return bool(brokers_of(other) & brokers_of(self.cause.service))

    def _changes_setting(self, change: Feature) -> bool:
        """Whether it says when the file of a setting was changed that two versions tell of."""
        text = change.text.text
        files = (_FILE.search(each.text.text) for each in self._before if each.is_undated)
        return any(match is not None and match["name"] in text for match in files)

    @cached_property
    def _rare(self) -> frozenset[str]:
        """The words of the lines that accuse, which hardly another kind of line has."""
        lines = (line for line in self.lines if line.kind is not EvidenceKind.CHANGE)
        words = frozenset[str]().union(*(telling_words(line.text.text) for line in lines))
        names = frozenset[str]().union(*map(telling_words, self._services.known))
        return frozenset(word for word in words - names if self._kinds_with[word] <= RARELY)

    @cached_property
    def _kinds_with(self) -> Counter[str]:
        return kinds_of_lines_with(telling_words, self.health.situation)

    @cached_property
    def _felt(self) -> datetime | None:
        """When it began: with the first line that accuses, where the first effect was earlier."""
        began = self.health.began
        lines = (line for line in self.lines if line.kind is EvidenceKind.LOG)
        moments = (moment_of(line, self.health.situation) for line in lines)
        accused = min((moment for moment in moments if moment), default=None)
        if began is None or accused is None:
            return began or accused
        return accused if began < accused < began + _FOLLOWS else began


def _shares_words(change: Feature, service: str | None) -> bool:
    return bool(service and _own_words(service) & telling_words(change.text.text))


def _names_of(setting: Citation) -> frozenset[str]:
    """What the file of a changed setting, its version before and the setting itself are called."""
    text = setting.text.text
    before = _FILE.search(text)
    files = [before["name"] if before else "", PurePath(setting.locus.file).name]  # type: ignore[union-attr] # a setting has a place
    stems = (_OLDER.sub("", name) for name in files)
    key = _KEY.search(text)
    names = {*stems, key["key"] if key else ""}
    return frozenset(name for name in names if len(name) >= _TELLING)


def _own_words(service: str) -> frozenset[str]:
    """What a service is called by, without what half of them are called."""
    return telling_words(service) - _USUAL
