"""Fills templates with redacted text. A template's own words are ours; nothing else gets in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.text.redacted import RedactedText, worded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2 import Environment

_MARK = "\x00"
_MARKED = re.compile(f"{_MARK}(\\d+){_MARK}")


def templates_of(load: Callable[[str], str], *, ends_with_newline: bool = False) -> Environment:
    """Templates by name, which may do nothing but be filled. ends_with_newline: it is kept."""
    from jinja2 import FunctionLoader, StrictUndefined  # noqa: PLC0415 - 0.1 s
    from jinja2.sandbox import SandboxedEnvironment  # noqa: PLC0415

    return SandboxedEnvironment(
        loader=FunctionLoader(load),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=ends_with_newline,
        lstrip_blocks=True,
        autoescape=False,  # what is rendered is no HTML
    )


def fill(
    templates: Environment,
    name: str,
    slots: Mapping[str, object],
    *,
    into: str,
    plain: tuple[type, ...] = (),
) -> RedactedText:
    """The template with its slots filled. into: what it becomes, in the words of an error.

    plain: types whose values may stand as they are.

    Raises TypeError for any other value that is not redacted, and jinja2's TemplateError.
    """
    texts: list[RedactedText] = []

    def mark(value: object) -> str:
        """In place of a redacted text, its number; the rest are words of the template."""
        if isinstance(value, RedactedText):
            texts.append(value)
            return f"{_MARK}{len(texts) - 1}{_MARK}"
        if isinstance(value, plain):
            return str(value)
        message = f"{type(value).__name__} in {into} is not clean"
        raise TypeError(message)

    rendered = templates.overlay(finalize=mark).get_template(name).render(slots)
    pieces = [
        texts[int(piece)] if place % 2 else worded(_literal(piece), {})
        for place, piece in enumerate(_MARKED.split(rendered))
    ]
    return RedactedText.join("", pieces)


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
