"""Renders prompts from templates. Only redacted text, and our own words, get into one."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from core.text.redacted import RedactedText, worded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment

_MARK = "\x00"
_MARKED = re.compile(f"{_MARK}(\\d+){_MARK}")
Slot = RedactedText | int | bool | None


def render(name: str, **slots: Slot | Sequence[RedactedText]) -> RedactedText:
    """The prompt `prompts/NAME.md.j2` with its slots filled.

    Raises TypeError for a slot that is neither redacted text nor a number.
    """
    texts: list[RedactedText] = []

    def mark(value: object) -> str:
        """In place of a redacted text, its number; the rest of the template is our own words."""
        if isinstance(value, RedactedText):
            texts.append(value)
            return f"{_MARK}{len(texts) - 1}{_MARK}"
        if isinstance(value, int):
            return str(value)
        message = f"{type(value).__name__} in a prompt is not clean"
        raise TypeError(message)

    rendered = _environment().overlay(finalize=mark).get_template(name).render(slots)
    pieces = _MARKED.split(rendered)
    return RedactedText.join(
        "",
        [
            texts[int(piece)] if place % 2 else worded(_literal(piece), {})
            for place, piece in enumerate(pieces)
        ],
    )


def instructions(name: str) -> str:
    """The words of a template as they are written: what nobody outside is to be told."""
    return _source(name)


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415 - extra `llm`

    return Environment(
        loader=FunctionLoader(_source),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,  # of what is included
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - what is rendered is no HTML
    )


def _source(name: str) -> str:
    folder = files("core.investigation.consultation") / "prompts"
    return (folder / f"{name}.md.j2").read_text(encoding="utf-8")
