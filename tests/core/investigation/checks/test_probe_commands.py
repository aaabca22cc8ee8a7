"""The command of a check names what the lines say was called, not who called it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from core.cases.model import Cause, Citation, Hypothesis, HypothesisState
from core.evidence.signatures import CHANGE, measured_signatures, signatures
from core.investigation.decision import Situation
from core.investigation.verdict.next_checks import next_checks
from core.investigation.verdict.probe_commands import fill_command
from core.text.redacted import RedactedText, redacted
from tests.core.investigation.sample_situations import (
    T0,
    LogLines,
    a_log,
    a_situation,
)

CALLER = "storefront"
NOTHING = Situation(at=T0, findings={})
_SIGNATURES = {**signatures(), **measured_signatures()}
FAULTS = sorted(set(_SIGNATURES) - {CHANGE})
# Faults of whom a caller reaches: a command that named the caller would ask the wrong one.
CALLED = sorted(
    fault
    for fault, signature in signatures().items()
    if signature.confirm and re.search(r"\{(?:host|broker)", signature.confirm.command or "")
)
EXAMPLES = [
    (fault, example)
    for fault in FAULTS
    for signal in _SIGNATURES[fault].signals.values()
    for example in signal.examples
]
NAMED = [
    ("dns_name_unknown", "curl: (6) could not resolve host pricing.internal", "dig pricing.int"),
    ("dns_name_unknown", "Error: getaddrinfo ENOTFOUND inventory", "dig inventory +"),
    ("dns_name_unknown", "dial tcp: lookup inventory on 10.96.0.10:53: no such host", "dig inven"),
    ("dns_name_unknown", "Failed to resolve 'pricing.eu.internal'", "dig pricing.eu.internal "),
    ("dns_failing", "Error: getaddrinfo EAI_AGAIN inventory", " inventory @"),
    ("connection_refused", "connect to 10.0.0.7:5432: connection refused", "10.0.0.7 5432"),
    ("connection_refused", "Error: connect ECONNREFUSED 10.2.0.7:6379", "10.2.0.7 6379"),
    ("connection_refused", "Connect call failed ('127.0.0.1', 5432)", "127.0.0.1 5432"),
    ("connection_refused", "Failed to connect to orders/10.2.0.7:8080", "orders 8080"),
    ("connection_refused", "cannot connect to amqp://guest@mq:5672// [Errno 111]", "mq 5672"),
    (
        "connection_refused",
        "connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.9,"
        ' server: shop:80, upstream: "http://10.2.0.7:8080/cart"',
        "10.2.0.7 8080",
    ),
    ("connection_refused", "sock.py:31 status:503 connection refused", "HOST PORT"),
    (
        "connection_timeout",
        'Get "http://inventory/stock/7": context deadline exceeded',
        "inventory:80",
    ),
    (
        "connection_timeout",
        "read tcp 10.0.0.3:4112->10.2.0.7:6379: i/o timeout",
        "http://10.2.0.7:6379/",
    ),
    (
        "connection_timeout",
        'connection to server at "db" (10.2.0.7), port 5432 failed: Connection timed out',
        "http://db:5432/",
    ),
    ("connection_timeout", "dial tcp 10.2.0.7:5432: i/o timeout", "%{time_connect} s, first"),
    ("certificate_expired", "Get https://pay.eu: certificate has expired", "pay.eu:443 "),
    (
        "certificate_name_mismatch",
        "certificate verify failed: Hostname mismatch, certificate is not valid for 'inventory'.",
        "-checkhost inventory",
    ),
    ("network_unreachable", "Error: connect EHOSTUNREACH 10.2.0.7:6379", "ping -c 3 10.2.0.7"),
    (
        "no_healthy_upstream",
        'Service "shop/checkout" does not have any active Endpoint.',
        " checkout",
    ),
    (
        "permission_denied",
        'is forbidden: User "system:serviceaccount:shop:till" cannot get resource "leases"',
        "serviceaccount:shop:till",
    ),
    ("circuit_breaker_open", "circuit breaker for inventory changed from closed to open", CALLER),
]


def a_hypothesis(fault: str, line: str, service: str | None = CALLER) -> Hypothesis:
    citation = Citation(text=redacted(line), locus=None, weight=2.0, why=RedactedText.EMPTY)
    return Hypothesis(
        number=1,
        cause=Cause(service=service, signal="", fault=fault),
        statement=RedactedText.format("it is so"),
        state=HypothesisState.TESTING,
        confidence=0.6,
        rank=1,
        supporting=(citation,),
    )


def commands_of(hypothesis: Hypothesis) -> list[str]:
    checks = next_checks(NOTHING, [hypothesis], 0.4)
    return [check.command.text for check in checks if check.command is not None]


@pytest.mark.parametrize(("fault", "line", "part"), NAMED)
def test_a_command_names_what_the_line_names(fault: str, line: str, part: str) -> None:
    command = commands_of(a_hypothesis(fault, line))[0]
    assert part in command
    assert CALLER not in command or part == CALLER


@pytest.mark.parametrize(("fault", "example"), EXAMPLES)
def test_no_command_about_the_called_names_the_caller(fault: str, example: str) -> None:
    for command in commands_of(a_hypothesis(fault, example)):
        assert not re.search(r"(?<!%)\{[a-z_|]+\}", command)
        assert fault not in CALLED or CALLER not in command


def test_who_is_blamed_by_the_topology_is_named_where_no_line_names_an_address() -> None:
    situation = a_situation(a_log(CALLER, LogLines(text="connect: connection refused", count=9)))
    (line, *_) = next(iter(situation.findings.values()))
    citation = Citation(text=line.text, locus=line.locus, weight=2.0, why=RedactedText.EMPTY)
    hypothesis = a_hypothesis("connection_refused", "", "orders")
    blamed = replace(hypothesis, supporting=(citation,))
    command = fill_command("nc -vz {host} {port}", blamed, situation)
    assert command is not None
    assert command.text == "nc -vz orders PORT"


@pytest.mark.parametrize("fault", FAULTS)
def test_every_check_has_two_answers_of_its_own_to_tap(fault: str) -> None:
    answers = _SIGNATURES[fault].answers
    assert answers is not None
    yes, no = (answer.text for answer in answers)
    assert yes != no
    assert all(2 < len(answer) <= 24 for answer in (yes, no))
    others = [known.answers for name, known in _SIGNATURES.items() if name != fault]
    assert answers not in others
