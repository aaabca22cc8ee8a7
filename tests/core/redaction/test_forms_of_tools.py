"""Secrets as shells, settings and commands of single tools write them, and what stays beside."""

from __future__ import annotations

import pytest

from tests.core.redaction.cleaned_texts import cleaned, cleaned_among_many, cleaned_in_blocks

_CHOSEN, _NEXT = "blue" + "berry77", "blue" + "berry78"
_MIXED = "Kx9vT" + "q2mLp"
_UUID = "3f1c8d1e-58aa-4b6f-9e3f-0c0d7e1a2b3c"
_WORDS = "orange-tiger-lamp"
_LETTERS, _SLASHED = "dFpRtuVwQm" + "LzXcVbNmAs", "Zk9/" + "pQ2mLw"

# A line, what leaves it and what stays in it.
HIDDEN = [
    # MongoDB's shell: the second argument, not the user
    (f'db.changeUserPassword("joe","{_CHOSEN}")', _CHOSEN, '"joe"'),
    ("db.changeUserPassword('joe', 'harbour')", "harbour", "'joe'"),
    (rf'"db.changeUserPassword(\"joe\", \"{_CHOSEN}\")"', _CHOSEN, "joe"),
    (f'db.auth("joe","{_CHOSEN}")', _CHOSEN, '"joe"'),
    ('db.getSiblingDB("admin").auth("joe", "harbour")', "harbour", '"joe"'),
    (f'db.updateUser("joe",{{pwd:"{_CHOSEN}"}})', _CHOSEN, '"joe"'),
    (f'user.setUserPassword("{_CHOSEN}")', _CHOSEN, "setUserPassword"),
    # XML with the value before the name
    (f'<property value="{_MIXED}" name="password"/>', _MIXED, 'name="password"'),
    (f"<property value='{_MIXED}' name='db.password'/>", _MIXED, "db.password"),
    (f'<add value="{_MIXED}" key="ApiSecret"/>', _MIXED, "ApiSecret"),
    (f'<Parameter value="{_CHOSEN}" override="false" name="db.password"/>', _CHOSEN, "override"),
    (rf"<add value=\"{_CHOSEN}\" key=\"ApiSecret\"/>", _CHOSEN, "ApiSecret"),
    (f'<property name="password" value="{_CHOSEN}"/>', _CHOSEN, "password"),
    # a key may have any form where its name says what it is
    (f'<add key="ApiKey" value="{_UUID}"/>', _UUID, "ApiKey"),
    ('<add key="ida:ClientSecret" value="harbour"/>', "harbour", "ClientSecret"),
    (f'<password value="{_UUID}"/>', _UUID, "password value"),
    # glued to its option
    (f"curl -uadmin:{_CHOSEN} https://shop.example/x", _CHOSEN, "-uadmin:"),
    (f"curl -skuops:{_WORDS} https://shop.example/x", _WORDS, "-skuops:"),
    # a store of keys knows no users; who has a link sets the password
    (f"redis://{_MIXED}@redis-1:6379/0", _MIXED, "@redis-1"),
    (f"REDIS_AUTH={_UUID}", _UUID, "REDIS_AUTH="),
    (f"> AUTH {_UUID}", _UUID, "AUTH "),
    (f"GET /password/reset/{_UUID} HTTP/1.1", _UUID, "/password/reset/"),
    # Consul's tokens look like ids
    (f"consul acl set-agent-token default {_UUID}", _UUID, "default"),
    (f'consul acl set-agent-token -stale agent "{_UUID}"', _UUID, "agent"),
    (f"consul acl token create -secret={_UUID} -policy-name ops", _UUID, "ops"),
    (f"consul acl token update -id x -token={_UUID}", _UUID, "-id x"),
    (f"consul members -token {_UUID}", _UUID, "members"),
    # lists on one line
    (f"passwords: [{_CHOSEN}, {_NEXT}]", _NEXT, "passwords: ["),
    (f"passwords: [{_CHOSEN}, harbour, {_NEXT}] # of all", "harbour", "] # of all"),
    (f'{{"passwords":["{_CHOSEN}","{_NEXT}"],"n":2}}', _NEXT, '"],"n":2}'),
    (rf'"{{\"passwords\":[\"{_CHOSEN}\",\"{_NEXT}\"]}}"', _NEXT, "passwords"),
    (f"old_passwords = ['{_CHOSEN}', '{_NEXT}']", _NEXT, "old_passwords"),
    (f"secrets: [{_CHOSEN}, {_NEXT}]", _NEXT, "secrets"),
    (f"passwords: {_CHOSEN}, {_NEXT}", _NEXT, "passwords: "),
    (f"passwords={_CHOSEN},{_NEXT}", _NEXT, "passwords="),
    (f"'passwords' => array('{_CHOSEN}', '{_NEXT}'),", _NEXT, "array('"),
    (f'passwords = {{"{_CHOSEN}", "{_NEXT}"}}', _NEXT, "passwords = {"),
    (f"secretKey: {{value: {_WORDS}}}", _WORDS, "secretKey: {value: "),
    ("db.changeUserPassword('joe', `harbour`)", "harbour", "'joe'"),
    # what a workflow masks, what a client takes right behind its option
    (f"::add-mask::{_CHOSEN}", _CHOSEN, "::add-mask::"),
    ("echo '::add-mask::plain words'", "plain words", "::add-mask::"),
    (f"isql -Usa -P{_CHOSEN} -SPROD", _CHOSEN, "-SPROD"),
    ("tsql -S db -U sa -P harbour", "harbour", "-U sa"),
    # functions that take a password, and digests of one
    (f"SELECT MD5('{_CHOSEN}')", _CHOSEN, "SELECT MD5("),
    (f'hashlib.new(x); sha1(b"{_CHOSEN}")', _CHOSEN, "sha1("),
    ("bcrypt('harbour')", "harbour", "bcrypt("),
    ('bcrypt.hashpw("harbour".encode(), salt)', "harbour", "salt"),
    ("bcrypt.compareSync('harbour', hash)", "harbour", "hash"),
    ("['password' => Hash::make('harbour')]", "harbour", "Hash::make("),
    ('bcrypt.GenerateFromPassword([]byte("harbour"), 10)', "harbour", "10)"),
    ("password_verify('harbour', $hash)", "harbour", "$hash"),
    ("check_password_hash(user.pw_hash, 'harbour')", "harbour", "user.pw_hash"),
    # WordPress
    ("define('AUTH_KEY', 'put it x;D{ \\'q');", "put it", "AUTH_KEY"),
    ("define( 'LOGGED_IN_SALT',  'qE|~ harbour }');", "harbour", "LOGGED_IN_SALT"),
    # logins as an argument
    (f"influx query --auth joe:{_CHOSEN}", _CHOSEN, "joe"),
    ("http --auth=joe:harbour https://x.example", "harbour", "https://x.example"),
    ("SQL> conn system/harbour as sysdba", "harbour", "as sysdba"),
    (f"connect sys/{_CHOSEN} AS SYSOPER", _CHOSEN, "SYSOPER"),
    # settings
    ("WIFI_PSK=correct horse battery", "horse battery", "WIFI_PSK="),
    ("export HOME_WIFI_PASSPHRASE=correct horse battery", "horse", "PASSPHRASE="),
    ("VAULT_TOKEN: root-vxYbAJ", "vxYbAJ", "VAULT_TOKEN"),
    ('VAULT_TOKEN="root-vxYbAJ"', "vxYbAJ", "VAULT_TOKEN"),
    ("spring.datasource.password.............harbour", "harbour", "password...."),
    (f'HikariConfig - password............."{_CHOSEN}"', _CHOSEN, "HikariConfig"),
    (f"New value: {_CHOSEN}", _CHOSEN, "New value:"),
    (f"New value: {_LETTERS}", _LETTERS, "New value:"),
    # Vault's older tokens, of which one in sixty has no digit
    (f"VAULT_TOKEN=s.{_LETTERS}XyZw", _LETTERS, "VAULT_TOKEN"),
    # base64 with a slash, where it is passed beside an account
    (f"xfreerdp /u:bob /p:{_SLASHED} /v:host", _SLASHED, "/v:host"),
    (f"smbclient -U bob%{_SLASHED} //h/s", _SLASHED, "//h/s"),
    (f"use bob:{_SLASHED} for grafana", _SLASHED, "grafana"),
    ("OTP for the vpn is 849302", "849302", "vpn"),
    # sudo reads a password where an option says so
    ("echo 'show harbour' | sudo -S systemctl restart x", "show harbour", "systemctl"),
    (f"echo {_CHOSEN} | sudo -kS id", _CHOSEN, "sudo"),
    ("echo harbour7 | sudo -u root --stdin id", "harbour7", "--stdin"),
    # phones
    ("手机 13800138000", "13800138000", "手机"),
    ("手机号：13800138001", "13800138001", "手机号"),  # noqa: RUF001 - of Chinese
    ("手机:138-0013-8000", "138-0013", "手机"),
    ("mobiel 06-12345678", "12345678", "mobiel"),
    ("celular (11) 91234-5678", "91234", "celular"),
    ("telefoon 06-12345678", "12345678", "telefoon"),
    ("telefoonnummer: 020-1234567", "1234567", "telefoonnummer"),
]
# Several lines, what leaves them and what stays in them.
HIDDEN_BELOW = [
    (f"secretKey:\n  value: {_WORDS}\n  version: 3", _WORDS, "version: 3"),
    (f"secretKey:\n  type: opaque\n  value: '{_WORDS}'\nport: 80", _WORDS, "type: opaque"),
    ("db_password:\n  value: harbour\n", "harbour", "db_password"),
    (f'passwords = ["{_CHOSEN}",\n  "{_NEXT}", "harbour",\n]', _NEXT, "]"),
    (f'passwords = ["{_CHOSEN}",\n  "{_NEXT}", "harbour",\n]', "harbour", "]"),
    (f"passwords: [{_CHOSEN},\n  {_NEXT}]\nport: 80", _NEXT, "port: 80"),
    (f"Key,Value\nregion,west\ndb_password,{_CHOSEN}", _CHOSEN, "region,west"),
]
KEPT = [
    'db.changeUserPassword("joe", passwordPrompt())',
    'db.auth("joe", passwordPrompt())',
    'request.auth("basic", "required")',
    '<property value="true" name="password.required"/>',
    '<property value="${db.password}" name="password"/>',
    '<input value="New password" name="password"/>',
    '<add value="Kx9vTq2mLp" name="Theme"/>',
    f"consul acl token read -id {_UUID}",
    f"consul acl policy read -id {_UUID}",
    "consul acl set-agent-token default $TOKEN",
    "passwords: [none, required]",
    "secrets: [db-creds, tls-secret]",
    'tokens: ["the", "quick", "fox"]',
    '"secrets":["db-creds","tls"]',
    "max_tokens: [256, 512]",
    "secrets and `passwords: [` over strings of JSON, one a line",
    "passwords: must be long, unique, and changed",
    "passwords: (required, hashed)",
    'passwords = {"minimum": 12}',
    "budget.pay(tokens=900, cost=1200)",
    'PINS = {"pin", "pins", "PINs"}',
    "secretKey: {value: required}",
    "::add-mask::$TOKEN",
    "::add-mask::***",
    "bcp shop.t out f -P",
    "md5('users.csv')",
    "SELECT md5('server01')",
    "bcrypt('required')",
    "password_verify($input, $hash)",
    "check_password_hash(user.pw_hash, password)",
    "define('AUTH_KEY', 'put your unique phrase here');",
    "define('WP_DEBUG', 'false');",
    "oauth2-proxy --auth oidc:https://idp.example",
    "run --auth basic:required",
    "run --auth localhost:9090",
    "conn system as sysdba",
    "connect host/path as user",
    "WIFI_PSK=$WIFI_PSK",
    "VAULT_TOKEN: required",
    "VAULT_TOKEN: root-token",
    "token: McAfee",
    "password.............none",
    'HikariConfig - password............."<masked>"',
    "poolName............harbour77",
    "New value: production",
    "New value: PaymentServiceRegistry",
    "VAULT_TOKEN=settings.PaymentServiceRegistry",
    "u: bob p: docs/guide2/index",
    "see bob:docs/guide2/index for grafana",
    "12:X 12 Oct 2026 10:00:00.000 * +sentinel sentinel 3f9a1c2 10.0.0.5 26379 @ orders",
    "12:X 12 Oct 2026 10:00:00.000 * +slave-reconf-sent slave 10.0.0.5:6379 @ orders",
    "flag key: valve-audit-trail",
    "Old value: 5, New value: 8",
    'echo "show info" | sudo socat stdio /var/run/haproxy.sock',
    'echo "show stat" | sudo tee /var/tmp/x',
    'echo "vm.swappiness=1" | sudo tee -a /etc/sysctl.conf',
    "echo 'hello there' | sudo -u app sort -S 10M",
    "OTP for the vpn is invalid",
    "telefoon 100000000 rows",
    "手机 20261123000",
]
KEPT_BELOW = [
    f"secretKeyRef:\n  name: {_WORDS}\n  key: value",
    "password:\n  type: string\n  value: ${DB_PASSWORD}",
    "token:\n  value: required",
    'secrets = ["db-creds",\n  "tls-secret"]',
    "Key,Value\nregion,west\nzone,blue77",
]


@pytest.mark.parametrize(("line", "secret", "rest"), HIDDEN)
def test_the_secret_is_hidden_and_the_rest_stays(line: str, secret: str, rest: str) -> None:
    for shown in (cleaned(line), cleaned_among_many(line)):
        assert secret not in shown
        assert rest in shown


@pytest.mark.parametrize(("text", "secret", "rest"), HIDDEN_BELOW)
def test_a_secret_below_its_name_is_hidden(text: str, secret: str, rest: str) -> None:
    for shown in (cleaned(text), cleaned_in_blocks(text)):
        assert secret not in shown
        assert rest in shown


@pytest.mark.parametrize("line", KEPT)
def test_what_is_no_secret_stays(line: str) -> None:
    assert cleaned(line) == line
    assert cleaned_among_many(line) == line


@pytest.mark.parametrize("text", KEPT_BELOW)
def test_what_is_no_secret_stays_below_a_name(text: str) -> None:
    assert cleaned(text) == text
    assert cleaned_in_blocks(text).startswith(text)
