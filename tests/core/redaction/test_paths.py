"""Base64 with slashes is no path, and a path is no base64."""

from __future__ import annotations

import base64
import random

import polars as pl
import pytest

from core.redaction.engine import Redactor
from core.redaction.paths import is_drawn_base64
from tests.core.redaction.cleaned_texts import cleaned, cleaned_among_many

REDACTOR = Redactor(b"the key of a case")
DRAWN = "Zk9/" + "pQ2mLw"
LETTERS = "Yb/nlc" + "HFuSe"  # no digit tells that it is drawn
# As tables of `vault kv get`, `psql -x`, `aws --output table` and `openstack` have them.
ROWS = [
    "password    {}",
    "password | {}",
    "|  SecretAccessKey |  {}  |",
    "|  RandomPassword|  {}  |",
    "| admin_pass          | {} |",
    "| secret | {} |",
    '"CONFIG" "SET" "requirepass" "{}"',
    "temp password for dana was reset to {}",
    'ConvertTo-SecureString "{}" -AsPlainText -Force',
    '"credentials": {{"user": "bob", "value": "{}"}}',
    "password: {}",
]
PATHS = [
    "/etc/app/pw",
    "/run/secrets/db",
    "/etc/ssl/private/a.pem",
    "/var/run/secrets/kubernetes.io/serviceaccount/token",
    "/etc/ssl/certs/ACCVRAIZ1.pem",
    "/var/lib/docker/overlay2/1f0c9b7e3d5a8842c6e1f0c9b7e3d5a8842c6e1f0c9b7e3d5a8842c6e1f0c9b7/merged",
    "/var/lib/kubelet/pods/3f1c8d1e-58aa-4b6f-9e3f-0c0d7e1a2b3c/volumes",
    "/usr/lib/x86_64-linux-gnu/libpam.so.0.85.1",
    "/home/dana/.ssh/id_ed25519",
    "/Users/dana/Library/Keychains",
    "/opt/java/jdk17/lib/security",
    "secret/data/prod/db2",
    "kv/team/Payments",
    "Europe/Berlin",
    "application/json",
]
NAMES_OF_PLACES = ["password_file | {}", "secret | {}", "key | {}", "token path  {}"]


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("value", [DRAWN, LETTERS, "/abc9" + "Kd0/x", "+AsX" + "guQEo"])
def test_a_value_with_a_slash_leaves_where_its_name_announces_it(row: str, value: str) -> None:
    line = row.format(value)
    assert value not in cleaned(line)
    assert value not in cleaned_among_many(line)


@pytest.mark.parametrize("row", NAMES_OF_PLACES)
@pytest.mark.parametrize("path", PATHS)
def test_a_path_stays_beside_the_name_of_a_secret(row: str, path: str) -> None:
    assert path in cleaned_among_many(row.format(path))


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_not_drawn(path: str) -> None:
    assert not is_drawn_base64(path)


def test_hardly_any_base64_with_a_slash_stays_in_a_table() -> None:
    draw = random.Random(13)  # noqa: S311 - what is drawn here is no secret
    values = [
        value
        for size in range(7, 25)
        for _ in range(400)
        if "/" in (value := base64.b64encode(draw.randbytes(size)).decode().rstrip("="))
    ]
    shown = REDACTOR.hide(pl.Series([f"password | {value}" for value in values])).to_list()
    left = [line for line, value in zip(shown, values, strict=True) if value in line]
    assert len(left) <= len(values) / 200, left
