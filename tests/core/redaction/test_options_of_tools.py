"""Passwords where a tool takes nothing else, of whatever sort; values of other options stay."""

from __future__ import annotations

import json

import pytest

from tests.core.redaction.cleaned_texts import cleaned, cleaned_among_many

# Drawn of small letters and digits, as hosts are called; of two cases; chosen by a person.
PASSWORDS = ["kdjw" + "qnzpa482", "Bet0" + "yxvfj9H7", "kX9dh" + "U3j5Tq2", "Summer" + "2417x"]
# A line, in which @@ is the password.
LINES = [
    "unzip -P @@ backup.zip",
    "unrar x -p@@ a.rar",
    "7z x -p@@ a.7z",
    "winrs -r:host1 -u:bob -p:@@ cmd",
    "xfreerdp /u:bob /p:@@ /v:host1",
    "twine upload -u __token__ -p @@ dist/*",
    "ipa-client-install --unattended -p admin -w @@",
    "ipa-replica-install -p x -w @@ --setup-ca",
    "podman login -u bob -p @@ registry.local",
    "nxc smb 10.0.0.1 -u bob -p @@",
    "ab -n 10 -A bob:@@ https://shop.local/",
    "hey -a bob:@@ https://shop.local/",
    "oha -a bob:@@ https://shop.local/",
    "java -jar jenkins-cli.jar -s http://ci -auth bob:@@ who-am-i",
    "composer config http-basic.repo.local bob @@",
    "composer config --global http-basic.repo.local bob @@",
    "mkpasswd -m sha-512 @@",
    "openssl passwd -6 @@",
    "wpa_passphrase office @@",
    "rclone obscure @@",
    "set system login user bob authentication plaintext-password @@",
    "echo @@ | realm join corp.local -U admin",
    "(echo @@; echo @@) | smbpasswd -s bob",
    r"printf '@@\n@@\n' | smbpasswd -a -s bob",
    "echo @@ | vncpasswd -f > ~/.vnc/passwd",
    "echo @@ | argocd account login --password-stdin",
    "New-LocalUser bob -Password (ConvertTo-SecureString @@ -AsPlainText -Force)",
    "ConvertTo-SecureString -String @@ -AsPlainText -Force",
    "secretsdump.py corp/bob:@@@10.0.0.1",
    "wmiexec.py corp.local/bob:@@@dc01",
    "python3 examples/smbclient.py bob:@@@10.0.0.1",
    "INVITE sip:bob:@@@pbx.local SIP/2.0",
    '"bob" "pptpd" "@@" *',
    '"bob" * "@@" 10.0.0.7',
    '/etc/pgbouncer/userlist.txt: "app" "@@"',
    'echo "https://dav.local bob @@" >> /etc/davfs2/secrets',
    "you can log in with bob / @@",
    "Secret ID = @@",
]
WRAPPED = [
    lambda line: line,
    lambda line: f"2026-11-26T04:10:01.123Z INFO deploy: run {line}",
    lambda line: f"3. run `{line}`",
    lambda line: json.dumps({"level": "error", "msg": line}),
]
KEPT = [
    "docker run -p 18080:80 -P nginx",
    "smbmap -H 10.0.0.1 -u bob -p passwords.txt",
    "ipmitool -H host1 -U root -P $IPMI_PASSWORD power status",
    "cypher-shell -u neo4j -p <password>",
    "ab -n 100 -c 10 -A bob: https://shop.local/",
    "hey -n 100 -a cache:6379 https://shop.local/",
    "mkpasswd command not found",
    "use mkpasswd with a salt",
    "echo done | tee /tmp/state",
    "echo ready2024 | grep ready",
    "deploy.py mailto:robert@shop.local",
    "build.py --image registry/app:v1.25@sha256:0a1f1e5d3b2c4d5e6f708192a3b4c5d6",
    'resource "aws_instance" "web2024"',
    '1795680000.1 [0 10.0.0.1:1] "get" "session1234"',
    'sort "name" "field1234"',
    "INVITE sip:bob@pbx.local:5060 SIP/2.0",
    "https://shop.local/a for build1234",
    "you can log in with bob / alice",
    "Secret ID: shop-db-credentials",
    "ConvertTo-SecureString $plain -AsPlainText -Force",
]


@pytest.mark.parametrize("wrapped", WRAPPED, ids=["alone", "a log", "a runbook", "JSON"])
@pytest.mark.parametrize("line", LINES)
def test_what_can_only_be_a_password_is_hidden(line: str, wrapped: object) -> None:
    assert callable(wrapped)
    for password in PASSWORDS:
        text = wrapped(line.replace("@@@", f"{password}@").replace("@@", password))
        for shown in (cleaned(text), cleaned_among_many(text)):
            assert password not in shown


@pytest.mark.parametrize("password", ["Hnuz" + "skstrxD3", "harbour", "Pass-word"])
def test_a_program_logs_in_as_somebody_of_a_domain(password: str) -> None:
    for line in (
        f"wmiexec.py corp/bob:{password}@dc01",
        rf"psexec.py CORP\bob:{password}@10.0.0.1",
    ):
        for shown in (cleaned(line), cleaned_among_many(line)):
            assert password not in shown
            assert shown.endswith(line.partition("@")[2])


@pytest.mark.parametrize("line", KEPT)
def test_what_stands_at_other_options_stays(line: str) -> None:
    assert cleaned(line) == line
    assert cleaned_among_many(line) == line


CHOSEN = "kestrelmoonb12"
BUNDLED = [
    f"+ curl -su elastic:{CHOSEN} https://es:9200/_cluster/health",
    f"+ curl -sku 'elastic:{CHOSEN}' https://es:9200/_cat/indices",
    f"CRON[12]: (root) CMD (curl -fsSu backup:{CHOSEN} https://es:9200/x)",
    f"+ ldapsearch -xw {CHOSEN} -D cn=admin -H ldap://a",
    f"+ ldapsearch -xLLLw {CHOSEN} -b dc=a",
    f"+ zip -qrP {CHOSEN} out.zip dir",
    f"+ unzip -oP {CHOSEN} out.zip",
    f"+ sshpass -vp {CHOSEN} ssh deploy@a",
    f"+ mysql -Nsp{CHOSEN} -h db -e 'select 1'",
    f'(main.Config) {{Host: (string) (len=2) "db", Password: (string) (len=14) "{CHOSEN}"}}',
    f"query: FROM mysql('db:3306','shop','orders','app','{CHOSEN}') WHERE id=7",
]


@pytest.mark.parametrize("line", BUNDLED)
def test_a_password_behind_options_in_one_word_is_hidden(line: str) -> None:
    shown = cleaned(line)
    assert CHOSEN not in shown
    assert cleaned_among_many(line) == shown
    assert shown.partition("«")[0] == line.partition(CHOSEN)[0]


@pytest.mark.parametrize(
    "line",
    [
        "+ curl -sSL https://a/b:8080/x",
        "+ zip -r out.zip dir",
        "+ unzip -o out.zip -d /tmp",
        "+ tar -czPf a.tgz b",
        "+ ldapsearch -xLLL -b dc=example uid=dana",
        "+ mysql -Ns -u app -h db -e 'select 1'",
        "+ wget -qU Mozilla/5.0 https://a",
    ],
)
def test_options_in_one_word_that_take_no_password_stay(line: str) -> None:
    assert cleaned(line) == line
