from __future__ import annotations

import polars as pl
import pytest

from core.redaction.engine import Redactor
from core.redaction.multiline import (
    HIDDEN_VALUE,
    hide_over_lines,
    hide_private_keys,
    private_key_lines,
    runs_over_lines,
)
from core.redaction.values_below import HIDDEN

BEGIN, END = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
BODY = "MIIEowIBAAKCAQEAy8Dbv8prpJ/0kKhlGeJYozo2t60EG8L0561g13R29LvMR5hy"


def hidden(lines: list[str], *, inside: int = 0) -> tuple[list[str], int]:
    series, reaches = hide_private_keys(pl.Series(lines), inside=inside)
    return series.to_list(), reaches


def test_a_key_between_lines_of_a_log() -> None:
    lines, reaches = hidden(["loading", f"key: {BEGIN}", BODY, "q==", END, "done", "fine"])
    assert lines == ["loading", HIDDEN, HIDDEN, HIDDEN, HIDDEN, "done", "fine"]
    assert reaches == 0


def test_a_key_over_the_end_of_a_block() -> None:
    first, reaches = hidden(["loading", BEGIN, BODY])
    assert first == ["loading", HIDDEN, HIDDEN]
    second, over = hidden([BODY, END, "done"], inside=reaches)
    assert second == [HIDDEN, HIDDEN, "done"]
    assert over == 0


def test_a_key_that_never_ends_hides_no_log() -> None:
    lines, _ = hidden([BEGIN, BODY, "2026-11-17 ERROR cut off!", "2026-11-17 INFO next (1)"])
    assert lines == [HIDDEN, HIDDEN, "2026-11-17 ERROR cut off!", "2026-11-17 INFO next (1)"]


def test_long_lines_of_a_key_hide_even_after_an_interruption() -> None:
    lines, _ = hidden([BEGIN, "2026-11-17 INFO between!", BODY, "2026-11-17 INFO next (1)"])
    assert lines[2] == HIDDEN
    assert lines[3] != HIDDEN


def test_two_keys() -> None:
    lines, _ = hidden([BEGIN, BODY, END, "between", BEGIN, BODY, END, "after"])
    assert [line for line in lines if line != HIDDEN] == ["between", "after"]


def test_which_lines_they_are() -> None:
    first, reaches = private_key_lines(pl.Series(["loading", BEGIN, BODY]))
    assert first.to_list() == [False, True, True]
    second, _ = private_key_lines(pl.Series([BODY, END, "done"]), inside=reaches)
    assert second.to_list() == [True, True, False]


