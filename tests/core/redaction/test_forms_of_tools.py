"""Secrets as shells, settings and commands of single tools write them, and what stays beside."""

from __future__ import annotations

import pytest

from tests.core.redaction.cleaned_texts import cleaned, cleaned_among_many, cleaned_in_blocks

_CHOSEN, _NEXT = "blue" + "berry77", "blue" + "berry78"
_MIXED = "Kx9vT" + "q2mLp"
_UUID = "3f1c8d1e-58aa-4b6f-9e3f-0c0d7e1a2b3c"
_WORDS = "orange-tiger-lamp"

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
]
# Several lines, what leaves them and what stays in them.
HIDDEN_BELOW = [
    (f"secretKey:\n  value: {_WORDS}\n  version: 3", _WORDS, "version: 3"),
    (f"secretKey:\n  type: opaque\n  value: '{_WORDS}'\nport: 80", _WORDS, "type: opaque"),
    ("db_password:\n  value: harbour\n", "harbour", "db_password"),
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
    '"secrets":["db_password","api_key"]',
    "max_tokens: [256, 512]",
]
KEPT_BELOW = [
    f"secretKeyRef:\n  name: {_WORDS}\n  key: value",
    "password:\n  type: string\n  value: ${DB_PASSWORD}",
    "token:\n  value: required",
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
