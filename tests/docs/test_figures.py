"""Figures that pages quote are those of the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.alerts.notification import MOST_ALERTS, MOST_LABELS
from core.context import RootCauseRule, Rules
from core.evidence.signatures import signatures
from core.investigation.causes.scored_cause import PRIOR
from core.investigation.causes.signature_grounds import HEALED
from core.investigation.verdict.hypotheses import (
    AGED,
    AGEING,
    AGREED,
    ALONE,
    CONFIRMED,
    DOUBT,
    PATIENCE,
    REFUSED,
    REJECTS_ITSELF,
    RELIEF,
    RELIEVED,
    TEMPERATURE,
    UNEXPLAINED,
    WITNESSED,
)
from core.investigation.verdict.predictions import FAILED as PREDICTION_FAILED
from core.jobs.model import FIRST_RETRY, LAST_RETRY, LEASE, MAX_ATTEMPTS
from core.workflows.alert_correlation import LATE
from core.workflows.alert_reconciliation import POLL_EVERY, RESOLVE_TIMEOUT
from core.workflows.delivery_intake import KEPT_OF_OVERSIZED
from core.workflows.retention import KEEP_DONE_JOBS
from faultmaven.installation_checks import ENOUGH_DISK_BYTES
from storage.database.engine import POSTGRES_CONNECTIONS, POSTGRES_MORE
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from datetime import timedelta

RULES = Rules()


def signed(number: float) -> str:
    """With the minus sign that prose has."""
    return f"{number:g}".replace("-", "\N{MINUS SIGN}")


def minutes(span: timedelta) -> str:
    return f"{span.total_seconds() / 60:g} min"


def mebibytes(size: int) -> str:
    return f"{size / 2**20:g} MiB"


RULE = RootCauseRule()
WEIGHTS = [pattern.weight for fault in signatures().values() for pattern in fault.signals.values()]
QUOTED = {
    "README.md": [
        f"at most {mebibytes(RULES.max_file_bytes)}",
        f"a webhook body {mebibytes(RULES.max_delivery_bytes)}",
    ],
    "docs/how-to/connect-alertmanager.md": [
        f"({minutes(RULES.resolve_after)})",
        f"({RULES.reopen_within.total_seconds() / 3600:g} h)",
        f"more than {minutes(RESOLVE_TIMEOUT)}utes",
        f"more than {MOST_ALERTS:,} alerts or {MOST_LABELS:,} labels",
    ],
    "docs/how-to/look-after-it.md": [
        f"for {RULES.keep_deliveries.days} days",
        f"after {RULES.keep_deliveries.days} days",
        f"after {KEEP_DONE_JOBS.days} days",
        f"Under {ENOUGH_DISK_BYTES / 2**30:g} GiB",
    ],
    "docs/how-to/run-as-a-team.md": [f"up to {POSTGRES_CONNECTIONS + POSTGRES_MORE} connections"],
    "docs/explanation/privacy.md": [f"{RULES.keep_deliveries.days} days"],
    "docs/explanation/nothing-is-lost.md": [
        f"over {mebibytes(RULES.max_delivery_bytes)}",
        f"first {KEPT_OF_OVERSIZED / 2**10:g} KiB",
        f"holds a job for {LEASE.total_seconds():g} s",
        f"from {FIRST_RETRY.total_seconds():g} s to {minutes(LAST_RETRY)}",
    ],
    "docs/explanation/confidence.md": [
        f"begins at {signed(PRIOR)}",
        f"its weight, {min(WEIGHTS):g} to {max(WEIGHTS):g}",
        f"{signed(HEALED)} where it was brief",
        f"{signed(CONFIRMED)}; {signed(REFUSED)}",
    ],
    "docs/explanation/root-cause.md": [
        f"{RULE.sure * 100:g} % or more",
        f"{RULE.kinds} independent kinds",
        f"{RULE.tested} prediction",
        f"{signed(PREDICTION_FAILED)} nats",
        f"under {REJECTS_ITSELF * 100:g} %",
        f"{AGEING:g} nats",
        f"at most {AGED:g}",
        f"more than {PATIENCE} later files",
        f"at a temperature of {TEMPERATURE:g}",
        f"head start of {DOUBT:g} nats",
        f"held takes {RELIEF:g} of that, {RELIEVED} at most",
        f"takes {AGREED:g}: that",
        f"thought of: {1 - WITNESSED:.0%}".replace("%", " %"),
        f"{1 - ALONE:.0%}".replace("%", " %"),
        f"{1 - UNEXPLAINED:.0%}".replace("%", " %"),
    ],
}


@pytest.mark.parametrize("page", QUOTED)
def test_a_page_quotes_the_figures_of_the_code(page: str) -> None:
    text = " ".join((ROOT / page).read_text(encoding="utf-8").split())
    assert [figure for figure in QUOTED[page] if figure not in text] == []


def test_figures_that_pages_write_in_words() -> None:
    """`eight attempts`, `five minutes`, `once a minute`: change the words with them."""
    assert MAX_ATTEMPTS == 8
    assert minutes(LATE) == "5 min"
    assert minutes(POLL_EVERY) == "1 min"
