"""What must be true of every run, whatever went wrong in it.

Read from the tables and from the platforms as they are, never through the code that is on trial.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation import check_cards, check_talk, check_work

if TYPE_CHECKING:
    from tests.simulation.ledger import Ledger

CHECKS = (
    check_work.deliveries,
    check_work.jobs,
    check_work.occurrences,
    check_work.events_of_incidents,
    check_work.logs_of_alerts,
    check_work.cases,
    check_work.ends,
    check_talk.heard,
    check_talk.said,
    check_talk.notes,
    check_talk.questions,
    check_talk.files,
    check_talk.dropped,
    check_talk.fetches,
    check_cards.sent,
    check_cards.in_order,
    check_cards.shown,
    check_cards.newest,
    check_cards.refused,
)


def check_at_the_end(ledger: Ledger) -> None:
    """When all is drained: every promise."""
    for check in CHECKS:
        for problem in check(ledger):
            ledger.trace.accuse(problem)