def test_values_below_the_names_of_secrets() -> None:
    lines = pl.Series(
        [
            "- name: DB_PASSWORD",
            '  value: "tulpe-rot"',
            '"name": "STRIPE_SECRET",',
            '"value": "geheim hier"',
            "- name: TOKEN_COUNT",
            "  value: seventeen",
            "- name: RETRY_TOKEN",
            "  value: 17",
            "- name: API_KEY",
            "  valueFrom: db-creds",
        ]
    )
    shown, unfinished = hide_over_lines(lines)
    assert shown.to_list()[:4:2] == lines.to_list()[:4:2]
    assert shown.to_list()[1:4:2] == [f'  value: "{HIDDEN_VALUE}"', f'"value": "{HIDDEN_VALUE}"']
    assert shown.to_list()[4:] == lines.to_list()[4:]
    assert not unfinished
    assert runs_over_lines("\n".join(lines).encode())
    assert not runs_over_lines(b"of great value\n")
    assert not runs_over_lines(b"of great value\n" * 200)


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("password: |\n  nebel wald\n  kiesel\nport: 1", ("nebel wald", "kiesel")),
        ("db:\n  password:\n    nebelwald\n  port: 1", ("nebelwald",)),
        ("passwords:\n- nebelwald\n- kiesel9\nport: 1", ("nebelwald", "kiesel9")),
        ('{"password":\n  "nebelwald"}', ("nebelwald",)),
        ("<key>ApiToken</key>\n<string>nebelwald9</string>", ("nebelwald9",)),
        ("<password>\n  nebelwald\n</password>", ("nebelwald",)),
        ("- value: nebelwald\n  name: DB_PASSWORD", ("nebelwald",)),
        ("- name: DB_PASSWORD\n  note: x\n  value: nebelwald", ("nebelwald",)),
        ("db_password = <<EOF\nnebel wald\nEOF\nport = 1", ("nebel wald",)),
        ("334 UGFzc3dvcmQ6\nbmViZWx3YWxk", ("bmViZWx3YWxk",)),
        ('expect "Password:"\nsend "nebelwald\\r"', ("nebelwald",)),
        ('expect "Password:"\nsend "nebel}wald\\r"', ("nebel}wald",)),
        ("Password:\nnebel7wald", ("nebel7wald",)),
        ("Private-Lines: 1\nAAAgQDx1n3sl\nPrivate-MAC: 00ff", ("AAAgQDx1n3sl",)),
        (
            '~ resource "x_parameter" "db_password" {\n  ~ value = "nebel7wald" -> "moos8grund"\n}',
            ("nebel7wald", "moos8grund"),
        ),
        (
            '# kv_secret.sql_password will be updated\n  ~ value = "nebel7wald" -> "moos8grund"',
            ("nebel7wald", "moos8grund"),
        ),
        (
            '~ set {\n  name = "cache.password"\n  ~ value = "nebel7wald" -> "moos8grund"\n}',
            ("nebel7wald", "moos8grund"),
        ),
        ("- field: api_token\n  old_value: nebel7wald\n  new_value: moos8grund", ("moos8grund",)),
        (
            "│ user │ password │\n├──────┼──────────┤\n│ eva  │ nebel-wald-moos │",
            ("nebel-wald-moos",),
        ),
        ("|| user || password ||\n| eva | nebel-wald-moos |", ("nebel-wald-moos",)),
        ("Key         Value\ndb_pass     MTxk7lbn\nversion     3.30.2", ("MTxk7lbn",)),
        ('"id";"imie";"haslo";"data"\n"1";"ewa";"MoosFarn57";"2026-02-23"', ("MoosFarn57",)),
        ("login | Initial Password | shell\neva | nebel-wald-moos | /bin/sh", ("nebel-wald-moos",)),
    ],
)
def test_values_on_the_lines_below_a_name(text: str, secrets: tuple[str, ...]) -> None:
    lines, _ = hide_over_lines(pl.Series(text.split("\n")))
    assert runs_over_lines(text.encode())
    assert runs_over_lines(text.encode() + b"\n2026-11-17 INFO fine" * 200)  # screened otherwise
    cleaned = Redactor(b"the key of a case").clean(text).text
    for secret in secrets:
        assert secret not in "\n".join(lines)
        assert secret not in cleaned or "Private" in text
    assert "port" not in text or "port" in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "password:\nuser: eva",
        "tokens:\n  limit: 40",
        "ERROR wrong password\n2026-11-17T02:00:01Z INFO next try",
        "secret:\n  name: db-creds",
        "Password:\nLast login: Tue Nov 17 02:00:00 from 10.0.0.7",
        "334 UGFzc3dvcmQ6",
        "passed   p95\nversion  3.30.2",
        "Password:\n$ git log -1 --format=%H\n9f2c41d7aa3be0c86512f47d9e80ab3341c5d6e7",
        "Changed password for eva:\ncluster_uuid: Xk3ece7374e6104e7cf",
        '+ resource "random_password" "db" {\n  + result = (sensitive value)\n}',
    ],
)
def test_lines_below_a_name_that_hold_no_value(text: str) -> None:
    lines, _ = hide_over_lines(pl.Series(text.split("\n")))
    assert "\n".join(lines) == text


