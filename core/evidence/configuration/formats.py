"""Which format a configuration file is in, and its trees."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from core.evidence.configuration.blocks import read_blocks_of
from core.evidence.configuration.line_settings import read_lines
from core.evidence.configuration.tree import Branch, Leaf
from core.evidence.configuration.yaml_documents import read_json, read_yaml


class SettingsFormat(StrEnum):
    """The formats that are read setting by setting."""

    YAML = "yaml"
    JSON = "json"
    LINES = "lines"  # INI, TOML, properties, environments
    BLOCKS = "blocks"  # nginx, HCL


_BY_SUFFIX = {
    suffix: settings_format
    for settings_format, suffixes in (
        (SettingsFormat.YAML, "yaml yml"),
        (SettingsFormat.JSON, "json jsonc json5"),
        (SettingsFormat.LINES, "toml ini cfg cnf env properties service timer socket"),
        (SettingsFormat.BLOCKS, "tf tfvars hcl nomad"),
    )
    for suffix in suffixes.split()
}
# What is put behind the name of a file that is kept beside a newer one.
VERSION_SUFFIX = re.compile(
    r"(?i)(?:[._-](?:old|bak|backup|orig(?:inal)?|before|after|prev(?:ious)?|new|current|latest"
    r"|rpmsave|rpmnew|dpkg-(?:old|dist)|v?\d{1,4}|\d{8}(?:[-_t]?\d{4,6}z?)?)|~|\s?\(\d{1,3}\))$"
)
_UNREAD = re.compile(
    r"(?:\w+\.)?(?:dockerfile|containerfile|makefile|gnumakefile)(?:\.\w+)?|procfile|crontab|hosts"
    r"|fstab|sudoers|requirements[\w-]*\.txt|go\.(?:mod|sum)|\.[\w-]*ignore|authorized_keys|codeowners"
    r"|passwd|group|pg_hba\.conf|.*\.(?:xml|plist|pom|csproj|lock|list|rules|network|zone|cue|dhall)"
)
_BRACE_LINE = re.compile(r"^[^#\n]*\{\s*(?:#.*)?$", re.MULTILINE)
_YAML_LINE = re.compile(
    r"^\s*(?:- )?[\w./\"'$*<@-][^:={}\n]{0,100}:(?:\s|$)|^\s*- |^---", re.MULTILINE
)
_PAIR_LINE = re.compile(r"^\s*(?:export\s+)?[\w.\"'/@*-]{1,120}\s*=", re.MULTILINE)
_HEADER = re.compile(r"^\s*\[{1,2}[\w .:\"'/-]{1,120}\]{1,2}\s*(?:[#;].*)?$", re.MULTILINE)
_MOST_STRANGE = 0.4  # of the lines: what has more was no file of settings a line
_LEAST_SHARE = 0.3  # of the lines that have the marks of a format
_MAX_LINES_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class ReadConfiguration:
    """The trees of a file, and the lines (1-based) that could not be read.

    is_cut: whether a limit ended the reading.
    """

    settings_format: SettingsFormat
    trees: tuple[Leaf | Branch, ...]
    broken: tuple[int, ...] = ()
    is_cut: bool = False


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


def has_settings(base: str) -> bool:
    """Whether a file of this name, without folders, is one of settings by its suffix."""
    name = base.lower()
    if _UNREAD.fullmatch(name):
        return False
    suffix = PurePosixPath(name).suffix.lstrip(".")
    return name.startswith(".env") or suffix in ("conf", "config") or suffix in _BY_SUFFIX


def format_of(name: str, text: str) -> SettingsFormat | None:
    """The format, by the name where that tells, else by the text; None for one that is not read."""
    base = base_name(name).lower()
    if _UNREAD.fullmatch(base):
        return None
    stripped = text.lstrip("\ufeff \t\r\n")
    if stripped.startswith("{") or (stripped.startswith("[") and not _HEADER.match(stripped)):
        return SettingsFormat.JSON
    if base.startswith(".env"):
        return SettingsFormat.LINES
    by_suffix = _BY_SUFFIX.get(PurePosixPath(base).suffix.lstrip("."))
    return by_suffix or _by_lines(stripped)


def _by_lines(text: str) -> SettingsFormat | None:
    lines = sum(bool(line.strip()) for line in text.split("\n"))
    counts = {
        SettingsFormat.BLOCKS: 3 * len(_BRACE_LINE.findall(text)) if "}" in text else 0,
        SettingsFormat.LINES: len(_PAIR_LINE.findall(text)) + len(_HEADER.findall(text)),
        SettingsFormat.YAML: len(_YAML_LINE.findall(text)),
    }
    best = max(counts, key=lambda settings_format: counts[settings_format])
    if counts[best] < _LEAST_SHARE * lines:
        best = SettingsFormat.LINES  # `maxmemory 2gb`
    return best if lines else None


def read_configuration(text: str, settings_format: SettingsFormat) -> ReadConfiguration | None:
    """All trees of a text; None where it is not in that format after all."""
    text = text.removeprefix("\ufeff")
    if settings_format in (SettingsFormat.YAML, SettingsFormat.JSON):
        documents = (read_yaml if settings_format is SettingsFormat.YAML else read_json)(text)
        return ReadConfiguration(
            settings_format=settings_format,
            trees=tuple(documents.trees),
            broken=tuple(documents.broken),
            is_cut=documents.is_cut,
        )
    reading = (read_lines if settings_format is SettingsFormat.LINES else read_blocks_of)(text)
    if len(reading.strange) > _MOST_STRANGE * max(1, text.count("\n")):
        return None
    return ReadConfiguration(
        settings_format=settings_format,
        trees=(reading.tree,),
        broken=tuple(reading.strange[:_MAX_LINES_NAMED]),
        is_cut=reading.is_cut,
    )
