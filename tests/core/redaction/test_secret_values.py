"""Passphrases of words with dots, where a password is due, and what has the same form there."""

from __future__ import annotations

import polars as pl
import pytest

from core.redaction.engine import Redactor

REDACTOR = Redactor(b"the key of a case")
PHRASES = {
    "pg-9:6432:ledger:reader:Tulip.Otter58": "Tulip.Otter58",
    "*:*:*:repl:acorn.linen.magnet.violin7": "acorn.linen.magnet.violin7",
    "crypto isakmp key Walnut.Ember204 hostname branch.example.net": "Walnut.Ember204",
    "ldap_bind_passwd = Oyster.Canyon31": "Oyster.Canyon31",
    "admin creds: root / Kiesel.Nebel88": "Kiesel.Nebel88",
    "spring.datasource.password: marten.gravel62": "marten.gravel62",
    "sshpass -p Fjord.Lumen19 ssh deploy@10.3.0.4": "Fjord.Lumen19",
    "das Kennwort ist Moos.Tanne407": "Moos.Tanne407",
    "pump.clave.secreto=Qx4-tomillo-812": "Qx4-tomillo-812",
    "servizio.segreto = Menta-310w": "Menta-310w",
    "api_geheim: Moos-Tanne-407": "Moos-Tanne-407",
    "klucz.sekret=Lipa-Brzoza-55": "Lipa-Brzoza-55",
}
NAMES = [
    "password = settings.secret_2",
    "password: self.pool.key1",
    "password = config.db.password12",
    "the password for db1.prod.acme.io is rotated nightly",
    "passwd: users.entry44",
    "password is read by com.acme.Reader22",
    "password = Account.Field10",
    "token = Crypto.Sha256",
    "secreto: true",
    "Geheimhaltung=intern",
    "sekretariat=Anna",
]


@pytest.mark.parametrize("text", PHRASES)
def test_words_with_dots_and_digits_are_hidden_where_a_password_is_due(text: str) -> None:
    assert PHRASES[text] not in REDACTOR.clean(text).text
    among = REDACTOR.hide(pl.Series([text, *["an ordinary line"] * 40]))
    assert among[0] == REDACTOR.clean(text).text


@pytest.mark.parametrize("text", NAMES)
def test_attributes_and_hosts_stay(text: str) -> None:
    assert REDACTOR.clean(text).text == text