MANIFEST = """\
apiVersion: v1
items:
- apiVersion: v1
  data:
    mode: quiet
  kind: ConfigMap
- apiVersion: v1
  data:
    stripe: bmViZWx3YWxk
    "note": "a2llc2Vs"
  kind: Secret
  metadata:
    name: pay
- kind: Other
  data:
    mode: quiet
---
kind: Secret
stringData:
  app.conf: |
    listen 80
    stripe nebelwald
type: Opaque
"""
DECLARED = ("bmViZWx3YWxk", "a2llc2Vs", "listen 80", "nebelwald")


def test_all_values_of_an_object_that_is_a_secret() -> None:
    lines, _ = hide_over_lines(pl.Series(MANIFEST.split("\n")))
    cleaned = Redactor(b"the key of a case").clean(MANIFEST).text
    for secret in DECLARED:
        assert secret not in "\n".join(lines)
        assert secret not in cleaned
    for text in ("\n".join(lines), cleaned):
        assert text.count("mode: quiet") == 2
        assert "name: pay" in text
        assert "type: Opaque" in text


def test_a_secret_as_json_whose_kind_comes_last() -> None:
    text = '{\n "data": {\n  "foo": "bmViZWx3YWxk"\n },\n "kind": "Secret",\n "name": "pay"\n}'
    lines, _ = hide_over_lines(pl.Series(text.split("\n")))
    assert "bmViZWx3YWxk" not in "\n".join(lines)
    assert '"name": "pay"' in "\n".join(lines)


def test_a_token_alone_before_the_host() -> None:
    text = "git clone https://KQZU4XW9p7LmTr2@git.example/x and ssh://deploy@git.example/x"
    cleaned = Redactor(b"the key of a case").clean(text).text
    assert "KQZU4XW9p7LmTr2" not in cleaned
    assert "ssh://deploy@git.example/x" in cleaned


LONG = (
    "ihVLKbq/hbk4IHTR/H52UT+EsAsZHteMplbrN7A7Wv0C7UuY3Z1xYbIko4ESXyV0"  # pragma: allowlist secret
)
SHORT = "2WyeUc9aYC/jKXjt+JT4ImAyPC4="  # pragma: allowlist secret


def test_a_public_block_stays_to_its_last_line() -> None:
    for name in ("CERTIFICATE", "PUBLIC KEY"):
        text = f"-----BEGIN {name}-----\n{LONG}\n{SHORT}\n-----END {name}-----"
        assert Redactor(b"the key of a case").clean(text).text == text


HEADING = "time,level,user,password,msg"


@pytest.mark.parametrize(
    "heading", [HEADING, " id | passwort | name ", "user    password     host", "a;token;b"]
)
def test_a_table_goes_on_in_the_next_lines(heading: str) -> None:
    sign = next((sign for sign in ",|;" if sign in heading), "   ")
    cells = [name.strip() for name in heading.split(sign) if name.strip()]
    at = next(i for i, name in enumerate(cells) if name in {"password", "passwort", "token"})
    row = sign.join("Kiesel7x" if i == at else "something"[:5] for i in range(len(cells)))
    first, unfinished = hide_over_lines(pl.Series([heading, *[row] * 30]))
    second, unfinished = hide_over_lines(pl.Series([row] * 30), after=unfinished)
    third, ended = hide_over_lines(pl.Series([row, *["that was all"] * 30]), after=unfinished)
    assert "Kiesel7x" not in "".join([*first, *second, third[0]])
    assert third[1] == "that was all"
    assert not ended.headings


def test_other_lines_after_a_table_stay() -> None:
    lines = [HEADING, "2026-11-20,ERROR,u1,Kiesel1x,failed", *["ordinary words"] * 40]
    _, unfinished = hide_over_lines(pl.Series(lines))
    assert not unfinished


def test_the_columns_of_a_w3c_log_are_named_above() -> None:
    lines = ["#Fields: date time cs-username cs-password sc-status"]
    lines += [f"2026-11-20 13:00:0{n} eva Kiesel{n}x9q 200" for n in range(9)]
    hidden, _ = hide_over_lines(pl.Series(lines))
    assert "Kiesel" not in "".join(hidden)
    assert hidden[1] == f"2026-11-20 13:00:00 eva {HIDDEN_VALUE} 200"
