"""A hypothesis laid open: weights, lines that do not hold, predictions, what would change it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.model import EvidenceKind, Prediction, PredictionOutcome
from core.conversation.cards.hypothesis_cards import check_text, reasons
from core.investigation.verdict.predictions import contradictions
from core.text.redacted import RedactedText
from tests.examples import POOL, SLOW, examples

if TYPE_CHECKING:
    from core.cases.model import Citation

HOLLOW = replace(POOL.supporting[1], resolves=False)


def words(lines: tuple[Citation, ...]) -> list[str]:
    rows, fold = reasons(replace(POOL, supporting=lines, contradicting=POOL.contradicting))
    return [row.text.text for row in (*rows, *fold)]


def test_the_loudest_line_comes_first_with_its_weight() -> None:
    rows, _ = reasons(POOL)
    assert rows[0].text.text.startswith("for +2.7: a request found no free connection")
    assert rows[0].text.text.endswith("; also: seen 1,204 times")
    assert rows[0].citation == "api.log:8812"
    assert any(row.text.text.startswith("against \u22120.4: one pod is healthy") for row in rows)


def test_what_rests_on_nothing_is_struck_and_not_counted() -> None:
    other = replace(POOL.supporting[2], resolves=False)
    rows, fold = reasons(replace(POOL, supporting=(POOL.supporting[0], HOLLOW, HOLLOW, other)))
    struck = [row for row in (*rows, *fold) if row.struck]
    assert len(struck) == 2
    assert all(row.text.text.startswith("unsupported, not counted: ") for row in struck)
    assert rows[0].text.text.startswith("for +2.0: ")
    assert not any(row.struck for row in reasons(POOL)[0])


def test_without_any_line_it_says_so() -> None:
    rows, _ = reasons(SLOW)
    assert rows[0].text.text == "for: no line yet, unsupported"


def test_what_would_change_it_and_how_to_try_that() -> None:
    rows = words(POOL.supporting)
    assert any(row.startswith("Would settle it: compare pool_in_use") for row in rows)
    assert "To check that: `run 1`" in rows


def test_predictions_stand_with_what_became_of_them() -> None:
    card = examples()["why"]
    texts = [row.text.text for row in (*card.rows, *card.fold) if "expected: " in row.text.text]
    ends = {text.rpartition(" \u2014 ")[2] for text in texts}
    assert ends == {"seen", "not seen", "not checked yet"}


def test_a_failed_prediction_among_the_lines_against_is_not_repeated() -> None:
    text = RedactedText.format("callers of checkout fail")
    failed = Prediction(
        text=text,
        kind=EvidenceKind.LOG,
        outcome=PredictionOutcome.FAILED,
        citations=POOL.contradicting,
    )
    lines = contradictions(failed)
    rows, fold = reasons(replace(POOL, contradicting=lines, predictions=(failed,)))
    texts = [row.text.text for row in (*rows, *fold)]
    assert sum("expected: callers of checkout fail \u2014 not seen" in text for text in texts) == 1


def test_many_lines_are_folded() -> None:
    many = tuple(
        replace(POOL.supporting[0], text=RedactedText.format("line {n}", n=n), weight=float(n))
        for n in range(1, 12)
    )
    rows, fold = reasons(replace(POOL, supporting=many, contradicting=()))
    shown = [row.text.text for row in rows if row.text.text.startswith("for ")]
    assert any("line 11" in text for text in shown)
    assert sum(row.text.text.startswith("for ") for row in fold) == len(many) - len(shown) > 0


def test_a_long_check_ends_before_a_parenthesis_that_does_not_fit() -> None:
    check = RedactedText.format(
        "compare connections in use with the pool's limit since onset, and list what holds them"
        " longest (PostgreSQL: select state, now() - xact_start, query from pg_stat_activity)"
    )
    text = check_text(replace(POOL, check=check)).text
    assert text.endswith("list what holds them longest")
