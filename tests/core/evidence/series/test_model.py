from __future__ import annotations

from core.evidence.series.model import spell_series
from core.redaction.engine import Redactor
from tests.core.evidence.series.sample_series import series


def test_names_are_written_as_prometheus_does() -> None:
    assert spell_series("up", {"job": "a", "pod": "b"}) == 'up{job="a", pod="b"}'
    assert (spell_series("up", {}), spell_series("", {"a": "1"})) == ("up", '{a="1"}')


def test_titles_are_redacted() -> None:
    title = series([1.0], owner="dana@example.com").title(Redactor(b"k"))
    assert "dana" not in title.text


def test_whose_it_is() -> None:
    assert series([1.0], job="j", service="s").service == "s"
    assert series([1.0], job="j").service == "j"
    assert series([1.0], pod="p").service is None
