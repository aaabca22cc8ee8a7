"""Names, digests and ids beside a secret: they stay, and the secret of the same form does not."""

from __future__ import annotations

import polars as pl
import pytest

from core.redaction.engine import Redactor

REDACTOR = Redactor(b"the key of a case")
DIGEST = (
    "d2a41c7f09be3c865e12f47d9e80ab3341c5d6e7f10b2c3d4e5f60718293a4b5"  # pragma: allowlist secret
)
PUBLIC = "AAAAC3NzaC1lZDI1NTE5AAAAIKq3Wm0vZr7TbNw2KaPxYc4LdEf9GhJs8"  # pragma: allowlist secret
SECRET = "Kiesel77Moos"  # noqa: S105 # pragma: allowlist secret
ARN = "arn:aws:secretsmanager:"
KEPT = {  # what stays, by the text before it, which holds a secret
    f"podman run -e REDIS_PASSWORD={SECRET} docker.io/library/redis@sha256:": DIGEST,
    f"nerdctl create --env DB_PASS={SECRET} ghcr.io/acme/api@sha256:": DIGEST,
    f"java -Ddb.password={SECRET} -jar a.jar --revision=": "9c02fe41",
    f"worker --queue-password={SECRET} --commit=": "5b7e21d0",
    f"psql password={SECRET}\nhost_key = ": f"ssh-ed25519 {PUBLIC}",
    f"pass: {SECRET}\nSID: ": "S-1-5-21-2103947112-990217735-551209448-1131",
    f"password: {SECRET}\nsid=": "S-1-5-80-956008885-3418522649-1831038044",
    f"token: {SECRET}9x\nARN: ": f"{ARN}us-east-2:210987654321:secret:eu/mole-kR3vWz",
    f"password {SECRET} in ": f"{ARN}cn-north-1:210987654321:secret:owl-aB9cDe",
    f"API_TOKEN={SECRET}9x\nCache saved with key: ": f"gradle-Linux-{DIGEST}",
    f"API_KEY={SECRET}9xK2\nCache hit occurred on the primary key ": f"Linux-pip-{DIGEST}, kept",
    f"password={SECRET} curl -d ": "channel=C7731ABFED2",
    f"пароль {SECRET}, сборка ": "7c21e9f",
}
HIDDEN = {
    f"gcloud secrets versions access latest --secret=prod-{SECRET}": SECRET,
    "restic --secret=maple-otter-lantern backup": "maple-otter-lantern",
    "the session key for the cache is Xk2Qm9Ya0Nf7AqA4EbRt": "Xk2Qm9Ya0Nf7AqA4EbRt",
    "curl -d token=Xk2Qm9Ya0Nf7AqA4EbRt https://api.example.com": "Xk2Qm9Ya0Nf7AqA4EbRt",
    "esxcli system account set -i root -p u7M=Q2KIp=z5H": "u7M=Q2KIp=z5H",
    "sid=Xk2Qm9Ya0Nf7": "Xk2Qm9Ya0Nf7",
    f"build 12 uses password={SECRET}": SECRET,
}
COMMANDS = [
    "gcloud secrets versions access latest --secret=mail-relay-login",
    "gcloud beta secrets describe --secret otter-tls-password",
    "doppler secrets get --secret=owl-signing",
    "docker pull ghcr.io/acme/api@sha256:" + DIGEST,
]


@pytest.mark.parametrize(("before", "name"), KEPT.items())
def test_a_name_or_a_digest_beside_a_secret_stays(before: str, name: str) -> None:
    clean = REDACTOR.clean(before + name).text
    assert clean.endswith(name)
    assert SECRET not in clean


@pytest.mark.parametrize(("text", "secret"), HIDDEN.items())
def test_a_secret_in_the_place_of_a_name_is_hidden(text: str, secret: str) -> None:
    assert secret not in REDACTOR.clean(text).text
    assert secret not in REDACTOR.hide(pl.Series([text, *["ordinary"] * 40]))[0]


@pytest.mark.parametrize("text", COMMANDS)
def test_which_secret_is_meant_is_no_secret(text: str) -> None:
    assert REDACTOR.clean(text).text == text
