"""Secrets in records below a line that names their fields or their kind."""

from __future__ import annotations

import time

import polars as pl
import pytest

from core.redaction.multiline import hide_over_lines
from tests.core.redaction.cleaned_texts import REDACTOR, cleaned, cleaned_in_blocks

BOUND_S = 6.0
# A text, what leaves it and what stays in it.
HIDDEN = [
    # rows whose cells other signs part than those of their heading
    (
        "user;group;passwd;since\neva,dev,Wald77Moos,2025-02-17",
        "Wald77Moos",
        "2025-02-17",
    ),  # pragma: allowlist secret
    ("login,passwort,aktiv\neva;wald~moos;ja", "wald~moos", "eva"),  # pragma: allowlist secret
    ("id|usuario|clave\n1\teva\tfarn77moos", "farn77moos", "eva"),  # pragma: allowlist secret
    # digits alone
    (
        "| Gerät | Benutzer | Kennwort |\n|---|---|---|\n| usv-1 | apc | 20262027 |",
        "20262027",
        "apc",
    ),
    ("| dev  | pin    |\n+------+--------+\n| ups1 | 749004 |", "749004", "ups1"),
    ("system,url,user,pass\nlock,10.1.2.3,-,4711", "4711", "10.1.2.3"),
    # an object on one line, which a command printed
    (
        '$ vault kv get -format=json secret/db\n{"data":"Wald77Moos","user":"eva"}',
        "Wald77Moos",
        "eva",
    ),  # pragma: allowlist secret
    (
        "echo 'eva:walde/moos9' | sudo chpasswd",
        "walde/moos9",
        "chpasswd",
    ),  # pragma: allowlist secret
    (
        "newusers <<EOF\neva:walde77:1001:1001::/home/eva:/bin/sh\nEOF",
        "walde77",  # pragma: allowlist secret
        "/home/eva",
    ),
    (
        "users:\n  - name: eva\n    plain_text_passwd: walde",
        "walde",
        "eva",
    ),  # pragma: allowlist secret
    (
        "chpasswd:\n  users:\n    - {name: eva, password: walde, type: text}",
        "walde",  # pragma: allowlist secret
        "eva",
    ),
    (
        (
            "UPDATE x;\n"
            "INSERT INTO `accounts` (`id`,`email_hash`,`api_token`) VALUES\n"
            "(1,'x','walde77moos'),"
        ),
        "walde77moos",  # pragma: allowlist secret
        "accounts",
    ),
    (
        ("INSERT INTO users (id, login, pwd) VALUES (1,'eva','walde'),(2,'bob','moos9')"),
        "moos9",  # pragma: allowlist secret
        "bob",
    ),
    (
        "REPLACE INTO users (id, secret) VALUES\n(1, NULL),\n(2, E'wa\\'lde');",
        "lde'",  # pragma: allowlist secret
        "NULL",
    ),
    (
        ("+----+----------+\n| id | auth_key |\n+----+----------+\n| 1  | 3ffe2ad353c83caa |\n"),
        "3ffe2ad353c83caa",  # pragma: allowlist secret
        "auth_key",
    ),
    (
        "name,login,passwd,role\neva,eva_m,Wald77Moos,ro",
        "Wald77Moos",  # pragma: allowlist secret
        "eva_m",
    ),
    (
        "host\tuser\tpassword\nweb-05.prod.halden.net\tmonitor\tn2CkOjczn",
        "n2CkOjczn",  # pragma: allowlist secret
        "web-05.prod.halden.net",
    ),
    (
        (
            "<credentials>\n"
            "  <username>eva</username>\n"
            "  <apiToken>Wald77Moos12</apiToken>\n"
            "</credentials>"
        ),
        "Wald77Moos12",  # pragma: allowlist secret
        "eva",
    ),
    (
        (
            "<mirrorCredentials>\n"
            '  <add key="Username" value="eva" />\n'
            '  <add key="ClearTextPassword" value="Wald77Moos" />\n'
            "</mirrorCredentials>"
        ),
        "Wald77Moos",  # pragma: allowlist secret
        'value="eva"',
    ),
    (
        "$ cat /srv/ftp/vsftpd_users.htpasswd\neva:qsPOGSzHmrc2u",
        "qsPOGSzHmrc2u",  # pragma: allowlist secret
        "eva",
    ),
    (
        (
            "chpasswd:\n"
            "  expire: false\n"
            "  list:\n"
            "    - root:O2ln/D^vkT\n"
            "    - eva:RANDOM\n"
            "packages:\n"
            "  - a:b"
        ),
        "O2ln/D^vkT",  # pragma: allowlist secret
        "RANDOM",
    ),
    (
        "cat <<EOF | chpasswd\nroot:walde/moos\nEOF\nhost: a",
        "walde/moos",  # pragma: allowlist secret
        "host: a",
    ),
    (
        (
            "PS> Get-AdmPwdPassword db-29\n"
            "ComputerName DistinguishedName Password\n"
            "------------ ----------------- --------\n"
            "DB-29 CN=DB-29 VeP6HoSiRNCwsl"
        ),
        "VeP6HoSiRNCwsl",  # pragma: allowlist secret
        "DB-29",
    ),
    (
        (
            "INSERT INTO users (id, login, password_hash) VALUES\n"
            " (1, 'eva', '72d48da0871ed596f8fc2493ee21e4b7'),\n"  # pragma: allowlist secret
            " (2, 'bob', 'abc');"
        ),
        "72d48da0871ed596f8fc2493ee21e4b7",  # pragma: allowlist secret
        "eva",
    ),
    (
        ("COPY public.users (id, login, passwd) FROM stdin;\n1\teva\tqwertz\n2\tbob\t\\N\n\\."),
        "qwertz",  # pragma: allowlist secret
        "eva",
    ),
    (
        ("| name | signing_key |\n|---|---|\n| eva | 3ffe2ad353c83caa06e42e69ed127b5a |"),
        "3ffe2ad353c83caa06e42e69ed127b5a",  # pragma: allowlist secret
        "eva",
    ),
    (
        "DbPassword:\n    Type: String\n    NoEcho: true\n    Default: Wald7m",
        "Wald7m",  # pragma: allowlist secret
        "NoEcho",
    ),
    (
        ('"adminPassword": {\n  "type": "secureString",\n  "defaultValue": "walde77"\n}'),
        "walde77",  # pragma: allowlist secret
        "secureString",
    ),
]
KEPT = [
    "| Suite | Pass | Fail |\n|---|---|---|\n| unit | 47112 | 3 |",
    "suite,url,password,total\nauth,-,4711,5000",
    "metric,pass\nuptime,99812",
    '$ curl -H "PRIVATE-TOKEN: $T" https://git.firma.example/api\n{"id":7,"state":"active"}',
    '$ curl -sH "X-Vault-Token: $T" https://v.firma.example/health\n{"version":"1.15.4"}',
    "$ curl -sk -H 'X-Api-Token: x' https://fw.firma.example/api\n<response><result>ok</result>",
    "INSERT INTO metrics (id, kind) VALUES (1, 'a'), (2, 'b')",
    "Name Status Age\npod-1 Running 3d",
    "SELECT id, password FROM users WHERE id=1",
    "INSERT INTO audit (id, action) VALUES\n (1, 'login'),\n (2, 'out');",
    "chpasswd: failed to read\nline 2: something\n a: b",
    "password:\n  type: string\n  format: password",
    "SecretRef:\n  name: db-creds",
    "Password Policy Summary\nMinimum Length Twelve",
    "Name Token Age\nx default-token-abcde 3d",
]


@pytest.mark.parametrize(("text", "secret", "kept"), HIDDEN)
def test_what_is_secret_leaves_and_the_rest_stays(text: str, secret: str, kept: str) -> None:
    shown = cleaned(text)
    assert secret not in shown
    assert kept in shown


@pytest.mark.parametrize(("text", "secret", "kept"), HIDDEN)
def test_lines_that_come_in_blocks_go_through_the_same(text: str, secret: str, kept: str) -> None:
    shown = cleaned_in_blocks(text)
    assert secret not in shown
    assert kept in shown


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_so_stays(text: str) -> None:
    assert cleaned(text) == text


@pytest.mark.parametrize(
    "lines",
    [
        ["chpasswd"] * 4000,
        ["password:"] * 4000,
        [" " * number + "password:" for number in range(200)],
        ["Name Token"] * 4000,
        ["INSERT INTO t (id, pwd) VALUES (" * 100],
    ],
)
def test_repeated_headings_take_no_long_time(lines: list[str]) -> None:
    began = time.process_time()
    hide_over_lines(pl.Series(lines))
    REDACTOR.clean("\n".join(lines)[:64_000])
    assert time.process_time() - began < BOUND_S
