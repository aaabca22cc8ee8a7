"""What marks a file as one of settings, or as telling of them: its name and its first lines.

Every file is looked at by this, so that it loads no reader.
"""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import PurePosixPath

from core.evidence.configuration.table_marks import (
    is_crontab,
    is_numbered_pairs,
    is_table_of_settings,
)


class SettingsFormat(StrEnum):
    """The formats that are read setting by setting."""

    YAML = "yaml"
    JSON = "json"
    LINES = "lines"  # INI, TOML, properties, environments
    BLOCKS = "blocks"  # nginx, HCL
    SECTIONS = "sections"  # haproxy
    TAGS = "tags"  # Apache
    ELEMENTS = "elements"  # XML
    TABLE = "table"  # a name and a value in each row
    SCHEDULE = "schedule"  # crontabs
    PAIRS = "pairs"  # a name and a value by turns
    ROWS = "rows"  # each line sets something: `hosts`, `pg_hba.conf`


_BY_SUFFIX = {
    suffix: settings_format
    for settings_format, suffixes in (
        (SettingsFormat.YAML, "yaml yml"),
        (SettingsFormat.JSON, "json jsonc json5 tfstate"),
        (SettingsFormat.LINES, "toml ini cfg cnf env properties service timer socket"),
        (SettingsFormat.BLOCKS, "tf tfvars hcl nomad vcl"),
        (SettingsFormat.ELEMENTS, "xml"),
    )
    for suffix in suffixes.split()
}
_EVENT = (
    r"(?:change|deploy(?:ment)?|incident|maintenance|migration|outage|patch|release|rollout"
    r"|upgrade)"
)
# What people call an older and a newer version.
OLD_WORDS = (
    r"old|bak|backup|orig(?:inal)?|before|prev(?:ious)?|rpmsave|dpkg-old|(?:known-?|last-?)?good"
    r"|baseline|saved?|roll-?back|stable|golden|reference|former"
    r"|ok(?:ay)?|healthy|vorher|alt|avant|antes"
    rf"|working|yesterday|earlier|then|last-?(?:night|week|month)|(?:pre|before)[-_]{_EVENT}"
)
NEW_WORDS = (
    r"new|after|current|latest|rpmnew|dpkg-dist|broken|bad|now|today|later|this-?(?:week|month)"
    r"|deployed|live|running|failing|candidate|proposed|updated|modified|edited|changed"
    r"|sick|faulty|nachher|neu|jetzt|apr[eè]s|ahora|despu[eé]s"
    rf"|(?:post|after)[-_]{_EVENT}"
)
# What is put behind the name of a file that is kept beside a newer one.
VERSION_SUFFIX = re.compile(
    rf"(?i)(?:[._-](?:{OLD_WORDS}|{NEW_WORDS}|v?\d{{1,4}}"
    r"|\d{4}-?\d\d-?\d\d(?:[-_t]?\d{4,6}z?)?)|~"
    r"|\s?\(\d{1,3}\)|\.(?:in|sample|example|dist|tmpl|tpl|template|j2|erb))$"
)
_UNREAD = re.compile(
    r"(?:\w+\.)?(?:dockerfile|containerfile|makefile|gnumakefile)(?:\.\w+)?|procfile|crontab|hosts"
    r"|fstab|sudoers|requirements[\w-]*\.txt|go\.(?:mod|sum)|\.[\w-]*ignore|authorized_keys|codeowners"
    r"|passwd|group|pg_hba\.conf|pom\.xml|.*\.(?:plist|pom|csproj|lock|list|rules|network|zone|cue|dhall)"
)
_OF_TOOLS = (".lock", ".plist", ".pom", "pom.xml", ".csproj", "go.sum")
# Programs that do little but set names: `gunicorn.conf.py`, `settings.rb`.
_SETTING_PROGRAM = re.compile(
    r"(?:(?:^|[._-])(?:conf|config(?:uration)?|settings|constants|defaults|environment)"
    r"(?:[._-]\w{1,20})?|^(?:puma|unicorn|sidekiq|database|production|celeryconfig|initializers?))"
    r"\.(?:py|rb|[cm]?[jt]s|php|go)$"
)
_SETTING_FOLDER = re.compile(
    r"(?:^|/)(?:conf|config|settings|initializers|environments)/[^/]+\.(?:py|rb|[cm]?[jt]s|php|go)$"
)
_KEPT_SUFFIX = re.compile(r"\.(?:conf|cnf|cfg|cf)$")
_KEPT_FOLDER = re.compile(
    r"(?:^|/)(?:(?:conf|sites|mods|modules)[.-](?:d|available|enabled)|sysconfig|etc/default)/[^/]+$"
)
_BY_ROWS = re.compile(
    r"hosts(?:\.(?:allow|deny))?|fstab|exports|sudoers|pg_hba\.conf|pg_ident\.conf|requirements[\w-]*\.txt"
    r"|.*\.(?:list|rules|zone)|iptables(?:\.\w+)?|limits\.conf|resolv\.conf"
)
_ENVIRONMENTS = frozenset({"env", "environment"})
_TAG_LINE = re.compile(
    r"^[ \t]*</?[A-Z][A-Za-z]{2,40}(?:[ \t][^<>\n]{1,300})?>[ \t]*$", re.MULTILINE
)
_BRACE_LINE = re.compile(r"^[^#\n{]*\{[ \t]*(?:#.*)?$", re.MULTILINE)
# Of a block that no other format has: `cluster {`.
_NAMED_BLOCK = re.compile(
    r"^[ \t]*[A-Za-z][\w-]{1,40}[ \t]?\{[ \t]*$(?=[^{}]{1,20000}^[ \t]*\}[ \t]*$)", re.MULTILINE
)
_DIRECTIVE_LINE = re.compile(r"^[ \t]*[\w.]{2,60}[ \t][^#\n]{1,300};[ \t]*(?:#.*)?$", re.MULTILINE)
_YAML_LINE = re.compile(
    r"^[ \t]*(?:- )?[\w./\"'$*<@-][^:={}\n]{0,100}:(?:\s|$)|^[ \t]*- |^---", re.MULTILINE
)
_PAIR_LINE = re.compile(r"^[ \t]*(?:export[ \t]+)?[\w.\"'/@*-]{1,120}[ \t]*=", re.MULTILINE)
_SAYING = re.compile(r"^[ \t]*[^#;/\s]", re.MULTILINE)  # a line that is no comment
_HEADER = re.compile(r"^[ \t]*\[{1,2}[\w .:\"'/-]{1,120}\]{1,2}[ \t]*(?:[#;].*)?$", re.MULTILINE)
_PROXY_SECTION = re.compile(
    r"^(?:global|defaults|(?:frontend|backend|listen)[ \t]+[\w.:-]{1,100})"
    r"(?:[ \t][^={\n]{0,200})?$",
    re.MULTILINE,
)
_PROXY_SUFFIXES = frozenset({"", "cfg", "conf", "config"})
_PROXY_NAME = "haproxy"
_LEAST_SECTIONS = 2  # `defaults` alone may be a setting
_LEAST_SHARE = 0.3  # of the lines that have the marks of a format
_HUNK = re.compile(r"^@@ -\d{1,7}(?:,\d{1,7})? \+\d{1,7}(?:,\d{1,7})? @@", re.MULTILINE)
WRITTEN = " (content)"  # what it adds to the name of a file that it writes
# Above each object that `helm diff` prints: `shop, orders, Deployment (apps) has changed:`.
HELM_OBJECT = re.compile(
    r"^(?P<space>[\w.-]{1,63}), (?P<name>[\w.-]{1,253}), (?P<kind>\w{1,63}) \([\w./-]{0,100}\)"
    r" has changed:[ \t]*$",
    re.MULTILINE,
)
_LIVE_OBJECT = re.compile(r"(?:^|/)(?:LIVE|MERGED)-\d{1,20}/([^/]{1,300})$")  # of kubectl diff
_EVENT_HEADER = re.compile(
    r"^(?:NAMESPACE\s+)?LAST SEEN\s+TYPE\s+REASON\s+OBJECT\b.*\bMESSAGE\s*$", re.MULTILINE
)
_DESCRIBED = re.compile(r"^Name:\s+\S[^\n]*\n(?:Namespace|Priority|Labels|Roles):\s", re.MULTILINE)
_OF_CLUSTER = re.compile(
    r"^[ \t]*\"?apiVersion\"?:[ \t]*\"?(?:[\w.-]{1,100}/)?v\d\w{0,20}\"?,?[ \t]*$", re.MULTILINE
)
_HEAD = 2_000  # characters in which the output of kubectl begins


