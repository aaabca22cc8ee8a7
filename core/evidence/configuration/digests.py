"""Keeps the settings of a file as findings, one an object, redacted, to be compared with another's.

What a setting is worth next to that of another version is known only when both were read; so each
file keeps its own, and `core.evidence.configuration.versions` brings them together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from core.evidence.configuration.tree import Branch
from core.evidence.model import Finding, FindingKind, Level, Locus
from core.redaction.rules import TextSpan
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.evidence.configuration.objects import ConfigurationObject
    from core.evidence.configuration.tree import Setting
    from core.jobs.model import Scalar
    from core.redaction.engine import Redactor

say = sentences("evidence.configuration")

MAX_SETTINGS = 4_000  # of one file that are kept
MAX_OBJECTS = 400
_OBJECT, _APP, _IS_LIVE, _REVISION = "@object", "@app", "@live", "@revision"
_ABOUT = frozenset({_OBJECT, _APP, _IS_LIVE, _REVISION})
# Of what a cluster says of an object, not of how it was set.
_TOLD_BY_CLUSTER = re.compile(
    r"status(?:[.\[]|$)|metadata\.(?:managedFields|resourceVersion|uid|generation|creationTimestamp"
    r"|selfLink|annotations\.kubectl\.kubernetes\.io/last-applied-configuration"
    r"|annotations\.deployment\.kubernetes\.io/revision)"
)
_SECRET_NAME = re.compile(
    r"(?i)pass(?:wor[dt]|wd|phrase)?(?![a-z])|pwd|secret|token(?!s?[_.-]?(?:ttl|expir|url|limit|count))"
    r"|credential|api[_.-]?key|access[_.-]?key|private[_.-]?key|signing[_.-]?key|encryption[_.-]?key"
    r"|auth[_.-]?key|(?:^|[_.-])dsn$|(?:^|[_.-])salt$|session[_.-]?key|webhook[_.-]?url"
)
# What may be no value of its own but the rest of what a sign cut: an address, a date, a number.
_SIGNS = ("=", ": ", ":", " ")
_MAY_BELONG = re.compile(r"//|:[0-9a-fA-F]{0,4}:|(?:\d[ .-]?){6}|[A-Z]\d{5}|\b(?:19|20)\d\d\b")
# The name of a secret, not its value: `secretKeyRef`, `${DB_PASSWORD}`, a path, a switch.
_NO_SECRET = re.compile(
    r"(?i)(?:true|false|yes|no|on|off|none|null|~|\d{1,6}[a-z]{0,2}|\$\{.*\}|\$[A-Z_]+|\$\(.*\)|/[\w./-]+|\*\w+"
    r"|.*\{\{.*|vault:.*|file:.*|«[^»]*»|)"
)
_HIDDEN = re.compile(r"«secret[^»]{0,40}»")
_REFERS = re.compile(
    r"(?i)(?:secretKeyRef|secretRef|secretName|existingSecret|SecretName|volumes\[)"
)
# Of nginx: to whom it passes requests.
_PASSES_ON = re.compile(r"^(?:proxy|fastcgi|uwsgi|scgi|grpc|memcached)_pass$")


@dataclass(frozen=True, slots=True)
class SettingPlace:
    """The line (1-based) that sets something, and its bytes (half open)."""

    line: int
    start: int = 0
    end: int = 0


@dataclass(frozen=True, kw_only=True)
class StoredSettings:
    """The settings of one object as they were kept: by path the place and the redacted value.

    identity: that of a Kubernetes object, else empty. revision: how often the object was changed,
    as its cluster counts; 0 where nothing says. is_live: whether a cluster wrote it.
    """

    file: str
    identity: str
    app: str
    is_live: bool
    revision: int
    settings: Mapping[str, tuple[SettingPlace, str]]


@dataclass(frozen=True, kw_only=True)
class VersionPair:
    """Two versions of one object. is_directed: whether it is known which one is newer."""

    older: StoredSettings
    newer: StoredSettings
    is_directed: bool


@dataclass(frozen=True, kw_only=True)
class SettingDifference:
    """One setting that differs. Values are redacted; None where a version does not set it.

    Places are in each version, of what it would be within where it is not set. weight: how likely
    it matters to how something runs, about -2 (a label) to 4 (a pool of a tenth of its size).
    """

    path: str
    old: str | None
    new: str | None
    old_place: SettingPlace
    new_place: SettingPlace
    weight: float


def settings_findings(
    objects: Sequence[ConfigurationObject],
    settings_of_each: Sequence[Sequence[Setting]],
    *,
    file: str,
    starts: Sequence[int],
    redactor: Redactor,
) -> Iterator[Finding]:
    """A finding for each object that has settings; on no card.

    starts: the byte at which each line begins, and that behind the last.
    """
    room = MAX_SETTINGS
    for configured, all_settings in islice(
        zip(objects, settings_of_each, strict=True), MAX_OBJECTS
    ):
        settings = [setting for setting in all_settings if _is_set(setting.path, configured)][:room]
        room -= len(settings)
        if settings:
            data: dict[str, Scalar] = _about(configured, redactor)
            is_secret = configured.kind == "Secret"
            data |= {
                redactor.clean(setting.path).text: _stored(setting, starts)
                + redacted_value(setting, redactor, is_secret=is_secret)
                for setting in settings
            }
            yield Finding(
                kind=FindingKind.SETTINGS,
                level=Level.INFO,
                text=say("settings", n=len(settings)),
                locus=Locus(file=file, line_start=1, line_end=max(1, len(starts) - 1)),
                count=len(settings),
                data=data,
            )


def _is_set(path: str, configured: ConfigurationObject) -> bool:
    """Whether people set it, and not a cluster."""
    if configured.is_version:
        return path.startswith("spec.template.") and "pod-template-hash" not in path
    return not (configured.identity and _TOLD_BY_CLUSTER.match(path))


def _about(configured: ConfigurationObject, redactor: Redactor) -> dict[str, Scalar]:
    tree = configured.tree
    about: dict[str, Scalar] = {}
    if configured.identity and isinstance(tree, Branch):
        about[_OBJECT] = redactor.clean(configured.identity).text
        about[_APP] = redactor.clean(configured.app).text
        about[_IS_LIVE] = bool(tree.text("metadata", "uid"))
        about[_REVISION] = configured.revision
    return about


def _stored(setting: Setting, starts: Sequence[int]) -> str:
    line = min(setting.line, len(starts) - 1)
    return f"{line} {starts[line - 1]} {starts[line]} "


def redacted_value(setting: Setting, redactor: Redactor, *, is_secret: bool = False) -> str:
    """The value as it may be shown: one of a secret's name is a placeholder.

    is_secret: whether all values of its object are secrets.
    """
    value = " ".join(setting.value.split())
    is_named = is_secret and setting.path.startswith(("data.", "stringData."))
    if (is_named or names_a_secret(setting.path)) and not _NO_SECRET.fullmatch(value):
        return _value_behind(f"password={value}", value, redactor)
    key = _key_of(setting.path)
    if _PASSES_ON.search(key):
        return redactor.clean(value).text
    return _value_behind(f"{key}={value}", value, redactor)


def names_a_secret(path: str) -> bool:
    """Whether a setting of this path holds a secret, and not where one is kept."""
    key = _key_of(path)
    is_other = _REFERS.search(path) or _PASSES_ON.search(key)
    return bool(_SECRET_NAME.search(key)) and not is_other


def writes_out_secret(setting: Setting) -> bool:
    """Whether the value of a secret is written out here, though reading may have hidden it."""
    value = setting.value.strip()
    return bool(_HIDDEN.fullmatch(value)) or not _NO_SECRET.fullmatch(value)


def _key_of(path: str) -> str:
    """What names the value: `DB_PASSWORD` of `env[DB_PASSWORD].value`."""
    plain = re.sub(r"#\d+$", "", path)
    plain = re.sub(r"\]\.value$", "]", plain)
    if plain.endswith("]"):
        return plain[plain.rfind("[") + 1 : -1]
    return re.split(r"[.:]", plain)[-1]


def _value_behind(line: str, value: str, redactor: Redactor) -> str:
    """The value, redacted as what stands before it tells, however the two were set apart.

    A file splits lines that are none of its own: an address at its colon, a sentence at a blank.
    """
    key = line[: len(line) - len(value) - 1]
    written = [f"{key}{sign}" for sign in _SIGNS[: None if _MAY_BELONG.search(value) else 1]]
    spans = [
        TextSpan(max(0, span.start - len(prefix)), span.end - len(prefix), span.kind)
        for prefix in written
        for span in redactor.spans(prefix + value)
        if span.end > len(prefix)
    ]
    return redactor.without(value, [*spans, *redactor.spans(value)]).text


def read_settings(finding: Finding, *, file: str) -> StoredSettings:
    """Parse what `settings_findings` stored. file: the id of its file."""
    settings = {}
    for path, stored in finding.data.items():
        if path not in _ABOUT:
            line, start, end, value = str(stored).split(" ", 3)
            settings[path] = SettingPlace(int(line), int(start), int(end)), value
    revision = finding.data.get(_REVISION, 0)
    return StoredSettings(
        file=file,
        identity=str(finding.data.get(_OBJECT, "")),
        app=str(finding.data.get(_APP, "")),
        is_live=bool(finding.data.get(_IS_LIVE)),
        revision=revision if isinstance(revision, int) else 0,
        settings=settings,
    )
