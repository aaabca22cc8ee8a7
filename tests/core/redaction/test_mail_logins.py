"""Logins to mail servers: what answers `334 …`, with whatever stands before the lines."""

from __future__ import annotations

import base64
import time

import polars as pl
import pytest

from core.redaction.engine import Redactor
from core.redaction.mail_logins import opens_mail_login
from core.redaction.multiline import hide_over_lines, runs_over_lines

REDACTOR = Redactor(b"the key of a case")


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


SECRET = in_base64("Kiesel!77Moos")
LATIN = base64.b64encode("Küstennebel47".encode("latin-1")).decode()
PLAIN = in_base64("\0eva\0Kiesel!77Moos")
ASKS_NAME, ASKS_PASSWORD = in_base64("Username:"), in_base64("Password:")
POSTFIX = "Nov 20 13:00:00 mx1 postfix/smtpd[3012]: "
DIALOGUES = {
    "postfix": f"{POSTFIX}> a.example[10.0.0.4]: 334 {ASKS_PASSWORD}\n"
    f"{POSTFIX}watchdog_pat: 0x55d0c8a1f0\n{POSTFIX}< a.example[10.0.0.4]: {SECRET}",
    "exim": f"13:00:00  3012 SMTP>> 334 {ASKS_PASSWORD}\n13:00:00  3012 SMTP<< {SECRET}",
    "smtplib": f"reply: b'334 {ASKS_PASSWORD}\\r\\n'\n"
    f"reply: retcode (334); Msg: b'{ASKS_PASSWORD}'\nsend: '{SECRET}\\r\\n'",
    "smtplib with times": f"04:59:42.33 reply: b'334 {ASKS_PASSWORD}\\r\\n'\n"
    f"04:59:42.34 reply: retcode (334); Msg: b'{ASKS_PASSWORD}'\n"
    f"04:59:42.35 send: '{SECRET}\\r\\n'",
    "in JSON": f'{{"m": "S: 334 {ASKS_PASSWORD}\\r\\n"}}\n{{"m": "C: {SECRET}\\r\\n"}}',
    "two sessions": f"[7] > a: 334 {ASKS_PASSWORD}\n[8] > b: 334 {ASKS_PASSWORD}\n"
    f"[8] < b: {in_base64('Nebelwald71')}\n[7] < a: {SECRET}",
    "the client's lines alone": f"C: AUTH LOGIN\nC: {in_base64('eva@firma.example')}\nC: {SECRET}",
    "a name first": f"> 334 {ASKS_NAME}\n< {in_base64('eva')}\n> 334 {ASKS_PASSWORD}\n< {SECRET}",
    "a name and a password": f"C: AUTH PLAIN\nS: 334 \nC: {PLAIN}",
    "an empty question": f"mx1[7]: out: 334\nmx1[7]: in: {PLAIN}",
    "not in UTF-8": f"13:00:00  3012 SMTP>> 334 {ASKS_PASSWORD}\n13:00:00  3012 SMTP<< {LATIN}",
}
KEPT = [
    f"13:00:00 SMTP>> 334 {ASKS_PASSWORD}\n13:00:01 SMTP<< QUIT\n13:00:01 SMTP>> 221 mx closing",
    f"reply: b'334 {ASKS_PASSWORD}\\r\\n'\nreply: retcode (334); Msg: b'{ASKS_PASSWORD}'",
    "GET /list 200 in 334\nservice=checkout",
    f"reports sent: 334\nsum of {in_base64('the letters of today')}",
    "250-SIZE 10240000\n250 AUTH LOGIN PLAIN\n250 AUTH LOGIN\nMAIL FROM:<eva>",
    "rejected: smtp auth login\nretrying the delivery soon\nqueue is now active",
]


@pytest.mark.parametrize("name", DIALOGUES)
def test_what_answers_a_mail_server_is_hidden(name: str) -> None:
    text = DIALOGUES[name]
    hidden, _ = hide_over_lines(pl.Series([*text.split("\n"), *["ordinary"] * 40]))
    assert runs_over_lines(text.encode())
    for shown in (REDACTOR.clean(text).text, "\n".join(REDACTOR.hide(hidden))):
        assert not any(secret in shown for secret in (SECRET, LATIN, PLAIN))


@pytest.mark.parametrize("text", KEPT)
def test_what_follows_such_a_number_stays(text: str) -> None:
    assert REDACTOR.clean(text).text == text


@pytest.mark.parametrize("part", ["334 ", "334 UGFz", "auth login ", "334\\r\\n ", "334'}"])
def test_a_long_line_of_questions_takes_no_long_time(part: str) -> None:
    began = time.process_time()
    opens_mail_login(part * (500_000 // len(part)))
    opens_mail_login(part * (1900 // len(part)))
    assert time.process_time() - began < 1
