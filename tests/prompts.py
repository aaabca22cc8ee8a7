"""Draws the golden prompts again: `python -m tests.prompts`. Look at the difference.

What a model is sent of one small case: to weigh it, and to answer a question about it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from core.investigation.consultation.profile import LARGE, SMALL
from core.investigation.model_reasoner import WithModel
from core.workflows.turn_recorder import unrecorded
from tests.core.investigation.consultation.cases import QUOTA, a_case
from tests.core.investigation.sample_situations import REDACTOR
from tests.fakes.models.in_process import ScriptedModel, a_cause, opines, says

if TYPE_CHECKING:
    from core.investigation.consultation.profile import Profile
    from core.investigation.language_model import ModelRequest

GOLDEN = Path(__file__).parent / "golden" / "prompts"
NAMES = ("weigh", "answer")
PROFILES = {"large": LARGE, "small": SMALL}


def prompts(profile: Profile) -> dict[str, str]:
    """What a model is sent first, by what it is asked for."""
    model = ScriptedModel(
        [opines(a_cause("ledger", "posting quota", QUOTA)), says("Das Kontingent.")]
    )
    reasoner = WithModel(model, lambda _: REDACTOR, profile=profile)
    asyncio.run(reasoner.decide(a_case("Warum geht die Kasse nicht?"), unrecorded()))
    return dict(zip(NAMES, map(_written, model.asked), strict=True))


def golden_path(name: str, profile: str) -> Path:
    return GOLDEN / f"{name}.{profile}.md"


def main() -> None:
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for kind, profile in PROFILES.items():
        for name, text in prompts(profile).items():
            golden_path(name, kind).write_text(text, encoding="utf-8")


def _written(request: ModelRequest) -> str:
    tools = ", ".join(spec.name for spec in request.tools) or "none"
    parts = [f"# {message.speaker.value}\n\n{message.text.text}" for message in request.messages]
    return "\n".join([*parts, f"# tools\n\n{tools}\n"])


if __name__ == "__main__":
    main()
