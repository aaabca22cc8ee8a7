"""Secrets below a line that opens a block, in tables, and as second keys of SNMP."""

from __future__ import annotations

import time

import polars as pl
import pytest

from core.redaction.announced_blocks import opens_block
from core.redaction.engine import Redactor
from core.redaction.multiline import hide_over_lines, runs_over_lines

REDACTOR = Redactor(b"the key of a case")
WORDS_12 = "orbit gravel lumber anchor velvet tunnel cactus meadow ripple saddle walnut ember"
SESSION = "7d1e4b90c25f83a6417be02d95fc38aa"  # pragma: allowlist secret
BELOW = {
    "a1 LOGIN {3}\n+ OK\neva {11}\nkiesel moos": "kiesel moos",
    "S: + Ready\nC: A01 LOGIN eva {6}\nS: + go\nC: kiesel": "kiesel",
    '< a03 login "eva" {9+}\n< steinmoos': "steinmoos",
    "machine api.firma.example\n  login eva\n  account acme\n  password steinmoos": "steinmoos",
    "default\n\tlogin eva\n\tpassword steinmoos": "steinmoos",
    "var.db_password\n  The master password\n\n  Enter a value: steinmoos": "steinmoos",
    "radius server ISE-2\n address ipv4 10.1.2.3 auth-port 1812\n key otter-canyon-lumen": (
        "otter-canyon-lumen"
    ),
    "aaa group server radius DOT1X\n server-private 10.1.2.3\n  key Kiesel77Moos": "Kiesel77Moos",
    "tacacs server T9\n address ipv4 10.9.9.9\n timeout 4\n key ottercanyon": "ottercanyon",
    "tacacs-server host 10.1.2.3\n  key Kiesel77Moos\nexit": "Kiesel77Moos",
    "ops@vpn2:~$ cat /etc/openvpn/client/login.conf\nbranch-9\nz+KT4n=Lq!C7!m": "z+KT4n=Lq!C7!m",
    "$ sudo head -2 /root/user-pass\nmeiera\nKiesel77Moos!\n$ id": "Kiesel77Moos!",
    f"paper copy of the seed phrase:\n\n{WORDS_12}": WORDS_12,
    f"recovery words (ledger, do not lose)\n{WORDS_12}\nheight 812044": WORDS_12,
    "mnemonic\n"
    + "\n".join(f"{number}. {word}" for number, word in enumerate(WORDS_12.split(), 1)): "velvet",
    f'{{"method":"user.login","params":{{"user":"a"}},"id":4}}\n{{"result":"{SESSION}","id":4}}': (
        SESSION
    ),
    f'POST {{"method": "session.authenticate"}}\n200\n{{"id": "q1", "result": "{SESSION}"}}': (
        SESSION
    ),
    '$ az keyvault secret show -n relay\n{\n  "value": "T?^K*7G!wz"\n}': ("T?^K*7G!wz"),
    '$ aws ssm get-parameter --name /p/q --with-decryption\n{\n  "Value": "otter-canyon"\n}': (
        "otter-canyon"
    ),
    "##[debug]Evaluating: variables['MAIL_PASSWORD']\n##[debug]=> 'ottercanyonlumen'": (
        "ottercanyonlumen"
    ),
    "##[debug]Expanding: format('{0}', env.API_TOKEN)\n##[debug]Result: 'Kiesel77Moos'": (
        "Kiesel77Moos"
    ),
    f"$ bw unlock --raw\n{'Kx9a' * 21}==": "Kx9aKx9a",
    "$ op read op://ops/relay/login\nKiesel77Moos!": "Kiesel77Moos",
    "<- 334 UGFzc3dvcmQ6\n-> S2llc2VsNzdNb29z": "S2llc2VsNzdNb29z",  # pragma: allowlist secret
    "S: 334 UGFzc3dvcmQ6\nC: S2llc2VsNzdNb29z": "S2llc2VsNzdNb29z",  # pragma: allowlist secret
}
BESIDE = {
    f"the mnemonic of the test wallet is {WORDS_12.replace('velvet', 'again')}": "orbit gravel",
    "Wachtwoord: otter canyon lumen walnut": "canyon lumen",
    "hasło: otter canyon lumen walnut": "canyon lumen",
    f"snmp-server user mon auth sha 0x{SESSION} priv 0x{SESSION[::-1]} localizedkey": (
        SESSION[::-1]
    ),
    "snmp-server user mon grp v3 auth md5 Nebel88Tanne priv Kiesel77Moos": "Kiesel77Moos",
    'snmpv3 user "mon" auth sha "Nebel88Tanne" priv "Kiesel77Moos"': "Kiesel77Moos",
    "snmp-agent usm-user v3 mon authentication-mode sha cipher Kiesel77Moos": "Kiesel77Moos",
    "snmp-agent usm-user v3 mon privacy-mode aes128 simple Kiesel77Moos": "Kiesel77Moos",
    f"snmp user mon v3 auth sha-256 0x{SESSION} priv aes-128 0x{SESSION[::-1]}": SESSION[::-1],
    "| /stage/mail/password | SecureString | Kiesel77Moos |": "Kiesel77Moos",
    "\t".join(
        ("PARAMETERS", "/mail/password", "SecureString", "Kiesel77Moos", "3")
    ): "Kiesel77Moos",
    "| DB_PASSWORD | env | Kiesel77Moos | prod |": "Kiesel77Moos",
    "│ smtp-secret │ Opaque │ Kiesel77Moos │": "Kiesel77Moos",
    "| vpn kennwort | text | Kiesel77Moos": "Kiesel77Moos",
    "| api-key  | hidden | otter-canyon-lumen |": "otter-canyon-lumen",
}
KEPT = [
    "a1 LOGIN failed {3}\n* BYE",
    "machine web-1 rebooted\n  login ok\n",
    "var.region\n  Enter a value: eu-west-1",
    "imap: 3 LOGIN eva {4}\nnext {broken",
    '$ aws ssm get-parameter --name /prod/version\n{\n  "Value": "18.9.3-rc1"\n}',
    '$ az vm show -n relay\n{\n  "value": "Standard_D4s_v5"\n}',
    "##[debug]Evaluating: variables['BUILD_NUMBER']\n##[debug]=> '20261123.4'",
    "##[debug]Evaluating: secrets.API_TOKEN\n##[debug]=> '***'",
    "HTTP 334 dGhhbmtz\nS2llc2VsNzdNb29z is no answer",
    "het wachtwoord staat in de kluis van het team",
    "radius server ISE-2\n address ipv4 10.1.2.3 auth-port 1812\n timeout 5\nkey words of the talk",
    "interface Gi0/1\n key chain OSPF\n description radius-uplink",
    "radius server dead\nTunnel state changed",
    "$ cat /var/log/auth.log\nbranch-9\nweb-12",
    "$ cat notes/login.txt\nfirst line of notes\nKiesel77Moos is a village",
    "the recovery phrase must be kept on paper\nnever take pictures of your words or show them",
    "seed phrase has twelve words:\nthen write them down then store them away from this wallet now",
    "words of the release\nfaster builds",
    '{"method":"host.get","id":5}\n{"result":"' + SESSION + '","id":5}',
    '{"method":"user.login","id":5}\n{"result":"' + SESSION + '","id":6}',
    '{"method":"user.login","id":5}\n{"result":"permission denied","id":5}',
    "snmp-server host 10.0.0.9 version 3 priv monitor",
    "snmp-server group ops v3 priv read everything",
    "snmp-server user mon grp v3 auth sha",
    "| password | varchar(64) | not null |",
    "| password | string | The password of the user |",
    "| DB_PASSWORD | secret | ******** |",
    "| token | string | required |",
    "| secret | text | prod/db/main |",
    "| admin_password | env | DB_PASSWORD |",
]


