"""Renders prompts from templates. Only redacted text, and words of our own, get into one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING

from core.errors import WrongUsage
from core.text.redacted import RedactedText, worded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment

_MARK = "\x00"
_MARKED = re.compile(f"{_MARK}(\\d+){_MARK}")
Slot = RedactedText | int | bool | None


TEMPLATES = ("rules", "decide", "answer", "case")


@dataclass(frozen=True, eq=False)
class Prompts:
    """The templates that prompts are made of. instead: by name, those in place of the shipped."""

    instead: Mapping[str, str] = field(default_factory=dict)

    def render(self, name: str, **slots: Slot | Sequence[RedactedText]) -> RedactedText:
        """The prompt `prompts/NAME.md.j2` with its slots filled.

        Raises TypeError for a slot that is neither redacted text nor a number, and WrongUsage
        where a template has a mistake.
        """
        from jinja2 import TemplateError  # noqa: PLC0415 - extra `llm`

        texts: list[RedactedText] = []

        def mark(value: object) -> str:
            """In place of a redacted text, its number; the rest are words of the template."""
            if isinstance(value, RedactedText):
                texts.append(value)
                return f"{_MARK}{len(texts) - 1}{_MARK}"
            if isinstance(value, int):
                return str(value)
            message = f"{type(value).__name__} in a prompt is not clean"
            raise TypeError(message)

        try:
            rendered = self._environment.overlay(finalize=mark).get_template(name).render(slots)
        except TemplateError as error:
            problem = f"the prompt `{name}` cannot be rendered: {error}"
            raise WrongUsage(problem, next_step="Compare it with the one shipped.") from error
        pieces = _MARKED.split(rendered)
        return RedactedText.join(
            "",
            [
                texts[int(piece)] if place % 2 else worded(_literal(piece), {})
                for place, piece in enumerate(pieces)
            ],
        )

    def instructions(self, name: str) -> str:
        """The words of a template as they are written: what nobody outside is to be told."""
        return self.instead.get(name) or _shipped(name)

    @cached_property
    def _environment(self) -> Environment:
        from jinja2 import FunctionLoader, StrictUndefined  # noqa: PLC0415 - extra `llm`
        from jinja2.sandbox import SandboxedEnvironment  # noqa: PLC0415

        return SandboxedEnvironment(
            loader=FunctionLoader(self.instructions),
            undefined=StrictUndefined,
            trim_blocks=True,
            keep_trailing_newline=True,  # of what is included
            lstrip_blocks=True,
            autoescape=False,  # what is rendered is no HTML
        )


SHIPPED = Prompts()


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _shipped(name: str) -> str:
    folder = files("core.investigation.consultation") / "prompts"
    return (folder / f"{name}.md.j2").read_text(encoding="utf-8")
