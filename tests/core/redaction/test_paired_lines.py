"""Settings whose names and values stand on lines of their own."""

from __future__ import annotations

import hashlib
import time

import pytest

from core.redaction.paired_lines import opens_pair
from tests.core.redaction.cleaned_texts import cleaned, cleaned_in_blocks

NAMES = {  # that announce a secret, with values that do not give themselves away
    "STRIPE_KEY": "Zq81mXc0Vt7RbNw2KaHd5LsE",  # pragma: allowlist secret
    "DD_APP_KEY": hashlib.sha1(b"a key", usedforsecurity=False).hexdigest(),
    "RABBITMQ_ERLANG_COOKIE": "WKTRZLNQVDHGXMCPFBSJ",
    "HMAC_KEY": "Kiesel!7719",
    "DBPassword": "Nebel4471",  # pragma: allowlist secret
}
FORMS = {
    "a manifest": "env:\n- name: {name}\n  value: {value}\n- name: MODE\n  value: fast",
    "quoted": 'env:\n- name: "{name}"\n  value: "{value}"',
    "JSON": '{{\n  "name": "{name}",\n  "value": "{value}"\n}}',
    "the value first": '{{\n  "value": "{value}",\n  "name": "{name}"\n}}',
    "CloudFormation": '[\n {{\n  "ParameterKey": "{name}",\n  "ParameterValue": "{value}"\n }}\n]',
    "HCL": 'set {{\n  name  = "{name}"\n  value = "{value}"\n}}',
    "a difference": "+        - name: {name}\n+          value: {value}",
    "a log of a job": "2026-03-04T10:15:00.123Z - name: {name}\n"
    "2026-03-04T10:15:00.124Z   value: {value}",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_what_a_setting_hides_in_one_line_it_hides_in_two(form: str, name: str) -> None:
    text = FORMS[form].format(name=name, value=NAMES[name])
    assert NAMES[name] not in cleaned(text)
    assert NAMES[name] not in cleaned_in_blocks(text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PARTITION_KEY", "customer_id"),
        ("CACHE_KEY", "orders-v2"),
        ("AUTH_URL", "https://auth.example/login"),
        ("KEYCLOAK_REALM", "shop"),
        ("TOKEN_TTL", "3600"),
        ("SIGNUP_ENABLED", "true"),
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_what_a_setting_shows_stays(form: str, name: str, value: str) -> None:
    text = FORMS[form].format(name=name, value=value)
    assert value in cleaned(text)


@pytest.mark.parametrize("part", ["name: ", "name: key", "key", '"name": "token'])
def test_a_long_line_of_names_takes_no_long_time(part: str) -> None:
    began = time.process_time()
    opens_pair(part * (500_000 // len(part)))
    assert time.process_time() - began < 1
