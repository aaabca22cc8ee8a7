"""Values that begin with a sign, and what begins so and is none."""

from __future__ import annotations

import pytest

from core.redaction.stand_ins import is_stand_in
from tests.core.redaction.cleaned_texts import cleaned

pytestmark = pytest.mark.unit

SIGNS = "#$&%@!*?~^+:"
# A word with digits, letters and digits in turn, and a word with a sign at its end.
VALUES = ["ferngrotto29", "Of" + "823diPQ" + "ag9a", "1Summer" + "2026!"]
FORMS = [
    "DB_PASSWORD={}",
    'DB_PASSWORD="{}"',
    "db:\n  password: '{}'",
    '{{"level": "info", "password": "{}"}}',
    "INFO login user=bob password={} ok",
    'password = "{}"',
    "spring.datasource.password={}",
    "mysql -u root -p'{}' shop",
    "connect(user='a', password='{}')",
    "Authorization: Bearer {}",
    "password: &anchor {}",
]
EMPTY = [
    "password= # set below",
    "password: #optional",
    "fix password: #4521 closes",
    'token_color: "#ff8800"',
    "DB_PASSWORD=$DB_PASSWORD_FILE",
    "password=$dbPass2",
    "DB_PASSWORD=${DB_PASSWORD:-}",
    "PGPASSWORD=$(cat /run/secrets/pg)",
    "password: &dbpass",
    "password: *dbpass",
    "char *password = &buffer[0];",
    "set PASSWORD=%DB_PASSWORD%",
    "password: {{ vault_db_password }}",
    "password=<your password>",
    "GET /login?password=&next=/home",
    'password = "[REDACTED]"',
    "password=@/run/secrets/pg",
    '"password": "#/definitions/Password"',
]


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("form", FORMS)
def test_a_value_may_begin_with_any_sign(form: str, value: str, sign: str) -> None:
    assert value not in cleaned(form.format(sign + value))


@pytest.mark.parametrize("text", EMPTY)
def test_what_stands_for_a_value_is_kept(text: str) -> None:
    assert cleaned(text) == text


@pytest.mark.parametrize("sign", ",;(){}[]<\\")
def test_a_bare_value_may_begin_with_a_sign_that_ends_one(sign: str) -> None:
    assert "ferngrotto29" not in cleaned(f"password={sign}ferngrotto29")


@pytest.mark.parametrize(
    "address",
    [
        "smtp://{}:{}@smtp.shop.example:587",
        "proxy=http://{}:{}@proxy:3128",
        "unable to access 'https://{}:{}@git.shop.example/x.git/': 403",
        "postgres://{}:{}@srv1.postgres.shop.example:5432/shop",
    ],
)
@pytest.mark.parametrize("user", ["alerts@shop.example", "app@srv1"])
@pytest.mark.parametrize("value", ["ferngrotto29", "#Fern/grotto29", "fern@grotto29"])
def test_the_user_of_an_address_may_be_a_mailbox(address: str, user: str, value: str) -> None:
    text = cleaned(address.format(user, value))
    assert value not in text
    assert "alerts@" not in text
    assert text.partition("://")[0] == address.partition("://")[0]


@pytest.mark.parametrize(
    "text",
    [
        "ssh://git@host.corp:2222/infra/deploy.git",
        "http://web:8080/a@b",
        "https://registry.corp:4873/@acme/ui@1.2.3",
        "http://lea@web:8080/users/a@b",
    ],
)
def test_a_port_and_a_path_are_no_password(text: str) -> None:
    assert cleaned(text) == text


def test_names_of_code_stand_for_values() -> None:
    assert is_stand_in("$user->password")
    assert is_stand_in("&cfg.Password")
    assert not is_stand_in("ferngrotto29")
