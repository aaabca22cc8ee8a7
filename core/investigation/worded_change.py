"""A recorded change in words: what was changed, from what to what, and how it is undone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from core.investigation.change_text import changed_what
from core.text.redacted import RedactedText
from core.text.sentences import sentences

say = sentences("investigation.worded_change")

_WHOLE = 400  # characters of a change that are read
_SHORT = 24  # characters before a change that are shown with it: `deployed 2f9c: `, who did it
_LONG = 90  # characters of both values
UNSET = "not set"
_QUOTES = "\"'`"
_PARTS = ("name", "before", "after")
# Names and values, as logs, tables and chats write a change: `KEY 20 -> 5`, `"KEY" = "20" -> "5"`.
_NAME = (
    r"[\"'`]?(?P<name>(?:[\w.-]{1,80} (?=replicas\b))?"
    r"[\w./@-]{0,80}[A-Za-z][\w./@-]{0,80})[\"'`]?"
)
_VALUE = (
    r"\"[^\"]{0,80}\"?|'[^']{0,80}'|`[^`]{1,80}`|\[[^\]]{0,160}\]|\{[^}]{0,160}\}|not set"
    r"|[^\s,;()=]{1,160}"
)
_QUOTED = r"[\"'`„“](?P<name>[^\"'`„“”\n]{1,80})[\"'`“”]"  # also of several words
_ASSIGNED = r"(?:\s{0,3}[:=#]\s{0,3}|\s{1,3})(?:\[ )?"
_OLD, _NEW = rf"(?P<before>{_VALUE})", rf"(?P<after>{_VALUE})"
_OUR_DIFFERENCE = r"^(?P<name>[^:→\n]{1,120}): (?P<before>.{1,160}?) → "
_CHANGED = (
    re.compile(rf"{_OUR_DIFFERENCE}(?P<after>not set)"),
    re.compile(rf"{_OUR_DIFFERENCE}(?P<after>.{{1,160}}?)(?: \(before: |$)"),
    re.compile(rf"{_QUOTED}{_ASSIGNED}{_OLD}\s?(?:->|=>|→)\s?{_NEW}"),
    re.compile(rf"{_NAME}{_ASSIGNED}{_OLD}\s?(?:->|=>|→)\s?{_NEW}"),
    re.compile(rf"{_NAME}[:=]?\s(?:changed |from ){_OLD} to {_NEW}"),
    re.compile(rf"{_NAME}[\s=:]{{1,3}}{_NEW}\s(?:\(was |was=){_OLD}"),
    re.compile(  # as dpkg and apt tell it
        r"(?i)\bupgrade:? (?P<name>[\w.+-]{1,80})(?::\w{1,16})? "
        r"\(?(?P<before>\d\S{0,60}?),? (?P<after>\d[^\s)]{0,60})"
    ),
)
_IS_KEY = re.compile(r"[A-Z][A-Z0-9]{0,40}(?:_[A-Z0-9]{1,40}){1,6}")  # `CART_TAG`
_PLACES = frozenset({"prod", "production", "staging", "live", "canary"})  # `a9d30f1 -> prod`
_PATH_BEFORE = re.compile(r"[\w-]+(?:\.[\w-]+)+: $")
_TURNED = re.compile(r"^(?P<name>\S{1,120}) → (?P<after>on|off)$")
_SWITCHED = re.compile(r"(?i)(?:on|off|true|false|enabled|disabled|yes|no)\b")
_VERSION = r"v?\d{1,6}(?:\.\d{1,6}){2}(?!\.?\d)(?:[-+~][\w.+~-]{1,40})?"
_IS_VERSION = re.compile(rf"(?:[\w./-]{{1,120}}:)?(?P<version>{_VERSION})[\"'`]?")
_RELEASED = re.compile(
    r"(?i)\b(?:deploy\w*|releas\w+|roll(?:s|ed|ing)?|upgrade\w*|image|container|install\w*|booted"
    r"|helm|version|tag|scp|starting|sync)\b|\bv\d"
)
_OF_RELEASE = re.compile(
    r"(?:(?P<name>[A-Za-z][\w-]{0,80}?)(?:[-:/ =]|\s+|-[\d.]{3,12}\s{1,8}))?"
    rf"(?P<after>{_VERSION})"
)
_OF_CHART = re.compile(  # as `helm history` lists: the chart with its version, then the program's
    rf"\bdeployed\s+(?P<name>[A-Za-z][\w-]{{0,80}}?)-\d[\d.]{{1,20}}\s+(?P<after>{_VERSION})"
)
_TARGET = re.compile(
    r"\b(?:service|app|application|target|component)=(?:[\w.-]{1,80}/)?([\w.-]{1,80})"
)
_OF_SYNC = re.compile(  # of a tool that brings a cluster to a commit
    r"(?i)\bsync\b.{0,40}?['\"]?(?P<after>[0-9a-f]{7,40})\b(?P<name>)"
)
_ANY_PROGRAM = frozenset(
    {"version", "tag", "image", "app", "release", "chart", "deploy", "v", "utc", "to"}
)
_COMMIT = re.compile(r"^The change (?P<name>[0-9a-f]{6,40}) \((?P<of>.{1,300}?)\) touched ")
_TOUCHED = re.compile(r"\S{1,160}: (?P<before>.{1,300}?) -> (?P<after>.{1,300})$")
_BETWEEN_WORDS, _BEFORE_VALUES = " \"'{}[],;", " \"'{}[],;=:"
_MIGRATION = re.compile(
    r"(?i)(?<![\w.])migrat\w+|\bchangeset\b|\bRunning upgrade [0-9a-f]{6,}|\bV\d{1,6}__\w+"
    r"|\bDbMigrate\b"
)
# What a shell, a runner or a bot puts before what it ran or says: `$ `, `##[group]Run `, `INFO: `.
_PROMPT = re.compile(
    r"(?:(?:[$+#]|(?:[\w.+-]{1,40}@[\w.-]{1,60} )?(?:mysql|MariaDB \[[^\]]{0,60}\])>"
    r"|\w{1,40}=[*!^]?[#>]|(?i:info|notice)\b:?|\d\d:\d\d:\d\d|<[\w.-]{1,40}>"
    r"|\[[\w .:-]{1,40}\](?=.*\s\$)|##\[group\](?:Run)?)\s+)+(?=\S)"
)
# `(/Stage[main]/Profile::Db/File[/etc/db.conf]/content) +max=8`: what was changed, and how.
_OF_PUPPET = re.compile(
    r"\(?/Stage\[main\](?:/[\w:]{1,80}){0,6}/(?P<resource>[\w:]{1,60}\[[^\]]{1,200}\])(?:/\w{1,40})?\)?:?"
    r"\s(?P<deed>\S.*)"
)
_RAN_BY_CRON = re.compile(r"\bCRON\b.{0,80}\bCMD\b")


class ChangeSort(StrEnum):
    """What sort of change it is, which decides how it is undone."""

    RELEASE = "release"
    SWITCH = "switch"
    SETTING = "setting"
    ENTRY = "entry"  # put in or taken out, such as a record of DNS
    COMMIT = "commit"
    MIGRATION = "migration"
    RUN = "run"  # of a job
    ROTATION = "rotation"  # of a secret, which nobody takes back
    START = "start"  # of a process: nothing in it can be taken back
    OTHER = "other"


# Of what tells neither values nor a version, by its words.
_SORTS = (
    (
        ChangeSort.START,
        re.compile(
            r"\bStarted \S+\.service\b"
            r"|(?i:\blistening on\b|\bready to accept\b|\bback-?off\b|\bcleared cache\b)"
        ),
    ),
    (ChangeSort.ROTATION, re.compile(r"(?i)\brotat(?:e|ed|ion)\b|\brotate[-_]")),
    (ChangeSort.RUN, re.compile(r"(?i)\bjob\b|\bCronJob\b|\bbackup\b|\bcompose run\b")),
)


@dataclass(frozen=True, kw_only=True)
class WordedChange:
    """What a recorded change says. before, after: None where the record does not tell.

    what: the whole of it, without what the record says of itself. name: of what was changed.
    starts: where in `what` the change itself begins. is_managed: a tool sets it again and again.
    """

    what: RedactedText
    sort: ChangeSort
    name: RedactedText | None = None
    before: RedactedText | None = None
    after: RedactedText | None = None
    starts: int = 0
    is_managed: bool = False

    @classmethod
    def of(cls, text: RedactedText) -> Self:
        """Read a recorded change."""
        what = changed_what(text, room=_WHOLE)
        if prompt := _PROMPT.match(what.text):
            what = what.part(prompt.end(), len(what.text))
        if puppet := _OF_PUPPET.search(what.text):
            resource, deed = (what.part(*puppet.span(group)) for group in ("resource", "deed"))
            what = RedactedText.format("{of}: {deed}", of=resource, deed=deed)
        if _RAN_BY_CRON.search(text.text):
            return cls(what=what, sort=ChangeSort.RUN)
        ways = (cls._of_commit, cls._of_migration, cls._of_switch, cls._by_values, cls._by_version)
        read = next(filter(None, (way(what) for way in ways)), None)
        return read or cls(what=what, sort=_sort_of(what.text), is_managed=bool(puppet))

    def summary(self, room: int) -> RedactedText:
        """`KEY 20 -> 5 (why)`: the change itself, cut after a word where there is no room."""
        before = self.what.text[: self.starts]
        start = 0 if len(before) <= _SHORT and "|" not in before else self.starts
        return self.what.part(start, len(self.what.text)).cut_after_word(room)

    def undoing(self, room: int) -> RedactedText | None:
        """`roll cart back from 3.4.0 to 3.3.2`; None for what nobody can take back.

        room: of what is quoted.
        """
        what = self.summary(room)
        match self.sort:
            case ChangeSort.ROTATION | ChangeSort.START:
                return None
            case ChangeSort.RELEASE:
                return self._rolled_back()
            case ChangeSort.SWITCH | ChangeSort.SETTING | ChangeSort.ENTRY if not self.is_long:
                return self._put_back()
            case ChangeSort.COMMIT:
                return say("revert", name=self.name, what=what)
            case _:
                return self._taken_back(what)

    def is_of(self, service: RedactedText) -> bool:
        """Whether it is of the service, as far as it has a name: `orders` of `shop-orders:all`."""
        own, name = self.name.text.lower() if self.name else "", service.text.lower()
        return own.endswith(name) or own in name

    @property
    def is_long(self) -> bool:
        """Whether its values are too long to be told in one sentence."""
        return sum(len(value.text) for value in (self.before, self.after) if value) > _LONG

    def _taken_back(self, what: RedactedText) -> RedactedText:
        match self.sort:
            case ChangeSort.RUN:
                return say("stop_run", what=what)
            case ChangeSort.MIGRATION:
                return say("migrate_back", what=what)
            case _ if self.is_managed:
                return say("take_back_managed", what=what)
            case _:
                return say("take_back", what=what)

    def _rolled_back(self) -> RedactedText:
        name, before, after = self.name, self.before, self.after
        if name and before:
            return say("roll_back", name=name, before=before, after=after)
        if name:
            return say("roll_back_before", name=name, after=after)
        if before:
            return say("roll_back_unnamed", before=before, after=after)
        return say("roll_back_release", after=after)

    def _put_back(self) -> RedactedText:
        name, before, after = self.name, self.before, self.after
        if before is None:  # a switch that is told to be on or off now
            is_on = after is not None and after.text == "on"
            return say("switch_off", name=name) if is_on else say("switch_on", name=name)
        if self.sort is ChangeSort.SWITCH:
            return say("switch_back", name=name, before=before)
        if self.sort is ChangeSort.SETTING:
            return say("set_back", name=name, before=before, after=after)
        is_new = before.text == UNSET
        return say("take_out", name=name) if is_new else say("put_in", name=name, before=before)

    @classmethod
    def _of_commit(cls, what: RedactedText) -> Self | None:
        """Of what somebody committed, which is taken back with everything in it."""
        match = _COMMIT.match(what.text)
        if match is None:
            return None
        subject, name = what.part(*match.span("of")), what.part(*match.span("name"))
        if (values := _difference_in(what.part(match.end(), len(what.text)))) is not None:
            subject = RedactedText.format("{values} ({of})", values=values, of=subject)
        return cls(what=subject, sort=ChangeSort.COMMIT, name=name)

    @classmethod
    def _of_migration(cls, what: RedactedText) -> Self | None:
        match = _MIGRATION.search(what.text)
        return cls(what=what, sort=ChangeSort.MIGRATION, starts=match.start()) if match else None

    @classmethod
    def _of_switch(cls, what: RedactedText) -> Self | None:
        """Of what is told to be on or off now."""
        match = _TURNED.match(what.text)
        if match is None:
            return None
        name, after = (what.part(*match.span(key)) for key in ("name", "after"))
        return cls(what=what, sort=ChangeSort.SWITCH, name=name, after=after)

    @classmethod
    def _by_values(cls, what: RedactedText) -> Self | None:
        """From what to what something was changed."""
        matches = (pattern.search(what.text) for pattern in _CHANGED)
        match = next((each for each in matches if each and _tells_values(each)), None)
        if match is None:
            return None
        name, before, after = (_unquoted(what.part(*match.span(key))) for key in _PARTS)
        old, new = (_IS_VERSION.fullmatch(value.text) for value in (before, after))
        if old and new and not _IS_KEY.fullmatch(name.text):
            return cls(
                what=what,
                sort=ChangeSort.RELEASE,
                name=_image_name(before) or _image_name(after) or _specific(name),
                before=before.part(*old.span("version")),
                after=after.part(*new.span("version")),
                starts=match.start(),
            )
        path = _PATH_BEFORE.search(what.text, 0, match.start())
        return cls(
            what=what,
            sort=_sort_by_values(before.text, after.text),
            name=name,
            before=before,
            after=after,
            starts=path.start() if path else match.start(),
        )

    @classmethod
    def _by_version(cls, what: RedactedText) -> Self | None:
        """Which version came, of what tells no version before it."""
        if not _RELEASED.search(what.text):
            return None
        ways = (_OF_CHART, _OF_SYNC, _OF_RELEASE)
        match = next(filter(None, (way.search(what.text) for way in ways)), None)
        if match is None:
            return None
        return cls(
            what=what,
            sort=ChangeSort.RELEASE,
            name=_named(what, match),
            after=what.part(*match.span("after")),
            starts=match.start() if match.re is _OF_CHART else 0,
        )


def _tells_values(match: re.Match[str]) -> bool:
    """Whether it is no change of places, nor what a command copied: `/a/ /b/ -> 52 files`."""
    is_path = match["name"].endswith("/")
    return match["after"] not in _PLACES and not is_path


def _difference_in(touched: RedactedText) -> RedactedText | None:
    """`--max-size=256 → 64` of `app.yaml: args: --max-size=256, … -> args: --max-size=64, …`."""
    sides = _TOUCHED.match(touched.text)
    if sides is None:
        return None
    old, new = (touched.part(*sides.span(side)) for side in ("before", "after"))
    same, back = (_alike(old.text[::step], new.text[::step]) for step in (1, -1))
    begins = max(old.text.rfind(mark, 0, same) for mark in _BETWEEN_WORDS) + 1
    value = max(old.text.rfind(mark, 0, same) for mark in _BEFORE_VALUES) + 1
    before = old.part(begins, _end_of_word(old.text, max(same, len(old.text) - back)))
    now = new.part(value, _end_of_word(new.text, max(same, len(new.text) - back)))
    is_setting = value > begins and now and len(before.text) + len(now.text) <= _LONG
    return RedactedText.format("{b} → {a}", b=before, a=now) if is_setting else None


def _alike(text: str, other: str) -> int:
    """How many characters at their beginning are the same."""
    pairs = enumerate(zip(text, other, strict=False))
    shorter = min(len(text), len(other))
    return next((place for place, (one, two) in pairs if one != two), shorter)


def _end_of_word(text: str, at: int) -> int:
    ends = (place for place in range(at, len(text)) if text[place] in _BETWEEN_WORDS)
    return next(ends, len(text))


def _image_name(reference: RedactedText) -> RedactedText | None:
    """`cart` of `registry.shop.example/cart:3.4.0`."""
    path, colon, _ = reference.text.rpartition(":")
    return reference.part(path.rfind("/") + 1, len(path)) if colon and path else None


def _named(what: RedactedText, release: re.Match[str]) -> RedactedText | None:
    """What stands before the version, or what a field names."""
    name = _specific(what.part(*release.span("name"))) if release["name"] else None
    field = _TARGET.search(what.text)
    return name or (what.part(*field.span(1)) if field else None)


def _specific(name: RedactedText) -> RedactedText | None:
    """The name, unless any program's version could be called so."""
    return None if name.text.lower() in _ANY_PROGRAM else name


def _sort_by_values(before: str, after: str) -> ChangeSort:
    if UNSET in {before, after}:
        return ChangeSort.ENTRY
    is_switch = _SWITCHED.match(before) and _SWITCHED.match(after)
    return ChangeSort.SWITCH if is_switch else ChangeSort.SETTING


def _sort_of(what: str) -> ChangeSort:
    return next((sort for sort, pattern in _SORTS if pattern.search(what)), ChangeSort.OTHER)


def _unquoted(value: RedactedText) -> RedactedText:
    text = value.text
    start = len(text) - len(text.lstrip(_QUOTES))
    return value.part(start, max(start, len(text.rstrip(_QUOTES))))
