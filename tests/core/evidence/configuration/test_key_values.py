from __future__ import annotations

import base64
import json

from core.evidence.configuration.formats import read_configuration
from core.evidence.configuration.marks import SettingsFormat
from core.evidence.configuration.tree import settings_of


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def settings(document: object) -> dict[str, str]:
    read = read_configuration(json.dumps(document), SettingsFormat.JSON)
    assert read is not None
    return {each.path: each.value for tree in read.trees for each in settings_of(tree)}


KEYS = {"shop/pool": "40", "shop/wait": "5s", "shop/mode": "fast"}


def test_an_export_of_consul_is_its_keys() -> None:
    export = [{"key": key, "flags": 0, "value": in_base64(value)} for key, value in KEYS.items()]
    assert settings(export) == KEYS
    of_api = [
        {"Key": key, "LockIndex": 0, "Value": in_base64(value)} for key, value in KEYS.items()
    ]
    assert settings(of_api) == KEYS


def test_an_export_of_etcd_has_its_keys_in_base64_too() -> None:
    kvs = [
        {"key": in_base64(key), "mod_revision": 4, "value": in_base64(value)}
        for key, value in KEYS.items()
    ]
    assert settings({"header": {"revision": 9}, "kvs": kvs}) == KEYS


def test_values_that_are_no_text_stay_as_they_are() -> None:
    export = [{"key": key, "flags": 0, "value": "AAEC/w=="} for key in KEYS]
    assert set(settings(export).values()) == {"AAEC/w=="}


def test_other_lists_of_keys_are_settings_as_written() -> None:
    assert settings([{"key": key, "value": value} for key, value in KEYS.items()]) == {
        f"[{key}]": value for key, value in KEYS.items()
    }
