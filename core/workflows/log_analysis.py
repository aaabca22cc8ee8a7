"""What a file says by itself: read, told, and not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import TooLarge
from core.evidence.model import PlainArtifactStore

if TYPE_CHECKING:
    from core.accounts.model import Account
    from core.evidence.model import Extraction, Original
    from core.workflows.services import Services

LARGEST = 64 * 2**20  # bytes: whoever asks waits for it


async def analyse(
    original: Original, account: Account, *, name: str, service: str | None, services: Services
) -> Extraction:
    """What was found in it, redacted as anything that the account has read this way.

    Raises TooLarge, OutOfLimits, UnreadableEvidence.
    """
    if original.size > LARGEST:
        message = f"more than {LARGEST // 2**20} MB"
        raise TooLarge(message, next_step="Bring it to a case: POST /api/v1/evidence/upload.")
    return await services.runner.extract(
        original,
        name=name,
        service=service,
        case_key=services.context.key(account.id),
        shelf=PlainArtifactStore(),
    )
