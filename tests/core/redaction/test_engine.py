from __future__ import annotations

import string
import subprocess
import sys
import time
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.redaction.engine import Redactor, find_spans

KEY = b"the key of a case"
LETTERS = "kQ7wZr2mXp9LtVb4Ns8Yc3Hd6Gf1Ja5Eu0"
TOKEN = LETTERS[:22] + LETTERS[:14].lower()


def clean(text: str) -> str:
    return Redactor(KEY).clean(text).text


SECRETS = [
    # text around the secret, the secret
    ("aws_access_key_id = {}", "AKIA" + "QW3RTY7UIOP2ASDF"),
    ("aws_secret_access_key={}", LETTERS + "/+abcd"),
    ("https://maps.example.com/?key={}", "AIza" + LETTERS + "a"),
    ("AccountName=shop;AccountKey={};", LETTERS * 2 + "=="),
    ("remote: {}", "ghp_" + TOKEN),
    ("remote: {}", "glpat-" + LETTERS[:20]),
    ("posting with {}", "xoxb-" + "123456789012-" + LETTERS[:24]),
    ("charge via {}", "sk_live_" + LETTERS[:24]),
    ("model said 401 for {}", "sk-proj-" + TOKEN),
    ("Authorization: Bearer {}", TOKEN),
    ('"authorization": "Basic {}"', "dXNlcjpodW50ZXIy"),
    ("curl -H 'X-Api-Key: {}'", TOKEN),
    ("session {}", "eyJ" + LETTERS[:16] + ".eyJ" + LETTERS + "." + LETTERS),
    ("password={} user=shop", "hunter2"),
    ("password: {}", "tr0ub4dor"),
    ('{{"password": "{}", "user": "shop"}}', "correct horse battery"),
    (r"{{\"client_secret\":\"{}\"}}", "9fk2mf92kf"),
    ("DB_PASSWORD='{}'", "p4ss word"),
    ("PGPASSWORD={} psql", "hunter2"),
    ("level=warn token={} msg=expired", "9f2c41d7aa"),
    ("--password {} --user shop", "hunter2!"),
    ("postgres://shop:{}@db-1:5432/shop", "p@ss:w0rd"),
    ("shop:{}@tcp(db-1:3306)/shop", "hunter2"),
    ("requirepass {}", "foobared"),
    ("CREATE USER shop IDENTIFIED BY '{}'", "hunter2"),
    ("mysql> user shop identified by '{}';", "nebelwald"),
    ("<password>{}</password>", "hunter2"),
    ("Cookie: {}", "sid=8f2c41d7; theme=dark"),
    ("GET /pay?access_token={} HTTP/1.1", TOKEN),
    ("GET /blob?sv=2024&sig={} HTTP/1.1", LETTERS + "%3D"),
    ("JSESSIONID={}", "6E4A1B2C3D"),
    ("card 4242 declined: {}", "4111 1111 1111 1111"),
    ("charging {} now", "5555555555554444"),
    ("mail to {} bounced", "dana.scully@example.com"),
    ("{}", "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----"),
    ("cert:\n{}", "-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKC (cut off"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_secrets_leave_and_the_rest_stays(text: str, secret: str) -> None:
    shown = clean(text.format(secret))
    assert secret not in shown
    assert "«" in shown
    before = text.format("\0").split("\0")[0]
    assert shown.startswith(before)


@pytest.mark.parametrize(
    "text",
    [
        "connection from 10.0.3.17:5432 to db-1.shop.svc.cluster.local refused",
        "request_id=8f2c41d7-aa11-4000-8000-1234567890ab trace=4bf92f3577b34da6a3ce929d0e0e4736",
        'FATAL:  password authentication failed for user "shop"',
        "Failed password for root from 192.168.1.4 port 22 ssh2",
        "max_tokens=4096 token_count=17 tokens: 512",
        "invalid token: expired",
        "secretName: checkout-db",
        "password=${DB_PASSWORD} token={{ .Values.token }} secret=***",
        "bearer authentication is not configured",
        "Started getty@tty1.service",
        "commit 2f9c41daa0b1c2d3e4f5061728394a5b6c7d8e9f by CI",
        "order 4111111111111112 shipped",  # no check digit of a card
        "image@sha256:4bf92f3577b34da6a3ce929d0e0e47364bf92f3577b34da6a3ce929d0e0e4736",
        "2026-11-17T02:41:07.123Z ERROR pool: 10/10 in use",
    ],
)
def test_what_investigations_need_stays(text: str) -> None:
    assert clean(text) == text


def test_the_same_value_has_the_same_name_in_a_case_and_another_elsewhere() -> None:
    first, second = clean("from a@example.com"), clean("to a@example.com, b@example.com")
    name = first.removeprefix("from ")
    assert name in second
    assert second.count(name) == 1
    assert Redactor(b"another case").clean("from a@example.com").text != first


def test_redacting_twice_changes_nothing() -> None:
    for text, secret in SECRETS:
        once = clean(text.format(secret))
        assert clean(once) == once


@given(st.text(max_size=400))
def test_any_text_is_survived(text: str) -> None:
    spans = find_spans(text)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    if not spans:
        assert clean(text) == text


@given(
    value=st.text(alphabet=string.ascii_letters + string.digits, min_size=8, max_size=40),
    around=st.sampled_from(
        [
            "password={}",
            'password="{}"',
            '{{"password":"{}"}}',
            "DB_PASSWORD: {}",
            "x?password={}&y=1",
        ]
    ),
)
def test_assigned_passwords_of_any_make_leave(value: str, around: str) -> None:
    assume(value not in around)  # it may be the very name, which stays
    text = around.format(value + "7")
    assert value not in clean(text)


@pytest.mark.parametrize(
    "text", ["a" * 200_000, "a.b-" * 50_000, "password" * 20_000, "@" * 100_000, "1 " * 90_000]
)
def test_long_lines_take_no_long_time(text: str) -> None:
    began = time.process_time()
    clean(text)
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter2-s3cr3t: TimeoutError",
        "pw=hunter2s3cr3t",
        "login pass=hunter2s3cr3t failed",
        "db_pass=hunter2s3cr3t",
        "auth=hunter2s3cr3t",
        "mysqldump -u root -phunter2s3cr3t shop",
        "sshpass -p hunter2s3cr3t ssh db",
        "the password is hunter2s3cr3t",
        "login with password hunter2s3cr3t failed",
        "GET /users?email=hunter2s3cr3t%40acme.example",
    ],
)
def test_short_names_and_a_colon_behind_hide_nothing(text: str) -> None:
    assert "s3cr3t" not in Redactor(b"k" * 32).clean(text).text


