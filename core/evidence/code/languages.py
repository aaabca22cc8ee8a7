"""The languages whose files are read as code, as `languages.toml` lists them.

A grammar is loaded at the first file of its language, from what is installed; none is fetched.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from core.evidence.configuration.marks import base_name, holds_diff

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tree_sitter import Language

_PATCHED = re.compile(r"^\+\+\+ (?:b/)?([^\t\n]+)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class CodeLanguage:
    """A language and the node types of its grammar that matter.

    title: as people write it. grammar: `module:function`. bound: types of nodes that give a name to
    an anonymous function, as `const render = () => …` does.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    grammar: str
    functions: tuple[str, ...]
    classes: tuple[str, ...]
    imports: tuple[str, ...]
    bound: tuple[str, ...] = ()


def language_of(name: str) -> CodeLanguage | None:
    """The language of a file by its name, which may be marked as a version; None for no code."""
    suffix = PurePosixPath(base_name(name).lower()).suffix.lstrip(".")
    return _by_suffix().get(suffix)


def language_named(name: str) -> CodeLanguage | None:
    """The language of this name, as `CodeLanguage.name` has it."""
    return _languages().get(name)


def names_code(text: str) -> bool:
    """Whether a text holds a unified diff of a file of code."""
    if not holds_diff(text):
        return False
    return any(language_of(name.strip()) for name in _PATCHED.findall(text))


@cache
def grammar_of(name: str) -> Language:
    """The grammar of the language of this name, loaded once a process."""
    from tree_sitter import Language  # noqa: PLC0415 - few files are code

    module, _, attribute = _languages()[name].grammar.partition(":")
    return Language(getattr(import_module(module), attribute)())


@cache
def kinds_of(name: str) -> Mapping[int, str]:
    """What the node types that matter are in this language, by their ids in its grammar."""
    language, grammar = _languages()[name], grammar_of(name)
    types_of_kind = {
        "function": language.functions,
        "class": language.classes,
        "import": language.imports,
        "bound": language.bound,
    }
    return {
        type_id: kind
        for kind, types in types_of_kind.items()
        for each in types
        # Its arguments have no names.
        if (type_id := grammar.id_for_node_kind(each, True)) is not None  # noqa: FBT003
    }


@cache
def _languages() -> Mapping[str, CodeLanguage]:
    tables = tomllib.loads(Path(__file__).with_name("languages.toml").read_text(encoding="utf-8"))
    return {name: _language(name, table) for name, table in tables.items()}


def _language(name: str, table: Mapping[str, str | list[str]]) -> CodeLanguage:
    lists = {key: tuple(value) for key, value in table.items() if isinstance(value, list)}
    return CodeLanguage(
        name=name, title=str(table["title"]), grammar=str(table["grammar"]), **lists
    )


@cache
def _by_suffix() -> Mapping[str, CodeLanguage]:
    return {suffix: each for each in _languages().values() for suffix in each.suffixes}
