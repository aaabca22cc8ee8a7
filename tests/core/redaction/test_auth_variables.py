"""Variables whose names end in AUTH: passwords are hidden, modes of an authentication stay."""

from __future__ import annotations

import pytest

from tests.core.redaction.cleaned_texts import cleaned, cleaned_among_many, cleaned_in_blocks

_CHOSEN = "blue" + "berry77"


@pytest.mark.parametrize(
    "form",
    [
        "REDISCLI_AUTH={}",
        "export REDISCLI_AUTH={}",
        "REDISCLI_AUTH={} redis-cli -h cache ping",
        "docker run -e REDISCLI_AUTH={} redis",
        "REDISCLI_AUTH: {}",
        'REDISCLI_AUTH="{}"',
        '"Env":["PATH=/usr/bin","REDISCLI_AUTH={}","LANG=C"]',
        '{{"name":"REDISCLI_AUTH","value":"{}"}}',
        r'"{{\"name\":\"REDISCLI_AUTH\",\"value\":\"{}\"}}"',
        "- {{name: REDISCLI_AUTH, value: {}}}",
        "ENV REDISCLI_AUTH {}",
        "setenv REDISCLI_AUTH {}",
        "set -gx REDISCLI_AUTH {}",
        "MOSQUITTO_AUTH={}",
        "APP_PROXY_AUTH={}",
    ],
)
@pytest.mark.parametrize("password", [_CHOSEN, "foo" + "bared99", "sun" + "shine42"])
def test_a_password_of_a_variable_is_hidden(form: str, password: str) -> None:
    line = form.format(password)
    for shown in (cleaned(line), cleaned_among_many(line)):
        assert password not in shown
        assert "_AUTH" in shown


def test_a_client_takes_any_word_as_a_password() -> None:
    assert "orange" not in cleaned("export REDISCLI_AUTH=orange")


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_password_below_the_name_is_hidden(quote: str) -> None:
    manifest = f"env:\n- name: REDISCLI_AUTH\n  value: {quote}{_CHOSEN}{quote}\n- name: LANG"
    for shown in (cleaned(manifest), cleaned_in_blocks(manifest)):
        assert _CHOSEN not in shown
        assert "name: LANG" in shown


@pytest.mark.parametrize(
    "line",
    [
        "PROXY_AUTH=basic",
        "PROXY_AUTH=none",
        "PROXY_AUTH=oauth2",
        "NATS_AUTH=enabled",
        "NATS_AUTH: required",
        "NATS_AUTH=true",
        "KAFKA_AUTH=scram-sha-256",
        "KAFKA_AUTH=sasl",
        "DB_AUTH=mysql_native_password",
        "DB_AUTH=md5",
        "NFS_AUTH=krb5p",
        "HTTP_AUTH=kerberos5",
        "SERVICE_AUTH=auth-service-2",  # pragma: allowlist secret
        "SERVICE_AUTH=http://auth:8080",
        "SERVICE_AUTH=10.0.0.4:3000",
        "TLS_AUTH=ta1.key",
        "SSH_AUTH_SOCK=/tmp/ssh-7f/agent.41",
        "REDISCLI_AUTH=$REDIS_PASSWORD",
        '{"name":"PROXY_AUTH","value":"oauth2"}',
        "ENV PROXY_AUTH basic",
        "set -gx PROXY_AUTH oauth2",
        "smtp_auth: login2",
    ],
)
def test_a_mode_or_an_address_stays(line: str) -> None:
    assert cleaned(line) == line
    assert cleaned_among_many(line) == line