@pytest.mark.parametrize(("text", "secret"), BELOW.items())
def test_a_line_above_opens_a_block_with_a_secret(text: str, secret: str) -> None:
    assert secret not in REDACTOR.clean(text).text
    assert runs_over_lines(text.encode())
    hidden, _ = hide_over_lines(pl.Series([*text.split("\n"), *["ordinary"] * 40]))
    assert secret not in "\n".join(REDACTOR.hide(hidden))


@pytest.mark.parametrize(("text", "secret"), BESIDE.items())
def test_a_secret_in_its_cell_or_option(text: str, secret: str) -> None:
    assert secret not in REDACTOR.clean(text).text
    assert REDACTOR.hide(pl.Series([text, *["ordinary"] * 40]))[0] == REDACTOR.clean(text).text


@pytest.mark.parametrize("text", KEPT)
def test_what_stands_below_or_beside_such_words_stays(text: str) -> None:
    assert REDACTOR.clean(text).text == text


@pytest.mark.parametrize("text", ["wallet phrase ", '"method" ', "> cat auth ", "1. orbit "])
def test_a_long_line_takes_no_long_time(text: str) -> None:
    began = time.process_time()
    opens_block(text * (500_000 // len(text)))
    assert time.process_time() - began < 1


def test_a_sentence_within_the_json_of_a_secret_stays() -> None:
    text = (
        'kind: Secret\nstringData:\n  app.json: |\n    {"pin": "Kiesel77Moos", '
        '"why": "the vault of the team was full", "words": "otter canyon lumen walnut ember"}'
    )
    clean = REDACTOR.clean(text).text
    assert "the vault of the team was full" in clean
    assert "Kiesel" not in clean
    assert "canyon" not in clean
