"""Which hypothesis does somebody name by its number?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.conversation.cards.next_step import open_hypotheses
from core.errors import NotAllowedNow, NotFound

if TYPE_CHECKING:
    from core.cases.events import CaseView
    from core.cases.hypotheses import Hypothesis


def named(view: CaseView, number: int | None) -> Hypothesis:
    """That one; without a number the one that is believed most.

    Raises NotAllowedNow where the case has none, NotFound where it has others.
    """
    known = {one.number: one for one in view.hypotheses}
    if not known:
        message = f"#{view.case.number} has no hypotheses yet"
        raise NotAllowedNow(message, next_step="Bring evidence: drop a file, or paste lines.")
    if number is None:
        return next(iter(open_hypotheses(view)), view.hypotheses[0])
    if number not in known:
        listed = ", ".join(map(str, sorted(known)))
        message = f"#{view.case.number} has no hypothesis {number}; there is {listed}"
        raise NotFound(message, next_step="Type `hypotheses` for what each says.")
    return known[number]
