"""Reads what a model answered: its JSON, its tool calls, and what is wrong with either.

What is wrong is told in words of ours and places of the schema: nothing of the answer is quoted.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.investigation.language_model import ToolCall
from integrations.llm.arguments import ANSWER, tool_named
from integrations.llm.targets import SchemaMeans

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.investigation.language_model import ModelRequest
    from integrations.llm.placeholders import Placeholders
    from integrations.llm.seam import Completion, RawCall

FENCE = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL)
THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)  # how some local models think aloud
AGAIN = "Your last answer could not be used: "


@dataclass(frozen=True, kw_only=True)
class ModelAnswer:
    """A usable text or calls, or the problem with them."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    problem: str = ""

    @property
    def repair(self) -> str:
        """What the model is told, so that it answers better."""
        return f"{AGAIN}{self.problem}. Answer again, correctly."


def read_answer(
    completion: Completion, request: ModelRequest, means: SchemaMeans, names: Placeholders
) -> ModelAnswer:
    """The answer, checked against the schemas of the request."""
    raw_calls = [completion.calls[index] for index in sorted(completion.calls)]
    if request.schema is not None and means is SchemaMeans.TOOL:
        document = next((call for call in raw_calls if call.name == ANSWER), None)
        if document is not None:
            return _read_document(document.arguments, request.schema, names)
    if raw_calls:
        return _read_calls(raw_calls, request, names)
    text = THOUGHT.sub("", completion.text)
    if request.schema is not None:
        return _read_document(text, request.schema, names)
    if not text.strip():
        return ModelAnswer(problem="it was empty")
    return ModelAnswer(text=names.restore(text))


def _read_document(text: str, schema: Mapping[str, object], names: Placeholders) -> ModelAnswer:
    document = _json_in(text)
    if document is _NOTHING:
        return ModelAnswer(problem="it was not one complete JSON document")
    if problem := _misfit(document, schema):
        return ModelAnswer(problem=problem)
    return ModelAnswer(text=names.restore(json.dumps(document, ensure_ascii=False)))


def _read_calls(
    raw_calls: list[RawCall], request: ModelRequest, names: Placeholders
) -> ModelAnswer:
    calls = []
    for number, raw in enumerate(raw_calls, start=1):
        tool = tool_named(request.tools, raw.name)
        if tool is None:
            offered = ", ".join(tool.name for tool in request.tools)
            return ModelAnswer(problem=f"it called a tool that is not there; these are: {offered}")
        arguments = _json_in(raw.arguments or "{}")
        if not isinstance(arguments, dict):
            return ModelAnswer(problem=f"the arguments of {tool.name} were no JSON object")
        if problem := _misfit(arguments, tool.parameters):
            return ModelAnswer(problem=f"arguments of {tool.name}: {problem}")
        fitting = json.loads(names.restore(json.dumps(arguments, ensure_ascii=False)))
        calls.append(ToolCall(id=raw.id or f"call_{number}", name=tool.name, arguments=fitting))
    return ModelAnswer(calls=tuple(calls))


_NOTHING = object()


def _json_in(text: str) -> Any:
    """The JSON document in the text, also within a fence or after a sentence; else _NOTHING."""
    for candidate in _candidates(text):
        try:
            return json.loads(candidate, strict=False, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            continue
    return _NOTHING


def _candidates(text: str) -> Iterator[str]:
    yield text
    yield from FENCE.findall(text)
    start, end = text.find("{"), text.rfind("}")
    if 0 <= start < end:
        yield text[start : end + 1]


def _refuse_constant(constant: str) -> object:
    message = f"{constant} is no JSON"
    raise ValueError(message)


def _misfit(document: object, schema: Mapping[str, object]) -> str:
    """Where in the schema the document fails; "" where it fits."""
    import jsonschema  # type: ignore[import-untyped] # noqa: PLC0415 - of the `llm` extra, too

    validator = jsonschema.Draft202012Validator(schema)
    error = jsonschema.exceptions.best_match(validator.iter_errors(document))
    if error is None:
        return ""
    place = "/".join(str(step) for step in error.absolute_schema_path)
    return f"it does not fit the schema at {place}"