class ClusterText(StrEnum):
    """What kubectl writes for people."""

    EVENTS = "events"
    DESCRIPTION = "description"


def cluster_text(text: str) -> ClusterText | None:
    """Which output of kubectl a text is; None for anything else."""
    head = text[:_HEAD]
    if _EVENT_HEADER.search(head):
        return ClusterText.EVENTS
    return ClusterText.DESCRIPTION if _DESCRIBED.search(head) else None


def holds_cluster_objects(text: str) -> bool:
    """Whether a text holds objects of Kubernetes."""
    return bool(_OF_CLUSTER.search(text))


def base_name(name: str) -> str:
    """The name of a file without folders and without what tells its versions apart."""
    base = PurePosixPath(name.replace("\\", "/")).name
    while (shorter := VERSION_SUFFIX.sub("", base)) and shorter != base:
        base = shorter
    return base


def is_named_as_blocks(name: str) -> bool:
    """Whether the suffix of a file is that of HCL."""
    suffix = PurePosixPath(base_name(name).lower()).suffix.lstrip(".")
    return _BY_SUFFIX.get(suffix) is SettingsFormat.BLOCKS


def _has_settings(base: str) -> bool:
    name = base.lower()
    if _UNREAD.fullmatch(name):
        return False
    suffix = PurePosixPath(name).suffix.lstrip(".")
    if suffix == "vcl":  # of which a diff is better read line by line
        return False
    return (
        name.startswith(".env")
        or name in _ENVIRONMENTS
        or suffix in ("conf", "config", "cf", "caddy")
        or suffix in _BY_SUFFIX
    )


