"""The look-ups of a model, asked for by people and programs: read-only, bounded, redacted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import NotFound
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
    from core.workflows.services import Services

TOOLS = SPECS


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
    """What a tool says of a case; of wrong arguments how they are right. Raises NotFound."""
    if tool not in {spec.name for spec in TOOLS}:
        message = "there is no such tool"
        raise NotFound(message, next_step="See GET /api/v1/agent/tools.")
    async with services.reading() as unit:
        view = await visible_case(unit, case_id, account)
        situation = await observe(unit, view)
    tools = EvidenceTools(situation, CaseLines(case_id, services))
    text = await tools.answer(ToolCall(id="", name=tool, arguments=arguments))
    return LookUp(text=text, places=tuple(tools.shown))
