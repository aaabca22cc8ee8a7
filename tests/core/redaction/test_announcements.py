"""Secrets of kinds that no rule names: a word announces them, or only a machine makes them."""

from __future__ import annotations

import polars as pl
import pytest

from core.redaction.engine import Redactor
from core.redaction.multiline import hide_over_lines, runs_over_lines
from tests.core.redaction.cleaned_texts import cleaned

SECRETS = {
    "das Kennwort für den Admin lautet: Sonnenblume77": "Sonnenblume77",
    "mot de passe du serveur : Chaussette!12": "Chaussette!12",
    "la contraseña de la base es gato_negro_9": "gato_negro_9",
    "hasło do bazy to Zielony#Kot5": "Zielony#Kot5",
    "senha do banco = Maracuja2024": "Maracuja2024",
    "数据库密码是Panda8848!": "Panda8848!",
    "use hunter2x9 as the password on staging": "hunter2x9",
    "the db password is orangutan": "orangutan",
    "it's Br0ken-Arrow!7 (root on db-3)": "Br0ken-Arrow!7",
    "smbclient //srv/share -U corp/backup%Qwe98rty!": "Qwe98rty!",
    "license: QX7R-99TL-MN2P-4KVD-8WZY": "QX7R-99TL-MN2P-4KVD-8WZY",
    "G-482915 is your Google verification code": "482915",
    "rsyncd-agent --user sync --secret-key ng266jogkmj6j0 --daemon": "ng266jogkmj6j0",
    "ops@example.com:773f48aabeaead30e16ae71354023748": "773f48aabeaead30e16ae71354023748",
    "oathtool --totp -b ICQKMIXRXSRWAZHHDMRT7VNYZSBEOE7H": "ICQKMIXRXSRWAZHHDMRT7VNYZSBEOE7H",
    '{"field":"password","rejectedValue":"Zebra9q1"}': "Zebra9q1",
    "printf '%s' 'gravel-saddle-marble' | cryptsetup luksOpen /dev/sdb1 data -": (
        "gravel-saddle-marble"
    ),
    "db_backup_password_horse-staple-otter.zip": "horse-staple-otter",
    "#define NWKSKEY 17325d116ddd4fcb064b320122c43ace": "17325d116ddd4fcb064b320122c43ace",
    "sip: HA1=61e8ad1ed3020f13a3fabcd7c9026243": "61e8ad1ed3020f13a3fabcd7c9026243",
    "export-token-OVvXLPbSCsFQMCsKyeno7-final.csv": "OVvXLPbSCsFQMCsKyeno7",
    "passphrase for the backup key: violin falcon fox ember meadow": "falcon fox ember",
    "le code d'accès pour le VPN : a00_f^~UnGtT, jusqu'à ce soir": "a00_f^~UnGtT",
    "yeni root parolası: Summer2022+ kimseyle": "Summer2022",  # noqa: RUF001 - Turkish
    "hasło do srv37 to haslo1!": "haslo1",
    "bindRequest: authentication simple: gg6RQw1gwzTOe8": "gg6RQw1gwzTOe8",
    "password changed from Felix903 to x": "Felix903",
}
OVER_LINES = {
    "# /etc/rsyncd.secrets\npayments:BigCharlie-347": "BigCharlie-347",
    "[admins]\nadmin = glacier1220horse": "glacier1220horse",
    "UPDATE users SET password = $1\nDETAIL: parameters: $1 = 'Felix903'": "Felix903",
    '1) "requirepass"\n2) "glacier1220horse"': "glacier1220horse",
    "what's the vault passphrase?\n> violin falcon ember meadow": "falcon",
    "can you send the db password\n> sure, Liverpool254.": "Liverpool254",
    '"db_password": {\n  "value": "Oscar1936?",\n  "type": "string"\n}': "Oscar1936?",
    'resource "random_password" "db" {\n  length = 9\n  result = "StapleDomino27"\n}': (
        "StapleDomino27"
    ),
    "NAME    PASSWORD     HOST\nann     Walrus77x    db1": "Walrus77x",
    "# id type key\n1 SHA1 7c1680d099f046e09622ac20c6cf1dfeee9a6ef3 # peers": (
        "7c1680d099f046e09622ac20c6cf1dfeee9a6ef3"  # pragma: allowlist secret
    ),
    "# config/master.key\n8df7db1069f7c7db29cf15e595db7aa6": "8df7db1069f7c7db29cf15e595db7aa6",
    "what's the vcenter password?\ntom: MyRocketIsBig95": "MyRocketIsBig95",
    "$ pass show prod/inventory\nSpring2021.\nuser: deploy": "Spring2021.",
    "2026-11-17 10:00:01 Enter passphrase\nWalrus77x": "Walrus77x",
    "10:00:01 agent: Password for dana?\nWalrus77x": "Walrus77x",
    "privateExponent:\n    2f:d2:78:20:5d:8f:b3:64:\nprime1:": "2f:d2:78:20:5d:8f:b3:64",
}
HARMLESS = [
    "password has expired and must be changed",
    "Q: wifi password in the war room?",
    "password reset link sent to customer",
    "password expired for dana",
    "token bucket refilled to 500 tokens",
    "cache key=orders:123 missing",
    "auth failed for user svc-orders2 from web-12",
    "status code: 50300, exit code 13700",
    "pod auth-service-7d9f8b6c5d-x2x9z restarted",
    'etag "5d8c72a5edda8d6a" for key images/a.png',
    "trace_id=4bf92f3577b34da6a3ce929d0e0e4736",
    "the password is wrong",
    "password is hashed with bcrypt12",
    "the token is rotated by job rotate-tokens-28391822",
    "session 7f3b2c1d opened for user root",
    "webhook delivery d4c3b2a1-1111-2222-3333-444455556666 ok",
    "user deploy passwd: locked shell: /usr/sbin/nologin",
    '{namespace="prod",secret="api-tls-secret-v2"}',  # pragma: allowlist secret
    "Message-ID: <20250501.884120.password-notice@mx1.example.com>",
    '_acme-challenge 60 IN TXT "9Mu5Wh8GeTEwA4DpSZozArA36Jat5wGKOqUJZspwC1Y"',
    "# public key: age15ad0o78gb1nxe4qmqv5cedal60d1uwbrah98oiko39nmccnxmdol68itfr",
    "usage: login --user USER --password PASSWORD",
    "login failed: AADSTS7000222 the provided client secret keys are expired",
    "Content-Transfer-Encoding: base64\n\nSGVsbG8gdGVhbSwgdGhlIHJlcG9ydCBpcyByZWFkeS4=",
]


