"""What a job of each kind does: the kind's row in `core.jobs.kinds`, and its handler here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from core.jobs import kinds
from core.workflows.alert_correlation import settle_case
from core.workflows.alert_reconciliation import reconcile
from core.workflows.attachment_intake import fetch
from core.workflows.card_delivery import report_progress, send
from core.workflows.delivery_batches import process_delivery
from core.workflows.evidence_intake import investigate_what_is_read, read_evidence
from core.workflows.knowledge_intake import read_version
from core.workflows.knowledge_vectors import embed_some
from core.workflows.message_handling import handle_message
from core.workflows.message_intake import read_on
from core.workflows.original_delivery import send_original
from core.workflows.pager_reconciliation import read_pager, reconcile_pager
from core.workflows.readership import settle_readers
from core.workflows.retention import destroy, disclaim, keep_house, keep_originals
from core.workflows.stalled_work import tell_stall
from core.workflows.turn import investigate_case

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from core.jobs.model import Job
    from core.workflows.services import Services


class JobHandler(Protocol):
    """Does what a job says; what it raises decides whether the job is tried again."""

    def __call__(self, job: Job, *, services: Services) -> Coroutine[Any, Any, None]: ...


HANDLERS: Mapping[kinds.JobKind[Any], JobHandler] = {
    kinds.DELIVERY_PROCESS: process_delivery,
    kinds.CASE_INVESTIGATE: investigate_case,
    kinds.CASE_AWAITS_FILES: investigate_what_is_read,
    kinds.CASE_STALLED: tell_stall,
    kinds.CASE_SETTLE: settle_case,
    kinds.EVIDENCE_PROCESS: read_evidence,
    kinds.EVIDENCE_LET_GO: destroy,
    kinds.EVIDENCE_DISCLAIM: disclaim,
    kinds.EVIDENCE_UPKEEP: keep_originals,
    kinds.KNOWLEDGE_READ: read_version,
    kinds.KNOWLEDGE_EMBED: embed_some,
    kinds.CHAT_SEND: send,
    kinds.CHAT_HEAR: handle_message,
    kinds.CHAT_READ_ON: read_on,
    kinds.CHAT_ASK_READERS: settle_readers,
    kinds.CHAT_FETCH: fetch,
    kinds.CHAT_PROGRESS: report_progress,
    kinds.CHAT_HAND_OUT: send_original,
    kinds.ALERTS_RECONCILE: reconcile,
    kinds.PAGER_READ: read_pager,
    kinds.PAGER_RECONCILE: reconcile_pager,
    kinds.HOUSEKEEPING: keep_house,
}


def handlers(services: Services) -> dict[str, Callable[[Job], Coroutine[Any, Any, None]]]:
    """By the name of the kind; each job is handled for the tenant that it belongs to."""
    return {kind.name: partial(_handle, handler, services) for kind, handler in HANDLERS.items()}


async def _handle(handler: JobHandler, services: Services, job: Job) -> None:
    await handler(job, services=services.of_tenant(job.tenant_id))
