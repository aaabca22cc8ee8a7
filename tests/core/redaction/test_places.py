"""Secrets in commands, remarks and sentences whose rules know a place, not a word."""

from __future__ import annotations

import pytest

from tests.core.redaction.cleaned_texts import cleaned, cleaned_among_many

# A text, what leaves it and what stays in it.
HIDDEN = [
    (
        "3349 => 7706,Empfang",  # pragma: allowlist secret
        "7706",  # pragma: allowlist secret
        "Empfang",
    ),
    (
        "1000 => 8421, Eva Muster, 7,,attach=no",  # pragma: allowlist secret
        "8421",  # pragma: allowlist secret
        "Eva Muster",
    ),
    (
        "agent => 1001,4321,Mark Spencer",  # pragma: allowlist secret
        "4321",  # pragma: allowlist secret
        "Mark Spencer",
    ),
    (
        "conf => 8600,7312,9911",  # pragma: allowlist secret
        "7312",  # pragma: allowlist secret
        "8600",
    ),
    (
        "conf => 8600,7312,9911",  # pragma: allowlist secret
        "9911",  # pragma: allowlist secret
        "8600",
    ),
    (
        "exten => 100,n,Authenticate(8421)",  # pragma: allowlist secret
        "8421",  # pragma: allowlist secret
        "exten",
    ),
    (
        (
            "   2 nfs/nas-3.lab.example@LAB.EXAMPLE "
            "(camellia256-cts-cmac)  (0x1badb0021badb0021badb0021badb002)\n   2 x"
        ),
        "1badb002",  # pragma: allowlist secret
        "nas-3.lab.example@LAB.EXAMPLE",
    ),
    (
        (
            "  1  aes256-cts-hmac-sha1-96  "
            "host/db-1.corp.example@CORP.EXAMPLE  2026-01-01  0efcbf524a51ce246c275c3c0b22b3e5"
        ),
        "0efcbf52",  # pragma: allowlist secret
        "host/db-1.corp.example@CORP.EXAMPLE",
    ),
    (
        "Key for svc (hex): 8846f7eaee8fb117ad06bdd830b7586c",  # pragma: allowlist secret
        "8846f7ea",  # pragma: allowlist secret
        "svc",
    ),
    (
        'p141 LOGIN kwalsh "trigo rabe olive"',  # pragma: allowlist secret
        "trigo rabe olive",  # pragma: allowlist secret
        "kwalsh",
    ),
    (
        'C: 0001 login "eva" "drei \\"kleine steine"',  # pragma: allowlist secret
        "kleine steine",  # pragma: allowlist secret
        "0001",
    ),
    (
        "AUTHINFO PASS steinmoos",  # pragma: allowlist secret
        "steinmoos",  # pragma: allowlist secret
        "AUTHINFO",
    ),
    (
        ">> OPER root steinmoos",  # pragma: allowlist secret
        "steinmoos",  # pragma: allowlist secret
        "root",
    ),
    (
        'AUTHENTICATE "PLAIN" "AGV2YQBraWVzZWxtb29z"',  # pragma: allowlist secret
        "AGV2YQBraWVz",  # pragma: allowlist secret
        "PLAIN",
    ),
    (
        "createUser mon SHA Kieselmoos77 AES tannenlaub",  # pragma: allowlist secret
        "tannenlaub",  # pragma: allowlist secret
        "mon",
    ),
    (
        'user mon authentication-sha authentication-password "Kiesel moos"',
        "Kiesel moos",  # pragma: allowlist secret
        "mon",
    ),
    (
        "com2sec local 10.0.0.0/8 steinmoos",  # pragma: allowlist secret
        "steinmoos",  # pragma: allowlist secret
        "10.0.0.0/8",
    ),
    (
        "  set psksecret steinmoos",  # pragma: allowlist secret
        "steinmoos",  # pragma: allowlist secret
        "psksecret",
    ),
    (
        "set root-authentication plain-text-password-value steinmoos",  # pragma: allowlist secret
        "steinmoos",  # pragma: allowlist secret
        "root-authentication",
    ),
    (
        "enable secret 0 steinmoos",  # pragma: allowlist secret
        "steinmoos",  # pragma: allowlist secret
        "enable secret",
    ),
    (
        "set default wpa2-pre-shared-key=steinmoos mode=dynamic",  # pragma: allowlist secret
        "steinmoos",  # pragma: allowlist secret
        "mode=dynamic",
    ),
    (
        "option key 'steinmoos'",  # pragma: allowlist secret
        "steinmoos",  # pragma: allowlist secret
        "option key",
    ),
    (
        "db-1:5432:orders:eva:steinmoos",  # pragma: allowlist secret
        "steinmoos",  # pragma: allowlist secret
        "db-1:5432:orders:eva",
    ),
    (
        "mkstore -wrl /w -createCredential ORCL scott steinmoos",  # pragma: allowlist secret
        "steinmoos",  # pragma: allowlist secret
        "ORCL scott",
    ),
    (
        'npmAuthIdent: "eva:steinmoos"',  # pragma: allowlist secret
        "steinmoos",  # pragma: allowlist secret
        "eva",
    ),
    (
        '<add key="https://nuget.firma.example" value="steinmoosfarn" />',
        "steinmoosfarn",  # pragma: allowlist secret
        "nuget.firma.example",
    ),
    (
        "machine a.firma.example login eva account ops password steinmoos",
        "steinmoos",  # pragma: allowlist secret
        "eva account ops",
    ),
    (
        "eva:{PLAIN}steinmoos",  # pragma: allowlist secret
        "steinmoos",  # pragma: allowlist secret
        "eva",
    ),
    (
        "New Vault password (prod): steinmoos",  # pragma: allowlist secret
        "steinmoos",  # pragma: allowlist secret
        "prod",
    ),
    (
        "[sudo] password for eva: steinmoos",  # pragma: allowlist secret
        "steinmoos",  # pragma: allowlist secret
        "eva",
    ),
    (
        "Enter PEM pass phrase:steinmoos",  # pragma: allowlist secret
        "steinmoos",  # pragma: allowlist secret
        "PEM",
    ),
    (
        "Password for 'https://eva@git.firma.example': steinmoos",  # pragma: allowlist secret
        "steinmoos",  # pragma: allowlist secret
        "git.firma.example",
    ),
    (
        "4332 0755 5351 6215 valid till 04/29, Prüfnummer 934",  # pragma: allowlist secret
        "934",  # pragma: allowlist secret
        "04/29",
    ),
    (
        "carte 4111 1111 1111 1111 exp 04/29 cryptogramme 934",  # pragma: allowlist secret
        "934",  # pragma: allowlist secret
        "04/29",
    ),
    (
        "carta 4111-1111-1111-1111 scad. 04/29 codice di sicurezza: 934",
        "934",  # pragma: allowlist secret
        "04/29",
    ),
    (
        "PAN 5555 5555 5555 4444 06/28 CID: 1234",  # pragma: allowlist secret
        "1234",  # pragma: allowlist secret
        "PAN",
    ),
    (
        "APP_ENV_B64=ZXhwb3J0IEFQSV9UT0tFTj1raWVzZWxtb29zCnRlc3Q9MQo=",  # pragma: allowlist secret
        "ZXhwb3J0",  # pragma: allowlist secret
        "APP_ENV_B64",
    ),
    (
        "user_data: I2Nsb3VkLWNvbmZpZwpjaHBhc3N3ZDoKICBsaXN0OiB8CiAgICBldmE6a2llc2VsbW9vcwo=",
        "a2llc2Vs",  # pragma: allowlist secret
        "user_data",
    ),
    (
        "blob W2NsaWVudF0KdXNlcj1yb290CnBhc3N3b3JkPWtpZXNlbG1vb3MK",  # pragma: allowlist secret
        "a2llc2Vs",  # pragma: allowlist secret
        "blob",
    ),
    (
        "hex=44425f50415353574f52443d6b696573656c6d6f6f730a",  # pragma: allowlist secret
        "6b6965",  # pragma: allowlist secret
        "hex",
    ),
    (
        "powershell -enc JABwAGEAcwBzAHcAbwByAGQAPQAnAGsAaQBlAHMAZQBsAG0AbwBvAHMAJwA=",
        "JABwAGEA",  # pragma: allowlist secret
        "powershell",
    ),
    (
        "otp seed 3132333435363738393031323334353637383930",  # pragma: allowlist secret
        "31323334",  # pragma: allowlist secret
        "otp seed",
    ),
    (
        "TOTP: JBSW Y3DP EHPK 3PXP JBSW Y3DP",  # pragma: allowlist secret
        "EHPK",  # pragma: allowlist secret
        "TOTP",
    ),
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
    "404 => 12345, not found",
    "set password reset-link",
    "use 20240101 to access backups",
    "200 => 1523,\n404 => 12",
    "80 => 8080, # http",
    "exten => 100,1,Dial(SIP/100,20)",
    "server not found: krbtgt/FIRMA.EXAMPLE@FIRMA.EXAMPLE",
    "ldap/dc1.firma.example@FIRMA.EXAMPLE (aes256-cts-hmac-sha1-96) kvno 4",
    "imap> a1 LOGIN failed for eva",
    "set password policy minimum-length 14 history 5",
    "enable password authentication",
    "com2sec local 10.0.0.0/8 public",
    "Password for eva: expired",
    "Prüfnummer 934 fehlt im Lieferschein",
    "msg=VGhlIHBhc3N3b3JkIHBvbGljeSB3YXMgdXBkYXRlZCBieSB0aGUgYWRtaW4=",  # pragma: allowlist secret
    "greeting=SGVsbG8gd29ybGQsIHRoaXMgaXMgYSBwbGFpbiB0ZXh0IG5vdGU=",  # pragma: allowlist secret
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
