"""Renders prompts from templates. Only redacted text, and words of our own, get into one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING

from core.errors import WrongUsage
from core.text.redacted import RedactedText
from core.text.templates import fill, templates_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment

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

        try:
            return fill(self._templates, name, slots, into="a prompt", plain=(int,))
        except TemplateError as error:
            problem = f"the prompt `{name}` cannot be rendered: {error}"
            raise WrongUsage(problem, next_step="Compare it with the one shipped.") from error

    def instructions(self, name: str) -> str:
        """The words of a template as they are written: what nobody outside is to be told."""
        return self.instead.get(name) or _shipped(name)

    @cached_property
    def _templates(self) -> Environment:
        return templates_of(self.instructions, ends_with_newline=True)  # of what is included


SHIPPED = Prompts()


def _shipped(name: str) -> str:
    folder = files("core.investigation.consultation") / "prompts"
    return (folder / f"{name}.md.j2").read_text(encoding="utf-8")