@pytest.fixture
def redactor() -> Redactor:
    return Redactor(bytes(32))


@pytest.mark.parametrize(("text", "secret"), SECRETS.items())
def test_an_announced_value_is_hidden_in_one_text_and_among_many(
    redactor: Redactor, text: str, secret: str
) -> None:
    assert secret not in redactor.clean(text).text
    among = redactor.hide(pl.Series(["nothing here", text] * 20))
    assert among[1] == redactor.clean(text).text


@pytest.mark.parametrize(("text", "secret"), OVER_LINES.items())
def test_lines_around_a_value_announce_it(redactor: Redactor, text: str, secret: str) -> None:
    assert secret not in redactor.clean(text).text
    assert runs_over_lines(text.encode())
    hidden, _ = hide_over_lines(pl.Series(text.split("\n")))
    assert secret not in "\n".join(redactor.hide(hidden))


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_so_is_kept(redactor: Redactor, text: str) -> None:
    assert redactor.clean(text).text == text


@pytest.mark.parametrize("name", ["dba/explain_orders_slow.txt", "postgres/activity_full.csv"])
def test_a_file_in_a_folder_called_like_an_account_is_no_password(name: str) -> None:
    assert cleaned(name) == name
    assert "kites_over_42" not in cleaned("dba/kites_over_42")
