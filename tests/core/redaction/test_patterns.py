from __future__ import annotations

import time

import pytest

from core.redaction.personal import is_card, is_iban
from core.redaction.rule_choice import OPTIONAL, RULES, find_spans, found_by, optional_rules

EVERYTHING = (*RULES, *optional_rules(OPTIONAL))
DENIAL = 64 * 1024
# What makes patterns try again: what they begin with, what they repeat, what stands between.
UNITS = (
    *("a", "1 ", "-", "a.", "a:", '="', "://a:", "key=", "password: is ", "4111 "),
    *("-----BEGIN PRIVATE KEY-----", '"key":"password" value="', "docker a -p ", "«secret-"),
)
BOUND_S = 6.0  # of all rules together; on a quiet machine it takes less than one


@pytest.mark.parametrize("unit", UNITS)
def test_no_rule_is_slow_on_hostile_text(unit: str) -> None:
    text = (unit * (DENIAL // len(unit) + 1))[:DENIAL]
    began = time.process_time()
    for _ in found_by(EVERYTHING, text):
        pass
    assert time.process_time() - began < BOUND_S


@pytest.mark.parametrize("rule", EVERYTHING, ids=lambda rule: "|".join(rule.hints)[:40])
def test_no_rule_is_slow_where_its_own_beginning_is_repeated(rule: object) -> None:
    hints = getattr(rule, "hints", ())[:1]
    began = time.process_time()
    for hint in hints:
        for unit in (hint, f"{hint}="):
            text = (unit * (DENIAL // 8 // len(unit) + 1))[: DENIAL // 8]
            for _ in found_by((rule,), text):  # type: ignore[arg-type] # it is one
                pass
    assert time.process_time() - began < BOUND_S


def test_hints_are_lower_case() -> None:
    assert all(hint == hint.lower() for rule in EVERYTHING for hint in rule.hints)


def test_every_rule_names_the_value() -> None:
    for rule in EVERYTHING:
        assert rule.reads or {"v", "b"} & set(rule.pattern.groupindex), rule.pattern.pattern


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("4111111111111111", True),
        ("4111111111111112", False),
        ("378282246310005", True),
        ("4444444444444448", True),
        ("4000000000000000", False),
    ],
)
def test_cards_have_a_check_digit(number: str, right: bool) -> None:  # noqa: FBT001
    assert is_card(number) == right
    assert bool(find_spans(f"paid {number} ok")) == right


def test_ibans_have_check_digits_and_the_length_of_their_country() -> None:
    assert is_iban("GB82 WEST 1234 5698 7654 32")
    assert not is_iban("GB83 WEST 1234 5698 7654 32")
    assert not is_iban("DE82 WEST 1234 5698 7654 32")


def test_what_is_off_by_default_can_be_asked_for() -> None:
    text = "from 10.0.0.7 to https://dana.dealer.fr/"
    assert not find_spans(text)
    hidden = [text[span.start : span.end] for span in find_spans(text, EVERYTHING)]
    assert hidden == ["https://dana.dealer.fr/"]


@pytest.mark.parametrize("address", ["dana@example.com", "zoë@firma.example", "名前@例子.公司"])
def test_addresses_are_hidden_in_every_alphabet(address: str) -> None:
    text = f"mail to {address}, please"
    assert [text[span.start : span.end] for span in find_spans(text)] == [address]


@pytest.mark.parametrize("text", ["git@github.com:shop/web.git", "getty@tty1.service"])
def test_what_only_looks_like_an_address_stays(text: str) -> None:
    assert find_spans(text) == []


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("client 93.184.216.34 left", "93.184.216.34"),
        ("peer=[2a01:4f8:c0c:9::7]:443", "2a01:4f8:c0c:9::7"),
        ("node-1/93.184.216.34:9092", "93.184.216.34"),
        ("client 9.9.9.9 left", "9.9.9.9"),
        ("Website: http://eva-malt.de/", "http://eva-malt.de/"),
        ("I wrote it at https://eva-malt.de", "https://eva-malt.de"),
        ("see https://www.eva-malt.de/", "https://www.eva-malt.de/"),
        ("passport number: C01X0006H", "C01X0006H"),
        ("driver's licence is B072RRE2I55", "B072RRE2I55"),
        ("cliente 529.982.247-25", "529.982.247-25"),
        ("born on 7 March 1961", "7 March 1961"),
    ],
)
def test_who_somebody_is_does_not_show(text: str, hidden: str) -> None:
    assert [text[span.start : span.end] for span in find_spans(text)] == [hidden]


@pytest.mark.parametrize(
    "text",
    [
        *("from 10.1.2.3 to 192.168.0.9", "fe80::1 and fd00::2 and ::1", "203.0.113.9 of a manual"),
        *("Chrome/120.0.0.1 on Linux", "version 93.4.1.2", "driver 1.2.3.4", "93.184.216.0/24"),
        *("GET https://api.pay.example.com/v1 502", "https://github.com refused", "8.8.8.8 slow"),
        *("passport module 2 loaded", "license expired in 2026", "driver: 3 of 7 executors"),
        *("pin 13 set high", "login from 10.0.0.7 port 51000", "credentials: include"),
    ],
)
def test_what_an_investigation_needs_stays(text: str) -> None:
    assert not find_spans(text)
