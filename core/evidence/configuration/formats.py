"""Reads the trees of a configuration file, in whatever format it is.

What a format has no name for is compared as lines, so that nothing of a file is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.configuration.blocks import BlockReading, read_blocks_of
from core.evidence.configuration.elements import read_elements
from core.evidence.configuration.key_values import plain_keys
from core.evidence.configuration.line_settings import LineReading, read_lines
from core.evidence.configuration.marks import SettingsFormat
from core.evidence.configuration.sections import read_sections
from core.evidence.configuration.setting_tables import (
    read_crontab,
    read_numbered_pairs,
    read_rows,
    read_table_of_settings,
)
from core.evidence.configuration.tags import read_tags
from core.evidence.configuration.tree import Branch, Leaf
from core.evidence.configuration.yaml_documents import lines_behind, read_json, read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MOST_STRANGE = 0.4  # of the lines: what has more was no file of settings a line
_MAX_LINES_NAMED = 3
_LINE_READERS: Mapping[SettingsFormat, Callable[[str], LineReading | BlockReading]] = {
    SettingsFormat.LINES: read_lines,
    SettingsFormat.BLOCKS: read_blocks_of,
    SettingsFormat.SECTIONS: read_sections,
    SettingsFormat.TAGS: read_tags,
    SettingsFormat.ELEMENTS: read_elements,
    SettingsFormat.TABLE: read_table_of_settings,
    SettingsFormat.SCHEDULE: read_crontab,
    SettingsFormat.PAIRS: read_numbered_pairs,
    SettingsFormat.ROWS: read_rows,
}


@dataclass(frozen=True, kw_only=True)
class ReadConfiguration:
    """The trees of a file, and the lines (1-based) that could not be read.

    is_cut: whether a limit ended the reading.
    """

    settings_format: SettingsFormat
    trees: tuple[Leaf | Branch, ...]
    broken: tuple[int, ...] = ()
    is_cut: bool = False


def read_configuration(text: str, settings_format: SettingsFormat) -> ReadConfiguration:
    """All trees of a text; its lines, where it is not in that format after all."""
    text = text.removeprefix("\ufeff")
    if settings_format in (SettingsFormat.YAML, SettingsFormat.JSON):
        documents = (read_yaml if settings_format is SettingsFormat.YAML else read_json)(text)
        trees = [plain_keys(tree) for tree in documents.trees]
        if documents.broken:
            trees.append(read_rows(text, numbers=lines_behind(text, documents.broken)).tree)
        return ReadConfiguration(
            settings_format=settings_format,
            trees=tuple(trees),
            broken=tuple(documents.broken),
            is_cut=documents.is_cut,
        )
    reading = _LINE_READERS[settings_format](text)
    if len(reading.strange) > _MOST_STRANGE * max(1, text.count("\n")):
        reading, settings_format = read_rows(text), SettingsFormat.ROWS
    is_by_lines = settings_format is SettingsFormat.LINES
    if is_by_lines and reading.strange:
        reading.tree.entries += read_rows(text, numbers=frozenset(reading.strange)).tree.entries
    return ReadConfiguration(
        settings_format=settings_format,
        trees=(reading.tree,),
        broken=() if is_by_lines else tuple(reading.strange[:_MAX_LINES_NAMED]),
        is_cut=reading.is_cut,
    )
