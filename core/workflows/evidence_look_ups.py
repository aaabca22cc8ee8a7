"""The look-ups of a model, asked for by people and programs: read-only, bounded, redacted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import NotFound, WrongUsage
from core.investigation.consultation.tool_specs import SPECS
from core.investigation.consultation.tools import EvidenceTools
from core.investigation.language_model import ToolCall
from core.investigation.situation import observe
from core.text.redacted import RedactedText
from core.workflows.case_access import visible_case
from core.workflows.case_lines import CaseLines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.accounts.model import Account
    from core.investigation.language_model import ToolSpec
    from core.workflows.services import Services

TOOLS = SPECS


_SEE = "See GET /api/v1/agent/tools."
_KINDS = {"string": (str, "text"), "integer": (int, "a whole number")}


@dataclass(frozen=True, kw_only=True)
class LookUp:
    """What a look-up shows. places: file and line of each line of it that may be cited."""

    text: RedactedText
    places: tuple[str, ...]


async def look_up(
    case_id: str,
    tool: str,
    arguments: Mapping[str, object],
    account: Account,
    *,
    services: Services,
) -> LookUp:
    """What a tool says of a case. Raises NotFound, WrongUsage."""
    spec = next((spec for spec in TOOLS if spec.name == tool), None)
    if spec is None:
        message = "there is no such tool"
        raise NotFound(message, next_step=_SEE)
    _must_suit(arguments, spec)
    async with services.reading() as unit:
        view = await visible_case(unit, case_id, account)
        situation = await observe(unit, view)
    tools = EvidenceTools(situation, CaseLines(case_id, services))
    text = await tools.answer(ToolCall(id="", name=tool, arguments=arguments))
    return LookUp(text=text, places=tuple(tools.shown))


def _must_suit(arguments: Mapping[str, object], spec: ToolSpec) -> None:
    """Raises WrongUsage for what the tool has no use for. A model is told by its result instead."""
    schema: Mapping[str, Any] = spec.parameters
    known: Mapping[str, Any] = schema["properties"]
    missing = [name for name in schema["required"] if name not in arguments]
    if missing or arguments.keys() - known.keys():
        message = f"{spec.name} takes {', '.join(known) or 'no arguments'}"
        needs = f" and needs {', '.join(missing)}" if missing else ""
        raise WrongUsage(message + needs, next_step=_SEE)
    for name, value in arguments.items():
        kind, words = _KINDS[known[name]["type"]]
        if not isinstance(value, kind) or isinstance(value, bool):
            message = f"{name} of {spec.name} is {words}"
            raise WrongUsage(message, next_step=_SEE)
        if value not in known[name].get("enum", [value]):
            message = f"{name} of {spec.name} is one of {', '.join(known[name]['enum'])}"
            raise WrongUsage(message, next_step=_SEE)
