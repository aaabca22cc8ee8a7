from __future__ import annotations

from dataclasses import replace

import pytest

from core.conversation.cards.quotes import argued, told
from core.evidence.line_quotes import QUOTED, quote
from tests.examples import BURST, CHATTER, FIRST_ERROR, POOL, REDACTOR


@pytest.mark.parametrize(
    ("line", "quoted_text"),
    [
        ("plain  line\n of text", "plain line of text"),
        ('{"ts": "x", "msg": "could not store", "error": "TimeoutError: 5 s"}',
         "could not store · TimeoutError: 5 s"),
        ('{"message": "a \\"quoted\\" word", "level": "error"}', 'a \\"quoted\\" word'),
        ('{"error": "first", "msg": "cut off in the mi…', "first"),
        ('{"level": "info", "n": 3}', '{"level": "info", "n": 3}'),
        ('{"msg": "same", "event": "same"}', "same"),
        ('{"zeit":"2026-11-26T15:09:50Z","quelle":"a","txt":"redis befehl abgelehnt: OOM'
         '","ctx":{"befehl":"set"}}', "redis befehl abgelehnt: OOM"),
        ('{"stufe": "FEHLER", "txt": "anfrage"}', '{"stufe": "FEHLER", "txt": "anfrage"}'),
        ('{"msg": ""}', '{"msg": ""}'),
        ("2026-11-20 08:15:55,456 INFO [probe] slow", "INFO [probe] slow"),
        ('ts=2026-11-20T08:19:56.705Z level=error msg="x"', 'level=error msg="x"'),
        ("[2026-11-20T08:19:56+00:00] down", "down"),
        ("2026-11-20 08:15:49.982 UTC [24] LOG:  up", "[24] LOG: up"),
        ("2026-11-20 is a date", "2026-11-20 is a date"),
        ('{"msg": "request", "method": "GET", "path": "/orders/7", "status": 503, "ms": 12}',
         "request · GET /orders/7 · 503"),
        ('{"message": "upstream error", "status_code": "502"}', "upstream error · 502"),
        ('level=error msg="request failed" method=POST path=/pay status=500 took=3',
         "request failed · POST /pay · 500"),
        ('{"msg": "request", "n": 3}', "request"),
        ('{"msg": "could not store", "exception": "Traceback (most recent call last):\\n  File '
         '\\"a.py\\", line 1, in x\\nValueError: no seat"}',
         "could not store · ValueError: no seat"),
        ('{"msg": "timeout waiting for a connection of the pool of orders-db at noon",'
         ' "path": "/x"}', "timeout waiting for a connection of the pool of orders-db at noon"),
        ('Traceback (most recent call last):\n  File "/srv/app.py", line 41, in do\n    go()\n'
         '  File "/srv/app.py", line 53, in go\n    db.execute("SELECT 1")\n'
         "TypeError: 'NoneType' object is not subscriptable",
         "TypeError: 'NoneType' object is not subscriptable"),
        ("Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n    x()\n"
         "sqlalchemy.exc.TimeoutError: QueuePool limit of size 2 reached",
         "sqlalchemy.exc.TimeoutError: QueuePool limit of size 2 reached"),
        ('Exception in thread "main" java.lang.IllegalStateException: not ready\n'
         "\tat com.acme.Booking.go(Booking.java:12)\n"
         "Caused by: java.net.ConnectException: Connection refused\n"
         "\tat java.base/sun.nio.ch.Net.connect(Net.java:1)",
         "java.net.ConnectException: Connection refused"),
        ('Traceback (most recent call last):\n  File "/srv/app.py", line 41, in do\n    raise Val…',
         'Traceback (most recent call last): File "/srv/app.py", line 41, in do raise Val…'),
    ],
)  # fmt: skip
def test_a_structured_line_is_quoted_by_what_it_says(line: str, quoted_text: str) -> None:
    assert quote(REDACTOR.clean(line)).text == quoted_text


