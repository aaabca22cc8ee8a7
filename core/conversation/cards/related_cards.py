"""The card of what is related to a case: what fixed the like, other cases and runbooks, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.conversation.cards.feedback_cards import named_feedback_actions
from core.conversation.cards.reply_cards import note
from core.knowledge.graph.edge_texts import outcome_text, path_text
from core.text import quantities
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from core.cases.model import Case
    from core.cases.projection import CaseView
    from core.conversation.cards.card import Action, Card
    from core.investigation.precedents import Precedent
    from core.knowledge.graph.relatives import RelatedNodes, Relative

say = sentences("knowledge.related")

PATHS_SHOWN = 3  # of one case or runbook
_LONGEST_PATH = 160  # characters


def related_card(
    case: Case,
    related: RelatedNodes,
    views: Mapping[str, CaseView],
    precedents: Sequence[Precedent],
) -> Card:
    """views: of the related cases, by id."""
    known = [precedent.line for precedent in precedents]
    if not related.cases and not related.runbooks and not known:
        return note("similar", say("none_like_it", tag=case.tag), say("only_here"), case=case)
    counted = quantities.counted(len(related.cases), "case", "cases")
    rows = [_case_row(each, views[each.node.key], related) for each in related.cases]
    rows += [say("runbook", title=each.node.label, paths=_paths(each)) for each in related.runbooks]
    title = say("like_it", tag=case.tag, n=counted)
    return note("similar", title, *known, *rows, case=case, actions=tuple(_fix_actions(precedents)))


def _case_row(relative: Relative, view: CaseView, related: RelatedNodes) -> RedactedText:
    text = _similar_text(view, outcome_text(related.graph, relative.node))
    return say("by_path", case=text, paths=_paths(relative))


def _paths(relative: Relative) -> RedactedText:
    texts = [path_text(path).cut(_LONGEST_PATH) for path in relative.paths[:PATHS_SHOWN]]
    return RedactedText.join(", ", list(dict.fromkeys(texts)))


def _similar_text(view: CaseView, runbook: RedactedText | None) -> RedactedText:
    case = view.case
    cause = next((each.statement.line() for each in view.hypotheses[:1]), case.title.line())
    fix = runbook or say("no_fix")
    if case.solution is not None:
        fix = say("fixed_by", fix=case.solution.line())
        fix = RedactedText.join(", ", [fix, runbook]) if runbook else fix
    if case.resolved_at is not None:
        took = quantities.span(case.resolved_at - case.opened_at)
        fix = say("open_for", fix=fix, took=took)
    at = RedactedText.at(case.opened_at, "%d %b %Y")
    return say("similar", tag=case.tag, at=at, cause=cause, fix=fix)


def _fix_actions(precedents: Sequence[Precedent]) -> Iterator[Action]:
    """Whether each of these fixes helped, by the case that it is of."""
    for precedent in precedents:
        number = precedent.record.number
        yield from named_feedback_actions(f"case {number}", RedactedText.tag("#", number))
