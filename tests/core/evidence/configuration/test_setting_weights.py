"""What a change of a setting weighs: what is for people nothing, what stops work much."""

from __future__ import annotations

import pytest

from core.evidence.configuration.differences import weigh

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("SUPPORT_LINK", "https://help.shop.test/a", "https://help.shop.test/b"),
        ("flags.$comment", "edited in May", "edited in June"),
        ("CustomLog[logs/access_log]", "common", "combined"),
        ("configuration.root.level", "INFO", "WARN"),
    ],
)
def test_what_is_for_people_or_for_logs_weighs_little(path: str, old: str, new: str) -> None:
    assert weigh(path, old, new) <= 0.5


def test_a_log_that_tells_everything_weighs_less_than_any_limit() -> None:
    flood = weigh("configuration.root.level", "INFO", "TRACE")
    assert 0 < flood < weigh("pool.max", "40", "20")


def test_where_alerts_go_weighs_more_than_a_history() -> None:
    history = weigh("spec.revisionHistoryLimit", "5", "10")
    assert weigh("route.receiver", "pagerduty", "blackhole") > history
    assert weigh("containers[reviews].image", "reviews:4.12.3", "reviews:latest") > history
