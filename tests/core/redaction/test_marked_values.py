"""Values that a field beside them says to be secrets, and those below names in what is printed."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from core.redaction.marked_values import contents_in, marked_in, marked_near
from core.redaction.printed_values import printed_below
from tests.core.redaction.cleaned_texts import cleaned, cleaned_among_many, cleaned_in_blocks

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.unit

BOUND_S = 6.0
VALUE = "ferngrotto29"
OBJECTS: list[Any] = [
    {"Parameter": {"Name": "/shop/x", "Type": "SecureString", "Value": VALUE, "Version": 1}},
    {"Parameters": [{"Name": "/x", "Value": VALUE, "Type": "SecureString"}]},
    {"contentType": None, "id": "https://kv.vault.azure.net/secrets/db/1", "value": VALUE},
    {"value": VALUE, "id": "x1", "type": "CONCEALED"},
    {"outputs": {"conn": {"sensitive": True, "type": "string", "value": VALUE}}},
    {"variables": {"dbcred": {"value": VALUE, "isSecret": True}}},
    {"type": "random_password", "instances": [{"attributes": {"length": 16, "result": VALUE}}]},
    {"environment": [{"value": VALUE, "name": "DB_PASSWORD"}]},
    {"kind": "Secret", "metadata": {"name": "x"}, "stringData": {"rcfile": VALUE}},
    {"apiVersion": "v1", "data": {"foo": VALUE}, "kind": "Secret", "metadata": {"name": "x"}},
]
KEPT: list[Any] = [
    {"Parameter": {"Name": "/shop/mode", "Type": "String", "Value": VALUE}},
    {"outputs": {"zone": {"sensitive": False, "type": "string", "value": VALUE}}},
    {"environment": [{"value": VALUE, "name": "CLUSTER_NAME"}]},
    {"apiVersion": "v1", "data": {"mode": VALUE}, "kind": "ConfigMap"},
    {"items": [{"name": "DB_PASSWORD", "value": ""}, {"name": "ZONE", "value": "eu-1"}]},
    {"type": "random_pet", "instances": [{"attributes": {"length": 2, "id": VALUE}}]},
]
PRINTED = [
    'array(1) {\n  ["password"]=>\n  string(12) "§"\n}',
    'object(Db)#1 (1) {\n  ["pass":"Db":private]=>\n  string(12) "§"\n}',
    'Config {\n    password: Some(\n        "§",\n    ),\n}',
    'Config {\n    password: Some(\n        Secret(\n            "§",\n        ),\n    ),\n}',
    'Config { user: "app", password: Some("§"), port: 5 }',
    "Config(host='db', password=SecretStr('§'), port=1)",
    '4) 1) "AUTH"\n   2) "default"\n   3) "§"',
    "*2\n$4\nAUTH\n$12\n§",
    "1 validation error\nsmtp_password\n  Too short [type=x, input_value='§', input_type=str]",
    'http script copy: "X-Api-Key: "\nhttp script var: "§"',
    "sentinel auth-pass shop §",
    "password\t§",
    "A temporary password is generated for root@localhost: §",
    "vault kv put secret/app value=§",
    "addauth digest super:§",
    "aws ssm put-parameter --name /x --type SecureString --value §",
    "GET /socket?ticket=§ HTTP/1.1",
    "curl -H 'X-Fern-Art-Api: §' https://art.example/x",
    "Field error in object 'user' on field 'password': rejected value [§]; codes",
]
NO_SECRETS = [
    'array(1) {\n  ["user"]=>\n  string(5) "fern9"\n}',
    '4) 1) "GET"\n   2) "session:user:4711"',
    "name\n  Field too short [type=too_short, input_value='fern9', input_type=str]",
    "Config { password: None, retries: Some(12345) }",
    "GET /errors?code=ECONNREFUSED HTTP/1.1",
    "GET /browse?ticket=OPS-1423 HTTP/1.1",
    "password\tstatus\tlast_login",
    "vault kv put secret/app ttl=30m",
    "X-Api-Version: 2026-11-05",
]


@pytest.mark.parametrize("document", OBJECTS, ids=str)
@pytest.mark.parametrize("shown", [cleaned, cleaned_in_blocks])
@pytest.mark.parametrize("indent", [None, 4])
def test_a_field_says_that_the_value_is_a_secret(
    document: Any, shown: Callable[[str], str], indent: int | None
) -> None:
    assert VALUE not in shown(json.dumps(document, indent=indent))


@pytest.mark.parametrize("document", OBJECTS, ids=str)
def test_it_says_so_within_a_string(document: Any) -> None:
    text = json.dumps({"log": json.dumps(document)})
    assert VALUE not in cleaned(text)
    assert VALUE not in cleaned_among_many(text)


@pytest.mark.parametrize("document", KEPT, ids=str)
@pytest.mark.parametrize("indent", [None, 4])
def test_values_without_such_a_field_stay(document: Any, indent: int | None) -> None:
    text = json.dumps(document, indent=indent)
    assert cleaned(text) == text


@pytest.mark.parametrize("form", PRINTED)
@pytest.mark.parametrize("value", [VALUE, "Kx81" + "kdPqTr" + "ag9a"])
@pytest.mark.parametrize("shown", [cleaned, cleaned_in_blocks])
def test_what_is_printed_below_its_name_is_hidden(
    form: str, value: str, shown: Callable[[str], str]
) -> None:
    assert value not in shown(form.replace("§", value))


@pytest.mark.parametrize("text", NO_SECRETS)
def test_what_is_printed_and_is_no_secret_stays(text: str) -> None:
    assert cleaned(text) == text


@pytest.mark.parametrize(
    "part",
    [
        *('{"', '"value":"', '{"a":{', '"kind":"Secret","data":{"', '["password"]=>', "Secret("),
        *('\\"value\\": \\"', "password: Some(", "?ticket=", "vault kv put ", "X-a-", "://a@b:"),
        *(
            "SecureString\t",
            "temporary password ",
            "sentinel set ",
            "password: &a ",
            "aws ssm put-",
        ),
    ],
)
def test_long_lines_take_time_linear_in_their_length(part: str) -> None:
    line = part * (200_000 // len(part))
    begin = time.process_time()
    list(marked_in(line))
    list(contents_in(line))
    list(marked_near(['"sensitive": true,', line], 0))
    list(printed_below(['"AUTH"', line, line], 0))
    cleaned(line)
    assert time.process_time() - begin < BOUND_S


HAR = """{{
  "headers": [
    {{
      "name": "Cookie",
      "value": "app=x; remember={secret}"
    }}
  ],
  "cookies": [
    {{
      "name": "remember",
      "value": "{secret}",
      "path": "/",
      "httpOnly": true
    }}
  ]
}}
"""


def test_cookies_that_a_browser_saved_over_many_lines() -> None:
    value = "ht6PD5zoh" + "KaE41"
    text = HAR.format(secret=value)
    for shown in (cleaned(text), cleaned_in_blocks(text)):
        assert value not in shown
        assert shown.count('"name"') == 2


@pytest.mark.parametrize(
    "place", ["('body', 'password')", "['body', 'password']", "('a', 3, 'pin_secret')"]
)
def test_the_place_of_an_error_may_be_a_path(place: str) -> None:
    line = f"422: [{{'type': 'too_short', 'loc': {place}, 'msg': 'x', 'input': 'kestrelmoon9z1'}}]"
    assert "kestrelmoon9z1" not in cleaned(line)
    other = line.replace("password", "city").replace("pin_secret", "city")
    assert cleaned(other) == other
