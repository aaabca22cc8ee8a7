"""The sentences that people read, by name: data, in `core/conversation/sentences`.

Words are kept where they were said, as text in the events of a case; so a sentence is worded where
it is decided, in any room. What it says stands in one folder. `sentences("investigation.grounds")`
is the table `[grounds]` of `investigation.toml` there; a file is read at the first word.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.text.redacted import RedactedText, worded

if TYPE_CHECKING:
    from datetime import datetime

FOLDER = Path(__file__).parents[1] / "conversation" / "sentences"

Sentence = Callable[..., RedactedText]  # the values of its slots are its keyword arguments


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of one subject."""

    file: str
    table: str

    def __call__(
        self, name: str, /, **values: RedactedText | float | datetime | None
    ) -> RedactedText:
        """A sentence with its slots filled, as `RedactedText.format` fills them.

        Raises KeyError where there is no such sentence, or a slot of it has no value.
        """
        return worded(self._words(name), values)

    def raw(self, name: str, /, **values: str | int) -> str:
        """The same as plain text, with plain text in it: for what is redacted as a whole later."""
        spelt = {
            slot: value if isinstance(value, str) else f"{value:,}"
            for slot, value in values.items()
        }
        return self._words(name).format(**spelt)

    def later(self, name: str) -> Sentence:
        """A sentence without slots, for a table of a module: worded when it is called."""
        return partial(self, name)

    def _words(self, name: str) -> str:
        return _read(self.file)[self.table][name]


@cache
def sentences(section: str) -> Sentences:
    """Those of one section, `FILE.TABLE`. Reads nothing yet."""
    file, _, table = section.partition(".")
    return Sentences(file, table)


@cache
def _read(file: str) -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((FOLDER / f"{file}.toml").read_text(encoding="utf-8"))
