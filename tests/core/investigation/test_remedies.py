"""What to do now: a change is undone, a rotated secret read anew, a partner called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.cases.model import Cause, EvidenceKind
from core.investigation.remedies import remedy
from core.redaction.engine import Redactor
from tests.core.investigation.sample_views import a_citation, a_hypothesis

REDACTOR = Redactor(b"k" * 32)


@pytest.mark.parametrize(
    ("fault", "change", "begins"),
    [
        ("out_of_memory", "cart 3.3.2 -> 3.4.0", "roll cart back from 3.4.0 to 3.3.2; else give"),
        ("broken_by_change", "cart 3.3.2 -> 3.4.0", "roll cart back from 3.4.0 to 3.3.2"),
        ("credentials_rejected", "rotated password of role cart", "start cart again, so that it"),
        ("out_of_memory", "Started cart.service - the cart", "give it more memory"),
        ("out_of_memory", None, "give it more memory"),
    ],
)
def test_a_change_that_can_be_undone_goes_first(
    fault: str, change: str | None, begins: str
) -> None:
    hypothesis = a_hypothesis()
    lines = (
        (replace(a_citation("a.log"), text=REDACTOR.clean(change), kind=EvidenceKind.CHANGE),)
        if change
        else ()
    )
    cause = Cause(service="cart", signal="a", fault=fault)
    words = remedy(replace(hypothesis, cause=cause, supporting=lines), None)
    assert words.text.startswith(begins)


def test_who_holds_the_lock_is_named() -> None:
    held = "still waiting for AccessShareLock; held by process 1263 (billing@shop)"
    line = replace(a_citation("db.log"), text=REDACTOR.clean(held))
    cause = Cause(service="db", signal="a", fault="database_lock_contention")
    words = remedy(replace(a_hypothesis(), cause=cause, supporting=(line,)), None)
    assert words.text.startswith("end what holds the lock, process 1263 (billing@shop)")


@pytest.mark.parametrize(
    ("service", "is_unseen", "is_called"),
    [
        ("api.paydesk.example", True, True),
        ("api.paydesk.example", False, False),
        ("cart.shop.internal", True, False),
        ("cart", True, False),
    ],
)
def test_who_runs_a_partner_is_called(service: str, *, is_unseen: bool, is_called: bool) -> None:
    cause = Cause(service=service, signal="a", fault="certificate_expired")
    words = remedy(replace(a_hypothesis(), cause=cause, supporting=()), None, is_unseen=is_unseen)
    assert words.text.startswith("call who runs") is is_called
