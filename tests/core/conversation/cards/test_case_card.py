"""The case card: how many rows in which state, and what each one says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.cases.investigation_state import Defect, TurnPart
from core.cases.projection import CaseView
from core.conversation.cards import case_card as case_card_module
from core.conversation.cards.case_card import LINE
from core.conversation.cards.case_rows import author_row
from core.evidence.model import NO_EXTRACTOR
from core.redaction.engine import Redactor
from core.text.quantities import width
from core.text.redacted import RedactedText
from tests.examples import (
    API_LOG,
    BY_HAND,
    BY_ITSELF,
    CASE,
    CONFIRMED,
    FOUND,
    HOSTILE,
    KNOWN,
    NOW,
    OCCURRENCES,
    QUIET,
    RESOLVED,
    card,
    examples,
)

if TYPE_CHECKING:
    from core.redaction.rules import TextSpan

OPENED = CaseView(case=CASE)


def rows(view: CaseView, **given: object) -> list[str]:
    shown = card(view, occurrences=OCCURRENCES, **given)  # type: ignore[arg-type]
    return [row.text.text for row in shown.rows]


@pytest.mark.parametrize(
    ("view", "count"),
    [(OPENED, 5), (BY_HAND, 2), (KNOWN, 6), (CONFIRMED, 5), (FOUND, 6), (QUIET, 6), (HOSTILE, 6),
     (RESOLVED, 3), (BY_ITSELF, 3)],
)  # fmt: skip
def test_what_the_alert_says_before_anything_is_known_six_at_most_three_at_the_end(
    view: CaseView, count: int
) -> None:
    assert len(rows(view)) == count


def test_the_card_has_what_the_alert_says_before_any_evidence_and_where_to_look() -> None:
    _, written, affects, links, _ = card(OPENED, occurrences=OCCURRENCES).rows
    assert written.text.text.startswith("More than 5 % of the answers were 5xx for 2 min")
    assert affects.text.text == "Affects checkout, payments in cluster eu-1, prod"
    assert [link.text for link in links.links] == [
        "Runbook wiki.example.com",
        "Graph prometheus.example.com:9090",
    ]
    with_evidence = card(OPENED, occurrences=OCCURRENCES, files=(API_LOG,))
    assert "cluster eu-1, prod" in with_evidence.rows[1].text.text


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("booking/app.log:1003", "booking/app.log:1003"),
        ("booking-api/booking-api.log:1375", "booking-api.log:1375"),
        ("prod/notification-service/app.log:7", "…-service/app.log:7"),
        ("a-very-long-name-of-a-file.log:12", "…name-of-a-file.log:12"),
    ],
)
def test_a_citation_keeps_what_tells_its_file_apart(label: str, shown: str) -> None:
    short = case_card_module._shorten_label(label)
    assert len(short) <= case_card_module.LONGEST_CITATION
    assert short.endswith(shown.removeprefix("…"))


def test_the_state_comes_first() -> None:
    assert rows(OPENED)[0].startswith("Firing #128 High · ")
    assert rows(QUIET)[0].startswith("Quiet #128 High · ")
    assert rows(BY_HAND)[0].startswith("Open #128 · ")
    assert rows(RESOLVED)[0].startswith("Resolved #128 High · ")


def test_hypotheses_keep_their_number_confidence_and_line() -> None:
    shown = card(HOSTILE, files=(API_LOG,))
    for row in shown.rows[2:4]:
        assert row.text.text.endswith(" %")
        assert width(row.text) + len(row.citation or "") + 2 <= LINE


def test_what_rests_on_no_line_says_so() -> None:
    assert card(KNOWN).rows[3].citation == "unsupported"


def test_ignorance_names_what_is_missing() -> None:
    read = CaseView(case=replace(CASE, files=1))
    (_, _, nothing, _) = rows(read, files=(API_LOG,))
    assert nothing == "No cause yet: 1 log read, no known failure. Missing: the log of payments"


def test_what_no_reader_knows_is_not_called_read() -> None:
    unread = replace(API_LOG, extractor=NO_EXTRACTOR)
    shown = rows(CaseView(case=replace(CASE, files=1)), files=(unread,))
    assert "No cause yet: nothing could be read. Missing: the log of payments" in shown


def test_a_quiet_case_says_when_it_resolves_by_itself_unless_someone_spoke() -> None:
    assert "resolves by itself 02:58 UTC" in rows(QUIET)[1]
    spoken = replace(QUIET, case=replace(QUIET.case, spoken_at=NOW))
    assert "`resolve` ends the case" in rows(spoken)[1]


def test_a_resolved_case_names_its_cause_with_the_number_under_which_it_was_known() -> None:
    confirmed = next(known for known in RESOLVED.hypotheses if known.verdict_by)
    renumbered = replace(RESOLVED, hypotheses=(replace(confirmed, number=4),))
    assert rows(renumbered)[1].startswith("Cause: 4. The connection pool")


DEFECT = Defect(
    part=TurnPart.HYPOTHESIS,
    name=RedactedText.format("hypothesis 2"),
    problem=RedactedText.format("KeyError at choosing.py:192"),
)


def test_what_a_turn_left_out_is_a_line_and_the_card_stays_as_short() -> None:
    impaired = replace(KNOWN, investigation=replace(KNOWN.investigation, defects=(DEFECT,)))
    shown = rows(impaired)
    assert len(shown) == 6
    assert shown[-1] == (
        "Left out: hypothesis 2 (our fault, KeyError at choosing.py:192); the rest stands"
    )
    two = replace(impaired, investigation=replace(KNOWN.investigation, defects=(DEFECT, DEFECT)))
    assert "192) and 1 more; the rest stands" in rows(two)[-1]


@pytest.mark.parametrize(
    ("section", "view"),
    [("origin_text", KNOWN), ("affected", KNOWN), ("_hypothesis_row", KNOWN), ("next_row", KNOWN),
     ("_owner_row", KNOWN), ("case_actions", KNOWN), ("_resolved_rows", RESOLVED),
     ("reading_row", OPENED)],
)  # fmt: skip
def test_a_section_that_cannot_be_drawn_is_left_out_alone(
    section: str, view: CaseView, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object, **_named: object) -> None:
        raise KeyError(section)

    monkeypatch.setattr(case_card_module, section, broken)
    shown = rows(view)
    assert shown[0].startswith(("Firing #128", "Resolved #128"))
    assert "(our fault, KeyError at test_case_card.py:" in shown[-1]


class Reader:
    """Recognises nothing, and keeps what it was given to read."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def spans(self, text: str) -> list[TextSpan]:
        self.texts.append(text)
        return []


def test_what_a_hundred_alerts_say_is_read_once_a_card() -> None:
    reader = Reader()
    alert = replace(OCCURRENCES[0], notes={}, summary=CASE.title.text)
    assert author_row(CASE, [alert] * 100, redactor=Redactor(b"k" * 32, recogniser=reader)) == []
    assert reader.texts == [CASE.title.text]


@pytest.mark.parametrize("slug", examples())
def test_no_jargon_of_ours_in_any_card(slug: str) -> None:
    words = " ".join(row.text.text for row in examples()[slug].rows).lower()
    for word in ("ooda", "posterior", "signature", "projection", "template", "nats", "i think"):
        assert word not in words