def format_of(name: str, text: str) -> SettingsFormat | None:
    """The format, by the name where that tells, else by the text; None for one that is not read."""
    base = base_name(name).lower()
    stripped = text.lstrip("\ufeff \t\r\n")
    if is_crontab(stripped):
        return SettingsFormat.SCHEDULE
    if _BY_ROWS.fullmatch(base):
        return SettingsFormat.ROWS
    if _UNREAD.fullmatch(base):
        return None if base.endswith(_OF_TOOLS) else SettingsFormat.ROWS
    return _by_first_lines(stripped) or _by_name(base, stripped) or _by_lines(stripped)


def _by_first_lines(text: str) -> SettingsFormat | None:
    if is_table_of_settings(text):
        return SettingsFormat.TABLE
    if is_numbered_pairs(text):
        return SettingsFormat.PAIRS
    if text.startswith("{") or (text.startswith("[") and not _HEADER.match(text)):
        return SettingsFormat.JSON
    return SettingsFormat.ELEMENTS if text.startswith("<?xml") else None


def _by_name(base: str, text: str) -> SettingsFormat | None:
    if base.startswith(".env"):
        return SettingsFormat.LINES
    suffix = PurePosixPath(base).suffix.lstrip(".")
    sections = len(_PROXY_SECTION.findall(text)) if suffix in _PROXY_SUFFIXES else 0
    if sections >= _LEAST_SECTIONS or (sections and base.startswith(_PROXY_NAME)):
        return SettingsFormat.SECTIONS
    return _BY_SUFFIX.get(suffix)


def _by_lines(text: str) -> SettingsFormat | None:
    if _NAMED_BLOCK.search(text):
        return SettingsFormat.BLOCKS
    lines = len(_SAYING.findall(text))
    counts = {
        SettingsFormat.BLOCKS: _block_lines(text) if "}" in text else 0,
        SettingsFormat.TAGS: 3 * len(_TAG_LINE.findall(text)) if "</" in text else 0,
        SettingsFormat.LINES: len(_PAIR_LINE.findall(text)) + len(_HEADER.findall(text)),
        SettingsFormat.YAML: len(_YAML_LINE.findall(text)),
    }
    best = max(counts, key=lambda settings_format: counts[settings_format])
    if counts[best] < _LEAST_SHARE * lines:
        best = SettingsFormat.LINES  # `maxmemory 2gb`
    return best if lines else None


def _block_lines(text: str) -> int:
    return max(3 * len(_BRACE_LINE.findall(text)), len(_DIRECTIVE_LINE.findall(text)))


def holds_diff(text: str) -> bool:
    """Whether a text holds a unified diff, of whatever file."""
    return _HUNK.search(text) is not None


def is_settings_file(name: str) -> bool:
    """Whether a file of this name, with folders, is one of settings by its suffix."""
    path = name.strip().removesuffix(WRITTEN)
    if live_object(path) or is_setting_program(path):
        return True
    base = base_name(path)
    is_named = PurePosixPath(base).suffix or base.startswith(".env") or base in _ENVIRONMENTS
    return bool(is_named) and _has_settings(base)


def is_kept_as_settings(name: str) -> bool:
    """Whether a file is one of settings by its suffix or its folder, whatever it reads like."""
    path = name.replace("\\", "/").lower()
    return bool(_KEPT_SUFFIX.search(base_name(path)) or _KEPT_FOLDER.search(path))


def is_setting_program(name: str) -> bool:
    """Whether a file of this name is a program that does little but set names."""
    path = name.replace("\\", "/").lower()
    return bool(_SETTING_PROGRAM.search(base_name(path)) or _SETTING_FOLDER.search(path))


def live_object(name: str) -> str | None:
    """The object that a file of `kubectl diff` holds, as in `apps.v1.Deployment.shop.orders`."""
    held = _LIVE_OBJECT.search(name.strip())
    return held[1] if held else None