@pytest.mark.parametrize(
    "text",
    [
        "pass=12",
        "pass=1/3",
        "auth=none",
        "bypass=4711abc",
        "token: read: EOF",
        "passed=a1b2c3d4",
        "mysql -P 3306 -h db",
        "password is invalid",
    ],
)
def test_what_only_looks_like_one_stays(text: str) -> None:
    assert Redactor(b"k" * 32).clean(text).text == text


def test_redacting_single_texts_loads_no_polars() -> None:
    """Most commands never handle many lines, and start in half the time and memory without it."""
    code = (
        "import sys\n"
        "from core.redaction.engine import Redactor\n"
        "Redactor(b'k').clean('password=hunter2-s3cr3t')\n"
        "import storage.jobs.extraction\n"
        "sys.exit('polars' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


WIDE_LETTERS = (
    "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44=Xk29dkQ1z",
    "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44\uff1a\uff28\uff55\uff4e\uff14\uff12\uff29\uff11",
    "\uff50\uff41\uff53\uff53\x1b[31m\uff57\uff4f\uff52\uff44\uff1dXk29dkQ1z",
)


@pytest.mark.parametrize("text", WIDE_LETTERS)
def test_wide_letters_are_read_as_letters(text: str) -> None:
    clean = Redactor(b"k" * 32).clean(text).text
    assert clean.startswith("\uff50\uff41\uff53\uff53")
    assert "«secret-" in clean
    assert not clean.endswith(("Xk29dkQ1z", "\uff11"))
    assert Redactor(b"k" * 32).hide(pl.Series([text] * 20)).to_list() == [clean] * 20


def test_a_value_that_a_line_tells_is_hidden_wherever_it_stands() -> None:
    word = "Fog-horn-77"
    lines = [f"curl -u admin:{word} http://db-1/status", "set daemon 60"]
    knowing = Redactor(KEY).knowing(lines)
    assert word in Redactor(KEY).clean(f"allow: {word}").text
    assert word not in knowing.clean(f"allow: {word}").text
    assert knowing.clean("set daemon 60").text == "set daemon 60"
    assert knowing.clean(f"x{word}9").text == f"x{word}9"


def test_lines_without_a_secret_teach_nothing() -> None:
    redactor = Redactor(KEY)
    assert redactor.knowing(["set daemon 60", ""]) is redactor
