"""What a line is asked for: words, fields, what it lacks, and how bad it is."""

from __future__ import annotations

import pytest

from core.evidence.events.line_query import LineQuery
from core.evidence.model import Level

pytestmark = pytest.mark.unit

JSON = '{"level":"error","path":"/pay","status":500,"ms":12.5,"msg":"pool timed out"}'
LOGFMT = "ts=2026-11-27T02:44:18Z level=info svc=booking status=200 path=/appointments"


@pytest.mark.parametrize(
    ("words", "in_json", "in_logfmt"),
    [
        ("", True, True),
        ("POOL timed", True, False),
        ("status=500", True, False),
        ("status=200", False, True),
        ("status=50", False, False),
        ("path=/pay", True, False),
        ("200|500", True, True),
        ("!pool", False, True),
        ("status !status=200", True, False),
        ("12", False, False),
        ("|", False, False),
    ],
)
def test_words_fields_choices_and_what_it_lacks(
    words: str, *, in_json: bool, in_logfmt: bool
) -> None:
    assert LineQuery(words).holds(JSON) is in_json
    assert LineQuery(words).holds(LOGFMT) is in_logfmt


@pytest.mark.parametrize(
    ("line", "is_bad"),
    [
        (JSON, True),
        (LOGFMT, False),
        ("E, [2026-11-27T02:35:18.084616 #1350] ERROR -- ident: OOM", True),
        ("2026-11-27 02:37:34,108 WARNING  nudge.worker: backing off", False),
        ('{"level":50,"msg":"gone"}', True),
        ("    at com.acme.Pool.take(Pool.java:40)", False),
        ("INFO no errors, 0 ERROR lines", False),
    ],
)
def test_the_level_that_a_line_states(line: str, *, is_bad: bool) -> None:
    assert LineQuery("", Level.ERROR).holds(line) is is_bad
    assert LineQuery(least=Level.ERROR)
    assert not LineQuery(" ")
