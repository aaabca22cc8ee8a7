from __future__ import annotations

import pytest

from core.evidence.logs.chat_lines import asks_or_plans, is_chatter


@pytest.mark.parametrize(
    "words",
    [
        "should we deploy 2.7.2 now?",
        "shall we roll back",
        "I'll deploy 2.7.2 after lunch",
        "we could restart orders",
        "ok, let's wait with 2.7.2",
        "is it the deploy of 2.7.2? (or not)",
    ],
)
def test_questions_and_plans(words: str) -> None:
    assert asks_or_plans(f"[09:12:01] dana: {words}")
    assert asks_or_plans(f"2026-11-17 09:12 <dana> {words}")
    assert is_chatter(f"09:12:01 @dana: {words}")


@pytest.mark.parametrize(
    "words",
    [
        "orders 2.7.2 rolled out",
        "rolled back web to 4.1, could not reach the canary",
        "api: 2.7.1 -> 2.7.2",
        "flag=reserve_pool value=on",
        "cut over to the new cluster",
        "see https://ci.test/run?id=4 done",
    ],
)
def test_deeds(words: str) -> None:
    assert not asks_or_plans(f"[09:12:01] dana: {words}")
    assert not is_chatter(f"[09:12:01] dana: {words}")


@pytest.mark.parametrize("words", ["payments 5.2.8 graphs flat", "newsletter goes out at ten"])
def test_a_version_or_a_time_alone_is_chatter(words: str) -> None:
    assert is_chatter(f"09:12:01 <dana> {words}")
    assert not asks_or_plans(f"09:12:01 <dana> {words}")


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-17T02:00:00Z zone shop pushed to ns1",
        "INFO deploying orders 2.7.2?",
        "",
        "09:12:01 <" + "a" * 5_000,
    ],
)
def test_what_nobody_says_in_a_chat_is_neither(line: str) -> None:
    assert not asks_or_plans(line)
    assert not is_chatter(line)
