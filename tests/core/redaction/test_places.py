"""Secrets in commands, remarks and sentences whose rules know a place, not a word."""

from __future__ import annotations

import pytest

from tests.core.redaction.cleaned_texts import cleaned, cleaned_among_many

# A text, what leaves it and what stays in it.
HIDDEN = [
    (
        "new Client(); client.auth('eva', 'walde77moos')",
        "walde77moos",  # pragma: allowlist secret
        "eva",
    ),
    (
        "door safe passphrase -> maple canyon dragon quartz",
        "maple canyon",  # pragma: allowlist secret
        "door",
    ),
    ('const TOKEN: &str = "walde77Moos9";', "walde77Moos9", "TOKEN"),  # pragma: allowlist secret
    (
        'val apiToken: String = "walde77Moos9"',
        "walde77Moos9",
        "apiToken",
    ),  # pragma: allowlist secret
    (
        "L1aW4aubDFB7yfras2S1mN3bqg9nwySY8nkoLmJebSLD5BWv3ENZ is the wif",
        "L1aW4aub",  # pragma: allowlist secret
        "wif",
    ),
    ('CONN hr/"Raven[1597"@pdb1', "Raven[1597", "pdb1"),  # pragma: allowlist secret
    (
        'sqlplus -S "scott"/"Ti]ger 9"@//db:1521/x',
        "Ti]ger 9",  # pragma: allowlist secret
        "//db:1521/x",
    ),
    (
        "curl -u deploy:Wald77Moos https://ci.example/api",
        "Wald77Moos",  # pragma: allowlist secret
        "deploy",
    ),
    (
        "wget --user=eva --password=Wald77Moos http://x/",
        "Wald77Moos",  # pragma: allowlist secret
        "eva",
    ),
    ("http -a eva:Wald77Moos GET x.example", "Wald77Moos", "eva"),  # pragma: allowlist secret
    (
        ("curl -u 9f2c41d7aa3be0c86512f47d9e80ab3341c5d6e7:x-oauth-basic https://api.github.com"),
        "9f2c41d7aa3be0c86512f47d9e80ab3341c5d6e7",  # pragma: allowlist secret
        "api.github.com",
    ),
    (': P12 moon.p12 "walde9"', "walde9", "moon.p12"),  # pragma: allowlist secret
    (
        ("passphrase for the restic repository on nas-2: ginger canyon magnet zephyr umbrella"),
        "ginger canyon magnet",  # pragma: allowlist secret
        "nas-2",
    ),
    (
        "the unlock phrase of the LUKS volume is: turnip anchor ginger jigsaw",
        "turnip anchor",  # pragma: allowlist secret
        "LUKS",
    ),
    (
        "das Kennwort vom Tresor im Büro: turnip anchor ginger jigsaw",
        "turnip anchor",  # pragma: allowlist secret
        "Tresor",
    ),
    (
        "il codice d'accesso della cassaforte è maple canyon dragon quartz",
        "maple canyon",  # pragma: allowlist secret
        "cassaforte",
    ),
    (
        '{"OptionName": "DbPassword", "OptionValue": "Magnet\\\\4329"}',
        "Magnet\\\\4329",  # pragma: allowlist secret
        "OptionName",
    ),
    (
        '{"name":"DB_PASSWORD","secretValue":"a\\\\b\\\\c9"}',  # pragma: allowlist secret
        "a\\\\b\\\\c9",  # pragma: allowlist secret
        "DB_PASSWORD",
    ),
    (
        "eva@mail-23's password: [echo is on] ikR/AU7vI",
        "ikR/AU7vI",  # pragma: allowlist secret
        "eva@mail-23",
    ),
    ("POST body: user=eva&p=LpvE3Tqxzi9Nrkj", "LpvE3Tqxzi9Nrkj", "eva"),  # pragma: allowlist secret
    (
        "username eva privilege 15 secret 9 Wald77Moos",
        "Wald77Moos",
        "eva",
    ),  # pragma: allowlist secret
    ("djoin /provision /rp Dragon_1901 /x", "Dragon_1901", "djoin"),  # pragma: allowlist secret
    (
        "guest wifi password is now hazel-ginger-54-quartz",
        "hazel-ginger-54-quartz",  # pragma: allowlist secret
        "guest",
    ),
    (
        (
            "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2n"  # pragma: allowlist secret
            "Rk4stbPy6cq3jPPqjiChkVvvNKmPG"  # pragma: allowlist secret
            "JxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi"  # pragma: allowlist secret
        ),
        "xprv9s21ZrQ",  # pragma: allowlist secret
        "",
    ),
    (
        "key SAV76USXIJOBMEQXPANUOQM6F5LIOTLPDIDVRJBFFE2MDJXG24TAPUU7",
        "SAV76USXIJ",  # pragma: allowlist secret
        "key",
    ),
]
KEPT = [
    "curl -u eva: https://x.example/",
    "docker run -u 1000:1000 --name=a b",
    "users?page=1&p=2",
    "u=eva&p=12",
    "batchjob-nightly-12-hqzrw crashed",
    "/password reset for user eva",
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
