"""What a model says to people carries no link, no mention, no secret, and none of our prompts."""

from __future__ import annotations

import pytest

from core.investigation.consultation.exchange import marks_of
from core.investigation.consultation.opinions import CitedPlaces
from core.investigation.consultation.prompts import SHIPPED
from core.investigation.consultation.speech import Speech, TellsTooMuch
from tests.core.investigation.consultation.cases import QUOTA, a_case
from tests.core.investigation.sample_situations import REDACTOR

pytestmark = pytest.mark.unit

CASE = a_case()
MARKS = marks_of(CASE, REDACTOR)
SPEECH = Speech(REDACTOR, MARKS, CitedPlaces(CASE))


@pytest.mark.parametrize(
    "words",
    [
        "See https://evil.example/?q=abc now",
        "See [the runbook](https://evil.example/x) now",
        "See ![](http://evil.example/a.png) now",
        "See <https://evil.example|docs> now",
        "See www.evil.example/x now",
        "Ask <@U0123> and <!channel> or @here now",
    ],
)
def test_links_and_mentions_are_left_out(words: str) -> None:
    shown = SPEECH.so_far(words).text
    assert "evil" not in shown
    assert "<" not in shown
    assert "@here" not in shown
    assert shown.endswith("now")


def test_a_secret_that_is_made_up_is_hidden() -> None:
    shown = SPEECH.so_far("run it with password=hunter2hunter2").text
    assert "hunter2" not in shown


@pytest.mark.parametrize("name", ["rules", "decide", "answer"])
def test_our_instructions_are_not_repeated(name: str) -> None:
    words = SHIPPED.instructions(name).split()
    with pytest.raises(TellsTooMuch):
        SPEECH.so_far("Sure! " + " ".join(words[10:30]).upper())


def test_the_marks_of_data_are_not_repeated() -> None:
    with pytest.raises(TellsTooMuch):
        SPEECH.so_far(f"It begins with {MARKS.open.text}")


def test_cited_lines_come_with_their_words_and_others_are_struck() -> None:
    text, cited = SPEECH.finished(f"The quota is used up [{QUOTA}], so all fail [web.log:7].")
    assert text.text.startswith("The quota is used up")
    assert [(line.label, line.resolves) for line in cited] == [(QUOTA, True), (None, False)]
    assert cited[0].text.text == "quota of postings reached"
    assert cited[1].text.text == "web.log:7"
