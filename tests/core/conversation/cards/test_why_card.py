"""Is a hypothesis laid open: weights, lines that do not hold, predictions, what would change it?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.conversation.cards.hypothesis_cards import LINES, reasons
from tests.examples import POOL, SLOW, examples

if TYPE_CHECKING:
    from core.cases.model import Citation

HOLLOW = replace(POOL.supporting[1], resolves=False)


def words(lines: tuple[Citation, ...]) -> list[str]:
    rows, fold = reasons(replace(POOL, supporting=lines, contradicting=POOL.contradicting))
    return [row.text.text for row in (*rows, *fold)]


def test_the_loudest_line_comes_first_with_its_weight() -> None:
    rows, _ = reasons(POOL)
    assert rows[0].text.text.startswith("for +2.0: a request found no free connection")
    assert rows[0].citation == "api.log:8812"
    assert any(row.text.text.startswith("against \u22120.4: one pod is healthy") for row in rows)


def test_what_rests_on_nothing_is_struck_and_counted() -> None:
    rows, _ = reasons(replace(POOL, supporting=(POOL.supporting[0], HOLLOW, HOLLOW)))
    struck = [row for row in rows if row.struck]
    assert len(struck) == 2
    assert all(row.text.text.startswith("unsupported: ") for row in struck)
    assert any("2 claims rest on no line that is there" in row.text.text for row in rows)
    assert not any(row.struck for row in reasons(POOL)[0])


def test_without_any_line_it_says_so() -> None:
    rows, _ = reasons(SLOW)
    assert rows[0].text.text == "for: no line yet, unsupported"


def test_what_would_change_it_and_how_to_try_that() -> None:
    said = words(POOL.supporting)
    assert any(one.startswith("Would change it: compare pool_in_use") for one in said)
    assert "To try that: `run 1`" in said


def test_predictions_stand_with_what_became_of_them() -> None:
    card = examples()["why"]
    said = [row.text.text for row in card.rows]
    assert any(one.startswith("predicted, and held: ") for one in said)
    assert any(one.startswith("predicted, and failed: ") for one in said)
    assert any(one.startswith("predicts, not tested yet: ") for one in said)


def test_many_lines_are_folded() -> None:
    many = tuple(replace(POOL.supporting[0], weight=float(n)) for n in range(1, LINES + 3))
    rows, fold = reasons(replace(POOL, supporting=many, contradicting=()))
    assert sum(row.text.text.startswith("for ") for row in rows) == LINES
    assert sum(row.text.text.startswith("for ") for row in fold) == 2
