"""Redaction rules of this installation: the file that the settings name, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from core.errors import WrongUsage
from core.redaction.rule_choice import OPTIONAL, PERSONAL, CustomRule
from faultmaven.named_files import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from faultmaven.settings import Settings

_NAME = re.compile(r"[a-z]{2,20}")
_FIELDS = {"name", "pattern", "off"}
_MOST_RULES, _LONGEST = 100, 1000
_HOW = "See docs/how-to/redaction-rules.md, and try it with `faultmaven redact`."


@dataclass(frozen=True)
class _Mistake:
    line: int
    problem: str


def read_redaction_rules(settings: Settings) -> tuple[CustomRule, ...]:
    """The rules of this process, for as long as it lives.

    Raises WrongUsage that names every line at fault, or says why the file cannot be read.
    """
    path = settings.redaction_rules
    return (
        parse_rules(
            text_of(path, what="the redaction rules", setting="FAULTMAVEN_REDACTION_RULES"),
            name=path.name,
        )
        if path
        else ()
    )


def parse_rules(text: str, *, name: str) -> tuple[CustomRule, ...]:
    """Rules from YAML: `name`, `pattern`, `off`. Raises WrongUsage with every mistake."""
    try:
        document = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _wrong(name, [_Mistake(line, f"no YAML: {error.problem}")]) from error
    if document is None:
        return ()
    if not isinstance(document, SequenceNode) or len(document.value) > _MOST_RULES:
        what = f"a list of at most {_MOST_RULES} rules is expected here"
        raise _wrong(name, [_Mistake(document.start_mark.line + 1, what)])
    mistakes: list[_Mistake] = []
    rules = [_rule(node, mistakes) for node in document.value]
    if mistakes:
        raise _wrong(name, mistakes)
    return tuple(rules)


def _rule(node: Node, mistakes: list[_Mistake]) -> CustomRule:
    fields = {key: value for key, value, _ in _fields(node)}
    strange = [(key, line) for key, _, line in _fields(node) if key not in _FIELDS]
    mistakes += [_Mistake(line, f"unknown: {key}") for key, line in strange]
    name, pattern = fields.get("name", ""), fields.get("pattern", "")
    off = fields.get("off", "")
    wrong = _wrong_off(name, off) or (_wrong_pattern(pattern) if pattern else None)
    wrong = wrong or (None if off else _wrong_name(name, pattern))
    if wrong:
        mistakes.append(_Mistake(node.start_mark.line + 1, wrong))
    return CustomRule(name=name, pattern=pattern, is_off=bool(off))


def _fields(node: Node) -> Iterator[tuple[str, str, int]]:
    for key, value in node.value if isinstance(node, MappingNode) else ():
        text = value.value if isinstance(value, ScalarNode) else ""
        yield str(key.value), str(text), key.start_mark.line + 1


def _wrong_name(name: str, pattern: str) -> str | None:
    if not _NAME.fullmatch(name):
        return "name: 2 to 20 letters from a to z, which become the placeholder's"
    if not pattern and name not in OPTIONAL:
        return f"pattern: missing; without one, name is one of {', '.join(sorted(OPTIONAL))}"
    return None


def _wrong_off(name: str, off: str) -> str | None:
    """Refuse to switch off the redaction of secrets."""
    if off and (off != "true" or name not in PERSONAL):
        return f"off: true, and name is one of {', '.join(sorted(PERSONAL))}"
    return None


def _wrong_pattern(pattern: str) -> str | None:
    """The engine's objection to a pattern. Look-around is refused: its time is unbounded."""
    if len(pattern) > _LONGEST:
        return f"pattern: longer than {_LONGEST} characters"
    import polars as pl  # noqa: PLC0415 - see core.redaction.engine

    try:
        matches_nothing = pl.Series([""]).str.contains(pattern).item()
    except pl.exceptions.ComputeError as error:
        lines = [line.removeprefix("error: ") for line in str(error).splitlines() if line.strip()]
        problem = next((line for line in lines if not line.startswith(("regex", " "))), lines[0])
        return f"pattern: {problem}"
    return "pattern: it matches nothing at all, everywhere" if matches_nothing else None


def _wrong(name: str, mistakes: list[_Mistake]) -> WrongUsage:
    problems = "; ".join(f"{name}:{mistake.line}: {mistake.problem}" for mistake in mistakes)
    return WrongUsage(problems, next_step=_HOW)
