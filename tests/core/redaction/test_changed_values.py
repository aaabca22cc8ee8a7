"""The two secrets of a change, and passwords by their place in a call."""

from __future__ import annotations

import pytest

from tests.core.redaction.cleaned_texts import cleaned, cleaned_among_many

# A text, what leaves it and what stays in it.
HIDDEN = [
    ("psycopg2.connect('db-1', 'eva', 'walde')", "walde", "db-1"),  # pragma: allowlist secret
    ('session.login("eva", "walde77moos")', "walde77moos", "eva"),  # pragma: allowlist secret
    (
        "Uncaught Exception: ldap_bind(Resource id #3, 'cn=eva', 'walde')",
        "walde",  # pragma: allowlist secret
        "cn=eva",
    ),
    (
        "mot de passe de db-2 changé de Kiesel77 à Nebel-Tanne88",
        "Nebel-Tanne88",  # pragma: allowlist secret
        "db-2",
    ),
    (
        "zmieniłem hasło z Kiesel77 na Nebel88Tanne",
        "Nebel88Tanne",
        "hasło",
    ),  # pragma: allowlist secret
    ("пароль сменили с Kiesel77 на Nebel88Tanne", "Kiesel77", "пароль"),  # noqa: RUF001 - Russian
    (
        "contraseña cambiada de Kiesel77 a Nebel88Tanne",
        "Kiesel77",  # pragma: allowlist secret
        "cambiada",
    ),
    (
        "mysqli->__construct('10.1.2.3', 'deploy', 'BFVUJX5', 'shop')",
        "BFVUJX5",  # pragma: allowlist secret
        "deploy",
    ),
    (
        '#1 mysqli_connect("db-1", "eva", "walde", "shop")',
        "walde",
        "eva",
    ),  # pragma: allowlist secret
    ("$c = new PDO($dsn, 'eva', 'walde');", "walde", "eva"),  # pragma: allowlist secret
    ("oci_connect('hr', 'walde', '//db/x')", "walde", "'hr'"),  # pragma: allowlist secret
    ('smtp.login("eva@x", "walde7")', "walde7", "smtp.login"),  # pragma: allowlist secret
    (
        'DriverManager.getConnection(url, "eva", "walde")',
        "walde",
        "eva",
    ),  # pragma: allowlist secret
    ('new NetworkCredential("eva", "walde");', "walde", "eva"),  # pragma: allowlist secret
    ("ftp_login($conn, 'eva', 'walde')", "walde", "eva"),  # pragma: allowlist secret
    (
        'pymysql.connect("db-1", "eva", "walde", "shop")',
        "walde",
        "shop",
    ),  # pragma: allowlist secret
    (
        "I rotated it from Kiesel77 to Nebel.Tanne88 (pw of eva)",
        "Nebel.Tanne88",  # pragma: allowlist secret
        "eva",
    ),
    (
        "Passwort von db-2 von Kiesel77 auf Nebel-Tanne88 geändert",
        "Kiesel77",  # pragma: allowlist secret
        "db-2",
    ),
    (
        "password of sync changed: Kiesel77Moos -> Nebel88Tanne",
        "Nebel88Tanne",  # pragma: allowlist secret
        "sync",
    ),
    (
        ("the admin password was switched from Xk2Q9m to R0ck3t-Tundra57 yesterday"),
        "Xk2Q9m",  # pragma: allowlist secret
        "yesterday",
    ),
]
KEPT = [
    "rotated secret app-token-v1 -> app-token-v2",
    "max_tokens changed from 4096 to 8192",
    "password changed from 30 days to 90 days",
    "moved the password store from vault-01 to vault-02",
    "token lifetime changed from 15m to 30m for app-1",
    "connect(host, port, timeout)",
    'logger.login("user %s logged in", name)',
    "def connect(self, host='a', user='b'):",
]


@pytest.mark.parametrize(("text", "secret", "kept"), HIDDEN)
def test_what_is_secret_leaves_and_the_rest_stays(text: str, secret: str, kept: str) -> None:
    shown = cleaned(text)
    assert secret not in shown
    assert kept in shown


@pytest.mark.parametrize("text", [text for text, _, _ in HIDDEN])
def test_a_line_among_many_is_hidden_the_same(text: str) -> None:
    assert cleaned_among_many(text) == cleaned(text)


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_so_stays(text: str) -> None:
    assert cleaned(text) == text