@pytest.mark.parametrize(
    ("line", "quoted_text"),
    [
        (
            'cart-1  | 2026-03-04T02:18:19.808Z {"level": 5, "msg": "not stored", "err": "EMFILE"}',
            "not stored · EMFILE",
        ),
        (
            "2026-03-04T02:18:19+0000 web-1 cart[7]: ERROR cart.db.Store - the cart of a customer"
            " is not stored, no space",
            "the cart of a customer is not stored, no space",
        ),
        (
            "2026/03/04 02:18:19 [error] 7#7: *12 client intended to send too large body: 4696",
            "client intended to send too large body: 4696",
        ),
        (
            "2026-03-04 02:18:19.808 UTC [306] ops@shop LOG:  process 306 still waits for a lock on"
            " a row",
            "process 306 still waits for a lock on a row",
        ),
        (
            '127.0.0.1 - - [04/Mar/2026:02:18:19 +0000] "POST /carts HTTP/1.1" 502 157 "-" "probe"',
            "POST /carts · 502",
        ),
        (
            "cart could not be stored rid=ade472a9b67271542a914c71a490d0ba: no space left on it",
            "cart could not be stored: no space left on it",
        ),
        (
            'sum(rate(http_requests_total{code="500", job="cart-api"}[30s])): 0/s → 1/s at 02:18',
            'http_requests_total{code="500"}: 0/s → 1/s at 02:18',
        ),
    ],
)
def test_what_a_logger_wrote_before_a_line_goes_first(line: str, quoted_text: str) -> None:
    assert quote(REDACTOR.clean(line), room=60).text == quoted_text


def test_quotes_are_short() -> None:
    assert len(quote(REDACTOR.clean("word " * 100)).text) == QUOTED


def test_a_finding_says_what_when_and_how_often() -> None:
    assert told(FIRST_ERROR).text == (
        "First error, 02:41:07 UTC, 1,204 times: timeout waiting for connection:"
        " pool size 10, in use 10, waiting 37"
    )
    assert told(BURST, quoted=False).text == "Burst, 02:41:07 UTC, at most 96/min, 0.2/min before"
    assert told(CHATTER).text == "Line, 48,000 times: GET /health 200"
    slower = replace(BURST, data={"peak": 9, "usual": 1, "minutes_per_bucket": 5})
    assert told(slower, quoted=False, timed=False).text == "Burst, at most 9/5 min, 1/5 min before"


def test_a_line_with_several_reasons_is_quoted_once() -> None:
    lines = list(argued(POOL.supporting))
    first, text = lines[0]
    assert text.text.startswith("a request found no free connection: timeout waiting")
    assert text.text.endswith("; also: seen 1,204 times")
    assert first.weight == pytest.approx(2.7)
    assert len(lines) == len(POOL.supporting) - 1


def test_a_line_that_was_quoted_before_gives_its_reasons_alone() -> None:
    quoted = {quote(POOL.supporting[0].text)}
    _, text = next(argued(POOL.supporting, quoted=quoted))
    assert text.text == "a request found no free connection; seen 1,204 times"


def test_of_a_long_line_of_a_series_the_figures_stay() -> None:
    labels = ", ".join(f'label_{n}="a value"' for n in range(12))
    line = REDACTOR.clean(f"http_latency_seconds{{{labels}}}: 0.0095 -> 0.031 at 18:10:30 UTC")
    assert quote(line).text == "http_latency_seconds{…}: 0.0095 -> 0.031 at 18:10:30 UTC"
    short = REDACTOR.clean('up{job="api"}: 1 -> 0 at 18:10:30 UTC')
    assert quote(short) == short


def test_the_page_of_help_at_the_end_of_an_error_leaves_room_for_the_error() -> None:
    line = REDACTOR.clean(
        "TimeoutError: QueuePool limit of size 2 overflow 0 reached, connection timed out"
        " (Background on this error at: https://sqlalche.me/e/20/3o7r)"
    )
    assert quote(line, room=90).text.endswith("connection timed out")
