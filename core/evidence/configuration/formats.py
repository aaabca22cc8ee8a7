"""Reads the trees of a configuration file, in whatever format it is."""

from __future__ import annotations

from dataclasses import dataclass

from core.evidence.configuration.blocks import read_blocks_of
from core.evidence.configuration.line_settings import read_lines
from core.evidence.configuration.marks import SettingsFormat
from core.evidence.configuration.tree import Branch, Leaf
from core.evidence.configuration.yaml_documents import read_json, read_yaml

_MOST_STRANGE = 0.4  # of the lines: what has more was no file of settings a line
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
